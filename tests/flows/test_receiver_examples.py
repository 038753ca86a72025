"""The receivers in examples/, run as their first lines say, against the real server and against callers who are not it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from tests.flows.live import Customer, LiveServer, send, until
from tests.harness.server import free_port
from turnout.dialects.contract import TESTED, Part, Sending
from turnout.dialects.native import kind_examples as examples
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.dialects.native.signing import new_secret
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.dialects.volcengine.callbacks import VolcengineCallbacks
from turnout.kernel.clock import SECOND

FOLDER = Path(__file__).parents[2] / "examples" / "receivers"
COMMANDS = {
    "fastapi": ["-m", "uvicorn", "fastapi_receiver:app", "--port"],
    "flask": ["-m", "flask", "--app", "flask_receiver", "run", "--port"],
    "django": ["django_receiver.py", "runserver", "--noreload"],
}
NATIVE_SECRET = new_secret()
QUANSHI_SECRET = "a_secret_of_callbacks"
VOLCENGINE_SECRET = "testAccountSecret0001"
PATIENCE_S = 60.0


@dataclass
class Example:
    """A running receiver. lines: what it printed about messages, as far as nobody took it; said: all it printed."""

    base_url: str
    lines: "Queue[str]"
    said: list[str]

    def next_line(self) -> str:
        """What it prints next about a message."""
        try:
            return self.lines.get(timeout=PATIENCE_S)
        except Empty:
            raise AssertionError("nothing more came:\n" + "".join(self.said)) from None


@pytest.fixture(params=COMMANDS)
def example(request: pytest.FixtureRequest) -> Iterator[Example]:
    """Each of them in turn, as a process of its own."""
    port = free_port()
    secrets = {"NATIVE_SECRETS": f"{new_secret()} {NATIVE_SECRET}", "QUANSHI_SECRETS": f"another_secret {QUANSHI_SECRET}"}
    secrets["VOLCENGINE_SECRETS"] = f"another_secret {VOLCENGINE_SECRET}"
    with subprocess.Popen(
        [sys.executable, *COMMANDS[request.param], str(port)],
        cwd=FOLDER,
        env={**os.environ, **secrets, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        example = Example(f"http://127.0.0.1:{port}", Queue(), [])
        assert process.stdout
        reader = Thread(target=_read, args=(process.stdout, example))
        reader.start()
        try:
            until(lambda: _listens(port), lambda listens: listens or process.poll() is not None)
            assert process.poll() is None, "".join(example.said)
            yield example
        finally:
            process.terminate()
            reader.join()


def _read(stream: Iterable[str], example: Example) -> None:
    for line in stream:
        example.said.append(line)
        if line.startswith(("survey.", "viewer.", "live_session.", "callback_endpoint.", "quanshi ", "volcengine ")):
            example.lines.put(line.rstrip("\n"))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_takes_what_the_server_sends(example: Example, live_server: LiveServer, customer: Customer) -> None:
    """A card opened and closed arrives in both dialects, verified and read, in its order."""
    told = {"native": NATIVE_SECRET, "quanshi": QUANSHI_SECRET}
    endpoints = [
        customer.post("/callback-endpoints", {"url": f"{example.base_url}/{dialect}", "dialect": dialect, "secret": secret})
        for dialect, secret in told.items()
    ]
    live_session = customer.live_session(customer.room())
    card = customer.opened(live_session, title="Ports")
    customer.change(live_session, card, "close")
    lines = [example.next_line() for _ in range(6)]
    native = [line for line in lines if not line.startswith("quanshi")]

    assert [line for line in lines if line.startswith("quanshi")] == ["quanshi 1 Ports 0", "quanshi 2 Ports 0"]
    assert native[0].startswith("live_session.started dl_")
    assert native[1:] == ["survey.opened Ports 0", "survey.closed Ports 0", "survey.settled Ports 0"]
    for endpoint in endpoints:
        assert customer.call("DELETE", f"/callback-endpoints/{endpoint['id']}").status == 204


def test_it_takes_nothing_twice_and_nothing_forged(example: Example) -> None:
    """A repeat is acknowledged and passed over; a wrong signature, an old one, and bytes that are no message are refused."""
    now = round(time.time())
    native, quanshi = NativeCallbacks(examples.IDS), QuanshiCallbacks(examples.IDS)
    tested = examples.event_of(TESTED, examples.TESTED)
    bodies = {"native": native.encode(tested, Part("4"), {}), "quanshi": quanshi.encode(tested, Part("4"), {})}

    def bring(path: str, body: bytes, secret: str, at: int = now) -> int:
        dialect = native if path == "native" else quanshi
        headers = dialect.headers(bodies[path], [secret.encode()], Sending("dl_4e0j7g2w9f6rd", at * SECOND))
        return send(example.base_url, "POST", f"/{path}", body, headers).status

    for path, secret in (("native", NATIVE_SECRET), ("quanshi", QUANSHI_SECRET)):
        assert [bring(path, bodies[path], secret, at) for at in (now, now, now + 1)] == [204, 204, 204]
        assert bring(path, bodies[path], new_secret()) == 401
        assert bring(path, bodies[path] + b" ", secret) == 401
        assert bring(path, bodies[path], secret, now - 3_600) == 401
        assert send(example.base_url, "POST", f"/{path}", bodies[path]).status == 401

    volcengine = VolcengineCallbacks(examples.IDS)
    made = volcengine.encode(tested, Part("4"), {})

    def bring_prize(secret: str, at: int = now) -> int:
        """Signed in its body, of which the signature covers four values."""
        body = volcengine.finish(made, [secret.encode()], Sending("dl_4e0j7g2w9f6rd", at * SECOND))
        return send(example.base_url, "POST", "/volcengine", body).status

    assert [bring_prize(VOLCENGINE_SECRET, at) for at in (now, now, now + 1)] == [204, 204, 204]
    assert [bring_prize(new_secret()), bring_prize(VOLCENGINE_SECRET, now - 3_600)] == [401, 401]
    assert send(example.base_url, "POST", "/volcengine", b"{}").status == 400

    assert example.next_line() == "callback_endpoint.tested dl_4e0j7g2w9f6rd"
    assert [example.next_line(), example.next_line()] == [
        "quanshi 2 Turnout test call 0",
        "volcengine Turnout test call Turnout test call 0",
    ]
    assert example.lines.empty()
