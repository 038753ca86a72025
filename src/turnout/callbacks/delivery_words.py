"""What a delivery is doing, in words for a person. Pure."""

from turnout.callbacks.delivery_rules import WaitsFor, held_until, is_redelivered, waits_for
from turnout.callbacks.rules import Delivery, DeliveryState
from turnout.kernel.clock import Instant, to_datetime

_PLAIN = {
    WaitsFor.REMOVAL: "Being cancelled: the endpoint was removed.",
    WaitsFor.READING: "Waiting to be read from the feed.",
    WaitsFor.PAUSED: "Waiting: the endpoint is paused.",
    WaitsFor.DISABLED: "Waiting: the endpoint is disabled.",
    WaitsFor.ORDER: "Waiting for an earlier message, which goes first.",
    WaitsFor.TURN: "Waiting to be sent.",
}


def summarize(delivery: Delivery, now: Instant) -> str:
    """One line about a delivery."""
    match delivery.state:
        case DeliveryState.CANCELLED:
            return "Cancelled: the endpoint was removed."
        case DeliveryState.SUCCEEDED if delivery.feed_number is not None:
            return "Acknowledged by its receiver."
        case DeliveryState.SUCCEEDED:
            return f"Delivered after {_tries(delivery)}. {delivery.last_explanation}".rstrip()
        case DeliveryState.FAILED:
            return f"Given up after {_tries(delivery)}. {delivery.last_explanation}".rstrip()
    waiting = waits_for(delivery, now)
    if waiting is None:
        return f"Being sent, attempt {delivery.attempts_made}."
    words = _PLAIN.get(waiting) or _until(waiting, delivery, now)
    again = waiting not in (WaitsFor.REMOVAL, WaitsFor.READING) and is_redelivered(delivery)
    return f"Redelivered. {words}" if again else words


def _until(waiting: WaitsFor, delivery: Delivery, now: Instant) -> str:
    """Of what waits for a time."""
    if waiting is WaitsFor.BREAKER:
        until = delivery.breaker_until or 0
        when = f"until {_time(until)}" if until > now else "until one that is sent to see arrives"
        return f"Held back {when}: the last calls to this endpoint failed."
    if waiting is WaitsFor.RATE:
        not_before = _time(held_until(delivery, now))
        return f"Waiting for its turn, not before {not_before}: its endpoint's rate is {delivery.calls_per_minute:,} a minute."
    when = f"at {_time(delivery.due_at)}" if delivery.due_at > now else "now"
    return f"Will be tried again {when}, after {_tries(delivery)}. {delivery.last_explanation}".rstrip()


def _tries(delivery: Delivery) -> str:
    return "1 attempt" if delivery.attempts_made == 1 else f"{delivery.attempts_made} attempts"


def _time(at: Instant) -> str:
    return f"{to_datetime(at):%Y-%m-%d %H:%M:%S} UTC"
