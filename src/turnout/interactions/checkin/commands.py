"""What may be asked of check-ins, as commands for group commit, and what comes back."""

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.interactions.checkin.rules import CheckInDraft
from turnout.kernel.clock import Instant
from turnout.kernel.ids import CheckInId, LiveSessionId, ViewerId


class CreateCheckIn(msgspec.Struct, frozen=True):
    """A new check-in in a running live session. opens: takes confirmations from now on; else it is a draft. once: the idempotency key of
    the call, if it had one."""

    caller: Caller
    live_session_id: LiveSessionId
    draft: CheckInDraft
    opens: bool = True
    once: idempotency.Once | None = None


class EditCheckIn(msgspec.Struct, frozen=True):
    """A draft written anew. keeps_list: who is on its list stays, and the draft brings nobody."""

    caller: Caller
    live_session_id: LiveSessionId
    checkin_id: CheckInId
    draft: CheckInDraft
    keeps_list: bool


class ChangeCheckIn(msgspec.Struct, frozen=True):
    """A host's command to open, close or withdraw."""

    caller: Caller
    live_session_id: LiveSessionId
    checkin_id: CheckInId


class CloseOverdueCheckIn(msgspec.Struct, frozen=True):
    """Closes a check-in whose time is over; nothing happens when it is closed already."""

    live_session_id: LiveSessionId
    checkin_id: CheckInId


class Confirm(msgspec.Struct, frozen=True, gc=False):
    """A viewer's tap. command_id: the client's id of this command. received_at: when the server read it."""

    live_session_id: LiveSessionId
    checkin_id: CheckInId
    viewer_id: ViewerId
    command_id: str
    received_at: Instant


class CheckInCreated(msgspec.Struct, frozen=True):
    """The id of the new check-in."""

    checkin_id: CheckInId


class Confirmed(msgspec.Struct, frozen=True, gc=False):
    """It counts, and is durable."""


CONFIRMED = Confirmed()
