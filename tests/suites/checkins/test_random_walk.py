"""Whatever hosts, viewers and the clock do, in whatever batches, check-ins are what a plain model says (promise 2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.suites.checkins.hall import Hall
from tests.suites.domains.show import Command, code_of, fresh_entry_id
from turnout.audience.actions import ENTER
from turnout.interactions.checkin import queries
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM, OPEN_CHECKIN, WITHDRAW_CHECKIN
from turnout.interactions.checkin.rules import AnotherCheckInOpen, Late, percent
from turnout.kernel.clock import Instant
from turnout.kernel.ids import CheckInId, ViewerId
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.storage.database import Database

STAFF = [f"staff-{number}" for number in range(6)]
seeds = st.integers(0, 2**32 - 1)


@dataclass
class Model:
    """A check-in. expected: viewers, and the external ids of who has never come. given: viewer → command."""

    listed: bool
    late: Late
    time_limit_s: int | None
    state: str = "draft"
    closes_at: Instant | None = None
    expected: set[ViewerId | str] = field(default_factory=set)
    given: dict[ViewerId, str] = field(default_factory=dict)

    def counts(self) -> tuple[int, int, int]:
        """expected, confirmed, unexpected."""
        confirmed = self.expected & self.given.keys()
        return len(self.expected), len(confirmed), len(self.given) - len(confirmed)

    def enter(self, viewer_id: ViewerId, external_id: str | None) -> None:
        """Somebody enters."""
        if self.state == "open" and not self.listed and self.late is Late.COUNTED:
            self.expected.add(viewer_id)
        if self.state == "open" and external_id in self.expected:
            self.recognise({external_id: viewer_id} if external_id else {})

    def recognise(self, known: dict[str, ViewerId]) -> None:
        """Who is known by an external id has come."""
        self.expected = {known.get(one, one) if isinstance(one, str) else one for one in self.expected}

    def confirm(self, viewer_id: ViewerId, command_id: str, at: Instant) -> str:
        """A tap."""
        if self.given.get(viewer_id) == command_id:
            return "accepted"
        if self.state in ("draft", "withdrawn"):
            return "checkin_not_open"
        if self.state == "closed" or (self.closes_at is not None and at >= self.closes_at):
            return "too_late"
        if viewer_id in self.given:
            return "already_checked_in"
        self.given[viewer_id] = command_id
        if not self.listed and self.late is Late.COUNTED:
            self.expected.add(viewer_id)
        return "accepted"


class Walk(RuleBasedStateMachine):
    """One room, walked through."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__()
        self.hall = Hall(database, clock)
        self.models: dict[CheckInId, Model] = {}
        self.viewers: dict[ViewerId, str | None] = {}
        self.visits: dict[int, ViewerId] = {}
        self.versions: dict[CheckInId, tuple[int, object]] = {}

    @override
    def teardown(self) -> None:
        self.hall.close()

    @initialize()
    def begin(self) -> None:
        """Two are there from the beginning."""
        self.enter(0)
        self.enter(1)

    @rule(seed=seeds)
    def enter(self, seed: int) -> None:
        """Some enter in one batch, first or again, by nickname or from the customer's own login."""
        chance = Random(seed)  # noqa: S311
        entries: list[Command] = []
        for _ in range(chance.randint(1, 3)):
            nameless = [viewer for viewer, external in self.viewers.items() if external is None]
            match chance.choice(["new", "signed", "again"]):
                case "signed":
                    entries.append((ENTER, self.hall.signed_command(chance.choice(STAFF))))
                case "again" if nameless:
                    entries.append((ENTER, self.hall.enter_command(fresh_entry_id(), None, chance.choice(nameless))))
                case _:
                    entries.append((ENTER, self.hall.enter_command(fresh_entry_id())))
        for entered in self.hall.batch(entries):
            viewer = entered.viewer
            self.viewers[viewer.id] = viewer.external_id
            self.visits[entered.seat.visit_id] = viewer.id
            for model in self.models.values():
                model.enter(viewer.id, viewer.external_id)

    @rule(seed=seeds)
    def leave(self, seed: int) -> None:
        """One connection goes."""
        if self.visits:
            visit_id = Random(seed).choice(sorted(self.visits))  # noqa: S311
            self.hall.leave(self.visits.pop(visit_id), visit_id)

    @rule(seed=seeds)
    def create(self, seed: int) -> None:
        """Of those present or of a list; open at once, or a draft."""
        chance = Random(seed)  # noqa: S311
        listed, opens = chance.random() < 0.4, chance.random() < 0.7
        late = Late.COUNTED if listed else chance.choice(list(Late))
        model = Model(listed, late, chance.choice([None, 30, 60]))
        people: list[ViewerId | str] = []
        if listed:
            people = [*chance.sample(STAFF, 2), *chance.sample(sorted(self.viewers), min(2, len(self.viewers)))]
            model.expected = set(people)
        taken = any(other.state == "open" for other in self.models.values())
        if opens and taken:
            with pytest.raises(AnotherCheckInOpen):
                self._create(model, people, opens=True)
            return
        checkin_id = self._create(model, people, opens=opens)
        self.models[checkin_id] = model
        if opens:
            self._opened(checkin_id)

    def _create(self, model: Model, people: list[ViewerId | str], *, opens: bool) -> CheckInId:
        make = self.hall.of_list if model.listed else self.hall.create
        return make(*people, opens=opens, late=model.late, time_limit_s=model.time_limit_s)

    def _opened(self, checkin_id: CheckInId) -> None:
        model = self.models[checkin_id]
        model.state = "open"
        model.closes_at = self.hall.checkin(checkin_id).closes_at
        if model.listed:
            model.recognise({external: viewer for viewer, external in self.viewers.items() if external is not None})
        else:
            model.expected = set(self.visits.values())

    @rule(seed=seeds)
    def confirm(self, seed: int) -> None:
        """Some taps in one batch, of some check-ins, repeats among them."""
        chance = Random(seed)  # noqa: S311
        if not self.models:
            return
        newest = sorted(self.models)[-2:]
        taps = [(chance.choice(newest), chance.choice(sorted(self.viewers)), chance.choice("ab")) for _ in range(chance.randint(1, 8))]
        at = self.hall.clock.now()
        outcomes = self.hall.batch([(CONFIRM, self.hall.confirm_command(*tap, at)) for tap in taps])
        assert [code_of(outcome) for outcome in outcomes] == [
            self.models[checkin_id].confirm(viewer_id, command_id, at) for checkin_id, viewer_id, command_id in taps
        ]

    @rule(seed=seeds)
    def move(self, seed: int) -> None:
        """A host opens, closes or withdraws one."""
        chance = Random(seed)  # noqa: S311
        if not self.models:
            return
        checkin_id = chance.choice(sorted(self.models)[-3:])
        model = self.models[checkin_id]
        action = chance.choice([OPEN_CHECKIN, CLOSE_CHECKIN, WITHDRAW_CHECKIN])
        others_open = any(other.state == "open" for other in self.models.values() if other is not model)
        allowed = {OPEN_CHECKIN: ("draft",), CLOSE_CHECKIN: ("open",), WITHDRAW_CHECKIN: ("draft", "open")}[action]
        expected = "accepted" if model.state in allowed else "wrong_state"
        if action is OPEN_CHECKIN and expected == "accepted" and others_open:
            expected = "another_checkin_open"
        assert code_of(self.hall.batch([(action, self.hall.move_command(checkin_id))])[0]) == expected
        if expected == "accepted" and action is OPEN_CHECKIN:
            self._opened(checkin_id)
        elif expected == "accepted":
            model.state = "closed" if action is CLOSE_CHECKIN else "withdrawn"

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        """And the timers close what is overdue."""
        self.hall.clock.advance(seconds)
        with self.hall.database.reading() as connection:
            due = [key for key in queries.list_due(connection, self.hall.clock.now()) if key[0] == self.hall.live.id]
        for _, checkin_id in due:
            self.hall.overdue(checkin_id)
            self.models[checkin_id].state = "closed"

    @rule(seed=seeds)
    def end_and_start(self, seed: int) -> None:
        """Now and then the live session ends, and the next one begins."""
        if seed % 4:
            return
        self.hall.do(END_LIVE_SESSION, EndLiveSession(self.hall.caller, self.hall.live.id))
        for model in self.models.values():
            model.state = "closed" if model.state == "open" else model.state
        self.compare()
        self.hall.start()
        self.models.clear()
        self.visits.clear()
        self.begin()

    @invariant()
    def compare(self) -> None:
        """Rows, tallies, facts, people and what viewers are told are the model's; the version grows with every change of a count."""
        viewer_ids = sorted(self.viewers)
        with self.hall.database.reading() as connection:
            own = queries.list_own(connection, self.hall.live.id, viewer_ids)
        shown = {checkin_id: model for checkin_id, model in self.models.items() if model.state in ("open", "closed")}
        for viewer_id in viewer_ids:
            told = {one.checkin_id for one in own.get(viewer_id, [])}
            assert told == {checkin_id for checkin_id, model in shown.items() if viewer_id in model.given}
        for checkin_id, model in self.models.items():
            facts = self.hall.checkin(checkin_id)
            assert facts.state == model.state
            if model.state == "withdrawn":
                assert (facts.expected, facts.confirmed, facts.unexpected, self.hall.people(checkin_id)) == (0, 0, 0, [])
                continue
            counts = model.counts()
            assert self.hall.counts(checkin_id) == counts == (facts.expected, facts.confirmed, facts.unexpected)
            assert facts.rate == percent(*counts[1::-1])
            before = self.versions.get(checkin_id, (0, (0, 0, 0)))
            assert facts.version > before[0] if counts != before[1] else facts.version >= before[0]
            self.versions[checkin_id] = (facts.version, counts)
            people = self.hall.people(checkin_id)
            assert {person.viewer_id or person.external_id for person in people} == model.expected | model.given.keys()
            assert {person.viewer_id for person in people if person.confirmed_at is not None} == model.given.keys()


@pytest.fixture
def make_walk(database: Database, clock: FakeClock) -> Callable[[], Walk]:
    """Each walk has a room of its own in the same database."""
    return lambda: Walk(database, clock)


def test_walks(database: Database, make_walk: Callable[[], Walk]) -> None:
    """Tallies equal rows, one confirmation per viewer, refusals are the model's, whoever is expected is counted once."""
    limits = settings(
        max_examples=20 if database.engine_name == "sqlite" else 10,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(make_walk, settings=limits)  # type: ignore[arg-type]  # a factory will do
