"""`turnout callbacks listen` from outside: what it says of each call, how it answers, and how it fails on purpose."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.flows.live import Customer, Reply, send
from tests.harness.listening import Listening, listening
from turnout.cli import main
from turnout.cli.callback_receiver import Behaviour
from turnout.cli.callback_server import MAX_BODY_BYTES
from turnout.client import new_native_key_pair
from turnout.dialects.native.signing import new_secret
from turnout.dialects.native.signing import signed_headers as native_headers
from turnout.dialects.quanshi.proof import signed_headers as quanshi_headers

SAMPLE = Path(__file__).parents[1] / "dialects/quanshi/samples/contract_answer_card_end.json"
SECRET = "a secret of ours"


def post(receiver: Listening, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    """One call."""
    return send(receiver.url.rstrip("/"), "POST", "/hook", body, headers)


def message(survey_id: int = 31001, **changes: Any) -> bytes:
    """An answer card's end, as Quanshi's contract has it."""
    document = json.loads(SAMPLE.read_bytes())
    document["data"][0] |= {"surveyId": survey_id, **changes}
    return json.dumps(document).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Quanshi's headers of this moment."""
    return quanshi_headers(secret.encode(), int(time.time()), body)


def native_body(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "timestamp": "2026-01-05T08:00:00Z", "data": data}).encode()


def test_what_a_server_sends_is_verified_and_said(customer: Customer) -> None:
    """In both dialects: the start and the end of a card, each with its title, under the endpoint's secret."""
    live_session = customer.live_session(customer.room())
    native_secret = new_secret()
    with listening("--secret", SECRET, "--secret", native_secret) as receiver:
        card = customer.card(live_session, title="Lunch")
        customer.post("/callback-endpoints", {"url": f"{receiver.url}quanshi", "dialect": "quanshi", "secret": SECRET})
        customer.post("/callback-endpoints", {"url": f"{receiver.url}native", "dialect": "native", "secret": native_secret})
        customer.change(live_session, card, "open")
        customer.change(live_session, card, "close")
        calls = sorted((receiver.call() for _ in range(5)), key=lambda call: (call["path"], call["at"]))
        sums = receiver.stop()

    assert [(one["path"], one["dialect"], one["kind"], one["about"], one["verified"], one["answer"]) for one in calls] == [
        ("/native", "native", "survey.opened", "“Lunch”", True, "200"),
        ("/native", "native", "survey.closed", "“Lunch”", True, "200"),
        ("/native", "native", "survey.settled", "“Lunch”", True, "200"),
        ("/quanshi", "quanshi", "answer card started", "“Lunch”", True, "200"),
        ("/quanshi", "quanshi", "answer card ended", "“Lunch” (0 answered)", True, "200"),
    ]
    assert calls[3]["body"]["data"][0]["surveyName"] == "Lunch"
    assert (sums["calls"], sums["messages"], sums["repeats"], sums["answers"]) == (5, 5, 0, {"200": 5})


def test_repeats_are_counted() -> None:
    """A message that comes again is told from a new one, and one that was acknowledged before from one that was not; so are other bytes
    under one key."""
    with listening("--fail-rate", "1", "--retry-after", "7") as receiver:
        assert [post(receiver, message()).headers["retry-after"] for _ in range(2)] == ["7", "7"]
        assert [receiver.call()["times"] for _ in range(2)] == [1, 2]
        failed = receiver.stop()
    with listening() as receiver:
        for body in (message(), message(), message(surveyName="Another"), message(32000)):
            assert post(receiver, body).status == 200
        assert [receiver.call()["times"] for _ in range(4)] == [1, 2, 3, 1]
        accepted = receiver.stop()

    names = ("calls", "messages", "repeats", "needless", "changed")
    assert [failed[name] for name in names] == [2, 1, 1, 0, 0]
    assert [accepted[name] for name in names] == [4, 2, 2, 2, 1]


def test_chance_is_the_same_under_the_same_seed() -> None:
    """--fail-rate draws, and --seed draws the same again; the failing ones get the status that was asked for."""

    def answers(*arguments: str) -> list[int]:
        with listening("--fail-rate", "0.5", *arguments) as receiver:
            return [post(receiver, message(number)).status for number in range(1, 21)]

    first, again, other = answers("--seed", "7"), answers("--seed", "7", "--status", "503"), answers("--seed", "8")

    assert set(first) == {200, 500}
    assert [{200: 200, 500: 503}[status] for status in first] == again
    assert other != first


def test_it_delays_resets_and_keeps_silent() -> None:
    """Each the way a real receiver fails: late, with a reset, and never; a caller who gives up is noticed."""
    with listening("--delay", "0.3") as receiver:
        began = time.monotonic()
        assert post(receiver, message()).status == 200
        assert time.monotonic() - began >= 0.29
    with listening("--reset") as receiver:
        with pytest.raises(ConnectionResetError):
            post(receiver, message())
        assert receiver.call()["answer"] == "reset"
    with listening("--hang") as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port)) as caller:
            body = message()
            caller.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            assert receiver.call()["answer"] == "silence"
            caller.settimeout(0.2)
            with pytest.raises(TimeoutError):
                caller.recv(1)
        assert receiver.line()["given_up"]["after_s"] >= 0.1
        assert receiver.stop()["given_up"] == 1


def test_a_status_is_answered_to_every_call() -> None:
    """A good one to those that go well, any other as the way to fail."""
    for status in ("204", "410"):
        with listening("--status", status) as receiver:
            assert post(receiver, message()).status == int(status)


def test_what_does_not_hold_is_refused() -> None:
    """A wrong or missing signature is 401 and says why; what is no callback is 400; a page asked for is 405. None counts as a message."""
    body = message()
    with listening("--secret", "the one before", "--secret", SECRET) as receiver:
        given = [signed(body), signed(body, "the one before"), signed(body, "another secret"), {}]
        statuses = [post(receiver, body, headers).status for headers in given]
        problems = [receiver.call()["problem"] for _ in given]
        sums = receiver.stop()
    assert statuses == [200, 200, 401, 401]
    assert problems == [None, None, "The callback's signature does not hold.", "the callback is not signed"]
    assert (sums["messages"], sums["repeats"], sums["wrong_signatures"]) == (1, 1, 2)
    with listening() as receiver:
        assert post(receiver, b"\xff{").status == 400
        assert post(receiver, b"[" * 100_000).status == 400
        assert send(receiver.url.rstrip("/"), "GET", "/").status == 405
        assert receiver.call()["body"] == "�{"
        assert receiver.stop()["unreadable"] == 3


def test_what_does_not_hold_fails_like_everything_else() -> None:
    """Every call is answered as was asked for, late where that was asked for, also one that cannot be read or was signed by another."""
    body = message()
    with listening("--secret", SECRET, "--status", "503", "--retry-after", "7") as receiver:
        answers = [post(receiver, body, signed(body, "another")), post(receiver, b"{")]
        assert [(one.status, one.headers["retry-after"]) for one in answers] == [(503, "7")] * 2
        assert [(one["answer"], bool(one["problem"])) for one in (receiver.call(), receiver.call())] == [("503", True)] * 2
        sums = receiver.stop()
        assert (sums["wrong_signatures"], sums["unreadable"], sums["answers"]) == (2, 0, {"503": 2})
    with listening("--reset") as receiver, pytest.raises(ConnectionResetError):
        post(receiver, b"{")
    with listening("--delay", "0.3") as receiver:
        began = time.monotonic()
        assert post(receiver, b"{").status == 400
        assert time.monotonic() - began >= 0.29
    with listening("--fail-rate", "0.5", "--seed", "7") as receiver:
        assert {post(receiver, b"{").status for _ in range(20)} == {400, 500}


def test_any_text_is_a_secret_of_quanshis() -> None:
    """Also one that looks like a native one which nobody can sign with."""
    body = message()
    with listening("--dialect", "quanshi", "--secret", "whsec_AAAA") as receiver:
        assert post(receiver, body, signed(body, "whsec_AAAA")).status == 200


@pytest.mark.parametrize(
    ("behaviour", "announced"),
    [
        (Behaviour(), []),
        (Behaviour(status=204), ["The good ones are answered 204."]),
        (Behaviour(fail_rate=0.2), ["20% of the calls fail (500), seed 7."]),
        (Behaviour(status=202, fail_rate=0.5, hangs=True), ["50% of the calls fail (silence), seed 7.", "The good ones are answered 202."]),
        (Behaviour(fail_rate=1, resets=True), ["Every call fails (reset)."]),
        (Behaviour(fail_rate=1, fail_status=503, retry_after_s=30), ["Every call fails (503, with Retry-After: 30)."]),
        (Behaviour(delay_s=10), ["Answers come after 10 s."]),
    ],
)
def test_it_announces_how_it_fails(behaviour: Behaviour, announced: list[str]) -> None:
    """At its start, so that nobody looks for a fault that was asked for."""
    assert list(behaviour.announced(7)) == announced


def test_it_reads_native_messages() -> None:
    """By their headers, with any of several keys, symmetric or ed25519; the dialect can also be said."""
    secret, (private, public) = new_secret(), new_native_key_pair()
    body = native_body("room.painted", colour="red")
    now = int(time.time())
    with listening("--secret", SECRET, "--secret", secret, "--secret", public) as receiver:
        for key, message_id in ((secret, "dl_1"), (private, "dl_2"), (secret, "dl_1")):
            assert post(receiver, body, native_headers([key], message_id, now, body)).status == 200
        calls = [receiver.call() for _ in range(3)]
        assert post(receiver, body, native_headers([new_secret()], "dl_3", now, body)).status == 401
    assert [(one["dialect"], one["id"], one["kind"], one["times"], one["verified"]) for one in calls] == [
        ("native", "dl_1", "room.painted", 1, True),
        ("native", "dl_2", "room.painted", 1, True),
        ("native", "dl_1", "room.painted", 2, True),
    ]
    with listening("--dialect", "native") as receiver:
        assert post(receiver, body).body == b"unreadable_callback: no header webhook-id\n"
        about = native_body("callback_endpoint.tested", endpoint={"id": "ep_1", "name": "Till", "dialect": "native", "host": None})
        assert post(receiver, about, {"webhook-id": "dl_4"}).status == 200
        assert [receiver.call()["about"] for _ in range(2)] == ["", "“Till”"]


def test_http_in_all_its_forms() -> None:
    """Chunks, an expectation, requests behind each other on one connection, one that asks to be the last; too long a body and nonsense end
    the connection, and nobody else's."""
    body = message()
    chunks = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    plain = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    last = plain.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    long = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    with listening() as receiver:
        assert exchange(receiver, chunks + plain + plain + last).count(b"HTTP/1.1 200 OK") == 4
        assert exchange(receiver, chunks + last).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
        assert exchange(receiver, long + b" " * (MAX_BODY_BYTES + 1)).startswith(b"HTTP/1.1 413 ")
        assert exchange(receiver, b"POST / HTTP/1.1\r\nX: " + b"x" * 70_000).startswith(b"HTTP/1.1 431 ")
        assert exchange(receiver, b"What?\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert receiver.stop()["calls"] == 6


def exchange(receiver: Listening, sent: bytes) -> bytes:
    """What comes back until the receiver hangs up."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as caller:
        with contextlib.suppress(ConnectionError):  # it has hung up before the last byte
            caller.sendall(sent)
        received = b""
        with contextlib.suppress(ConnectionError):
            while more := caller.recv(65_536):
                received += more
    return received


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--fail-rate", "1.5"], "fail_rate"),
        (["--status", "99"], "status"),
        (["--hang", "--reset"], "reset"),
        (["--status", "503", "--hang"], "status"),
        (["--retry-after", "5"], "retry_after"),
        (["--retry-after", "5", "--hang"], "retry_after"),
        (["--delay", "-1"], "delay"),
        (["--secret", "--hang"], "secret"),
        (["--secret", "whsk_AAAA"], "secret"),
        (["--dialect", "native", "--secret", SECRET], "secret"),
        (["--secret", "whsec_too-short"], "secret"),
        (["--secret", "whsec_AAAA"], "secret"),
        (["--secret", SECRET, "--secret", "whpk_AAAA"], "secret"),
    ],
)
def test_options_that_contradict_each_other(arguments: list[str], field: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Are not understood, and the one to change is named."""
    assert main(["callbacks", "listen", *arguments, "--json"]) == 2

    assert json.loads(capsys.readouterr().out)["error"]["field"] == field


def test_a_person_reads_lines() -> None:
    """One line a call, without what a terminal would obey; Ctrl-C ends it with the sums and status 0; a port that is taken is refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "turnout", "callbacks", "listen", "--port", str(port), "--secret", "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(SECRET + "\n")
        process.stdin.flush()
        where = process.stdout.readline()
        taken = subprocess.run([*command[:-2]], capture_output=True, timeout=30, check=False, text=True)
        body = message(surveyName="[bold]Lunch\x1b[2J")
        url = f"http://127.0.0.1:{port}"
        for headers in (signed(body), signed(body), {"webhook-id": "x"}):
            send(url, "POST", "/hook", body, headers)
        process.send_signal(signal.SIGINT)
        lines = process.stdout.read().splitlines()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    assert where == f"Listening at {url}/, any path, for every dialect. Stop it with Ctrl-C.\n"
    assert (taken.returncode, taken.stdout) == (1, "")
    assert f"cannot listen on 127.0.0.1:{port}" in taken.stderr
    first, again, wrong, sums = lines
    assert first[8:] == "  answer card ended  “[bold]Lunch�[2J” (3 answered)  1:31001:2  → 200"
    assert again.endswith("1:31001:2  time 2, acknowledged before  → 200")
    assert wrong.endswith("→ 401")
    assert sums == "3 calls: 1 message, 1 repeat, 1 of them though acknowledged before, 1 wrong signature. Answers: 200 × 2, 401 × 1."


def test_silence_ends_with_the_command() -> None:
    """Ctrl-C does not wait for calls that are never answered."""
    with listening("--hang") as receiver:
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=20)
        connection.request("POST", "/", message())
        receiver.call()
        sums = receiver.stop()
        connection.close()

    assert (sums["calls"], sums["given_up"], sums["answers"]) == (1, 0, {})
