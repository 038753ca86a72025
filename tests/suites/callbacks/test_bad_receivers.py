"""Receivers that do what they should not, and what the attempt log then says: whole sentences, as somebody reads them in the console."""

import asyncio
import socket
import time
from collections.abc import Callable
from email.utils import format_datetime

import pytest

from tests.harness.certificates import make_certificate, server_context, trusting
from tests.suites.callbacks.conftest import ACCOUNT, LEASE_AHEAD, World, closing, opening
from tests.suites.callbacks.receiver import Answer, Receiver, drip, flood, raw, reset, reset_after, silence, status
from turnout.callbacks import endpoint_queries
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, EndpointState, Outcome
from turnout.dialects.contract import Patience
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, to_datetime

TIMEOUT_S = 0.5
PATIENT_S = 20.0
LONGEST_STALL_S = 0.5  # on a slow processor, shared with other tests; without a bound it is seconds, again and again
FLOOD_TIMEOUT_S, CUT_OFF_MS = 10.0, 2_000  # it ends because there is too much of it, and not because its time is over
FLOODED_AT_MOST = 16 * 1024 * 1024  # bytes: what the two sockets' buffers hold is among them

OK = b"HTTP/1.1 200 OK\r\n"
LONG = OK + b"Content-Length: 1000\r\n\r\n"
SUCCESS = '{"msg":"成功"}'.encode()
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\n"
NOT_ACKNOWLEDGED = "which does not acknowledge the message."
REJECTED_500 = f"The receiver answered 500 Internal Server Error, {NOT_ACKNOWLEDGED}"
REJECTED_503 = f"The receiver answered 503 Service Unavailable, {NOT_ACKNOWLEDGED}"
REDIRECTED = "Redirects are not followed: register the final address as the endpoint."
TIMED_OUT = "The receiver did not answer within 0.5 s."
RESET = "The connection ended before an answer came (Connection reset by peer)."
CUT_SHORT = "Its body broke off before its end."
SLOW_BODY = "Its body had not ended after 0.5 s."
NOT_HTTP = "What the receiver answered is not HTTP"
NO_ANSWER = f"{NOT_HTTP} (32768 bytes came and no answer was among them)."
GIVEN_UP = "Reading it was given up after 1048576 bytes."
FIRST_BYTES = "Only the first 65536 bytes of its body were read."


async def told(
    world: World, answer: Answer, *, dialect: str = "quanshi", waits_s: tuple[float, ...] = (), timeout_s: float = PATIENT_S
) -> tuple[Delivery, Attempt]:
    """A delivery after its first attempt, and that attempt."""
    world.speaking(Patience(timeout_s=timeout_s, waits_s=waits_s))
    world.receiver.answer(answer)
    await world.endpoint(dialect=dialect)
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.quiet()
    (delivery,) = await world.deliveries()
    (attempt,) = await world.attempts(delivery)
    return delivery, attempt


@pytest.mark.parametrize(
    ("answer", "outcome", "sentence"),
    [
        pytest.param(status(500, b"oops"), Outcome.REJECTED, REJECTED_500, id="fails"),
        pytest.param(status(999), Outcome.REJECTED, f"The receiver answered 999, {NOT_ACKNOWLEDGED}", id="answers oddly"),
        pytest.param(silence, Outcome.TIMED_OUT, TIMED_OUT, id="hangs"),
        pytest.param(drip(OK + b"X: "), Outcome.TIMED_OUT, TIMED_OUT, id="drips its head"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Outcome.TIMED_OUT, TIMED_OUT, id="asks to go on, for ever"),
        pytest.param(raw(b""), Outcome.BROKEN, "The connection ended before an answer came.", id="hangs up"),
        pytest.param(raw(OK + b"Content-Le"), Outcome.BROKEN, "The connection ended before an answer came.", id="hangs up in its head"),
        pytest.param(reset, Outcome.BROKEN, RESET, id="resets"),
        pytest.param(reset_after(OK + b"Content-Le"), Outcome.BROKEN, RESET, id="resets in its head"),
        pytest.param(reset_after(BUSY + b"sorry"), Outcome.REJECTED, f"{REJECTED_503} {CUT_SHORT}", id="refuses and resets"),
        pytest.param(
            status(302, Location="https://elsewhere.example/hook"),
            Outcome.REDIRECTED,
            f"The receiver answered 302 Found, a redirect to https://elsewhere.example/hook. {REDIRECTED}",
            id="redirects",
        ),
        pytest.param(
            status(308),
            Outcome.REDIRECTED,
            f"The receiver answered 308 Permanent Redirect, a redirect. {REDIRECTED}",
            id="redirects nowhere",
        ),
        pytest.param(status(410), Outcome.REJECTED, f"The receiver answered 410 Gone, {NOT_ACKNOWLEDGED}", id="is gone, for a vendor"),
        pytest.param(
            status(429, **{"Retry-After": "3600"}),
            Outcome.REJECTED,
            f"The receiver answered 429 Too Many Requests, {NOT_ACKNOWLEDGED}",
            id="asks for patience, of a vendor",
        ),
    ],
)
async def test_what_is_no_acknowledgement(world: World, answer: Answer, outcome: Outcome, sentence: str) -> None:
    """The delivery has failed after its one attempt, and this is how it is told."""
    # what ends by itself is waited for, however busy the machine is
    delivery, attempt = await told(world, answer, timeout_s=TIMEOUT_S if outcome is Outcome.TIMED_OUT else PATIENT_S)

    assert (attempt.outcome, attempt.explanation) == (outcome, sentence)
    assert (delivery.state, delivery.last_explanation) == (DeliveryState.FAILED, sentence)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(drip(LONG), SLOW_BODY, id="drips"),
        pytest.param(raw(LONG + b"thanks"), CUT_SHORT, id="promises more than it sends"),
        pytest.param(reset_after(LONG + b"thanks"), CUT_SHORT, id="resets in its body"),
        pytest.param(raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nthanks"), CUT_SHORT, id="counts its chunks wrongly"),
        pytest.param(drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), SLOW_BODY, id="drips in chunks"),
    ],
)
async def test_an_acknowledgement_that_ends_badly(world: World, answer: Answer, sentence: str) -> None:
    """A 200 is an acknowledgement once it has been read; the rest is told beside it."""
    delivery, attempt = await told(world, answer, timeout_s=TIMEOUT_S if sentence == SLOW_BODY else PATIENT_S)

    assert (delivery.state, attempt.outcome) == (DeliveryState.SUCCEEDED, Outcome.ACCEPTED)
    assert attempt.explanation == f"The receiver answered 200 OK. {sentence}"


@pytest.mark.parametrize(
    ("answered", "phrase", "kept"),
    [
        pytest.param(OK + b"Content-Length: 2\r\n\r\nok and more", "200 OK", b"ok", id="more than promised"),
        pytest.param(OK + b"Content-Length: 12\r\n\r\n" + SUCCESS, "200 OK", SUCCESS[:12], id="characters counted, not bytes"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "204 No Content", b"", id="content where there is none"),
    ],
)
async def test_an_acknowledgement_longer_than_it_says(world: World, answered: bytes, phrase: str, kept: bytes) -> None:
    """What everybody else takes for an acknowledgement is one; what follows it is neither read nor taken for anything."""
    delivery, attempt = await told(world, raw(answered))

    assert (delivery.state, attempt.outcome, attempt.reply) == (DeliveryState.SUCCEEDED, Outcome.ACCEPTED, kept)
    assert attempt.explanation == f"The receiver answered {phrase}."


@pytest.mark.parametrize(
    "answered",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"hello world\r\n",
        b"HTTP/2 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: -5\r\n\r\nthanks",
        OK + b"Content-Length: many\r\n\r\nthanks",
        OK + b"Content-Length: 99999999999999999999999999\r\n\r\nthanks",
        OK + b"Content-Length: 2\r\nContent-Length: 6\r\n\r\nthanks",
        OK + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nthanks\r\n0\r\n\r\n",
        OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http(world: World, answered: bytes) -> None:
    """Lies about the length that a parser must not believe among it: refused, and told as what it is, in one sentence of bounded length."""
    delivery, attempt = await told(world, raw(answered))

    assert (delivery.state, attempt.outcome) == (DeliveryState.FAILED, Outcome.NOT_HTTP)
    assert attempt.explanation.startswith(f"{NOT_HTTP} (")
    assert attempt.explanation.endswith(").")
    assert len(attempt.explanation) < 300


async def test_nothing_listens(world: World) -> None:
    """A closed port."""
    world.speaking(Patience(timeout_s=PATIENT_S, waits_s=()))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        await world.endpoint(url=f"http://127.0.0.1:{closed.getsockname()[1]}/hook")
        await world.plan()
        await world.send()
        await world.record(opening())
        (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)
    assert attempt.outcome is Outcome.REFUSED
    assert attempt.explanation == "The connection was refused: nothing listens at this address and port."


async def test_who_speaks_no_tls(world: World) -> None:
    """An https URL whose port answers in plain text."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    await world.endpoint(url=world.receiver.url().replace("http:", "https:"))
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)
    assert attempt.outcome is Outcome.INSECURE
    assert attempt.explanation.startswith("The secure connection could not be made (")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param(30, "the certificate does not hold: self-signed certificate", id="nobody vouches for it"),
        pytest.param(-1, "the certificate does not hold: certificate has expired", id="expired"),
    ],
)
async def test_a_certificate_that_does_not_hold(world: World, days: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS is verified, and the log says what is wrong with the certificate."""
    pem = make_certificate(days=days)
    if days < 0:
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting(pem))
    secure = Receiver()
    await secure.start(tls=server_context(pem))
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    await world.endpoint(url=secure.url().replace("http:", "https:"))
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)
    await secure.stop()

    (attempt,) = await world.attempts(delivery)
    assert (attempt.outcome, secure.calls) == (Outcome.INSECURE, [])
    assert attempt.explanation == f"The secure connection could not be made ({words})."


async def test_who_hangs_in_the_handshake(world: World) -> None:
    """A port that takes the connection and says nothing, where TLS was expected."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        world.speaking(Patience(timeout_s=TIMEOUT_S, waits_s=()))
        await world.endpoint(url=f"https://127.0.0.1:{mute.getsockname()[1]}/hook")
        await world.plan()
        await world.send()
        await world.record(opening())
        (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)
    assert (attempt.outcome, attempt.explanation) == (Outcome.TIMED_OUT, TIMED_OUT)


async def test_an_answer_nobody_asked_for_acknowledges_nothing(world: World) -> None:
    """A second answer sent along with the first is not taken for that of the next message, which goes out by itself."""
    world.receiver.answer(raw_open(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(*(event for survey in range(20, 26) for event in (opening(survey), closing(survey))))

    deliveries = await world.settled(12, DeliveryState.SUCCEEDED)

    assert [len(await world.attempts(delivery)) for delivery in deliveries] == [1] * 12
    assert len({call.body for call in world.receiver.calls}) == len(world.receiver.calls) == 12


def raw_open(answered: bytes) -> Answer:
    """Writes these bytes and keeps the connection."""

    async def answer(_call: object, writer: asyncio.StreamWriter) -> None:
        writer.write(answered)

    return answer


@pytest.mark.parametrize(
    ("at_once", "wave", "words"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000, NO_ANSWER, id="interim answers"),
        pytest.param(b"", (b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 5_000 + b"\r\n\r\n") * 10, NO_ANSWER, id="large interim answers"),
        pytest.param(OK, b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 1_000, f"{NOT_HTTP} (Too many headers", id="header lines"),
        pytest.param(b"HTTP/1.1 500 ", b"y" * 65_536, f"{NOT_HTTP} (", id="a status line"),
        pytest.param(
            b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"y" * 65_536, f"{REJECTED_500} {GIVEN_UP}", id="an extension"
        ),
        pytest.param(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n" * 10_000, REJECTED_500, id="tiny chunks"),
        pytest.param(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: yyyyyyyyyyyyyyy\r\n" * 1_000, "", id="trailers"),
        pytest.param(
            b"HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n", b"y" * 65_536, f"{REJECTED_500} {FIRST_BYTES}", id="a body"
        ),
    ],
)
async def test_a_flood_is_cut_off(world: World, at_once: bytes, wave: bytes, words: str) -> None:
    """However a receiver fills its answer, little of it is read, and everything else this server does goes on meanwhile."""
    longest = asyncio.create_task(longest_stall())
    world.speaking(Patience(timeout_s=FLOOD_TIMEOUT_S, waits_s=()))
    world.receiver.answer(flood(at_once, wave))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)
    longest.cancel()

    (attempt,) = await world.attempts(delivery)
    assert delivery.state is DeliveryState.FAILED
    assert attempt.explanation.startswith(words)
    assert attempt.duration_ms is not None
    assert attempt.duration_ms < CUT_OFF_MS
    assert world.receiver.written < FLOODED_AT_MOST
    assert await longest < LONGEST_STALL_S


async def longest_stall() -> float:
    """The longest time for which the event loop worked and let nobody else in, until it is cancelled. By the processor's clock: what other
    programs take meanwhile is not counted."""
    longest, last = 0.0, time.thread_time()
    try:
        while True:
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.thread_time() - last), time.thread_time()
    except asyncio.CancelledError:
        return longest


# ---- what the native dialect, which heeds replies, makes of 410 and of Retry-After


async def test_gone_ends_it_all(world: World) -> None:
    """410: nothing more is tried, nothing more is sent, and the endpoint says why."""
    gone = "The receiver answered 410 Gone: it wants no more messages. Nothing more is sent to this endpoint."
    world.speaking(Patience(timeout_s=PATIENT_S, waits_s=(0.0, 0.0)))
    world.receiver.answer(status(410))
    endpoint = await world.endpoint(dialect="heedful")
    await world.plan()
    await world.send()
    await world.record(opening(5))
    await world.settled(1, DeliveryState.FAILED)
    await world.record(opening(6))
    await world.planned()

    first, second = await world.deliveries()
    (attempt,) = await world.attempts(first)
    assert (attempt.outcome, attempt.explanation) == (Outcome.REJECTED, gone)
    assert (first.state, second.state, second.attempts_made) == (DeliveryState.FAILED, DeliveryState.DUE, 0)
    assert len(world.receiver.calls) == 1
    endpoint, health = await world.database.read(lambda connection: endpoint_queries.inspect_endpoint(connection, ACCOUNT, endpoint.id))
    assert (endpoint.state, health.last_explanation) == (EndpointState.DISABLED, gone)
    assert endpoint.disabled_because == gone


@pytest.mark.parametrize(
    ("retry_after", "asked", "waited_s"),
    [
        pytest.param(lambda _now: "7", " It asks not to be called again for 7 s.", 7, id="seconds"),
        pytest.param(lambda _now: " 120 ", " It asks not to be called again for 120 s.", 120, id="seconds with blanks"),
        pytest.param(lambda now: _http_date(now + 90), " It asks not to be called again for 90 s.", 90, id="a date"),
        pytest.param(
            lambda _now: "9999999",
            f" It asks not to be called again for 9999999 s, of which this server waits {limits.MAX_RETRY_AFTER_S} s.",
            limits.MAX_RETRY_AFTER_S,
            id="too long",
        ),
        pytest.param(lambda _now: "1", " It asks not to be called again for 1 s.", 5, id="shorter than the wait"),
        pytest.param(lambda now: _http_date(now - 90), "", 5, id="a date that has passed"),
        pytest.param(lambda _now: "soon", "", 5, id="a word"),
        pytest.param(lambda _now: "-7", "", 5, id="a negative number"),
        pytest.param(lambda _now: "Mon, 01 Jan 99999999999999 00:00:00 GMT", "", 5, id="no date there is"),
        pytest.param(
            lambda _now: "1" * 5_000,
            f" It asks not to be called again for 111111111111 s, of which this server waits {limits.MAX_RETRY_AFTER_S} s.",
            limits.MAX_RETRY_AFTER_S,
            id="a number nobody means",
        ),
    ],
)
@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after(world: World, code: int, retry_after: Callable[[int], str], asked: str, waited_s: int) -> None:
    """The next attempt is not before the receiver wants it, and not before it is due; what nobody can read is passed over."""
    world.clock.advance(-world.clock.now() % SECOND / SECOND)  # a date in a header has whole seconds
    began_s = world.clock.now() // SECOND
    answer = status(code, **{"Retry-After": retry_after(began_s)})
    phrase = "429 Too Many Requests" if code == 429 else "503 Service Unavailable"

    delivery, attempt = await told(world, answer, dialect="heedful", waits_s=(5.0,))

    assert (attempt.outcome, attempt.status) == (Outcome.REJECTED, code)
    assert attempt.explanation == f"The receiver answered {phrase}, which does not acknowledge the message.{asked}"
    assert delivery.state is DeliveryState.DUE
    due_s = (delivery.due_at - world.clock.now() - LEASE_AHEAD) / SECOND
    assert waited_s - 1.0 <= due_s <= waited_s + 0.1


def _http_date(at_s: int) -> str:
    return format_datetime(to_datetime(at_s * SECOND), usegmt=True)
