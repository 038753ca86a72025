"""Whatever hosts, viewers, the clock and the keeper do, in whatever batches, draws are what a plain model says (promise 2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.suites.domains.show import Command, code_of, fresh_entry_id
from tests.suites.draws.hall import Hall, drawn_of, page_of
from turnout.audience.actions import ENTER
from turnout.audience.rules import ViewerRole
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import CancelDraw
from turnout.interactions.draw.rules import AnotherDrawOpen, DrawState, Prize, Who
from turnout.interactions.draw.winner_store import draw_winners
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DrawId, ViewerId
from turnout.proofs.verifying import verify_proof
from turnout.storage.database import Database

STAFF = "staff"
NAMES = [STAFF, *(f"name-{number}" for number in range(5))]
UNDER_WAY = ("committed", "open", "closing")
seeds = st.integers(0, 2**32 - 1)


@dataclass
class Model:
    """A draw. people: viewers, and external ids of who never came. given: viewer → command."""

    who: Who
    earlier_winners: bool
    countdown_s: int | None
    state: str = "draft"
    closes_at: Instant | None = None
    people: set[ViewerId | str] = field(default_factory=set)
    given: dict[ViewerId, str] = field(default_factory=dict)

    def enter(self, viewer_id: ViewerId, command_id: str, word: str, at: Instant, out: set[ViewerId | str]) -> str:
        """An entry. out: who may not win."""
        if self.given.get(viewer_id) == command_id:
            return "accepted"
        if self.who not in (Who.TAP, Who.WORD):
            return "no_entry_needed"
        if self.state != "open" or (self.closes_at is not None and at >= self.closes_at):
            return "draw_not_open"
        if self.who is Who.WORD and word != "yes":
            return "wrong_word"
        if viewer_id in out:
            return "may_not_win"
        if viewer_id in self.given:
            return "already_in_draw"
        self.given[viewer_id] = command_id
        self.people.add(viewer_id)
        return "accepted"


class Walk(RuleBasedStateMachine):
    """One room, walked through."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__()
        self.hall = Hall(database, clock)
        self.models: dict[DrawId, Model] = {}
        self.viewers: dict[ViewerId, str | None] = {}
        self.visits: dict[int, ViewerId] = {}
        self.won: set[ViewerId | str] = set()  # ever, in this room
        self.versions: dict[DrawId, tuple[int, int]] = {}

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
        """Some enter the room in one batch, first or again, by nickname or from the customer's own login."""
        chance = Random(seed)  # noqa: S311
        entries: list[Command] = []
        for _ in range(chance.randint(1, 3)):
            if chance.random() < 0.4:
                name = chance.choice(NAMES)
                role = ViewerRole.HOST if name == STAFF else ViewerRole.ATTENDEE
                entries.append((ENTER, self.hall.signed_command(name, role=role)))
            else:
                entries.append((ENTER, self.hall.enter_command(fresh_entry_id())))
        for entered in self.hall.batch(entries):
            self.viewers[entered.viewer.id] = entered.viewer.external_id
            self.visits[entered.seat.visit_id] = entered.viewer.id

    @rule(seed=seeds)
    def leave(self, seed: int) -> None:
        """One connection goes."""
        if self.visits:
            visit_id = Random(seed).choice(sorted(self.visits))  # noqa: S311
            self.hall.leave(self.visits.pop(visit_id), visit_id)

    @rule(seed=seeds)
    def create(self, seed: int) -> None:
        """Of any kind that needs nothing else; open at once, or a draft."""
        chance = Random(seed)  # noqa: S311
        who = chance.choice([Who.TAP, Who.WORD, Who.PRESENT, Who.LIST])
        model = Model(who, chance.random() < 0.6, chance.choice([None, 30, 60]))
        opens = chance.random() < 0.5 and who is not Who.LIST
        if who is Who.LIST:
            model.people = {*chance.sample(NAMES, 3), *chance.sample(sorted(self.viewers), 2)}
        draft: dict[str, Any] = {
            "earlier_winners": model.earlier_winners,
            "countdown_s": model.countdown_s,
            "prizes": [Prize("Cup", 1), Prize("Pen", 2)],
        }
        if opens and self._busy(model):
            with pytest.raises(AnotherDrawOpen):
                self.hall.create(who=who, word="yes" if who is Who.WORD else "", **draft)
            return
        if who is Who.LIST:
            draw_id = self.hall.of_list(*model.people, opens=False, **draft)
        else:
            draw_id = self.hall.create(who=who, word="yes" if who is Who.WORD else "", opens=opens, **draft)
        self.models[draw_id] = model
        if opens:
            self._opened(draw_id)

    def _busy(self, wanted: Model) -> bool:
        """Whether this one must wait; one that leaves out earlier winners also for a draw whose winners are not known yet."""
        holding = UNDER_WAY if wanted.earlier_winners else (*UNDER_WAY, "closed")
        return any(model.state in holding for model in self.models.values())

    def _out(self, model: Model) -> set[ViewerId | str]:
        """Who may not win this draw."""
        out: set[ViewerId | str] = {viewer for viewer, external in self.viewers.items() if external == STAFF}
        if not model.earlier_winners:
            out |= self.won | {viewer for viewer, external in self.viewers.items() if external in self.won}
        return out

    def _settle(self, model: Model) -> set[ViewerId | str]:
        """The list as a commitment would have it."""
        known = {external: viewer for viewer, external in self.viewers.items() if external is not None}
        return {known.get(one, one) if isinstance(one, str) else one for one in model.people} - self._out(model)

    def _opened(self, draw_id: DrawId) -> None:
        self.models[draw_id].state = "open"
        self.models[draw_id].closes_at = self.hall.facts_of(draw_id).closes_at

    @rule(seed=seeds)
    def take_part(self, seed: int) -> None:
        """Some entries in one batch, to some draws, repeats among them."""
        chance = Random(seed)  # noqa: S311
        if not self.models:
            return
        newest = sorted(self.models)[-2:]
        taps = [
            (chance.choice(newest), chance.choice(sorted(self.viewers)), chance.choice("ab"), chance.choice(["yes", "yes", "no"]))
            for _ in range(chance.randint(1, 8))
        ]
        # one command has one word: the same id with another would be another command
        taps = [(draw_id, viewer, command + word[0], word) for draw_id, viewer, command, word in taps]
        at = self.hall.clock.now()
        enter = self.hall.actions.enter_draw
        outcomes = self.hall.batch([(enter, self.hall.enter_draw_command(*tap[:3], at, word=tap[3])) for tap in taps])
        assert [code_of(outcome) for outcome in outcomes] == [
            self.models[draw_id].enter(viewer_id, command_id, word, at, self._out(self.models[draw_id]))
            for draw_id, viewer_id, command_id, word in taps
        ]

    @rule(seed=seeds)
    def move(self, seed: int) -> None:
        """A host commits, opens, closes or cancels one."""
        chance = Random(seed)  # noqa: S311
        if not self.models:
            return
        draw_id = chance.choice(sorted(self.models)[-3:])
        model = self.models[draw_id]
        name = chance.choice(["commit", "open", "close", "close", "cancel"] if chance.random() < 0.6 else ["open", "close"])
        command = self.hall.move_command(draw_id)
        if name == "cancel":
            outcome = self.hall.tried(self.hall.actions.cancel_draw, CancelDraw(self.hall.caller, self.hall.live.id, draw_id))
            assert outcome == ("accepted" if model.state in ("draft", *UNDER_WAY, "closed") else "wrong_state")
            if outcome == "accepted":
                model.state = "cancelled"
            return
        action = {"commit": self.hall.actions.commit_draw, "open": self.hall.actions.open_draw, "close": self.hall.actions.close_draw}[name]
        assert code_of(self.hall.batch([(action, command)])[0]) == self._expected(name, draw_id)

    def _expected(self, name: str, draw_id: DrawId) -> str:
        """What becomes of this move, which the model makes too."""
        model = self.models[draw_id]
        allowed = {"commit": ("draft",), "open": ("draft", "committed"), "close": ("open",)}[name]
        if model.state not in allowed:
            return "wrong_state"
        if name == "close":
            self._closed(model)
            return "accepted"
        if model.state == "draft":
            settled = self._settle(model)
            if model.who is Who.LIST and not settled:
                return "invalid_input"
            if self._busy(model):
                return "another_draw_open"
            if model.who is Who.LIST:
                model.people = settled
        if name == "open":
            self._opened(draw_id)
        else:
            model.state = "committed"
        return "accepted"

    def _closed(self, model: Model) -> None:
        model.state = "closing"
        if model.who is Who.PRESENT:
            present: set[ViewerId | str] = {*self.visits.values()}
            model.people = present - self._out(model)

    @rule()
    def keep(self) -> None:
        """The keeper does what there is to do, as of any draw of this live session."""
        with self.hall.database.reading() as connection:
            working = [one.draw_id for one in queries.list_working(connection) if one.draw_id in self.models]
        assert set(working) >= {draw_id for draw_id, model in self.models.items() if model.state in ("closing", "closed")}
        for draw_id in working:
            model = self.models[draw_id]
            if model.state == "closing":
                self.hall.publish(draw_id)
                model.state = "closed"
            elif model.state == "closed":
                self.hall.decide(draw_id)
                model.state = "drawn"
                self._drawn(draw_id)
            else:
                self.hall.do(self.hall.actions.give_up_draw, self.hall.give_up_command(draw_id))

    def _drawn(self, draw_id: DrawId) -> None:
        model = self.models[draw_id]
        winners = self.hall.winners(draw_id)
        assert len(winners) == min(3, len(model.people))
        named = {one.external_id if one.viewer_id is None else one.viewer_id for one in winners}
        assert len(named) == len(winners)
        assert named <= model.people
        paper = self.hall.public(draw_id)[1]
        assert paper is not None
        assert verify_proof(paper).ok
        for one in winners:
            self.won |= {name for name in (one.viewer_id, one.external_id) if name is not None}

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        """And the timers close what is overdue."""
        self.hall.clock.advance(seconds)
        with self.hall.database.reading() as connection:
            due = [key for key in queries.list_due(connection, self.hall.clock.now()) if key[0] == self.hall.live.id]
        for _, draw_id in due:
            self.hall.overdue(draw_id)
            self._closed(self.models[draw_id])

    @rule(seed=seeds)
    def end_and_start(self, seed: int) -> None:
        """Now and then the live session ends, and the next one begins."""
        if seed % 4:
            return
        live_session, live = self.hall.live, dict(self.models)
        self.hall.start_anew()
        self.hall.live, next_one = live_session, self.hall.live
        for model in live.values():
            model.state = "timed_out" if model.state in ("committed", "open", "closing") else model.state
        self.keep()
        self.compare()
        self.hall.live = next_one
        self.models.clear()
        self.visits.clear()
        self.begin()

    @invariant()
    def compare(self) -> None:
        """Rows, tallies, facts, events and what viewers are told are the model's; the version grows with every change of the count."""
        viewer_ids = sorted(self.viewers)
        with self.hall.database.reading() as connection:
            own = queries.list_own(connection, self.hall.live.id, viewer_ids)
        for viewer_id in viewer_ids:
            told = {one.draw_id for one in own.get(viewer_id, []) if one.entered}
            assert told == {draw_id for draw_id, model in self.models.items() if viewer_id in model.given}
        for draw_id, model in self.models.items():
            facts = self.hall.facts_of(draw_id)
            assert facts.state == model.state
            assert self.hall.entered(draw_id) == model.people
            before = self.versions.get(draw_id, (0, 0))
            assert facts.version > before[0] if facts.entered != before[1] else facts.version >= before[0]
            self.versions[draw_id] = (facts.version, facts.entered)
        self._compare_events()

    def _compare_events(self) -> None:
        """Every entry is younger than its draw's commitment; root and winners never change once they are told."""
        committed: set[DrawId] = set()
        roots: dict[DrawId, str] = {}
        told: dict[DrawId, int] = {}
        for event in self.hall.events():
            if event.kind == "draw.prize_drawn":
                page = page_of(event)
                told[page.draw.draw_id] = told.get(page.draw.draw_id, 0) + len(page.winners)
                continue
            facts = drawn_of(event)
            if facts.state not in (DrawState.DRAFT, DrawState.COMMITTED, DrawState.CANCELLED):
                assert facts.draw_id in committed
            if event.kind == "draw.committed":
                committed.add(facts.draw_id)
                assert facts.who is Who.LIST or not facts.entered
            if facts.root:
                assert roots.setdefault(facts.draw_id, facts.root) == facts.root
        rows = self.hall.rows(draw_winners)
        assert {draw_id: sum(row["draw_id"] == draw_id for row in rows) for draw_id in told} == told


@pytest.fixture
def make_walk(database: Database, clock: FakeClock) -> Callable[[], Walk]:
    """Each walk has a room of its own in the same database."""
    return lambda: Walk(database, clock)


def test_walks(database: Database, make_walk: Callable[[], Walk]) -> None:
    """Tallies equal rows, one entry per viewer, refusals are the model's, winners are entrants, and every proof holds."""
    limits = settings(
        max_examples=20 if database.engine_name == "sqlite" else 8,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(make_walk, settings=limits)  # type: ignore[arg-type]  # a factory will do
