"""What hosts do with announcements: batches of one, and barriers in their live session."""

from collections.abc import Sequence
from functools import partial

import msgspec

from turnout.accounts import audit, idempotency
from turnout.accounts import queries as accounts
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.announcements import queries, store
from turnout.announcements.rules import WINDOW, Announcement, check_announcement, check_pace, facts_of
from turnout.kernel import limits
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AnnouncementId, Kind, LiveSessionId
from turnout.rooms.queries import access_live_session, access_running
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class MakeAnnouncement(msgspec.Struct, frozen=True):
    """A text for everybody in a running live session. once: the idempotency key of the call, if it had one."""

    caller: Caller
    live_session_id: LiveSessionId
    text: str
    once: idempotency.Once | None = None


class WithdrawAnnouncement(msgspec.Struct, frozen=True):
    """Takes one back, also after its live session has ended."""

    caller: Caller
    live_session_id: LiveSessionId
    announcement_id: AnnouncementId


def make_announcement(tx: Tx, commands: Sequence[MakeAnnouncement]) -> Sequence[Announcement | TurnoutError]:
    """The announcement; refused with InvalidInput, NoSuchLiveSession, LiveSessionOver, TooManyRequests."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, Announcement, partial(_make, tx, command)) for command in commands
    ]


def _make(tx: Tx, command: MakeAnnouncement) -> Announcement:
    caller = command.caller
    access_live_session(tx.connection, caller.account_id, command.live_session_id)
    tx.lock_streams([command.live_session_id])  # so that another writer's announcement is counted, or comes after this one
    live_session = access_running(tx.connection, caller.account_id, command.live_session_id)
    text = check_announcement(command.text)
    earlier = store.list_made_since(tx.connection, live_session.id, tx.now - WINDOW, limits.ANNOUNCEMENTS_PER_MINUTE)
    check_pace(earlier, tx.now)
    host_id, host_name = accounts.host_of(tx.connection, caller)
    announcement = Announcement(
        live_session_id=live_session.id,
        id=AnnouncementId(tx.new_id()),
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        host_id=host_id,
        host_name=host_name,
        text=text,
        made_at=tx.now,
    )
    store.insert_announcement(tx, announcement)
    _record(tx, "announcement.made", announcement)
    audit.note(tx, caller, "announcement.made", Thing(Kind.ANNOUNCEMENT, announcement.id))
    return announcement


def withdraw_announcement(tx: Tx, commands: Sequence[WithdrawAnnouncement]) -> Sequence[Announcement]:
    """Viewers see it no more. One that was withdrawn before stays as it is. Raises NoSuchLiveSession, NoSuchAnnouncement."""
    return [_withdraw(tx, command) for command in commands]


def _withdraw(tx: Tx, command: WithdrawAnnouncement) -> Announcement:
    key = (command.caller.account_id, command.live_session_id, command.announcement_id)
    queries.access_announcement(tx.connection, *key)
    tx.lock_streams([command.live_session_id])
    found = queries.access_announcement(tx.connection, *key)
    if found.withdrawn_at is not None:
        return found
    withdrawn = msgspec.structs.replace(found, withdrawn_at=tx.now)
    store.save_withdrawal(tx, withdrawn)
    _record(tx, "announcement.withdrawn", withdrawn)
    audit.note(tx, command.caller, "announcement.withdrawn", Thing(Kind.ANNOUNCEMENT, withdrawn.id))
    return withdrawn


def _record(tx: Tx, kind: str, announcement: Announcement) -> None:
    tx.record(
        stream_id=announcement.live_session_id, account_id=announcement.account_id, kind=kind, facts=facts_of(announcement), at=tx.now
    )


MAKE_ANNOUNCEMENT = Action("make_announcement", make_announcement, barrier=True)
WITHDRAW_ANNOUNCEMENT = Action("withdraw_announcement", withdraw_announcement, barrier=True)
