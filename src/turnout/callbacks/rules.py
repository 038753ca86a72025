"""What an endpoint may be, how an attempt is judged, when the next one is due and when to give up. Pure.

due ──accepted──▶ succeeded          due ──failed, waits left──▶ due later          due ──waits spent──▶ failed
due ──postponed──▶ due later         due ──endpoint removed──▶ cancelled        failed ──somebody redelivers──▶ due
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from turnout.dialects.contract import CallbackDialect, Options, Patience
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId

LEASE_MARGIN_S = 15.0
"""Seconds by which a lease outlives the hard deadline of its attempt: time to record the result, also when the writer is busy."""

POSTPONED_WAIT_S = 10.0
"""Seconds to the next attempt after one that was postponed: time for look-ups that hang to give up."""


class DeliveryState(StrEnum):
    """Where a delivery stands. Only `due` is ever sent."""

    DUE = "due"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What came of an attempt; of all but the first two and the last two it is a kind of failure."""

    SENDING = "sending"  # claimed, no result yet
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # an answer that does not acknowledge
    REDIRECTED = "redirected"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"  # nothing listens there
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"  # the name has no address
    BLOCKED = "blocked"  # an address we do not call
    INSECURE = "insecure"  # TLS failed
    BROKEN = "broken"  # the connection ended before an answer
    NOT_HTTP = "not_http"
    NOT_SENDABLE = "not_sendable"  # we could not make the body or the headers
    POSTPONED = "postponed"  # nothing was sent: the look-up of the name did not get its turn
    ABANDONED = "abandoned"  # the sender died before it knew; the lease ran out


class NoSuchEndpoint(NotFound):
    """There is no such callback endpoint."""


class NoSuchDelivery(NotFound):
    """There is no such delivery."""


class NoSuchStream(NotFound):
    """There is no such live session."""


class NotRedeliverable(Conflict):
    """Only a failed delivery can be redelivered."""

    code = "not_redeliverable"


class EndpointRemoved(Conflict):
    """The endpoint of this delivery has been removed."""

    code = "endpoint_removed"


class TooManyEndpoints(Conflict):
    """This account has as many callback endpoints as it may have."""

    code = "too_many_endpoints"


class Endpoint(msgspec.Struct, frozen=True):
    """A customer's URL. secret: sealed, None when callbacks to it are not signed."""

    id: EndpointId
    account_id: AccountId
    url: str
    dialect: str
    secret: bytes | None
    options: dict[str, bool | int | str]
    created_at: Instant
    removed_at: Instant | None


class Reply(msgspec.Struct, frozen=True):
    """An answer that came. body: its first bytes. location: where a redirect points."""

    status: int
    body: bytes = b""
    location: str | None = None


class NoReply(msgspec.Struct, frozen=True):
    """No answer came. detail: words about this case for the explanation, may be empty."""

    outcome: Outcome
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What an attempt is judged to be. explanation: a sentence a person understands."""

    outcome: Outcome
    explanation: str
    status: int | None = None
    reply: bytes = b""


class Next(msgspec.Struct, frozen=True):
    """What becomes of a delivery after an attempt. wait: microseconds to the next attempt while it is due."""

    state: DeliveryState
    failures: int
    wait: Instant


class Attempt(msgspec.Struct, frozen=True):
    """One HTTP try. headers: those sent. duration_ms and later fields are empty while it is being sent."""

    number: int
    started_at: Instant
    duration_ms: int | None
    outcome: Outcome
    status: int | None
    reply: bytes
    headers: dict[str, str]
    explanation: str


class Delivery(msgspec.Struct, frozen=True):
    """One HTTP call owed to one endpoint for one event. due_at: the next attempt, or the end of the lease while in_flight."""

    id: DeliveryId
    account_id: AccountId
    stream_id: int
    event_number: int
    event_kind: str
    event_at: Instant
    endpoint_id: EndpointId
    endpoint_url: str
    dialect: str
    part: int
    state: DeliveryState
    attempts_made: int
    due_at: Instant
    in_flight: bool
    created_at: Instant
    finished_at: Instant | None
    last_explanation: str


def check_url(url: str) -> None:
    """Raises InvalidInput for a URL that callbacks cannot be sent to. Whether its address may be called is checked when connecting."""
    if len(url) > limits.MAX_CALLBACK_URL_LENGTH:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_URL_LENGTH} characters", field="url")
    if any(letter.isspace() or not letter.isprintable() for letter in url) or "\\" in url:
        raise InvalidInput("no blanks, control characters or backslashes", field="url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("this is not a URL", field="url") from None
    if parts.scheme not in ("http", "https"):
        raise InvalidInput("must begin with http:// or https://", field="url")
    if not parts.hostname:
        raise InvalidInput("names no host", field="url")
    if "@" in parts.netloc:
        raise InvalidInput("must not hold a user name or a password; use a secret instead", field="url")
    if port == 0:
        raise InvalidInput("port 0 cannot be called", field="url")
    if parts.fragment:
        raise InvalidInput("must not have a fragment", field="url")


def check_secret(secret: str) -> None:
    """Raises InvalidInput for a secret nobody should sign with."""
    if not limits.MIN_CALLBACK_SECRET_LENGTH <= len(secret) <= limits.MAX_CALLBACK_SECRET_LENGTH:
        raise InvalidInput(f"from {limits.MIN_CALLBACK_SECRET_LENGTH} to {limits.MAX_CALLBACK_SECRET_LENGTH} characters", field="secret")


def check_dialect(name: str, options: Options, dialects: Mapping[str, CallbackDialect]) -> None:
    """Raises InvalidInput for a dialect without callbacks, or for options it does not have."""
    dialect = dialects.get(name)
    if dialect is None:
        raise InvalidInput(f"one of: {', '.join(sorted(dialects))}", field="dialect")
    if len(options) > limits.MAX_CALLBACK_OPTIONS:
        raise InvalidInput(f"at most {limits.MAX_CALLBACK_OPTIONS} options", field="options")
    dialect.check_options(options)


def lease_s(patience: Patience) -> float:
    """Seconds a claim lasts under this patience."""
    return patience.timeout_s + LEASE_MARGIN_S


def judge(dialect: CallbackDialect, answer: Reply | NoReply) -> Verdict:
    """What an attempt was, in a kind and in words."""
    if isinstance(answer, NoReply):
        return Verdict(answer.outcome, _explain_no_reply(answer, dialect.patience))
    phrase = _phrase(answer.status)
    if 300 <= answer.status < 400:
        target = f" to {answer.location[:300]}" if answer.location else ""
        return Verdict(
            Outcome.REDIRECTED,
            f"The receiver answered {phrase}, a redirect{target}. Redirects are not followed: register the final address as the endpoint.",
            answer.status,
            answer.body,
        )
    if dialect.accepted(answer.status, answer.body):
        return Verdict(Outcome.ACCEPTED, f"The receiver answered {phrase}.", answer.status, answer.body)
    explanation = f"The receiver answered {phrase}, which does not acknowledge the message."
    return Verdict(Outcome.REJECTED, explanation, answer.status, answer.body)


def not_sendable(reason: str) -> Verdict:
    """An attempt that could not be made, for a fault on our side."""
    return Verdict(Outcome.NOT_SENDABLE, f"Nothing was sent: this server could not make the message ({reason}). See its log.")


def decide_next(patience: Patience, failures: int, outcome: Outcome) -> Next:
    """What becomes of a delivery that had failed `failures` times since it became due and has now had one more attempt."""
    if outcome is Outcome.ACCEPTED:
        return Next(DeliveryState.SUCCEEDED, failures, 0)
    if outcome is Outcome.POSTPONED:
        return Next(DeliveryState.DUE, failures, round(POSTPONED_WAIT_S * SECOND))  # nobody's fault over there: no patience is spent
    if failures < len(patience.waits_s):
        return Next(DeliveryState.DUE, failures + 1, round(patience.waits_s[failures] * SECOND))
    return Next(DeliveryState.FAILED, failures + 1, 0)


def decide_redelivery(state: DeliveryState, endpoint_removed_at: Instant | None) -> DeliveryState:
    """The state of a delivery that somebody wants sent again; raises NotRedeliverable or EndpointRemoved."""
    if state is not DeliveryState.FAILED:
        raise NotRedeliverable(f"only a failed delivery can be redelivered; this one is {state.value}")
    if endpoint_removed_at is not None:
        raise EndpointRemoved
    return DeliveryState.DUE


def summarize(delivery: Delivery) -> str:
    """One line about a delivery for a person."""
    tries = "1 attempt" if delivery.attempts_made == 1 else f"{delivery.attempts_made} attempts"
    if delivery.state is DeliveryState.SUCCEEDED:
        return f"Delivered after {tries}. {delivery.last_explanation}"
    if delivery.state is DeliveryState.FAILED:
        return f"Given up after {tries}. {delivery.last_explanation}"
    if delivery.state is DeliveryState.CANCELLED:
        return "Cancelled: the endpoint was removed."
    if delivery.in_flight:
        return f"Being sent, attempt {delivery.attempts_made}."
    if delivery.attempts_made == 0:
        return "Waiting to be sent."
    return f"Will be tried again after {tries}. {delivery.last_explanation}"


def _explain_no_reply(answer: NoReply, patience: Patience) -> str:
    detail = f" ({answer.detail})" if answer.detail else ""
    match answer.outcome:
        case Outcome.TIMED_OUT:
            return f"The receiver did not answer within {patience.timeout_s:g} s{detail}."
        case Outcome.REFUSED:
            return f"The connection was refused: nothing listens at this address and port{detail}."
        case Outcome.UNRESOLVED:
            return f"The host name has no address{detail}."
        case Outcome.POSTPONED:
            return "Nothing was sent: look-ups of other host names kept this one waiting. This does not count as a failure."
        case Outcome.BLOCKED:
            return f"This address is not called{detail}. Callbacks go to public addresses, unless this server's operator allows others."
        case Outcome.INSECURE:
            return f"The secure connection could not be made{detail}."
        case Outcome.BROKEN:
            return f"The connection ended before an answer came{detail}."
        case Outcome.NOT_HTTP:
            return f"What the receiver answered is not HTTP{detail}."
        case _:
            return f"The receiver could not be reached{detail}."


ABANDONED_EXPLANATION = "The sending process ended before the result was known; the same message is sent again."
"""The explanation of an attempt whose lease ran out."""

ABANDONED_CANCELLED_EXPLANATION = "The sending process ended before the result was known; the endpoint has been removed since."
"""The explanation of such an attempt to a removed endpoint."""


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
