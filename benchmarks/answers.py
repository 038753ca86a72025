"""Acknowledged durable answers per second: Turnout, the bare loop without rules, and the server a good team writes first.

Every viewer is a socket that sends its next answer when the last was acknowledged; every answer counted is a first answer; tallies are
being published. The server has one core and the load generator another. The subjects take turns for several rounds, so that a slow
moment of the machine touches all of them; a figure is the median over the rounds, and a ratio the median of the rounds' ratios. After
every run the rows in the database must be exactly the answers acknowledged.

A run does not count, and is repeated, in which the generator used more than 80 % of its core, other programs used more than a quarter
of one, or the window was cut short because a viewer had answered everything.

Run: python -m benchmarks.answers [--rounds N] [--seconds S] … (make bench). Exit status 1 when a run was not exact, none counted, or
Turnout reached less of the bare loop than it promises.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import turnout
from benchmarks.machine import describe_machine, wait_until_quiet
from benchmarks.plan import make_rooms, write_plan
from benchmarks.servers import allow_many_connections, free_port, python_module, running

HERE = Path(__file__).parent
BUILD = HERE / "build"
LOAD = BUILD / "answers_load"
PROMISED_OF_LIMIT = 0.4
"""The least share of the bare loop's speed."""
MAX_GENERATOR_SHARE = 0.8
MAX_OTHERS_SHARE = 0.25
"""Of one core, by everything but the server and the generator. The kernel's own work for the server's disk writes is in it."""
MIN_WINDOW_S = 2.0
QUIET_WITHIN_S = 180.0
"""How long a prepared server waits for the machine to calm down before it is put under load."""
TRIES = 5
"""Runs of one subject in one round before giving up."""
QUESTIONS = {"turnout": 160, "limit": 500, "baseline": 24}
"""Open questions of a room, as many as a viewer can answer in the time. Each has to be opened through the API before a run of Turnout,
and the baseline makes all of them ORM objects for each viewer who enters."""

FIGURES = ("accepted_per_s", "accepted_per_cpu_s", "p50_ms", "p99_ms", "server_share", "generator_share", "others_share")

Run = dict[str, Any]


class Inexact(Exception):
    """The rows in the database are not the answers acknowledged."""


@contextmanager
def _folder() -> Iterator[Path]:
    """An empty folder on the disk of this checkout: the system's temporary one may be memory, where a sync costs nothing."""
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _load(options: argparse.Namespace, plan: Path, port: int, server: int) -> Run:
    wait_until_quiet(MAX_OTHERS_SHARE, QUIET_WITHIN_S)
    command = [
        "taskset",
        "-c",
        str(options.load_core),
        str(LOAD),
        str(plan),
        "127.0.0.1",
        str(port),
        str(options.warm_up),
        str(options.seconds),
    ]
    result = subprocess.run([*command, str(server)], check=True, stdout=subprocess.PIPE, timeout=600)
    run: Run = json.loads(result.stdout)
    return run


def _count_rows(path: Path) -> int:
    with sqlite3.connect(path) as database:
        count: int = database.execute("select count(*) from answers").fetchone()[0]
        return count


def _measure_script(options: argparse.Namespace, subject: str, module: str, database: str) -> Run:
    """A run of the limit or the baseline: a module of this folder that takes a port, a folder and a plan."""
    with _folder() as folder:
        plan, port = folder / "plan.txt", free_port()
        write_plan(make_rooms(options.rooms, options.viewers, QUESTIONS[subject]), plan)
        with running(python_module(module, port, folder, plan), port, options.server_core, folder / "server.log") as server:
            run = _load(options, plan, port, server)
        return _exact(run, _count_rows(folder / database))


def _measure_turnout(options: argparse.Namespace) -> Run:
    with _folder() as folder:
        plan, port = folder / "plan.txt", free_port()
        environment = {**os.environ, **turnout.environment_of(folder, port)}
        api_key = turnout.make_account(options.turnout, environment)
        command = [str(options.turnout), "serve"]
        with running(command, port, options.server_core, folder / "server.log", environment) as server:
            rooms, live_sessions = asyncio.run(turnout.prepare(port, api_key, options.rooms, options.viewers, QUESTIONS["turnout"]))
            write_plan(rooms, plan)
            run = _load(options, plan, port, server)
            held = asyncio.run(turnout.count_answers(port, api_key, live_sessions))
        return _exact(run, held)


def _exact(run: Run, rows: int) -> Run:
    """The run with its rows; raises Inexact when they differ from what was acknowledged, or anything was refused."""
    if rows != run["accepted_total"] or run["refused"]:
        raise Inexact(f"{run['accepted_total']} acknowledged, {rows} held, {run['refused']} refused ({run['first_refusal']})")
    return {**run, "rows": rows}


def _measure(options: argparse.Namespace, subject: str) -> Run:
    if subject == "turnout":
        return _measure_turnout(options)
    if subject == "limit":
        return _measure_script(options, subject, "benchmarks.limits.answers", "limit.db")
    return _measure_script(options, subject, "benchmarks.baseline.answers", "baseline.db")


def _counting_run(options: argparse.Namespace, subject: str) -> Run:
    """A run that counts; gives up after a few that do not."""
    for _ in range(TRIES):
        run = _measure(options, subject)
        if run["generator_share"] > MAX_GENERATOR_SHARE:
            reason = f"the generator used {run['generator_share']:.0%} of its core"
        elif run["others_share"] > MAX_OTHERS_SHARE:
            reason = f"other programs used {run['others_share']:.0%} of a core"
        elif run["measured_s"] < min(MIN_WINDOW_S, options.seconds):
            reason = f"all questions were answered after {run['measured_s']:.1f} s"
        else:
            return {**run, "accepted_per_cpu_s": round(run["accepted_per_s"] / run["server_share"])}
        print(f"{subject}: does not count, {reason}", file=sys.stderr, flush=True)
    raise SystemExit(f"{subject}: no run of {TRIES} counts")


def _summary(runs: list[Run]) -> dict[str, float]:
    return {key: round(median(run[key] for run in runs), 3) for key in FIGURES}


def _ratios(runs: dict[str, list[Run]]) -> dict[str, float]:
    """How many times as fast Turnout was as each of the others in the same round: the median over the rounds."""
    ours = runs.get("turnout", [])
    return {
        f"of_{other}": round(median(our["accepted_per_s"] / its["accepted_per_s"] for our, its in zip(ours, theirs, strict=True)), 3)
        for other, theirs in runs.items()
        if ours and other != "turnout"
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the window that counts")
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--viewers", type=int, default=50, help="viewers of each room")
    parser.add_argument("--subjects", nargs="+", choices=list(QUESTIONS), default=list(QUESTIONS))
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--turnout", type=Path, default=Path(sys.executable).with_name("turnout"))
    parser.add_argument("--output", type=Path, default=HERE / "results" / "answers.json")
    options = parser.parse_args()
    if set(options.subjects) != set(QUESTIONS) and options.output == parser.get_default("output"):
        parser.error("a run without all subjects needs an --output of its own")
    return options


def main() -> int:
    """Measures, prints the table, writes the JSON; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server under test ends with us
    allow_many_connections()
    runs: dict[str, list[Run]] = {subject: [] for subject in options.subjects}
    for round_number in range(options.rounds):
        for subject in options.subjects:
            run = _counting_run(options, subject)
            runs[subject].append(run)
            print(f"round {round_number + 1} {subject:9} {run['accepted_per_s']:>8,} answers/s", file=sys.stderr, flush=True)
    medians = {subject: _summary(done) for subject, done in runs.items()}
    ratios = _ratios(runs)
    with _folder() as folder:
        machine = describe_machine(folder)
    shape = {name: getattr(options, name) for name in ("rounds", "seconds", "warm_up", "rooms", "viewers")} | {"questions": QUESTIONS}
    report = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine,
        "shape": shape,
        "medians": medians,
        "ratios": ratios,
        "runs": runs,
    }
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    _print_table(medians, ratios)
    return 0 if ratios.get("of_limit", PROMISED_OF_LIMIT) >= PROMISED_OF_LIMIT else 1


def _print_table(medians: dict[str, dict[str, float]], ratios: dict[str, float]) -> None:
    print(f"{'':10}{'answers/s':>11}{'per CPU s':>11}{'p50 ms':>10}{'p99 ms':>10}{'server':>9}{'load':>7}{'others':>8}")
    for subject, row in medians.items():
        figures = f"{row['accepted_per_s']:>11,.0f}{row['accepted_per_cpu_s']:>11,.0f}{row['p50_ms']:>10.1f}{row['p99_ms']:>10.1f}"
        print(f"{subject:10}{figures}{row['server_share']:>9.0%}{row['generator_share']:>7.0%}{row['others_share']:>8.0%}")
    if "of_limit" in ratios:
        print(f"of the bare loop: {ratios['of_limit']:.2f} (promised: at least {PROMISED_OF_LIMIT})")
    if "of_baseline" in ratios:
        print(f"times the baseline: {ratios['of_baseline']:.0f}")


if __name__ == "__main__":
    sys.exit(main())
