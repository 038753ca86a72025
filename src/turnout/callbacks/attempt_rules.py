"""How an attempt is judged, and how that is said. Pure.

What an answer means for the delivery says patience_rules, what it means for the endpoint breaker_rules.
"""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from turnout.callbacks.rules import Outcome
from turnout.dialects.contract import CallbackDialect, Options
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant


class Reply(msgspec.Struct, frozen=True):
    """An answer that came. body: its first bytes. headers: the first of them. location: where a redirect points. retry_after: the header of
    that name. remark: a sentence about how the body ended, when it did not end well."""

    status: int
    body: bytes = b""
    location: str | None = None
    headers: Mapping[str, str] = {}
    retry_after: str | None = None
    remark: str = ""


class NoReply(msgspec.Struct, frozen=True):
    """No answer came. detail: words about this case for the explanation, may be empty."""

    outcome: Outcome
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What an attempt is judged to be. explanation: sentences a person understands. wait_s: the next attempt is not before that many
    seconds. gone: the receiver wants no more."""

    outcome: Outcome
    explanation: str
    status: int | None = None
    reply: bytes = b""
    reply_headers: Mapping[str, str] = {}
    wait_s: float = 0.0
    gone: bool = False


def judge(dialect: CallbackDialect, answer: Reply | NoReply, timeout_s: float, now: Instant, options: Options | None = None) -> Verdict:
    """What an attempt was, in a kind and in words. timeout_s: what it was given. now: from when a Retry-After counts. options: the
    endpoint's."""
    if isinstance(answer, NoReply):
        return Verdict(answer.outcome, _explain_no_reply(answer, timeout_s))
    phrase = _phrase(answer.status)
    outcome, words, wait_s, gone = Outcome.REJECTED, f"The receiver answered {phrase}, which does not acknowledge the message.", 0.0, False
    if dialect.accepted(answer.status, answer.body, options or {}):
        outcome, words = Outcome.ACCEPTED, f"The receiver answered {phrase}."
    elif 300 <= answer.status < 400:
        target = f" to {answer.location[:300]}" if answer.location else ""
        outcome = Outcome.REDIRECTED
        words = (
            f"The receiver answered {phrase}, a redirect{target}. Redirects are not followed: register the final address as the endpoint."
        )
    elif dialect.heeds_replies and answer.status == HTTPStatus.GONE:
        words, gone = f"The receiver answered {phrase}: it wants no more messages. Nothing more is sent to this endpoint.", True
    elif dialect.heeds_replies:
        wait_s, asked = _asked_wait(answer.retry_after, now)
        words += asked
    if answer.remark:
        words = f"{words} {answer.remark}"
    return Verdict(outcome, words, answer.status, answer.body, answer.headers, wait_s, gone)


def not_sendable(reason: str) -> Verdict:
    """An attempt that could not be made, for a fault on our side."""
    return Verdict(Outcome.NOT_SENDABLE, f"Nothing was sent: this server could not make the message ({reason}). See its log.")


POSTPONED_AGAIN_EXPLANATION = (
    "Nothing was sent: look-ups of other host names kept this one waiting, for so many times that it counts as a failure now."
)
"""The explanation of a postponed attempt that spends patience."""

ABANDONED_EXPLANATION = "The sending process ended before the result was known; the same message is sent again."
"""The explanation of an attempt whose lease ran out."""

ABANDONED_CANCELLED_EXPLANATION = "The sending process ended before the result was known; the endpoint has been removed since."
"""The explanation of such an attempt to a removed endpoint."""

ABANDONED_HELD_EXPLANATION = "The sending process ended before the result was known; the endpoint was paused or disabled then."
"""The explanation of such an attempt to an endpoint that was held until its message was given up."""


def _asked_wait(retry_after: str | None, now: Instant) -> tuple[float, str]:
    """The seconds a Retry-After asks for, bounded, and a sentence about it; none for a header nobody can read."""
    asked_s = _seconds(retry_after.strip(), now) if retry_after else None
    if asked_s is None or asked_s <= 0:
        return 0.0, ""
    words = f" It asks not to be called again for {asked_s:.0f} s"
    if asked_s > limits.MAX_RETRY_AFTER_S:
        return float(limits.MAX_RETRY_AFTER_S), f"{words}, of which this server waits {limits.MAX_RETRY_AFTER_S} s."
    return asked_s, f"{words}."


def _seconds(text: str, now: Instant) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # the library lets all of these out
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at.timestamp() - now / SECOND


def _explain_no_reply(answer: NoReply, timeout_s: float) -> str:
    detail = f" ({answer.detail})" if answer.detail else ""
    match answer.outcome:
        case Outcome.TIMED_OUT:
            return f"The receiver did not answer within {timeout_s:g} s{detail}."
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


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
