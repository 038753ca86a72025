"""A tally told to 10,000 sockets: messages delivered for each second of the server's processor time, and the memory an idle socket takes.

Turnout (a real answer card that people answer), nginx with the nchan module, and the usual ASGI broadcast hold 10,000 sockets each at the
same time and take turns: four messages a second for some seconds, several rounds. Each has its processor time read from the system; what
arrived is counted by the listeners. Memory is what the process holds with all listeners entered, less what it held before.

Run: python -m benchmarks.fanout [--rounds N] [--seconds S] [--sockets N]. Exit status 1 when Turnout keeps less than it promises.
"""

import argparse
import json
import signal
import sys
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.answers import HERE, folder_on_disk
from benchmarks.crowd import CrowdElsewhere
from benchmarks.fanout_servers import Broadcaster, asgi, cpu_seconds, nchan, resident_bytes, turnout_room
from benchmarks.machine import describe_machine, wait_until_quiet
from benchmarks.promised import PROMISED_BYTES, PROMISED_OF_NCHAN
from benchmarks.servers import allow_many_connections


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--turnout", type=Path, default=Path(sys.executable).with_name("turnout"))
    parser.add_argument("--output", type=Path, default=HERE / "results" / "fanout.json")
    return parser.parse_args()


def _run(broadcaster: Broadcaster, crowd: CrowdElsewhere, seconds: float) -> dict[str, float]:
    process_ids = broadcaster.process_ids()
    stop = broadcaster.tell()
    try:
        crowd.listen(1.0)
        before = cpu_seconds(process_ids)
        delivered = crowd.listen(seconds)
        used = cpu_seconds(process_ids) - before
    finally:
        stop()
    crowd.listen(0.5)
    return {"delivered": delivered, "cpu_s": round(used, 3), "per_cpu_s": round(delivered / used)}


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as stack:
        starts: dict[str, AbstractContextManager[Broadcaster]] = {
            "turnout": turnout_room(stack.enter_context(folder_on_disk()), options.server_core, options.turnout),
            "nchan": nchan(stack.enter_context(folder_on_disk()), options.server_core),
            "asgi": asgi(stack.enter_context(folder_on_disk()), options.server_core),
        }
        crowds: dict[str, tuple[Broadcaster, CrowdElsewhere]] = {}
        bytes_each: dict[str, int] = {}
        for name, starting in starts.items():
            broadcaster = stack.enter_context(starting)
            crowd = CrowdElsewhere(options.sockets, broadcaster.port, broadcaster.path, broadcaster.greeting)
            before = resident_bytes(broadcaster.process_ids())
            seconds = crowd.connect(answered=name == "turnout")
            crowd.listen(2.0)
            bytes_each[name] = round((resident_bytes(broadcaster.process_ids()) - before) / options.sockets)
            print(f"{name:8} {options.sockets:,} sockets in {seconds:.1f} s, {bytes_each[name]:,} bytes each", file=sys.stderr, flush=True)
            crowds[name] = broadcaster, crowd
            stack.callback(crowd.close)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in crowds}
        for number in range(1, options.rounds + 1):
            for name, (broadcaster, crowd) in crowds.items():
                wait_until_quiet(0.25, 20.0)
                runs[name].append(_run(broadcaster, crowd, options.seconds))
                print(f"round {number} {name:8} {runs[name][-1]['per_cpu_s']:>9,} a CPU second", file=sys.stderr, flush=True)
    ratios = {
        f"of_{other}": round(median(our["per_cpu_s"] / its["per_cpu_s"] for our, its in zip(runs["turnout"], runs[other], strict=True)), 3)
        for other in ("nchan", "asgi")
    }
    per_cpu_s = {name: round(median(run["per_cpu_s"] for run in done)) for name, done in runs.items()}
    return {"per_cpu_s": per_cpu_s, "bytes_each": bytes_each, "ratios": ratios, "runs": runs}


def main() -> int:
    """Measures, prints, writes the JSON; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    allow_many_connections()
    measured = _measure(options)
    with folder_on_disk() as folder:
        machine = describe_machine(folder)
    shape = {name: getattr(options, name) for name in ("rounds", "seconds", "sockets")}
    report = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine, "shape": shape} | measured
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: measured[name] for name in ("per_cpu_s", "bytes_each", "ratios")}, indent=1))
    kept = measured["ratios"]["of_nchan"] >= PROMISED_OF_NCHAN and measured["bytes_each"]["turnout"] <= PROMISED_BYTES
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
