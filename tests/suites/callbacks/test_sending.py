"""Deliveries reach their receiver, are tried again with the same bytes, and end visibly."""

import msgspec
import pytest

from tests.suites.callbacks.conftest import World, closing, opening
from tests.suites.callbacks.receiver import Answer, dripping, endless, raw, silence, status
from turnout import __version__, client
from turnout.callbacks.actions import REMOVE_ENDPOINT, RemoveEndpoint
from turnout.callbacks.redelivery_actions import REDELIVER, Redeliver
from turnout.callbacks.rules import DeliveryState, Outcome
from turnout.dialects.contract import EncodedBody, Options, Part, Patience
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.dialects.quanshi.proof import SIGNATURE_HEADER
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.events import Event
from turnout.storage.keyring import Keyring


async def test_an_event_reaches_its_endpoint(world: World) -> None:
    """One POST with the dialect's body and headers; delivery and attempt say so."""
    world.receiver.answer(status(200, b"thanks"))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    (call,) = world.receiver.calls
    assert (call.method, call.path) == ("POST", "/hook")
    assert call.headers["Content-Type"] == "application/json; charset=utf-8"
    assert call.headers["User-Agent"] == f"Turnout/{__version__}"
    assert not {"X-Hook-Signature", "Accept-Encoding", "Cookie", "Authorization"} & set(call.headers)
    assert client.decode_quanshi(call.body).data[0].survey_name == "Warm-up question"
    assert (delivery.state, delivery.attempts_made, delivery.in_flight) == (DeliveryState.SUCCEEDED, 1, False)
    _, body, (attempt,) = await world.inspect(delivery.id)
    assert body == call.body
    assert (attempt.number, attempt.outcome, attempt.status, attempt.reply) == (1, Outcome.ACCEPTED, 200, b"thanks")
    assert attempt.headers == {"User-Agent": f"Turnout/{__version__}", "Content-Type": "application/json; charset=utf-8"}
    assert attempt.explanation == "The receiver answered 200 OK."
    assert attempt.duration_ms is not None
    assert (attempt.url, attempt.reply_headers) == (world.receiver.url(), {"Content-Length": "6"})


async def test_every_attempt_sends_the_same_bytes(world: World) -> None:
    """500, 503, then 200: three attempts, identical bodies, each attempt recorded."""
    world.receiver.answer(status(500, b"oops"), status(503), status(200))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert delivery.state is DeliveryState.SUCCEEDED
    assert len({call.body for call in world.receiver.calls}) == 1
    attempts = await world.attempts(delivery)
    assert [(attempt.number, attempt.outcome, attempt.status) for attempt in attempts] == [
        (1, Outcome.REJECTED, 500),
        (2, Outcome.REJECTED, 503),
        (3, Outcome.ACCEPTED, 200),
    ]
    assert attempts[0].reply == b"oops"
    assert "500 Internal Server Error" in attempts[0].explanation


async def test_patience_has_an_end_and_redelivery_a_new_beginning(world: World) -> None:
    """After the last wait it has failed; somebody sends it again, with the same bytes and all the patience."""
    world.receiver.answer(status(500))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)
    assert (delivery.state, delivery.attempts_made) == (DeliveryState.FAILED, 4)

    world.receiver.answer(status(500), status(200))
    again = Redeliver(delivery.account_id, delivery.id)
    await world.commit.run(REDELIVER, again, lane=0)
    (delivery,) = await world.settled(1, DeliveryState.SUCCEEDED)

    assert delivery.attempts_made == 6
    assert len({call.body for call in world.receiver.calls}) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (silence, Outcome.TIMED_OUT),
        (raw(b""), Outcome.BROKEN),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Outcome.NOT_HTTP),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), Outcome.NOT_HTTP),
        (status(404), Outcome.REJECTED),
        (status(302, Location="/elsewhere"), Outcome.REDIRECTED),
        (status(307, Location="http://127.0.0.1:1/"), Outcome.REDIRECTED),
        (status(304), Outcome.REDIRECTED),
    ],
)
async def test_what_is_no_acknowledgement(world: World, answer: Answer, outcome: Outcome) -> None:
    """Each kind of failure is told apart, explained, and tried again."""
    world.speaking(Patience(timeout_s=0.3 if answer is silence else 20.0, waits_s=(0.0,)))
    world.receiver.answer(answer)
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    attempts = await world.attempts(delivery)
    assert (delivery.state, [attempt.outcome for attempt in attempts]) == (DeliveryState.FAILED, [outcome, outcome])
    assert all(attempt.explanation.endswith(".") for attempt in attempts)
    assert {call.path for call in world.receiver.calls} == {"/hook"}


async def test_nobody_listens_and_no_tls(world: World) -> None:
    """A closed port is refused; https towards a server that speaks http is insecure."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    await world.endpoint(url="http://127.0.0.1:1/hook")
    await world.endpoint(url=world.receiver.url().replace("http:", "https:"))
    await world.plan()
    await world.send()
    await world.record(opening())

    deliveries = await world.settled(2)

    assert [[attempt.outcome for attempt in await world.attempts(delivery)] for delivery in deliveries] == [
        [Outcome.REFUSED],
        [Outcome.INSECURE],
    ]


@pytest.mark.parametrize("answer", [endless, dripping, status(200, b"x" * 5_000_000)])
async def test_a_reply_is_bounded(world: World, answer: Answer) -> None:
    """A 2xx whose body is huge, endless or never comes acknowledges; only its first bytes are kept."""
    world.speaking(Patience(timeout_s=1.0 if answer is dripping else 20.0, waits_s=()))
    world.receiver.answer(answer)
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)
    assert attempt.outcome is Outcome.ACCEPTED
    assert 0 < len(attempt.reply) <= limits.MAX_REPLY_BYTES_KEPT


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "169.254.169.254", "10.0.0.1"])
async def test_private_addresses_are_not_called(world: World, host: str) -> None:
    """With the guard on, nothing inside is reached: by a literal, a name, or an odd form of either."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    await world.endpoint(url=f"http://{host}:{world.receiver.port}/hook")
    await world.plan()
    await world.send(guarded=True)
    await world.record(opening())

    (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)
    assert world.receiver.calls == []
    assert attempt.outcome in (Outcome.BLOCKED, Outcome.UNREACHABLE)
    assert (attempt.outcome is Outcome.UNREACHABLE) == (host == "2130706433")  # the client library refuses this form itself


async def test_a_name_is_called_when_allowed(world: World) -> None:
    """The negative control of the guard: the same name is resolved and reached when the operator allows it."""
    await world.endpoint(url=f"http://localhost:{world.receiver.port}/hook")
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert delivery.state is DeliveryState.SUCCEEDED


async def test_a_secret_signs_each_attempt(world: World) -> None:
    """The signature holds for the receiver's client and is made anew for each attempt, over the same bytes."""
    secret = b"a secret of the customer"
    world.speaking(Patience(timeout_s=20.0, waits_s=(100.0,)))
    world.receiver.answer(status(500), status(200))
    await world.endpoint(secret=secret)
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.quiet()
    world.clock.advance(100)
    sender.wake()
    await world.settled(1)

    first, second = world.receiver.calls
    now_s = world.clock.now() / SECOND
    client.receive_quanshi(first.headers, first.body, secret, now_s=now_s)
    client.receive_quanshi(second.headers, second.body, secret, now_s=now_s)
    assert first.body == second.body
    assert first.headers[SIGNATURE_HEADER] != second.headers[SIGNATURE_HEADER]


async def test_removing_an_endpoint_cancels(world: World) -> None:
    """What is due is cancelled, what is under way ends and is recorded, what comes later is not planned for it."""
    world.receiver.answer(silence)
    world.speaking(Patience(timeout_s=0.5, waits_s=(0.0,)))
    endpoint = await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening(), closing())
    await world.receiver.called(1)
    await world.planned()

    await world.commit.run(REMOVE_ENDPOINT, RemoveEndpoint(endpoint.account_id, endpoint.id), lane=0)
    await world.record(opening(6))
    await world.planned()
    deliveries = await world.settled(2)
    await world.quiet()

    assert [delivery.state for delivery in deliveries] == [DeliveryState.CANCELLED, DeliveryState.CANCELLED]
    (attempt,) = await world.attempts(deliveries[0])
    assert attempt.outcome is Outcome.TIMED_OUT
    assert await world.attempts(deliveries[1]) == []
    assert len(world.receiver.calls) == 1


class Clumsy(QuanshiCallbacks):
    """A dialect with a fault: it cannot encode, or not even plan, what is about survey 13."""

    def plan(self, event: Event, options: Options) -> tuple[Part, ...]:
        if b'"title":"unplannable"' in event.facts:
            raise ValueError("cannot plan this")
        return tuple(super().plan(event, options))

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        if b'"survey_id":13,' in event.facts:
            raise ValueError("cannot encode this")
        return super().encode(event, part, options)


async def test_what_cannot_be_encoded_fails_visibly(world: World) -> None:
    """A fault of a dialect is an attempt with an explanation, and holds nothing else back."""
    world.dialects = {"quanshi": Clumsy(world.runtime.ids)}
    await world.endpoint()
    await world.plan()
    await world.send()
    kind, facts = opening(13)
    await world.record((kind, facts), (kind, msgspec.structs.replace(facts, title="unplannable")), opening(14))

    deliveries = await world.settled(3)

    assert [delivery.state for delivery in deliveries] == [DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.SUCCEEDED]
    for delivery in deliveries[:2]:
        (attempt,) = await world.attempts(delivery)
        assert (attempt.outcome, "ValueError" in attempt.explanation) == (Outcome.NOT_SENDABLE, True)


async def test_a_secret_that_does_not_open_fails_visibly(world: World) -> None:
    """An endpoint sealed under another key gets nothing unsigned."""
    world.speaking(Patience(timeout_s=20.0, waits_s=(0.0,)))
    ours = world.runtime
    endpoint_key = Keyring(bytes(32))
    world.runtime = type(ours)(ours.database, ours.commit, endpoint_key, ours.ids, ours.clock, ours.base_url)
    await world.endpoint(secret=b"a secret of the customer")
    world.runtime = ours
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert (delivery.state, world.receiver.calls) == (DeliveryState.FAILED, [])
    assert [attempt.outcome for attempt in await world.attempts(delivery)] == [Outcome.NOT_SENDABLE] * 2
