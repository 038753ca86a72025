"""Endpoints, deliveries and attempts as a person reads them in a terminal."""

from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.table import Table

from turnout.cli.output import safe
from turnout.client import native_replies
from turnout.dialects.native import delivery_replies

_COLORS = {
    "active": "green", "feed": "green", "paused": "yellow", "disabled": "red",
    "succeeded": "green", "failed": "red", "retrying": "yellow", "cancelled": "dim",
}  # fmt: skip


def of_endpoints(endpoints: Sequence[native_replies.Endpoint]) -> Table:
    """One line each."""
    table = _table("Endpoint", "Name", "Where", "Dialect", "State", "Doing")
    for one in endpoints:
        table.add_row(one.id, safe(one.name), safe(one.url or "feed"), one.dialect, _state(one.state), safe(_doing(one)))
    return table


def of_endpoint(endpoint: native_replies.Endpoint, counts: delivery_replies.DeliveryCounts) -> Table:
    """Every setting that is not empty."""
    table = Table(show_header=False, box=None)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    shown = msgspec.to_builtins(endpoint)
    health = shown.pop("health")
    for name, value in {**shown, **health}.items():
        if value not in (None, "", [], {}):
            table.add_row(name, _state(value) if name == "state" else safe(_text(value)))
    numbers = {name: value for name, value in msgspec.to_builtins(counts).items() if value}
    table.add_row("deliveries", safe(_text(numbers)) or "none")
    return table


def of_deliveries(deliveries: Sequence[delivery_replies.Delivery]) -> Table:
    """One line each."""
    table = _table("Delivery", "Made", "Event", "Endpoint", "State", "Tries", "What happened")
    for one in deliveries:
        where = one.endpoint.name or one.endpoint.url or one.endpoint.id
        state = one.shown or one.state
        table.add_row(one.id, _time(one.created_at), one.event.kind, safe(where), _state(state), str(one.attempts), safe(one.summary))
    return table


def of_delivery(delivery: delivery_replies.DeliveryInspection) -> Iterator[RenderableType]:
    """The delivery, its body, and each attempt with what was sent and what came back."""
    event, endpoint = delivery.event, delivery.endpoint
    yield f"[bold]{delivery.id}[/]  {event.kind} {event.number} of {delivery.live_session or 'the account'}, {_time(event.at)}"
    yield f"to {endpoint.id} {safe(endpoint.name)} {safe(endpoint.url or '(feed)')}, {endpoint.dialect}"
    yield f"{_state(delivery.shown or delivery.state)}: {safe(delivery.summary)}"
    for attempt in delivery.attempts:
        took = "" if attempt.duration_ms is None else f", {attempt.duration_ms:,} ms"
        yield f"\n[bold]Attempt {attempt.number}[/]  {_time(attempt.started_at)}{took}  {safe(attempt.explanation)}"
        yield from _lines("> ", [f"POST {attempt.url}", *(f"{name}: {value}" for name, value in attempt.headers.items())])
        if attempt.status is not None:
            headers = [f"{name}: {value}" for name, value in attempt.reply_headers.items()]
            yield from _lines("< ", [str(attempt.status), *headers, *attempt.reply.splitlines()])
    yield "\n[bold]Body[/]"
    yield from ["made with the first attempt"] if delivery.body is None else map(safe, _pretty(delivery.body).splitlines())


def of_test(endpoint: native_replies.Endpoint, delivery: delivery_replies.Delivery | None) -> RenderableType:
    """What came of a test call."""
    if delivery is not None:
        return f"{_state(delivery.shown or delivery.state)}: {safe(delivery.summary)}  [dim]{delivery.id}[/]"
    if endpoint.state == "feed":
        return "The test message is in the feed."
    if endpoint.state != "active":
        return f"The endpoint is {_state(endpoint.state)}: the test call waits until it is resumed."
    return f"No attempt is over yet. See: turnout callbacks list --endpoint {endpoint.id}"


def _doing(endpoint: native_replies.Endpoint) -> str:
    health = endpoint.health
    if endpoint.disabled_because:
        return endpoint.disabled_because
    if health.failing_since:
        return f"failing since {_time(health.failing_since)}, {health.failures_in_row:,} in a row: {health.last_explanation}"
    return f"accepted {_time(health.succeeded_at)}" if health.succeeded_at else "nothing sent yet"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=place == 0)  # an id in two pieces can be neither copied nor searched
    return table


def _lines(prefix: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    for line in lines:
        yield f"[dim]{prefix}{safe(line)}[/]"


def _state(state: str) -> str:
    return f"[{_COLORS.get(state, 'default')}]{state}[/]"


def _time(text: str) -> str:
    """To the second: 2026-01-05 08:00:00."""
    return text[:19].replace("T", " ")


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)


def _pretty(body: str) -> str:
    try:
        return msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        return body
