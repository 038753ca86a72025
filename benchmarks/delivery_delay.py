"""How late deliveries are: at a steady pace, alone and among strangers' endpoints that hang and fail.

Surveys are opened through the API. A delay runs from the event's own moment, which is just before its commit, to the moment its call was
complete at the receiver.
"""

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Sequence

from benchmarks.delivering import Inexact, Run, Served, add_endpoints, check_exact, serving
from benchmarks.installation import Account
from benchmarks.pace import Pace
from turnout.callbacks.rules import DeliveryState

CUSTOMERS, ENDPOINTS = 20, 5
"""Without strangers: so many customers with so many endpoints each. Every event goes to all of its customer's, so that the openings, whose
requests cost the server more than their deliveries, are no load of their own."""

ENDPOINTS_EACH = 20
"""Of each customer among the strangers; every event goes to all of them."""

HANGING_EACH = FAILING_EACH = 2
"""Of which so many never answer, and so many answer 500."""

OPENINGS_PER_S = 45
"""About as many as a server manages with all their deliveries."""

AT_ONCE_PER_S = 10_000.0
"""Openings a second: faster than any server."""

ENDS_WITHIN_S = 60.0


class Steady:
    """Healthy endpoints alone."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._accounts = served.installation.make_accounts(CUSTOMERS, 1)
        for number, account in enumerate(self._accounts):
            urls = [served.receiver.url("ok", number * ENDPOINTS + place) for place in range(ENDPOINTS)]
            asyncio.run(add_endpoints(served, account, urls))

    def run(self, per_s: float, seconds: float) -> Run:
        """So many deliveries a second for that long. Raises Inexact."""
        events_per_s = per_s / ENDPOINTS
        return _play(self._served, self._accounts, round(events_per_s * seconds), events_per_s, ENDPOINTS)


def run_among_strangers(options: argparse.Namespace, endpoints: int, per_s: float, seconds: float, *, with_them: bool) -> Run:
    """On a fresh server, so that no endpoint is known to be bad: so many deliveries a second to all endpoints, some of which never answer
    or answer 500; or, without them, what of it goes to the healthy ones. What is told is the healthy ones' delay. Raises Inexact."""
    with serving(options) as served:
        accounts = served.installation.make_accounts(endpoints // ENDPOINTS_EACH, 1)
        healthy = ENDPOINTS_EACH - HANGING_EACH - FAILING_EACH
        kinds = ["ok"] * healthy + (["hang"] * HANGING_EACH + ["fail"] * FAILING_EACH) * with_them
        for number, account in enumerate(accounts):
            urls = [served.receiver.url(kind, number * ENDPOINTS_EACH + place) for place, kind in enumerate(kinds)]
            asyncio.run(add_endpoints(served, account, urls, ordering="free"))
        events_per_s = per_s / ENDPOINTS_EACH
        done = _play(served, accounts, round(events_per_s * seconds), events_per_s, healthy)
        os.kill(served.process_ids[0], signal.SIGKILL)  # attempts that hang would keep it from stopping for as long as they may take
        return done


def openings_top_rate(options: argparse.Namespace, endpoints: int, seconds: float) -> Run:
    """How many deliveries a second there are at most when they come from surveys opened through the API, as `run_among_strangers` opens
    them: openings all at once, about as many as take that long, to healthy endpoints. Raises Inexact."""
    with serving(options) as served:
        accounts = served.installation.make_accounts(endpoints // ENDPOINTS_EACH, 1)
        for number, account in enumerate(accounts):
            urls = [served.receiver.url("ok", number * ENDPOINTS_EACH + place) for place in range(ENDPOINTS_EACH)]
            asyncio.run(add_endpoints(served, account, urls, ordering="free"))
        events = round(OPENINGS_PER_S * seconds)
        done = _play(served, accounts, events, AT_ONCE_PER_S, ENDPOINTS_EACH)
        return {**done, "per_s": round(done["deliveries"] / done["seconds"])}


def _play(served: Served, accounts: Sequence[Account], events: int, events_per_s: float, healthy: int) -> Run:
    """Opens that many surveys evenly; the delays of their calls to `healthy` endpoints each, when all have come and are recorded."""
    pace = Pace(served.port, accounts)
    asyncio.run(pace.prepare(events))
    served.receiver.take_calls()
    since = served.installation.now()
    before = served.spent()
    asyncio.run(pace.open_all(events_per_s))
    shares = served.spent().shares_since(before)
    until = time.monotonic() + ENDS_WITHIN_S
    while True:
        made = served.installation.list_made(since)
        if sum(one.state is DeliveryState.SUCCEEDED for one in made) >= events * healthy:
            break
        if time.monotonic() > until:
            raise Inexact(f"not all of {events * healthy} deliveries have succeeded after {ENDS_WITHIN_S:.0f} s more")
        time.sleep(0.2)
    calls = served.receiver.take_calls()
    came = [call for call in calls if call.path.startswith("/ok/")]
    check_exact(came, made)
    happened = {one.id: one.event_at for one in made}
    delays = sorted((call.at - happened[call.id]) / 1000 for call in came)
    return {
        "deliveries": len(came),
        "seconds": round(max(call.at for call in came) / 1e6 - since / 1e6, 3),
        "calls_to_others": len(calls) - len(came),
        "p50_ms": round(delays[len(delays) // 2], 2),
        "p99_ms": round(delays[len(delays) * 99 // 100], 2),
        "worst_ms": round(delays[-1], 2),
        **shares,
    }
