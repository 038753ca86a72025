"""What a tally is sent to ten thousand sockets with: Turnout, nginx with nchan, and the ASGI server's own broadcast."""

import asyncio
import http.client
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import turnout
from benchmarks.crowd import Crowd, Greeting, enter_room
from benchmarks.servers import free_port, python_module, running

TALLIES_PER_S = 4
"""As often as Turnout tells a live session's tallies."""

PEOPLE = 200
"""Viewers who each answer once, so that there is a tally to tell; they are told it too, and not counted."""


@dataclass(frozen=True, slots=True)
class Broadcaster:
    """A server with a channel. path, greeting: how a listener joins; process_ids: whose processor time counts; tell: begins to send a
    message TALLIES_PER_S times a second, until what it returns is called."""

    port: int
    path: str
    greeting: Greeting
    process_ids: Callable[[], list[int]]
    tell: Callable[[], Callable[[], None]]


def _every(interval_s: float, work: Callable[[int], None]) -> Callable[[], None]:
    """Calls `work` with 0, 1, 2 … on a thread until what this returns is called."""
    stopped = threading.Event()

    def run() -> None:
        number = 0
        while not stopped.wait(interval_s):
            work(number)
            number += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join()

    return stop


def _tally(number: int) -> bytes:
    return b'{"op":"tally","survey":"sv_0123456789abc","version":%d,"answered":%d}' % (number, number)


@contextmanager
def turnout_room(folder: Path, core: int, command: Path) -> Iterator[Broadcaster]:
    """Turnout with one room and an open answer card in it; one more viewer at a time answers."""
    port = free_port()
    environment = {**os.environ, **turnout.environment_of(folder, port)}
    api_key = turnout.make_account(command, environment)
    with running([str(command), "serve"], port, core, folder / "server.log", environment) as process_id:
        rooms, _ = asyncio.run(turnout.prepare(port, api_key, 1, 0, 1))
        (room,) = rooms
        (survey,) = room.surveys

        def tell() -> Callable[[], None]:
            people = Crowd(PEOPLE, port, "/ws", enter_room(room.code))
            people.connect()
            answer = {"op": "answer", "survey": survey.id, "answers": [{"question": survey.questions[0], "choices": [0]}]}
            listeners = iter(people.listeners)
            stop = _every(1 / TALLIES_PER_S, lambda number: next(listeners).say({"id": f"answer{number}", **answer}))

            def end() -> None:
                stop()
                people.close()

            return end

        yield Broadcaster(port, "/ws", enter_room(room.code), lambda: [process_id], tell)


def _publisher(port: int, path: str) -> Callable[[], Callable[[], None]]:
    def tell() -> Callable[[], None]:
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def publish(number: int) -> None:
            connection.request("POST", path, _tally(number), {"Content-Type": "application/json"})
            connection.getresponse().read()

        return _every(1 / TALLIES_PER_S, publish)

    return tell


@contextmanager
def nchan(folder: Path, core: int) -> Iterator[Broadcaster]:
    """nginx with the nchan module, one worker."""
    port = free_port()
    module = next(Path("/usr/lib/nginx/modules").glob("ngx_nchan_module.so"))
    configuration = folder / "nginx.conf"
    configuration.write_text(f"""
load_module {module};
user root;
worker_processes 1;
worker_rlimit_nofile 65536;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 32768; use epoll; multi_accept on; }}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /publish {{ nchan_publisher; nchan_channel_id room; nchan_message_buffer_length 1; }}
    location = /listen {{ nchan_subscriber websocket; nchan_channel_id room; nchan_subscriber_first_message newest; }}
  }}
}}
""")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-p", str(folder), "-c", str(configuration)], port, core, folder / "server.log") as process_id:
        yield Broadcaster(port, "/listen", lambda _: None, lambda: [process_id, *_children(process_id)], _publisher(port, "/publish"))


@contextmanager
def asgi(folder: Path, core: int) -> Iterator[Broadcaster]:
    """uvicorn with its usual WebSocket protocol, sending to one connection after the other."""
    port = free_port()
    with running(python_module("benchmarks.baseline.broadcast", port), port, core, folder / "server.log") as process_id:
        yield Broadcaster(port, "/listen", lambda _: None, lambda: [process_id], _publisher(port, "/publish"))


def _children(process_id: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(process_id)], stdout=subprocess.PIPE, text=True, check=False).stdout
    return [int(word) for word in listed.split()]


def cpu_seconds(process_ids: list[int]) -> float:
    """Processor time these processes have used (proc(5): stat, fields 14 and 15)."""
    ticks = 0
    for process_id in process_ids:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(process_ids: list[int]) -> int:
    """Memory these processes hold (proc(5): statm)."""
    return sum(int(Path(f"/proc/{process_id}/statm").read_text().split()[1]) for process_id in process_ids) * os.sysconf("SC_PAGE_SIZE")
