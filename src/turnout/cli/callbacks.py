"""turnout callbacks …: test a receiver; see how callbacks went, over the API of a running server; send them again."""

import itertools
import re
import time
from typing import Annotated, Literal

from cyclopts import App, Parameter

from turnout.cli import callback_tables as tables
from turnout.cli.customer import HERE, Customer
from turnout.cli.listen import listen
from turnout.cli.output import AsJson, Output
from turnout.client import NativeClient, native_replies
from turnout.dialects.contract import TESTED
from turnout.dialects.native import delivery_replies
from turnout.kernel.clock import SECOND, SystemClock, rfc3339

app = App(name="callbacks", help="Test a receiver of callbacks; see how callbacks went, and send them again.", result_action="return_value")
app.command(listen)

_AGO = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_POLL_S = 0.3

EndpointText = Annotated[str, Parameter(help="The endpoint's id, ep_…, as `turnout callbacks endpoints` shows it.")]
State = Literal["due", "waiting", "retrying", "sending", "succeeded", "failed", "cancelled"]
From = Annotated[str | None, Parameter(name="--from", help="Made since then: 2026-01-05T08:00:00Z, or 30m, 2h, 3d ago.")]
To = Annotated[str | None, Parameter(name="--to", help="Made before then.")]


@app.command
def endpoints(*, customer: Customer = HERE, json: AsJson = False) -> int:
    """List the account's callback endpoints and how they are doing."""
    output = Output(json)

    def work(client: NativeClient) -> int:
        found = client.list_endpoints()
        if json:
            output.document({"endpoints": found})
        else:
            output.person.print(tables.of_endpoints(found) if found else "There are no callback endpoints.")
        return 0

    return customer.call(output, work)


@app.command(name="list")
def list_deliveries(
    *,
    endpoint: Annotated[str | None, Parameter(help="Only to this endpoint, ep_….")] = None,
    room: Annotated[str | None, Parameter(help="Only of this room, rm_….")] = None,
    live_session: Annotated[str | None, Parameter(help="Only of this live session, ls_….")] = None,
    state: Annotated[State | None, Parameter(help="Only those in this state; due are those that wait, retry or are being sent.")] = None,
    kind: Annotated[str | None, Parameter(help="Only of this kind of event: survey.closed.")] = None,
    from_: From = None,
    to: To = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 50,
    customer: Customer = HERE,
    json: AsJson = False,
) -> int:
    """List deliveries, the newest first."""
    output = Output(json)

    def work(client: NativeClient) -> int:
        found = client.list_deliveries(
            live_session, endpoint=endpoint, room=room, state=state, kind=kind, from_=_instant(from_), to=_instant(to)
        )
        deliveries = list(itertools.islice(found, max(0, limit)))
        if json:
            output.document({"deliveries": deliveries})
        else:
            output.person.print(tables.of_deliveries(deliveries) if deliveries else "There are no such deliveries.")
        return 0

    return customer.call(output, work)


@app.command
def show(
    id_: Annotated[str, Parameter(name="id", help="A delivery's id, dl_…, or an endpoint's, ep_….")],
    /,
    *,
    customer: Customer = HERE,
    json: AsJson = False,
) -> int:
    """Show a delivery with every attempt, or an endpoint with its settings and health."""
    output = Output(json)

    def work(client: NativeClient) -> int:
        if id_.startswith("ep_"):
            endpoint, counts = client.get_endpoint(id_), client.count_deliveries(id_)
            if json:
                output.document({"endpoint": endpoint, "deliveries": counts})
            else:
                output.person.print(tables.of_endpoint(endpoint, counts))
            return 0
        delivery = client.get_delivery(id_)
        if json:
            output.document(delivery)
        else:
            for part in tables.of_delivery(delivery):
                output.person.print(part)
        return 0

    return customer.call(output, work)


@app.command
def redeliver(
    *deliveries: Annotated[str, Parameter(help="Ids of deliveries, dl_…. Or none, and --endpoint with --from.")],
    endpoint: Annotated[str | None, Parameter(help="Of this endpoint, ep_…, everything from --from to --to.")] = None,
    from_: From = None,
    to: Annotated[str | None, Parameter(name="--to", help="Made before then; now when left out.")] = None,
    state: Annotated[list[Literal["failed", "succeeded"]] | None, Parameter(negative=(), help="Those that failed, unless said.")] = None,
    kind: Annotated[list[str] | None, Parameter(negative=(), help="Only of these kinds of events.")] = None,
    missing: Annotated[
        bool, Parameter(negative=(), help="Instead, what it has no delivery of: events from before it was made, or chose their kind.")
    ] = False,
    customer: Customer = HERE,
    json: AsJson = False,
) -> int:
    """Send deliveries again, under the ids they had. A range of them is sent in the background."""
    output = Output(json)
    if (problem := _redelivery_problem(deliveries, endpoint, from_, to, state, kind, missing=missing)) is not None:
        output.refuse("usage", *problem)
        return 2

    def work(client: NativeClient) -> int:
        if endpoint is None:
            again = [client.redeliver(delivery) for delivery in deliveries]
            if json:
                output.document({"deliveries": again})
            else:
                output.person.print(tables.of_deliveries(again))
            return 0
        since, until = _instant(from_) or "", _instant(to) or rfc3339(SystemClock().now())
        if missing:
            count = client.redeliver_missing(endpoint, since, until)
        else:
            count = client.redeliver_range(endpoint, since, until, states=state or ["failed"], kinds=kind or [])
        if json:
            output.document({"count": count})
        else:
            output.person.print(f"{_on_its_way(count, missing=missing)} See: turnout callbacks list --endpoint {endpoint}")
        return 0

    return customer.call(output, work)


@app.command(name="test")
def try_endpoint(
    endpoint: EndpointText,
    /,
    *,
    wait: Annotated[float, Parameter(help="Seconds to wait for the outcome of the first attempt; 0: do not.")] = 30.0,
    customer: Customer = HERE,
    json: AsJson = False,
) -> int:
    """Make a test call, and say what came of its first attempt. Status 1 unless it was accepted."""
    output = Output(json)

    def work(client: NativeClient) -> int:
        asked = client.get_endpoint(endpoint)
        event = client.test_endpoint(endpoint)
        waits = wait > 0 and asked.state == "active"
        if waits:
            output.progress("Waiting for the first attempt …")
        delivery = _first_attempt(client, endpoint, event.number, wait) if waits else None
        if json:
            output.document({"event": event, "endpoint_state": asked.state, "delivery": delivery})
        else:
            output.person.print(tables.of_test(asked, delivery))
        accepted = delivery is not None and delivery.state == "succeeded"
        return 0 if accepted or wait <= 0 or asked.state == "feed" else 1

    return customer.call(output, work)


@app.command
def pause(endpoint: EndpointText, /, *, customer: Customer = HERE, json: AsJson = False) -> int:
    """Send nothing to an endpoint for now. What is owed to it is kept."""
    output = Output(json)
    return customer.call(output, lambda client: _say_held(output, client.pause_endpoint(endpoint)))


@app.command
def resume(endpoint: EndpointText, /, *, customer: Customer = HERE, json: AsJson = False) -> int:
    """Send again to an endpoint that was paused, or disabled after days of failure; first what has waited."""
    output = Output(json)
    return customer.call(output, lambda client: _say_held(output, client.resume_endpoint(endpoint)))


def _first_attempt(client: NativeClient, endpoint: str, number: int, wait_s: float) -> delivery_replies.Delivery | None:
    """The test call with this number, once its first attempt is over; as it stands when the wait is; None when it is not planned yet."""
    give_up_at = time.monotonic() + wait_s
    while True:
        found = itertools.islice(client.list_deliveries(endpoint=endpoint, kind=TESTED), 100)
        delivery = next((one for one in found if one.event.number == number), None)
        if (delivery is not None and delivery.attempts and delivery.shown != "sending") or time.monotonic() > give_up_at:
            return delivery
        time.sleep(_POLL_S)


def _say_held(output: Output, endpoint: native_replies.Endpoint) -> int:
    if output.as_json:
        output.document(endpoint)
    else:
        output.person.print(f"Endpoint {endpoint.id} is {endpoint.state}.")
    return 0


def _on_its_way(count: int, *, missing: bool) -> str:
    if missing:
        return f"{count:,} {'event' if count == 1 else 'events'} without a delivery: those it has a form for are sent now."
    return f"{count:,} {'delivery is' if count == 1 else 'deliveries are'} sent again now."


def _instant(text: str | None) -> str | None:
    """RFC 3339 of a time that may be said as so long ago. What is neither goes to the server, which says so."""
    if text is None or (ago := _AGO.fullmatch(text)) is None:
        return text
    return rfc3339(SystemClock().now() - int(ago[1]) * _UNITS_S[ago[2]] * SECOND)


def _redelivery_problem(
    deliveries: tuple[str, ...],
    endpoint: str | None,
    from_: str | None,
    to: str | None,
    state: list[Literal["failed", "succeeded"]] | None,
    kind: list[str] | None,
    *,
    missing: bool,
) -> tuple[str, str] | None:
    """What is wrong with these options, and which one it is."""
    if endpoint is None:
        if not deliveries:
            return "name deliveries, dl_…, or an endpoint and a time: --endpoint ep_… --from 2h", "deliveries"
        if from_ or to or state or kind or missing:
            return "--from, --to, --state, --kind and --missing go with --endpoint", "endpoint"
        return None
    if deliveries:
        return "either deliveries by their ids, or --endpoint", "endpoint"
    if from_ is None:
        return "since when? --from 2026-01-05T08:00:00Z, or 30m, 2h, 3d ago", "from"
    if missing and (state or kind):
        return "--missing takes every kind of event, and nothing that was made before", "missing"
    return None
