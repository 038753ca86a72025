"""Durable deliveries per second, and how late they are: Turnout, and a bare loop of its HTTP client that keeps nothing.

Speed: openings and closes of 20 customers' surveys are put into the event log of a running server, which plans them, encodes and signs a
message for each, leases it, posts it to a receiver that answers at once, and records the attempt. Beside it the bare loop posts the same
bodies, signed likewise, over as many connections, and remembers nothing. They take turns on one core; the receiver has another. Also with
one customer alone, whose endpoint has 16 calls under way and no more, and on PostgreSQL, whose processes share the server's core.
After every run what the receiver got must be exactly, id by id and once each, what the database says was delivered.

Delay: from an event's own moment, which is just before its commit, to the moment its call was complete at the receiver; at 100 deliveries
a second, of surveys that are opened through the API.

Strangers: the same delay at 1,000 endpoints, at 30 % load, when 10 % of them never answer and 10 % answer 500, and, in turn with it, when
there are none such. The load is of openings through the API with all their deliveries: their top rate is measured first, and 30 % of it is
the pace. Each run has a fresh server, so that no endpoint is known to be bad. Compared is the p99 of the
deliveries to healthy endpoints.

Run: python -m benchmarks.deliveries [--rounds N] [--seconds S] … (make bench). Exit status 1 when a run was not exact, none counted, or a
figure is worse than promised.
"""

import argparse
import json
import os
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.answers import HERE, folder_on_disk
from benchmarks.delivering import Run, counted, serving
from benchmarks.delivery_delay import Steady, openings_top_rate, run_among_strangers
from benchmarks.delivery_speed import Limit, Speed
from benchmarks.machine import describe_machine
from benchmarks.postgres import running_postgres
from benchmarks.promised import PROMISED_OF_BARE_CALLS, PROMISED_P99_AMONG_STRANGERS
from benchmarks.servers import allow_many_connections

CUSTOMERS = {"turnout": 20, "limit": 20, "turnout_one": 1, "limit_one": 1, "turnout_postgres": 20}
"""Of each subject, every one with one endpoint."""

AGAINST = {
    "of_limit": ("turnout", "limit"),
    "of_limit_one": ("turnout_one", "limit_one"),
    "of_limit_postgres": ("turnout_postgres", "limit"),
}
"""What is compared with what."""

LOAD = 0.3
"""Share of the top rate of openings with their deliveries, at which strangers come in."""

TOP_RATE_ROUNDS = 3


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="about the length of a run")
    parser.add_argument("--steady", type=float, default=100.0, help="deliveries a second whose delay is told")
    parser.add_argument("--endpoints", type=int, default=1_000, help="with the strangers' among them")
    parser.add_argument("--delay-rounds", type=int, default=3)
    parser.add_argument("--delay-seconds", type=float, default=20.0)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--turnout", type=Path, default=Path(sys.executable).with_name("turnout"))
    parser.add_argument("--output", type=Path, default=HERE / "results" / "deliveries.json")
    return parser.parse_args()


def _measure_speed(options: argparse.Namespace) -> dict[str, list[Run]]:
    """Every subject's runs; the first of each only warms up and tells how much it gets through."""
    runs: dict[str, list[Run]] = {name: [] for name in CUSTOMERS}
    with ExitStack() as stack:
        body = stack.enter_context(folder_on_disk()) / "body"
        postgres = stack.enter_context(running_postgres(options.server_core))
        served = stack.enter_context(serving(options))
        ours = {
            "turnout": Speed(served, CUSTOMERS["turnout"]),
            "turnout_one": Speed(stack.enter_context(serving(options)), CUSTOMERS["turnout_one"]),
            "turnout_postgres": Speed(stack.enter_context(serving(options, postgres)), CUSTOMERS["turnout_postgres"]),
        }
        for subject in ours.values():
            subject.run(1.0)
        body.write_bytes(ours["turnout"].body())
        for number in range(1, options.rounds + 1):
            for name in runs:
                limit = Limit(served, CUSTOMERS[name], options)
                one = partial(ours[name].run, options.seconds) if name in ours else partial(limit.run, options.seconds, body)
                runs[name].append(counted(name, one))
                print(f"round {number} {name:17} {runs[name][-1]['per_s']:>7,} deliveries/s", file=sys.stderr, flush=True)
    return runs


def _measure_steady(options: argparse.Namespace) -> list[Run]:
    with serving(options) as served:
        steady = Steady(served)
        steady.run(options.steady, 1.0)
        return [counted("steady", lambda: steady.run(options.steady, options.delay_seconds)) for _ in range(options.delay_rounds)]


def _measure_strangers(options: argparse.Namespace, per_s: float) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {"without": [], "among": []}
    for number in range(1, options.delay_rounds + 1):
        for name, done in runs.items():
            one = partial(run_among_strangers, options, options.endpoints, per_s, options.delay_seconds, with_them=name == "among")
            done.append(counted(name, one))
            print(f"round {number} {name:17} p99 {done[-1]['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
    return runs


def _medians(runs: list[Run]) -> Run:
    return {key: round(median(run[key] for run in runs), 3) for key in runs[0]}


def _report(speed: dict[str, list[Run]], steady: list[Run], strangers: dict[str, list[Run]]) -> dict[str, Any]:
    ratios = {
        name: round(median(our["per_s"] / its["per_s"] for our, its in zip(speed[ours], speed[other], strict=True)), 3)
        for name, (ours, other) in AGAINST.items()
    }
    pairs = zip(strangers["among"], strangers["without"], strict=True)
    return {
        "medians": {name: _medians(runs) for name, runs in speed.items()},
        "ratios": ratios,
        "steady": _medians(steady),
        "strangers": {name: _medians(runs) for name, runs in strangers.items()},
        "p99_ratio": round(median(among["p99_ms"] / without["p99_ms"] for among, without in pairs), 3),
        "runs": {**speed, "steady": steady, **strangers},
    }


def main() -> int:
    """Measures, prints the tables, writes the JSON; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers under test end with us
    allow_many_connections()
    os.sched_setaffinity(0, {options.load_core})
    speed = _measure_speed(options)
    steady = _measure_steady(options)
    openings = [counted("openings", partial(openings_top_rate, options, options.endpoints, 4.0)) for _ in range(TOP_RATE_ROUNDS)]
    print(f"openings {median(run['per_s'] for run in openings):,.0f} deliveries/s at most", file=sys.stderr, flush=True)
    strangers = _measure_strangers(options, LOAD * median(run["per_s"] for run in openings))
    with folder_on_disk() as folder:
        machine = describe_machine(folder)
    shape = {name: getattr(options, name) for name in ("rounds", "seconds", "steady", "endpoints", "delay_rounds", "delay_seconds")}
    report: dict[str, Any] = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine, "shape": shape}
    report |= _report(speed, steady, strangers) | {"openings": _medians(openings)}
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    _print_tables(report)
    kept = report["ratios"]["of_limit"] >= PROMISED_OF_BARE_CALLS and report["p99_ratio"] <= PROMISED_P99_AMONG_STRANGERS
    return 0 if kept else 1


def _print_tables(report: dict[str, Any]) -> None:
    print(f"{'':18}{'deliveries/s':>13}{'per CPU s':>11}{'server':>9}{'receiver':>10}{'others':>8}{'stolen':>8}")
    for name, row in report["medians"].items():
        shares = f"{row['server_share']:>9.0%}{row['receiver_share']:>10.0%}{row['others_share']:>8.0%}{row['stolen_share']:>8.0%}"
        print(f"{name:18}{row['per_s']:>13,.0f}{row['per_cpu_s']:>11,.0f}{shares}")
    for name, ratio in report["ratios"].items():
        print(f"{name}: {ratio:.3f}")
    print(f"{'':18}{'p50 ms':>13}{'p99 ms':>11}{'worst ms':>11}{'server':>9}{'others':>8}{'stolen':>8}")
    for name, row in {"steady": report["steady"], **report["strangers"]}.items():
        print(
            f"{name:18}{row['p50_ms']:>13.1f}{row['p99_ms']:>11.1f}{row['worst_ms']:>11.1f}"
            f"{row['server_share']:>9.0%}{row['others_share']:>8.0%}{row['stolen_share']:>8.0%}"
        )
    print(f"among strangers' endpoints p99 is {report['p99_ratio']:.2f} times as long")


if __name__ == "__main__":
    sys.exit(main())
