"""10,000 viewers who lose their server at once: how long until each is back in its room with a right snapshot.

They enter a room with open, closed and published surveys, a part of which they have answered; the server is killed and started again; all
come back at once with their tokens, once with the position they had reached and once without. Counted from the first connection to the
last answer; the server is listening again by then. A snapshot is right when it equals a fresh viewer's, and own answers are the given.

Run: python -m benchmarks.reconnect [--rounds N] [--sockets N]. Exit status 1 when it takes longer than promised, or anything is not right.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import turnout
from benchmarks.answers import HERE, folder_on_disk
from benchmarks.crowd import Crowd, enter_room, take_seat
from benchmarks.machine import describe_machine, wait_until_quiet
from benchmarks.plan import PlannedRoom
from benchmarks.promised import PROMISED_S
from benchmarks.servers import allow_many_connections, free_port, running

SURVEYS = 20
"""Surveys of the room, open all of them."""
ANSWERED = 2
"""Of which each viewer has answered so many."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--turnout", type=Path, default=Path(sys.executable).with_name("turnout"))
    parser.add_argument("--output", type=Path, default=HERE / "results" / "reconnect.json")
    return parser.parse_args()


def _answer_some(crowd: Crowd, room: PlannedRoom) -> None:
    for listener in crowd.listeners:
        for number, survey in enumerate(room.surveys[:ANSWERED]):
            answers = [{"question": question, "choices": [0]} for question in survey.questions]
            listener.say({"op": "answer", "id": f"answer{number}", "survey": survey.id, "answers": answers})
    crowd.listen(15.0)


def _check(crowd: Crowd, fresh: str) -> tuple[int, int, int]:
    """How many hold a wrong snapshot, how many were resumed without one, and how many own answers are missing."""
    wrong = resumed = missing = 0
    for listener in crowd.listeners:
        own = json.loads(listener.entry_text)["mine"]
        missing += sum(one["submitted"] for one in own) != ANSWERED
        held = take_seat(listener)
        resumed += held.startswith("resumed")
        wrong += not held.startswith("resumed []") and held != fresh
    return wrong, resumed, missing


def _measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    with folder_on_disk() as folder:
        port = free_port()
        environment = {**os.environ, **turnout.environment_of(folder, port)}
        api_key = turnout.make_account(options.turnout, environment)
        command = [str(options.turnout), "serve"]
        with running(command, port, options.server_core, folder / "server.log", environment):
            rooms, _ = asyncio.run(turnout.prepare(port, api_key, 1, 0, SURVEYS))
            (room,) = rooms
            crowd = Crowd(options.sockets, port, "/ws", enter_room(room.code))
            first_s = crowd.connect()
            for listener in crowd.listeners:
                take_seat(listener)
            _answer_some(crowd, room)
            crowd.close()
        print(f"{options.sockets:,} viewers entered for the first time in {first_s:.1f} s", file=sys.stderr, flush=True)
        for number in range(2 * options.rounds):
            with_position = number % 2 == 0
            wait_until_quiet(0.25, 60.0)
            with running(command, port, options.server_core, folder / "server.log", environment) as process_id:
                if not with_position:
                    for listener in crowd.listeners:
                        listener.position = None
                seconds = crowd.connect(at_once=options.sockets)
                one = Crowd(1, port, "/ws", enter_room(room.code))
                one.connect()
                wrong, resumed, missing = _check(crowd, take_seat(one.listeners[0]))
                one.close()
                os.kill(process_id, signal.SIGKILL)
                crowd.close()
            runs.append(
                {
                    "with_position": with_position,
                    "seconds": round(seconds, 2),
                    "wrong": wrong,
                    "resumed": resumed,
                    "without_answers": missing,
                }
            )
            print(f"{runs[-1]}", file=sys.stderr, flush=True)
    return runs


def main() -> int:
    """Measures, prints, writes the JSON; the exit status."""
    options = _options()
    allow_many_connections()
    runs = _measure(options)
    with folder_on_disk() as folder:
        machine = describe_machine(folder)
    medians = {
        name: median(run["seconds"] for run in runs if run["with_position"] == with_position)
        for name, with_position in (("resumed", True), ("with_snapshot", False))
    }
    report: dict[str, Any] = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine,
        "shape": {"rounds": options.rounds, "sockets": options.sockets},
    }
    report |= {"seconds": medians, "runs": runs}
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(medians))
    right = not any(run["wrong"] or run["without_answers"] for run in runs)
    return 0 if right and max(medians.values()) <= PROMISED_S else 1


if __name__ == "__main__":
    sys.exit(main())
