"""What this server tells the people of an account about their endpoints: it disables one, and says so in the console, by mail and as an
event. Notices are read and dismissed here too."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from turnout.callbacks import notice_store, store
from turnout.callbacks.endpoint_rules import disable, facts_of
from turnout.callbacks.notice_rules import Notice
from turnout.callbacks.rules import Endpoint, EndpointHealth, NoSuchNotice
from turnout.dialects.contract import DISABLED
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, NoticeId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class DismissNotice(msgspec.Struct, frozen=True):
    """Somebody has seen it. One that was dismissed already stays as it is."""

    account_id: AccountId
    notice_id: NoticeId


def disable_endpoint(tx: Tx, endpoint: Endpoint, because: str) -> None:
    """Sends nothing more to an endpoint until its owner resumes it, and tells him: by a notice, by a mail where he named an address, and by
    an event for his other endpoints. because: a sentence for people. One that is disabled or removed already stays as it is.

    Called after the endpoint's health has been written: the notice quotes it.
    """
    if not store.disable_endpoint(tx, endpoint.id, because):
        return
    health = store.list_health(tx.connection, [endpoint.id]).get(endpoint.id, EndpointHealth())
    facts = facts_of(disable(endpoint, because, tx.now), health)
    tx.record(stream_id=endpoint.account_id, account_id=endpoint.account_id, kind=DISABLED, facts=facts, at=tx.now)
    notice_store.insert_notice(
        tx,
        Notice(
            id=NoticeId(tx.new_id()),
            account_id=endpoint.account_id,
            endpoint_id=endpoint.id,
            kind=DISABLED,
            at=tx.now,
            facts=facts,
            dismissed_at=None,
            mail_to=endpoint.notify,
            mail_due_at=tx.now if endpoint.notify else None,
            mail_failures=0,
            mailed_at=None,
        ),
    )
    if endpoint.notify:
        tx.nudge("mail", 0)


def list_notices(connection: sa.Connection, account_id: AccountId, after: NoticeId | None, limit: int) -> list[Notice]:
    """A page of the account's notices that nobody dismissed, newest first, from the one that follows `after`, which may have been dismissed
    meanwhile. Raises NoSuchNotice when `after` is none of the account's."""
    if after is not None:
        _access_notice(connection, account_id, after)
    return notice_store.list_notices(connection, account_id, after, limit)


def dismiss_notice(tx: Tx, commands: Sequence[DismissNotice]) -> Sequence[TurnoutError | None]:
    """Dismisses notices, for everybody of the account. Raises NoSuchNotice."""
    for command in commands:
        _access_notice(tx.connection, command.account_id, command.notice_id)
        notice_store.dismiss_notice(tx, command.notice_id)
    return [None] * len(commands)


def _access_notice(connection: sa.Connection, account_id: AccountId, notice_id: NoticeId) -> Notice:
    notice = notice_store.load_notice(connection, notice_id)
    if notice is None or notice.account_id != account_id:
        raise NoSuchNotice
    return notice


DISMISS_NOTICE = Action("dismiss_notice", dismiss_notice, barrier=True)
