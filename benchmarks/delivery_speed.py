"""Deliveries a second: Turnout's and the bare loop's."""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import turnout
from benchmarks.delivering import Inexact, Run, Served, add_endpoints, check_exact
from benchmarks.installation import Made
from benchmarks.receiving import Receiver

AT_ONCE = 16
"""Calls under way to one endpoint: what an endpoint has when nothing else is said."""

LIVE_SESSIONS = 50
"""Of each customer; the messages of one follow each other."""

FIRST_PER_S = 500.0
ENDS_WITHIN_S = 300.0


class Speed:
    """Turnout delivering as fast as it goes, again and again."""

    def __init__(self, served: Served, customers: int) -> None:
        self._served = served
        self._last: Made | None = None
        self._per_s = FIRST_PER_S
        *self._accounts, self._nobody = served.installation.make_accounts(customers + 1, LIVE_SESSIONS)
        for number, account in enumerate(self._accounts):
            asyncio.run(add_endpoints(served, account, [served.receiver.url("ok", number)]))

    def run(self, seconds: float) -> Run:
        """As many deliveries as take about that long, going by the run before. Raises Inexact."""
        served, count = self._served, round(self._per_s * seconds)
        since = served.installation.now()
        served.installation.feed(self._accounts, count)
        before = served.spent()
        asyncio.run(self._wake())
        while not served.installation.is_idle():
            if time.monotonic() > before.at + ENDS_WITHIN_S:
                raise Inexact(f"not all of {count} deliveries have ended after {ENDS_WITHIN_S:.0f} s")
            time.sleep(0.01)
        after = served.spent()
        made = served.installation.list_made(since)
        if len(made) != count:
            raise Inexact(f"{count} events made {len(made)} deliveries")
        check_exact(served.receiver.take_calls(), made)
        self._last, self._per_s = made[-1], count / (after.at - before.at)
        return _run(count, after.at - before.at, after.shares_since(before))

    def body(self) -> bytes:
        """That of the last delivery."""
        if self._last is None:
            raise RuntimeError("nothing was delivered yet")
        return self._served.installation.body_of(self._last.id)

    async def _wake(self) -> None:
        """An event of somebody who has no endpoint: the planner need not wait for its next look at what was put beside it."""
        async with turnout.session(self._served.port, self._nobody.api_key) as session:
            api = turnout.Api(session)
            room = await api.post("/rooms", {"title": "Benchmark"})
            await api.post(f"/rooms/{room['id']}/live-sessions", {"title": "Benchmark"})


class Limit:
    """The bare loop, over as many connections."""

    def __init__(self, served: Served, customers: int, options: argparse.Namespace) -> None:
        self._served, self._customers, self._core = served, customers, options.server_core

    def run(self, seconds: float, body: Path) -> Run:
        """Posts this body for that long. Raises Inexact."""
        receiver: Receiver = self._served.receiver
        command = ["taskset", "-c", self._core, sys.executable, "-m", "benchmarks.limits.deliveries"]
        arguments = [receiver.port, body, self._customers, AT_ONCE, seconds]
        before = self._served.spent()
        done = subprocess.run([str(word) for word in (*command, *arguments)], check=True, stdout=subprocess.PIPE)
        shares = self._served.spent().shares_since(before)
        bare = json.loads(done.stdout)
        calls = receiver.take_calls()
        if not len(calls) == len({call.id for call in calls}) == bare["done_in_all"]:
            raise Inexact(f"{len(calls)} calls came; the bare loop had {bare['done_in_all']} answers")
        return _run(bare["done"], bare["seconds"], {**shares, "server_share": round(bare["cpu_seconds"] / bare["seconds"], 3)})


def _run(count: int, seconds: float, shares: Run) -> Run:
    per_s = count / seconds
    of_core = {"per_s": round(per_s), "per_cpu_s": round(per_s / shares["server_share"])}
    return {"deliveries": count, "seconds": round(seconds, 3), **of_core, **shares}
