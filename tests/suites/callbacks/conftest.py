"""The callbacks part on a real database, with a receiver on loopback and a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
import pytest
import sqlalchemy as sa
from typing_extensions import override

from tests.dialects.quanshi.facts import CLOSED_FACTS, OPEN_FACTS
from tests.fake_clock import FakeClock
from tests.suites.callbacks.receiver import Receiver
from turnout.accounts import store as accounts
from turnout.callbacks import delivery_store, queries
from turnout.callbacks.actions import CREATE_ENDPOINT, SECRET_PURPOSE, CreateEndpoint
from turnout.callbacks.endpoint_rules import EndpointChanges
from turnout.callbacks.planner import Planner
from turnout.callbacks.rules import Attempt, Delivery, DeliveryState, Endpoint
from turnout.callbacks.sender import Sender
from turnout.dialects.contract import CallbackDialect, EncodedBody, Options, OptionValue, Part, Patience
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.interactions.survey.rules import SurveyFacts
from turnout.kernel.clock import SECOND, Instant, SystemClock
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, DeliveryId, LiveSessionId, SurveyId
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.event_log import unplanned
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge, Tx

T = TypeVar("T")

ACCOUNT = AccountId(2)
LEASE_AHEAD = 60 * SECOND

Recorded = tuple[str, SurveyFacts]


def _record(tx: Tx, commands: Sequence[Recorded]) -> Sequence[int]:
    return [
        tx.record(
            stream_id=facts.live_session_id, account_id=facts.account_id, kind=kind, facts=facts, at=facts.closed_at or facts.opened_at
        )
        for kind, facts in commands
    ]


RECORD = Action("record_for_test", _record)


def opening(survey: int = 5, *, account: int = ACCOUNT, live_session: int = 4) -> Recorded:
    """The event of a survey's opening."""
    changes = {"survey_id": SurveyId(survey), "account_id": AccountId(account), "live_session_id": LiveSessionId(live_session)}
    return "survey.opened", msgspec.structs.replace(OPEN_FACTS, **changes)


def closing(survey: int = 5, *, account: int = ACCOUNT, live_session: int = 4) -> Recorded:
    """The event of its close."""
    changes = {"survey_id": SurveyId(survey), "account_id": AccountId(account), "live_session_id": LiveSessionId(live_session)}
    return "survey.closed", msgspec.structs.replace(CLOSED_FACTS, **changes)


class Restless(QuanshiCallbacks):
    """Quanshi, except that no two encodings are the same (blanks follow the object): whoever encodes twice sends other bytes."""

    encodings = 0

    @override
    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        self.encodings += 1
        return super().encode(event, part, options) + b" " * self.encodings


class Heedful(Restless):
    """Restless, except that it heeds Retry-After and 410."""

    name = "heedful"
    heeds_replies = True


class World:
    """One process's callbacks, and what a test looks at. Everything it started is stopped at the end of the test."""

    def __init__(self, database: Database, receiver: Receiver, clock: FakeClock | None = None) -> None:
        # real time to begin with: on PostgreSQL a redelivery becomes due by the database's own clock, which no test moves
        self.clock = clock or FakeClock(SystemClock().now())
        self.receiver = receiver
        self.database = database
        keyring = Keyring(bytes(range(32)))
        self.commit = GroupCommit(database, self.clock, self._on_commit)
        self.runtime = Runtime(database=database, commit=self.commit, keyring=keyring, ids=keyring.ids, clock=self.clock, base_url="")
        self._committed = asyncio.Event()
        self._nudged: list[Callable[[frozenset[Nudge]], None]] = []
        self._stops: list[Planner | Sender] = []
        self.dialects = self.speaking(Patience(timeout_s=20.0, waits_s=(0.0, 0.0, 0.0)))

    def speaking(self, patience: Patience) -> dict[str, CallbackDialect]:
        """Quanshi, and its heedful twin, with this patience, from here on."""
        spoken = (Restless(self.runtime.ids, patience), Heedful(self.runtime.ids, patience))
        self.dialects = {dialect.name: dialect for dialect in spoken}
        return self.dialects

    def lease_clock(self, _connection: sa.Connection, _otherwise: Instant) -> Instant:
        """The test's clock on both engines. It runs ahead by a fixed span: the writers' instants tick on while the clock stands still."""
        return self.clock.now() + LEASE_AHEAD

    async def endpoint(
        self,
        path: str = "/hook",
        *,
        url: str | None = None,
        secret: bytes | None = None,
        account: int = ACCOUNT,
        dialect: str = "quanshi",
        options: dict[str, OptionValue] | None = None,
        **settings: Any,
    ) -> Endpoint:
        """A new endpoint at the receiver, or, with the URL "", a feed. settings: as in EndpointChanges."""
        sealed = None if secret is None else self.runtime.keyring.seal(secret, SECRET_PURPOSE)
        changes = EndpointChanges(**settings)
        command = CreateEndpoint(
            AccountId(account), self.receiver.url(path) if url is None else url, dialect, sealed, options or {}, changes
        )
        return await self.commit.run(CREATE_ENDPOINT, command, lane=account)

    async def account(self, account_id: AccountId) -> None:
        """The account as a row: idempotency keys refer to one."""

        def insert(tx: Tx, commands: Sequence[AccountId]) -> Sequence[None]:
            accounts.insert_account(tx.connection, account_id=account_id, name="Example", dialect_keys={}, at=tx.now)
            return [None]

        await self.commit.run(Action("insert_account_for_test", insert), account_id, lane=0)

    async def record(self, *events: Recorded) -> None:
        """Events, each in a commit of its own."""
        for event in events:
            await self.commit.run(RECORD, event, lane=event[1].live_session_id)

    async def plan(self) -> Planner:
        """A running planner."""
        planner = Planner(self.runtime, self.dialects, poll_s=0.05, lease_clock=self.lease_clock)
        return await self._started(planner)

    async def send(self, *, guarded: bool = False, attempts_per_endpoint: int = 16, proxy: str = "", alone: bool = False) -> Sender:
        """A running sender."""
        return await self._started(self.sender(guarded=guarded, attempts_per_endpoint=attempts_per_endpoint, proxy=proxy, alone=alone))

    def sender(self, *, guarded: bool = False, attempts_per_endpoint: int = 16, proxy: str = "", alone: bool = False) -> Sender:
        """A sender that is not started."""
        return Sender(
            self.runtime,
            self.dialects,
            dangerous_allow_private_callbacks=not guarded,
            attempts_per_endpoint=attempts_per_endpoint,
            poll_s=0.05,
            lease_clock=self.lease_clock,
            proxy=proxy,
            alone=alone,
        )

    async def kill(self, sender: Sender) -> None:
        """As if its process had died: whatever it was about to write is not written."""
        self._stops.remove(sender)
        self._nudged.remove(sender.on_nudges)
        tasks = [*sender._under_way, sender._loop_task]
        for task in tasks:
            if task is not None:
                task.cancel()
        for task in tasks:
            if task is not None:
                with suppress(asyncio.CancelledError):
                    await task
        sender._under_way.clear()
        sender._loop_task = None
        await sender.stop()

    async def planned(self) -> None:
        """Waits until every event has been planned."""
        await self.until(lambda connection: connection.execute(sa.select(unplanned.c.number)).first() is None)

    async def deliveries(self, live_session: int = 4) -> list[Delivery]:
        """The deliveries of a live session, first event first."""
        found = await self.database.read(lambda connection: delivery_store.list_deliveries(connection, live_session, None, 1000))
        return sorted(found, key=lambda delivery: (delivery.event_number, delivery.endpoint_id))

    async def settled(self, count: int, *states: DeliveryState) -> list[Delivery]:
        """Waits until that many deliveries have one of the states, and returns all; none given: until nothing is due."""
        wanted = states or (DeliveryState.SUCCEEDED, DeliveryState.FAILED, DeliveryState.CANCELLED)

        def enough(connection: sa.Connection) -> bool:
            counts = delivery_store.count_deliveries(connection)
            return sum(counts[state] for state in wanted) >= count

        await self.until(enough)
        return await self.deliveries()

    async def quiet(self) -> None:
        """Waits until no attempt is under way and every result is recorded."""
        await self.until(lambda connection: not any(one.in_flight for one in delivery_store.list_deliveries(connection, 4, None, 100)))

    async def attempts(self, delivery: Delivery) -> list[Attempt]:
        """A delivery's attempts."""
        return (await self.inspect(delivery.id))[2]

    async def inspect(self, delivery_id: DeliveryId) -> tuple[Delivery, bytes | None, list[Attempt]]:
        """Delivery, body and attempts."""
        return await self.database.read(lambda connection: queries.inspect_delivery(connection, ACCOUNT, delivery_id))

    async def until(self, holds: Callable[[sa.Connection], bool]) -> None:
        """Waits for something in the database to be so; looks again after every commit, and every 50 ms in case one was missed."""
        async with asyncio.timeout(20):
            while True:
                self._committed.clear()
                if await self.database.read(holds):
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._committed.wait()

    async def close(self) -> None:
        """Stops all that runs."""
        for part in self._stops:
            await part.stop()
        await self.commit.stop()

    async def _started(self, part: T) -> T:
        assert isinstance(part, Planner | Sender)
        self._nudged.append(part.on_nudges)
        self._stops.append(part)
        await part.start()
        return part

    def _on_commit(self, nudges: frozenset[Nudge]) -> None:
        self._committed.set()
        for nudged in self._nudged:
            nudged(nudges)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that answers 204 until told otherwise."""
    started = Receiver()
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def world(database: Database, receiver: Receiver) -> AsyncIterator[World]:
    """Callbacks on each engine; nothing plans or sends until the test says so."""
    made = World(database, receiver)
    await made.commit.start()
    yield made
    await made.close()
