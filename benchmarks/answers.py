"""Acknowledged durable answers per second: Turnout, the bare loop without rules, and the server a good team writes first.

Every viewer is a socket that sends its next answer when the last was acknowledged; every answer counted is a first answer; tallies are
being published. The servers share one core, of which only one is under load at a time, and the load generator has another. They take
turns, a few seconds each, for several rounds, so that a slow moment of the machine touches all of them; a figure is the median over the
rounds, and a ratio the median of the rounds' ratios. After every run the answers in the database must be exactly those acknowledged.

A run does not count, and is repeated, in which the generator used more than 80 % of its core, other programs used more than a quarter
of one, or the window was cut short because a viewer had answered everything.

Run: python -m benchmarks.answers [--rounds N] [--seconds S] … (make bench). Exit status 1 when a run was not exact, none counted, or
Turnout reached less of the bare loop than it promises.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe_machine, wait_until_quiet
from benchmarks.servers import allow_many_connections
from benchmarks.subjects import QUESTIONS, Hall, Subject, starts

HERE = Path(__file__).parent
BUILD = HERE / "build"
LOAD = BUILD / "answers_load"
PROMISED_OF_LIMIT = 0.4
"""The least share of the bare loop's speed."""
MAX_GENERATOR_SHARE = 0.8
MAX_OTHERS_SHARE = 0.25
"""Of one core, by everything but the server and the generator. The kernel's own work for the server's disk writes is in it."""
MIN_WINDOW_S = 2.0
QUIET_WITHIN_S = 120.0
"""How long a run waits for the machine to calm down before it begins all the same."""
TRIES = 8
"""Runs of one subject in one round before giving up."""
FIGURES = ("accepted_per_s", "accepted_per_cpu_s", "p50_ms", "p99_ms", "server_share", "generator_share", "others_share")

Run = dict[str, Any]


class Inexact(Exception):
    """The answers a server holds are not those it acknowledged."""


@contextmanager
def _folder() -> Iterator[Path]:
    """An empty folder on the disk of this checkout: the system's temporary one may be memory, where a sync costs nothing."""
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Measurement:
    """One subject and its runs so far."""

    def __init__(self, name: str, subject: Subject, options: argparse.Namespace) -> None:
        self._name, self._subject, self._options = name, subject, options
        self._acknowledged = 0
        self.runs: list[Run] = []

    def next_run(self) -> Run:
        """One more run that counts; gives up after several that do not. Raises Inexact."""
        for _ in range(TRIES):
            wait_until_quiet(MAX_OTHERS_SHARE, QUIET_WITHIN_S)
            run = self._load()
            self._check(run)
            reason = self._why_not(run)
            if reason is None:
                self.runs.append({**run, "accepted_per_cpu_s": round(run["accepted_per_s"] / run["server_share"])})
                return self.runs[-1]
            print(f"{self._name}: does not count, {reason}", file=sys.stderr, flush=True)
        raise SystemExit(f"{self._name}: no run of {TRIES} counts")

    def _load(self) -> Run:
        subject, options = self._subject, self._options
        arguments = [subject.plan, "127.0.0.1", subject.port, options.warm_up, options.seconds, subject.process_id]
        command = ["taskset", "-c", options.load_core, LOAD, *arguments]
        result = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, timeout=600)
        run: Run = json.loads(result.stdout)
        return run

    def _check(self, run: Run) -> None:
        """Raises Inexact when the server holds other than what it acknowledged in all runs, or refused anything."""
        self._acknowledged += run["accepted_total"]
        held = self._subject.count_answers()
        if held != self._acknowledged or run["refused"]:
            found = f"{self._acknowledged} acknowledged, {held} held, {run['refused']} refused ({run['first_refusal']})"
            raise Inexact(f"{self._name}: {found}")

    def _why_not(self, run: Run) -> str | None:
        """Why a run does not count; None when it does."""
        if run["generator_share"] > MAX_GENERATOR_SHARE:
            return f"the generator used {run['generator_share']:.0%} of its core"
        if run["others_share"] > MAX_OTHERS_SHARE:
            return f"other programs used {run['others_share']:.0%} of a core"
        if run["measured_s"] < min(MIN_WINDOW_S, self._options.seconds):
            return f"all questions were answered after {run['measured_s']:.1f} s"
        return None


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
    parser.add_argument("--rounds", type=int, default=7)
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


def _measure(options: argparse.Namespace) -> dict[str, list[Run]]:
    """All rounds of all subjects, by the subjects' names."""
    with ExitStack() as stack:
        started = {
            name: Measurement(
                name,
                stack.enter_context(
                    start(stack.enter_context(_folder()), Hall(options.rooms, options.viewers), options.server_core),
                ),
                options,
            )
            for name, start in starts(options.turnout).items()
            if name in options.subjects
        }
        for number in range(1, options.rounds + 1):
            for name, measurement in started.items():
                run = measurement.next_run()
                print(f"round {number} {name:9} {run['accepted_per_s']:>8,} answers/s", file=sys.stderr, flush=True)
        return {name: measurement.runs for name, measurement in started.items()}


def main() -> int:
    """Measures, prints the table, writes the JSON; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers under test end with us
    allow_many_connections()
    runs = _measure(options)
    with _folder() as folder:
        machine = describe_machine(folder)
    shape = {name: getattr(options, name) for name in ("rounds", "seconds", "warm_up", "rooms", "viewers")} | {"questions": QUESTIONS}
    medians, ratios = {name: _summary(done) for name, done in runs.items()}, _ratios(runs)
    report = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine, "shape": shape}
    report |= {"medians": medians, "ratios": ratios, "runs": runs}
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
