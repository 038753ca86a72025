"""Acknowledged durable answers per second: Turnout, the bare loop without rules, and the server a good team writes first.

Every viewer is a socket that sends its next answer when the last was acknowledged; every answer counted is a first answer; tallies are
being published. The servers share one core, of which only one is under load at a time, and the load generator has another. They take
turns, a few seconds each, for several rounds, so that a slow moment of the machine touches all of them; a figure is the median over the
rounds, and a ratio the median of the rounds' ratios. After every run the answers in the database must be exactly those acknowledged.

With exams in the mix one survey in ten has 20 questions, answered at once. At half of Turnout's top rate answers come evenly, and the
latency counts from the moment each was due.

A run does not count, and is repeated, in which the generator used more than 80 % of its core, other programs used more than a quarter
of one, the host of a virtual machine kept more than 60 % of one from it, or the window was cut short because a viewer had answered
everything.

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
from benchmarks.postgres import running_postgres
from benchmarks.promised import PROMISED_OF_LIMIT, PROMISED_P99
from benchmarks.servers import allow_many_connections
from benchmarks.subjects import AGAINST, SURVEYS, Hall, Setting, Subject, start

HERE = Path(__file__).parent
BUILD = HERE / "build"
LOAD = BUILD / "answers_load"
MAX_GENERATOR_SHARE = 0.8
MAX_OTHERS_SHARE = 0.25
"""Of one core, by everything but the server, its database and the generator. The kernel's own work for disk writes is in it."""
MAX_STOLEN_SHARE = 0.6
"""Of one core, kept from a virtual machine by its host while there was work. It slows all subjects alike, so ratios bear some of it."""
MIN_WINDOW_S = 2.0
QUIET_WITHIN_S = 120.0
"""How long a run waits for the machine to calm down before it begins all the same."""
TRIES = 25
"""Runs of one subject in one round before giving up."""
FIGURES = ("accepted_per_s", "accepted_per_cpu_s", "p50_ms", "p99_ms", "server_share", "generator_share", "others_share", "stolen_share")

Run = dict[str, Any]


class Inexact(Exception):
    """The answers a server holds are not those it acknowledged."""


@contextmanager
def folder_on_disk() -> Iterator[Path]:
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
        self.name, self._subject, self._options = name, subject, options
        self._acknowledged = 0
        self.runs: list[Run] = []
        self.paced_runs: list[Run] = []

    def next_run(self, rate: float = 0.0) -> Run:
        """One more run that counts; gives up after several that do not. rate: answers a second, 0 for as many as go. Raises Inexact."""
        for _ in range(TRIES):
            wait_until_quiet(MAX_OTHERS_SHARE, QUIET_WITHIN_S)
            run = self._load(rate)
            self._check(run)
            reason = self._why_not(run)
            if reason is None:
                counted = {**run, "accepted_per_cpu_s": round(run["accepted_per_s"] / run["server_share"])}
                (self.paced_runs if rate else self.runs).append(counted)
                return counted
            print(f"{self.name}: does not count, {reason}", file=sys.stderr, flush=True)
        raise SystemExit(f"{self.name}: no run of {TRIES} counts")

    def _load(self, rate: float) -> Run:
        subject, options = self._subject, self._options
        arguments = [
            subject.plan,
            "127.0.0.1",
            subject.port,
            options.warm_up,
            options.seconds,
            ",".join(map(str, subject.process_ids)),
            rate,
        ]
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
            raise Inexact(f"{self.name}: {found}")

    def _why_not(self, run: Run) -> str | None:
        """Why a run does not count; None when it does."""
        if run["generator_share"] > MAX_GENERATOR_SHARE:
            return f"the generator used {run['generator_share']:.0%} of its core"
        if run["others_share"] > MAX_OTHERS_SHARE:
            return f"other programs used {run['others_share']:.0%} of a core"
        if run["stolen_share"] > MAX_STOLEN_SHARE:
            return f"the host kept {run['stolen_share']:.0%} of a core from this machine"
        if run["measured_s"] < min(MIN_WINDOW_S, self._options.seconds):
            return f"all questions were answered after {run['measured_s']:.1f} s"
        return None


def _summary(runs: list[Run]) -> dict[str, float]:
    return {key: round(median(run[key] for run in runs), 3) for key in FIGURES}


def _ratios(runs: dict[str, list[Run]], figure: str = "accepted_per_s") -> dict[str, float]:
    """How many times as much of a figure Turnout had as what it is compared with in the same round: the median over the rounds."""
    return {
        f"of_{other}": round(median(our[figure] / its[figure] for our, its in zip(runs[ours], runs[other], strict=True)), 3)
        for other, ours in AGAINST.items()
        if runs.get(ours) and runs.get(other)
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of the window that counts")
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--viewers", type=int, default=50, help="viewers of each room")
    parser.add_argument("--subjects", nargs="+", choices=list(SURVEYS), default=list(SURVEYS))
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--turnout", type=Path, default=Path(sys.executable).with_name("turnout"))
    parser.add_argument("--output", type=Path, default=HERE / "results" / "answers.json")
    options = parser.parse_args()
    if set(options.subjects) != set(SURVEYS) and options.output == parser.get_default("output"):
        parser.error("a run without all subjects needs an --output of its own")
    return options


def _measure(options: argparse.Namespace) -> dict[str, Measurement]:
    """All rounds of all subjects, by the subjects' names; at last those at half of Turnout's top rate."""
    with ExitStack() as stack:
        needs_postgres = any("postgres" in name for name in options.subjects)
        postgres = stack.enter_context(running_postgres(options.server_core)) if needs_postgres else None
        setting = Setting(Hall(options.rooms, options.viewers), options.server_core, options.turnout, postgres)
        started = {
            name: Measurement(name, stack.enter_context(start(name, stack.enter_context(folder_on_disk()), setting)), options)
            for name in SURVEYS
            if name in options.subjects
        }
        for number in range(1, options.rounds + 1):
            for name, measurement in started.items():
                run = measurement.next_run()
                print(f"round {number} {name:16} {run['accepted_per_s']:>8,} answers/s", file=sys.stderr, flush=True)
        paced = [started[name] for name in ("turnout", "limit") if name in started]
        if len(paced) == 2:
            rate = median(run["accepted_per_s"] for run in started["turnout"].runs) / 2
            for number in range(1, options.rounds + 1):
                for measurement in paced:
                    run = measurement.next_run(rate)
                    print(f"at half rate {number} {measurement.name:16} p99 {run['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
        return started


def main() -> int:
    """Measures, prints the table, writes the JSON; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers under test end with us
    allow_many_connections()
    measured = _measure(options)
    with folder_on_disk() as folder:
        machine = describe_machine(folder)
    shape = {name: getattr(options, name) for name in ("rounds", "seconds", "warm_up", "rooms", "viewers")} | {"surveys": SURVEYS}
    runs = {name: one.runs for name, one in measured.items()}
    paced = {name: one.paced_runs for name, one in measured.items() if one.paced_runs}
    medians, ratios = {name: _summary(done) for name, done in runs.items()}, _ratios(runs)
    at_half = {name: _summary(done) for name, done in paced.items()}
    report: dict[str, Any] = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine, "shape": shape}
    report |= {"medians": medians, "ratios": ratios, "at_half_rate": at_half, "p99_ratio": _ratios(paced, "p99_ms").get("of_limit")}
    report |= {"runs": runs, "paced_runs": paced}
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    _print_table(medians, ratios)
    if at_half:
        ours, bare = at_half["turnout"]["p99_ms"], at_half["limit"]["p99_ms"]
        print(f"at half of Turnout's top rate: p99 {ours:.1f} ms, the bare loop's {bare:.1f} ms, ratio {report['p99_ratio']}")
    kept = all(ratios.get(name, PROMISED_OF_LIMIT) >= PROMISED_OF_LIMIT for name in ("of_limit", "of_limit_postgres"))
    return 0 if kept and (report["p99_ratio"] or 0) <= PROMISED_P99 else 1


def _print_table(medians: dict[str, dict[str, float]], ratios: dict[str, float]) -> None:
    print(f"{'':17}{'answers/s':>11}{'per CPU s':>11}{'p50 ms':>10}{'p99 ms':>10}{'server':>9}{'load':>7}{'others':>8}{'stolen':>8}")
    for subject, row in medians.items():
        figures = f"{row['accepted_per_s']:>11,.0f}{row['accepted_per_cpu_s']:>11,.0f}{row['p50_ms']:>10.1f}{row['p99_ms']:>10.1f}"
        shares = f"{row['server_share']:>9.0%}{row['generator_share']:>7.0%}{row['others_share']:>8.0%}{row['stolen_share']:>8.0%}"
        print(f"{subject:17}{figures}{shares}")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.3f}")


if __name__ == "__main__":
    sys.exit(main())
