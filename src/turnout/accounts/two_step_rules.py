"""Two-step login: what it is, and when a code is refused: pure."""

import msgspec

from turnout.accounts.rules import seconds_until
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, NotLoggedIn, TooManyRequests
from turnout.kernel.ids import AccountId, HostId

TICKET_LIFE: Instant = limits.LOGIN_TICKET_S * SECOND
"""How long a ticket of a login lasts, in microseconds."""


class WrongCode(NotLoggedIn):
    """The code is wrong, has been used, or has expired."""

    code = "wrong_code"


class TooManyWrongCodes(TooManyRequests):
    """Too many wrong codes; try again later, or use a recovery code."""

    code = "too_many_wrong_codes"


class LoginTicketEnded(NotLoggedIn):
    """The time for the code is over; begin again with the password."""

    code = "login_ticket_ended"


class TwoStepOn(Conflict):
    """Two-step login is on already."""

    code = "two_step_on"


class TwoStepOff(Conflict):
    """Two-step login is not on, or was set up anew in between."""

    code = "two_step_off"


class TwoStep(msgspec.Struct, frozen=True):
    """A host's two-step login. sealed: its secret (totp.open_secret). on_since: null until the first code confirms it. last_step: the time
    step of the last code that was accepted. failures: wrong codes in a row. refused_until: no code is looked at before."""

    sealed: bytes
    on_since: Instant | None
    last_step: int
    failures: int
    refused_until: Instant


class Ticket(msgspec.Struct, frozen=True):
    """Whose password has been proved: good for a code, and for nothing else."""

    host_id: HostId
    account_id: AccountId


class CodeProof(msgspec.Struct, frozen=True):
    """A code as it was looked at outside the transaction, under the secret `sealed`: the time step it belongs to, None for none. Or the
    hash of a recovery code."""

    sealed: bytes
    step: int | None = None
    recovery_hash: str | None = None


def refuse_code(two_step: TwoStep, now: Instant) -> None:
    """Raises TooManyWrongCodes while no code is looked at, right or wrong."""
    if now < two_step.refused_until:
        raise TooManyWrongCodes(retry_after_s=seconds_until(two_step.refused_until, now))


def wait_after(failures: int) -> Instant:
    """How long after so many wrong codes in a row no other is looked at, in microseconds: a few are free, then it doubles. So whoever has
    the password has some hundred guesses a year among a million codes."""
    beyond = failures - limits.MAX_CODE_FAILURES
    if beyond < 0:
        return 0
    return min(limits.FIRST_CODE_WAIT_S << min(beyond, 20), limits.LONGEST_CODE_WAIT_S) * SECOND


def recovery_subject(host_id: HostId) -> str:
    """What wrong recovery codes of a host are counted under."""
    return f"recovery:{host_id}"
