"""A Turnout that delivers, with its receiver: what all of the deliveries' figures are measured on."""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import turnout
from benchmarks.answers import MAX_GENERATOR_SHARE, MAX_OTHERS_SHARE, MAX_STOLEN_SHARE, QUIET_WITHIN_S, TRIES, folder_on_disk
from benchmarks.installation import Account, Installation, Made
from benchmarks.machine import busy_seconds, cpu_seconds_of, stolen_seconds, wait_until_quiet
from benchmarks.postgres import Postgres, new_database
from benchmarks.receiving import Call, Receiver, receiving
from benchmarks.servers import free_port, running
from turnout.callbacks.rules import DeliveryState

SECRET = "whsec_YSBzZWNyZXQgb2YgMjQgYnl0ZXMsIG9r"

KINDS = ["survey.opened", "survey.closed"]
"""The kinds of event that are delivered."""

Run = dict[str, Any]


class Inexact(Exception):
    """What came is not what the database says was delivered."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A moment, and the processor seconds used until then by a server, its receiver, this program with its children, and everybody;
    stolen: see benchmarks.machine."""

    at: float
    server: float
    receiver: float
    own: float
    all: float
    stolen: float

    def shares_since(self, before: "Spent") -> Run:
        """Cores used since then. others: by whatever is none of the three."""
        seconds = self.at - before.at
        server, receiver, own = self.server - before.server, self.receiver - before.receiver, self.own - before.own
        others = max(0.0, self.all - before.all - server - receiver - own)
        return {
            "server_share": round(server / seconds, 3),
            "receiver_share": round(receiver / seconds, 3),
            "others_share": round(others / seconds, 3),
            "stolen_share": round((self.stolen - before.stolen) / seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Served:
    """A running server with its receiver. process_ids: the server's own and its database's."""

    port: int
    process_ids: tuple[int, ...]
    installation: Installation
    receiver: Receiver

    def spent(self) -> Spent:
        """Until now."""
        own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        server, receiver = cpu_seconds_of(self.process_ids), cpu_seconds_of([self.receiver.process_id])
        return Spent(time.monotonic(), server, receiver, own, busy_seconds(), stolen_seconds())


@contextmanager
def serving(options: argparse.Namespace, postgres: Postgres | None = None) -> Iterator[Served]:
    """A fresh installation with its server and a receiver. postgres: where its database is to be, instead of SQLite."""
    with ExitStack() as stack:
        folder, port = stack.enter_context(folder_on_disk()), free_port()
        url = "" if postgres is None else stack.enter_context(new_database(postgres.url))
        environment = {**os.environ, **turnout.environment_of(folder, port, url)}
        environment["TURNOUT_DANGEROUS_ALLOW_PRIVATE_CALLBACKS"] = "true"  # the receiver is on this machine
        subprocess.run([options.turnout, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        installation = Installation(environment)
        stack.callback(installation.close)
        receiver = stack.enter_context(receiving(options.load_core, folder))
        command = [str(options.turnout), "serve"]
        process_id = stack.enter_context(running(command, port, options.server_core, folder / "server.log", environment))
        yield Served(port, (process_id,) if postgres is None else (process_id, postgres.process_id), installation, receiver)


async def add_endpoints(served: Served, account: Account, urls: Sequence[str], **settings: object) -> None:
    """Endpoints of the native dialect at these URLs."""
    async with turnout.session(served.port, account.api_key) as session:
        api = turnout.Api(session)
        for url in urls:
            await api.post("/callback-endpoints", {"url": url, "dialect": "native", "kinds": KINDS, "secret": SECRET, **settings})


def check_exact(calls: Sequence[Call], made: Sequence[Made]) -> None:
    """Raises Inexact unless these calls are the deliveries recorded as succeeded, each once."""
    came = sorted(call.id for call in calls)
    recorded = sorted(one.id for one in made if one.state is DeliveryState.SUCCEEDED)
    if came != recorded:
        raise Inexact(f"{len(came)} calls came, {len(set(came))} of them different; {len(recorded)} are recorded as delivered")


def counted(name: str, run: Callable[[], Run]) -> Run:
    """One run that counts; gives up after several that do not."""
    for _ in range(TRIES):
        wait_until_quiet(MAX_OTHERS_SHARE, QUIET_WITHIN_S)
        done = run()
        if done["receiver_share"] > MAX_GENERATOR_SHARE:
            reason = f"the receiver used {done['receiver_share']:.0%} of its core"
        elif done["others_share"] > MAX_OTHERS_SHARE:
            reason = f"other programs used {done['others_share']:.0%} of a core"
        elif done["stolen_share"] > MAX_STOLEN_SHARE:
            reason = f"the host kept {done['stolen_share']:.0%} of a core from this machine"
        else:
            return done
        print(f"{name}: does not count, {reason}", file=sys.stderr, flush=True)
    raise SystemExit(f"{name}: no run of {TRIES} counts")
