"""What a delivery is doing in words for a person, and when it is sent next. Pure."""

from turnout.callbacks.breaker_rules import allowed_at
from turnout.callbacks.rules import Delivery, DeliveryState, EndpointState, Outcome
from turnout.kernel.clock import Instant, to_datetime

_NO_RESULT = (Outcome.ABANDONED, Outcome.POSTPONED)  # after these a delivery is due without having failed


def next_attempt_at(delivery: Delivery, now: Instant) -> Instant | None:
    """When it may be sent next, as far as is known now; None where it waits for something else than a time, or is not sent at all."""
    if delivery.state is not DeliveryState.DUE or delivery.in_flight or delivery.feed_number is not None or delivery.is_behind:
        return None
    if delivery.endpoint_removed or delivery.endpoint_state in (EndpointState.PAUSED, EndpointState.DISABLED):
        return None
    return max(delivery.due_at, *_held_until(delivery, now)) if delivery.failures == 0 else delivery.due_at


def summarize(delivery: Delivery, now: Instant) -> str:
    """One line about a delivery."""
    tries = _tries(delivery)
    if delivery.state is DeliveryState.CANCELLED:
        return "Cancelled: the endpoint was removed."
    if delivery.state is DeliveryState.DUE and delivery.endpoint_removed and not delivery.in_flight:
        return "Being cancelled: the endpoint was removed."
    if delivery.feed_number is not None and delivery.state is not DeliveryState.FAILED:
        return "Acknowledged by its receiver." if delivery.state is DeliveryState.SUCCEEDED else "Waiting to be read from the feed."
    if delivery.state is DeliveryState.SUCCEEDED:
        return f"Delivered after {tries}. {delivery.last_explanation}".rstrip()
    if delivery.state is DeliveryState.FAILED:
        return f"Given up after {tries}. {delivery.last_explanation}".rstrip()
    if delivery.in_flight:
        return f"Being sent, attempt {delivery.attempts_made}."
    words = _waiting(delivery, now)
    return f"Redelivered. {words}" if _is_redelivered(delivery) else words


def _waiting(delivery: Delivery, now: Instant) -> str:
    if delivery.endpoint_state is EndpointState.PAUSED:
        return "Waiting: the endpoint is paused."
    if delivery.endpoint_state is EndpointState.DISABLED:
        return "Waiting: the endpoint is disabled."
    if delivery.is_behind:
        return "Waiting for an earlier message, which goes first."
    if delivery.failures == 0 and (held := _held(delivery, now)):
        return held
    if delivery.attempts_made == 0 or _is_redelivered(delivery):
        return "Waiting to be sent."
    when = f"at {_time(delivery.due_at)}" if delivery.due_at > now else "now"
    return f"Will be tried again {when}, after {_tries(delivery)}. {delivery.last_explanation}".rstrip()


def _held(delivery: Delivery, now: Instant) -> str:
    """What holds a first attempt back; "" for nothing."""
    breaker_until, rate_until = _held_until(delivery, now)
    if delivery.breaker_until is not None:
        until = f"until {_time(breaker_until)}" if breaker_until else "until one that is sent to see arrives"
        return f"Held back {until}: the last calls to this endpoint failed."
    if rate_until:
        return f"Waiting for its turn, not before {_time(rate_until)}: its endpoint's rate is {delivery.calls_per_minute:,} a minute."
    return ""


def _held_until(delivery: Delivery, now: Instant) -> tuple[Instant, Instant]:
    """Until when breaker and rate hold first attempts back; 0 where they do not, or not for a time."""
    rate_until = allowed_at(delivery.calls_per_minute, delivery.rate_from) if delivery.calls_per_minute else 0
    breaker_until = delivery.breaker_until or 0
    return breaker_until if breaker_until > now else 0, rate_until if rate_until > now else 0


def _is_redelivered(delivery: Delivery) -> bool:
    """Whether it had ended before and somebody has sent it again since, with no failure yet."""
    return delivery.failures == 0 and delivery.attempts_made > 0 and delivery.last_outcome not in _NO_RESULT


def _tries(delivery: Delivery) -> str:
    return "1 attempt" if delivery.attempts_made == 1 else f"{delivery.attempts_made} attempts"


def _time(at: Instant) -> str:
    return f"{to_datetime(at):%Y-%m-%d %H:%M:%S} UTC"
