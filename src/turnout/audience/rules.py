"""Viewers, who may enter, and their visits. Pure."""

import hmac
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotLoggedIn, TooManyRequests
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId, ViewerId
from turnout.rooms.rules import Entry, LiveSession, Room

FAILURE_WINDOW: Instant = limits.PASSCODE_FAILURE_WINDOW_S * SECOND
"""How long a wrong passcode counts, in microseconds."""

_SIGNED = "signed:"  # no entry id of a client has a colon


class InvalidToken(NotLoggedIn):
    """This token does not open this room; enter with a name."""

    code = "invalid_token"


class InvalidPass(NotLoggedIn):
    """This link does not open this room; get a new one where you got it."""

    code = "invalid_pass"


class PassExpired(NotLoggedIn):
    """This link is no longer valid; get a new one where you got it."""

    code = "pass_expired"


class NameRequired(InvalidInput):
    """Say your name, from 1 to 64 characters."""

    code = "name_required"


class PasscodeRequired(NotLoggedIn):
    """This room asks for a passcode."""

    code = "passcode_required"


class WrongPasscode(NotLoggedIn):
    """The passcode is wrong."""

    code = "wrong_passcode"


class TooManyWrongPasscodes(TooManyRequests):
    """Too many wrong passcodes came from here; try again later."""

    code = "too_many_wrong_passcodes"


class TokenRequired(NotLoggedIn):
    """This room is entered from its own site: open the link there."""

    code = "token_required"


class RoomFull(Conflict):
    """The room is full."""

    code = "room_full"


class Kicked(NotAllowed):
    """You were asked to leave this live session."""

    code = "kicked"


class Blocked(NotAllowed):
    """You may not enter this room."""

    code = "blocked"


class NoSuchViewer(NotFound):
    """There is no such viewer."""


class NotEntered(Conflict):
    """Enter the room first."""

    code = "not_entered"


class AlreadyEntered(Conflict):
    """This connection has entered already."""

    code = "already_entered"


class ViewerRole(StrEnum):
    """What the customer's own system says a viewer is. Who enters by nickname is an attendee."""

    HOST = "host"
    ASSISTANT = "assistant"
    GUEST = "guest"
    ATTENDEE = "attendee"


class Signed(msgspec.Struct, frozen=True):
    """Who a pass names (passes.py), once its signature and its times held. account_id: whose key signed it. room: the join code of the only
    room it opens, None for any of the account. extra: JSON text of an object."""

    account_id: AccountId
    external_id: str
    name: str
    role: ViewerRole = ViewerRole.ATTENDEE
    phone: str | None = None
    email: str | None = None
    group: str | None = None
    extra: str | None = None
    room: str | None = None


class Viewer(msgspec.Struct, frozen=True):
    """One audience member in a room.

    external_id and what follows it: from the customer's own login, None for a nickname. entry_version: the room's when this viewer was last
    asked for a passcode. signed_for: the live session of the last signed entry. kicked_from: the live session last kicked out of.
    """

    id: ViewerId
    room_id: RoomId
    name: str
    role: ViewerRole = ViewerRole.ATTENDEE
    external_id: str | None = None
    phone: str | None = None
    email: str | None = None
    group: str | None = None
    extra: str | None = None
    entry_version: int = 0
    signed_for: LiveSessionId | None = None
    kicked_from: LiveSessionId | None = None
    blocked_at: Instant | None = None


class ViewerFacts(msgspec.Struct, frozen=True):
    """A viewer at the moment of viewer.kicked, viewer.blocked or viewer.unblocked. live_session_id: the one running then, if one was.
    host_id, host_name: who did it."""

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId | None
    viewer_id: ViewerId
    name: str
    external_id: str | None
    host_id: HostId
    host_name: str
    at: Instant


class Seat(msgspec.Struct, frozen=True):
    """Who sits on a connection, and where; made by an entry and held by the connection."""

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    viewer_id: ViewerId
    visit_id: int
    entered_at: Instant


class ScreenProof(msgspec.Struct, frozen=True):
    """By what a big screen may show its room: the key of the room's screen link, or a host's login (both hashed)."""

    room_id: RoomId
    key_hash: str | None = None
    token_hash: str | None = None


class WaitingSeat(msgspec.Struct, frozen=True):
    """What a connection holds that waits for the room's next live session. screen: where it is a big screen's."""

    room_id: RoomId
    screen: ScreenProof | None = None


class ScreenSeat(msgspec.Struct, frozen=True):
    """A big screen that shows a live session, for as long as its proof holds."""

    proof: ScreenProof
    live_session_id: LiveSessionId


class HostSeat(msgspec.Struct, frozen=True):
    """A host who follows a live session on a connection, for as long as the login of this token (hashed) stands."""

    live_session_id: LiveSessionId
    token_hash: str


class Visit(msgspec.Struct, frozen=True):
    """A visit that lasts: a viewer on one connection. user_agent: of the client, cut."""

    entered_at: Instant
    address: str
    user_agent: str


class Stay(msgspec.Struct, frozen=True):
    """All visits of a viewer to a live session, however many. entered_at: when first; exited_at: when last, None while one lasts.
    connections: those that last, the earliest first."""

    entered_at: Instant
    exited_at: Instant | None
    connections: list[Visit]


class EntrantFacts(msgspec.Struct, frozen=True):
    """Who a viewer is and how he came, for facts that an event freezes; "" for what is not known.

    address: of the newest entry to the live session. terminal: what it was made with, "Windows 10" or "iPhone". extra: of the newest pass,
    as JSON; where that has none, of the link of the newest entry that had one. external_id and what follows it: from the customer's own
    login.
    """

    address: str
    terminal: str
    extra: str
    phone: str
    email: str
    group: str
    external_id: str
    name: str


class Presence(msgspec.Struct, frozen=True):
    """A viewer in a live session, for the host."""

    viewer: Viewer
    live_session_id: LiveSessionId
    stay: Stay


class BlockedViewer(msgspec.Struct, frozen=True):
    """Who is blocked from a room. host_id, host_name: who did it; None and "" when that host is gone."""

    viewer: Viewer
    blocked_at: Instant
    host_id: HostId | None
    host_name: str


class RemovedViewer(msgspec.Struct, frozen=True):
    """A viewer whose connections must end. kicked_from: in this live session; blocked: in the whole room."""

    viewer_id: ViewerId
    kicked_from: LiveSessionId | None
    blocked: bool


def check_name(name: str | None) -> str:
    """The name with single blanks and no control characters; raises NameRequired."""
    if name is None:
        raise NameRequired(field="name")
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not 0 < len(clean) <= limits.MAX_NAME_LENGTH:
        raise NameRequired(field="name")
    return clean


def check_entry_id(entry_id: str) -> str:
    """The id of a first entry; raises InvalidInput when a stranger could guess it."""
    if len(entry_id) < limits.MIN_ENTRY_ID_LENGTH:
        raise InvalidInput(f"a first entry needs a random id of at least {limits.MIN_ENTRY_ID_LENGTH} characters", field="id")
    return entry_id


def entry_key_of(signed: Signed) -> str:
    """What stands in the place of an entry id for a viewer of the customer's own: one per room and external id."""
    return entry_key_of_external(signed.external_id)


def entry_key_of_external(external_id: str) -> str:
    """The same of an external id alone."""
    return _SIGNED + external_id


def cut_user_agent(user_agent: str) -> str:
    """What is kept of a User-Agent header: its first characters, those that can be shown."""
    return _printable(user_agent)[: limits.MAX_USER_AGENT_LENGTH]


def cut_link_extra(extra: str | None) -> str:
    """What is kept of the extra parameter of a viewer's link, which anybody may have written: as cut_user_agent."""
    return _printable(extra)[: limits.MAX_LINK_EXTRA_LENGTH] if extra else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


class Knock(msgspec.Struct, frozen=True):
    """What somebody who wants to enter shows besides a name or a token. passcode_proof: of what was typed (rooms' prove_passcode), None
    when nothing was. subject: whom wrong passcodes are counted against."""

    signed: Signed | None = None
    passcode_proof: str | None = None
    subject: str = ""


def decide_welcome(
    room: Room, live_session: LiveSession, viewer: Viewer | None, knock: Knock, failures: Sequence[Instant], now: Instant
) -> None:
    """Whether someone may enter, as far as the room's settings and the viewer's past tell; the limit of viewers is not looked at.

    viewer: None for one who is new. failures: when wrong passcodes came from the same subject to this room. Raises Blocked, Kicked,
    TokenRequired, PasscodeRequired, TooManyWrongPasscodes, WrongPasscode.
    """
    if viewer is not None:
        if viewer.blocked_at is not None:
            raise Blocked
        if viewer.kicked_from == live_session.id:
            raise Kicked
    if knock.signed is not None:
        return
    if room.entry is Entry.TOKEN and (viewer is None or viewer.signed_for != live_session.id):
        raise TokenRequired(field="pass")
    # the passcode is not asked for again of who has said the present one
    if room.entry is Entry.PASSCODE and (viewer is None or viewer.entry_version != room.entry_version):
        if knock.passcode_proof is None:
            raise PasscodeRequired(field="passcode")
        _refuse_after_failures(failures, now)
        if not is_passcode(room, knock):
            raise WrongPasscode(field="passcode")


def is_passcode(room: Room, knock: Knock) -> bool:
    """Whether the room's passcode was typed."""
    return knock.passcode_proof is not None and hmac.compare_digest(room.passcode_proof or "", knock.passcode_proof)


def _refuse_after_failures(failures: Sequence[Instant], now: Instant) -> None:
    """Says when the first of the wrong passcodes stops counting. A refused try is none of them, so waiting always ends."""
    counting = sorted(at for at in failures if at > now - FAILURE_WINDOW)
    if len(counting) >= limits.MAX_PASSCODE_FAILURES:
        until = counting[len(counting) - limits.MAX_PASSCODE_FAILURES] + FAILURE_WINDOW
        raise TooManyWrongPasscodes(field="passcode", retry_after_s=max(1, -((now - until) // SECOND)))


def let_in(viewer: Viewer, room: Room, live_session: LiveSession, signed: Signed | None) -> Viewer:
    """The viewer after an entry that was welcome: as the newest pass describes it, and as one who has said the present passcode."""
    if signed is not None:
        return msgspec.structs.replace(
            viewer,
            name=signed.name,
            role=signed.role,
            external_id=signed.external_id,
            phone=signed.phone,
            email=signed.email,
            group=signed.group,
            extra=signed.extra,
            entry_version=room.entry_version,
            signed_for=live_session.id,
        )
    if room.entry is Entry.PASSCODE and viewer.entry_version != room.entry_version:
        return msgspec.structs.replace(viewer, entry_version=room.entry_version)
    return viewer


def opens(signed: Signed, room: Room) -> bool:
    """Whether a pass is for this room."""
    return signed.account_id == room.account_id and signed.room in (None, room.code)
