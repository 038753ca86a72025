"""Whatever hosts, viewers and the clock do, in whatever order and in whatever batches, the product does what the model says (promise 2)."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.suites.domains.model import Card, Session, Visit
from tests.suites.domains.show import Command, Show, code_of, fresh_entry_id
from turnout.audience import queries as audience
from turnout.audience.actions import ENTER
from turnout.interactions.survey import queries as surveys
from turnout.interactions.survey.actions import (
    ANSWER,
    CLOSE_SURVEY,
    CREATE_SURVEY,
    OPEN_SURVEY,
    PUBLISH_SURVEY,
    CreateSurvey,
)
from turnout.interactions.survey.rules import QuestionDraft, SurveyDraft, SurveyFacts, mask_of, options_of
from turnout.kernel.ids import QuestionId, ViewerId
from turnout.rooms.actions import END_LIVE_SESSION, START_LIVE_SESSION, EndLiveSession, StartLiveSession
from turnout.storage.database import Database
from turnout.storage.event_log import read_events

NO_CARD = 9
choices = st.sampled_from([[0], [1], [1], [2], [0, 1], [2, 1], [1, 2, 3], [], [4], [-1], [1, 1]])
"""Right and wrong, single and several, twice the same, none, beyond the options."""
cards = st.sampled_from([0, 0, 0, 1, 1, 2, NO_CARD])
moments = st.sampled_from([-1.0, 0.0, 0.0, 0.0, 3.0, "limit"])
"""When the server read an answer: seconds from now, or the very moment of the card's time limit."""
answers = st.tuples(cards, st.integers(0, 2), choices, st.sampled_from(["a", "b", "c"]), moments)
"""Card and viewer (by place), choices, command id, moment."""


class Walk(RuleBasedStateMachine):
    """One room, walked through."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__()
        self.show = Show(database, clock)
        self.session = Session()
        self.entries: list[tuple[str, ViewerId]] = []

    @override
    def teardown(self) -> None:
        self.show.close()

    @initialize()
    def begin(self) -> None:
        """An open card and two viewers, so that short walks get somewhere."""
        self.enter_for_the_first_time()
        self.enter_for_the_first_time()
        self.create({1}, False, None, False)
        self.create({1, 2}, True, 2, True)
        self.move(0, "open")
        self.move(1, "open")

    @rule(right=st.sets(st.integers(0, 3), max_size=2), multiple=st.booleans(), limit=st.sampled_from([None, 2]), publish=st.booleans())
    def create(self, right: set[int], multiple: bool, limit: int | None, publish: bool) -> None:
        """A draft."""
        draft = SurveyDraft("Card", QuestionDraft("?", list("ABCD"), sorted(right), multiple), limit, publish)
        outcome = self.show.batch([(CREATE_SURVEY, CreateSurvey(self.show.caller, self.show.live.id, draft))])[0]
        if not self.session.running:
            assert code_of(outcome) == "live_session_ended"
        elif not multiple and len(right) > 1:
            assert code_of(outcome) == "invalid_input"
        else:
            question = self.show.facts(outcome.survey_id).questions[0].question_id
            self.session.cards.append(Card(outcome.survey_id, question, frozenset(right), multiple, limit is not None, publish))

    @precondition(lambda self: self.session.cards)
    @rule(place=st.integers(0, 2), what=st.sampled_from(["open", "close", "publish"]))
    def move(self, place: int, what: str) -> None:
        """A host's command."""
        card = self._card(place)
        action = {"open": OPEN_SURVEY, "close": CLOSE_SURVEY, "publish": PUBLISH_SURVEY}[what]
        outcome = self.show.batch([(action, self.show.change_command(card.id))])[0]
        self._compare_move(card, what, outcome)

    def _compare_move(self, card: Card, what: str, outcome: Any) -> None:
        if what == "open":
            expected = "live_session_ended" if not self.session.running else "accepted" if card.state == "draft" else "wrong_state"
            assert code_of(outcome) == expected
            if expected == "accepted":
                card.state, card.opened_at, card.closes_at = "open", outcome.opened_at, outcome.closes_at
                assert card.opened_at >= self.show.clock.now()
                assert card.closes_at == (card.opened_at + 2_000_000 if card.limited else None)
                card.expected = len(self.session.online)
        elif what == "close":
            assert code_of(outcome) == self.session.close(card, getattr(outcome, "settled_at", None) or 0, "host")
        else:
            assert code_of(outcome) == ("accepted" if card.closed_at is not None else "not_publishable")
            card.published = card.published or card.closed_at is not None

    @rule(seconds=st.sampled_from([0.001, 1, 2]))
    def time_passes(self, seconds: float) -> None:
        """The clock moves, and the timers look."""
        self.show.clock.advance(seconds)
        for card in self.session.cards:
            self.show.close_overdue(card.id)
            if card.state == "open" and card.closes_at is not None:
                facts = self.show.facts(card.id)
                # the transaction's own time may be some µs after the clock: every one is later than the one before
                if facts.state != "open" or card.closes_at <= self.show.clock.now():
                    self.session.close(card, max(card.closes_at, self.show.clock.now()), "time_limit")
                    assert facts.closed_at == card.closes_at

    @rule(batch=st.lists(answers, min_size=1, max_size=6))
    def answer(self, batch: list[tuple[int, int, list[int], str, Any]]) -> None:
        """Several answers in one commit: changes of mind, repeats, too late, to cards in any state and to none."""
        commands, told = self._answers(batch)
        outcomes = self.show.batch(commands)
        assert [code_of(outcome) for outcome in outcomes] == self.session.answer(told)

    @precondition(lambda self: self.session.cards)
    @rule(
        before=st.lists(answers, max_size=3),
        after=st.lists(answers, max_size=3),
        place=st.integers(0, 2),
        what=st.sampled_from(["open", "close", "publish"]),
    )
    def answer_around_a_move(self, before: list[Any], after: list[Any], place: int, what: str) -> None:
        """Answers, a host's command and answers in one commit: what came before it runs before, what came after runs after."""
        card = self._card(place)
        first, told_first = self._answers(before)
        last, told_last = self._answers(after)
        action = {"open": OPEN_SURVEY, "close": CLOSE_SURVEY, "publish": PUBLISH_SURVEY}[what]
        outcomes = self.show.batch([*first, (action, self.show.change_command(card.id)), *last])
        assert [code_of(outcome) for outcome in outcomes[: len(first)]] == self.session.answer(told_first)
        self._compare_move(card, what, outcomes[len(first)])
        assert [code_of(outcome) for outcome in outcomes[len(first) + 1 :]] == self.session.answer(told_last)

    @rule()
    def enter_for_the_first_time(self) -> None:
        """A new viewer."""
        entry_id = fresh_entry_id()
        viewer_id = self._enter(entry_id, None)
        if viewer_id is not None:
            assert viewer_id not in {known for _, known in self.entries}
            self.entries.append((entry_id, viewer_id))

    @precondition(lambda self: self.entries)
    @rule(place=st.integers(0, 4), by_token=st.booleans())
    def enter_again(self, place: int, by_token: bool) -> None:
        """The same first entry once more, or its token: the same viewer, on one more connection."""
        entry_id, viewer_id = self.entries[place % len(self.entries)]
        assert self._enter(entry_id, viewer_id if by_token else None) in (viewer_id, None)

    @precondition(lambda self: self.session.online)
    @rule(place=st.integers(0, 9))
    def leave(self, place: int) -> None:
        """One connection closes; closing twice changes nothing."""
        visit_ids = sorted(self.session.visits)
        visit_id = visit_ids[place % len(visit_ids)]
        visit = self.session.visits[visit_id]
        self.show.leave(visit_id)
        visit.exited_at = visit.exited_at or self.show.clock.now()

    @rule()
    def end_or_start(self) -> None:
        """The live session ends, or the next one starts; the other way round is refused."""
        live = self.show.live
        ended = self.show.batch([(END_LIVE_SESSION, EndLiveSession(self.show.caller, live.id))])[0]
        was_running = self.session.running
        assert code_of(ended) == self.session.end(getattr(ended, "ended_at", None) or 0)
        if not was_running:
            self.show.start()
            self.session = Session()
            start = StartLiveSession(self.show.caller, self.show.room.id, "")
            assert code_of(self.show.batch([(START_LIVE_SESSION, start)])[0]) == "already_running"

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """Answers, tallies, facts of closed cards, who is online: recomputed from the rows, and equal to the model."""
        live_session_id = self.show.live.id
        rows = self.show.rows(live_session_id)
        model = {(card.question, viewer_id): given for card in self.session.cards for viewer_id, given in card.given.items()}
        assert rows == {key: (mask_of(given.chosen), given.command_id, given.at) for key, given in model.items()}
        with self.show.database.reading() as connection:
            found = surveys.list_surveys(connection, self.show.caller.account_id, live_session_id)
            events = read_events(connection, live_session_id, 0, 1000)
            online = audience.count_online(connection, live_session_id)
            ever = audience.count_viewers(connection, live_session_id)
        assert [facts.survey_id for facts in found] == [card.id for card in reversed(self.session.cards)]
        for facts, card in zip(reversed(found), self.session.cards, strict=True):
            _compare(facts, card)
        closed = [msgspec.json.decode(event.facts, type=SurveyFacts) for event in events if event.kind == "survey.closed"]
        assert {facts.survey_id for facts in closed} == {card.id for card in self.session.cards if card.state == "settled"}
        by_id = {card.id: card for card in self.session.cards}
        for facts in closed:
            _compare(msgspec.structs.replace(facts, published=by_id[facts.survey_id].published), by_id[facts.survey_id])
        assert online == len(self.session.online)
        assert ever == len({visit.viewer_id for visit in self.session.visits.values()})

    def _card(self, place: int) -> Card:
        return self.session.cards[place % len(self.session.cards)]

    def _answers(self, batch: list[tuple[int, int, list[int], str, Any]]) -> tuple[list[Command], list[Any]]:
        commands: list[Command] = []
        told: list[Any] = []
        for card_place, viewer_place, chosen, command_id, moment in batch:
            card = self._card(card_place) if card_place != NO_CARD and self.session.cards else None
            question = QuestionId(1) if card is None else card.question
            viewer_id = self.entries[viewer_place % len(self.entries)][1]
            if moment == "limit":
                at = self.show.clock.now() if card is None or card.closes_at is None else card.closes_at
            else:
                at = self.show.clock.now() + round(moment * 1_000_000)
            commands.append((ANSWER, self.show.answer_command(question, viewer_id, chosen, command_id, at)))
            told.append((card, viewer_id, chosen, command_id, at))
        return commands, told

    def _enter(self, entry_id: str, viewer_id: ViewerId | None) -> ViewerId | None:
        outcome = self.show.batch([(ENTER, self.show.enter_command(entry_id, "Vera", viewer_id))])[0]
        assert code_of(outcome) == ("accepted" if self.session.running else "no_live_session")
        if not self.session.running:
            return None
        self.session.visits[outcome.seat.visit_id] = Visit(outcome.viewer.id, self.show.clock.now())
        return ViewerId(outcome.viewer.id)


def _compare(facts: SurveyFacts, card: Card) -> None:
    question = facts.questions[0]
    assert (facts.answered, facts.right, facts.answering_us) == (len(card.given), card.right_count, card.answering_us)
    assert (question.answered, question.right) == (len(card.given), card.right_count)
    assert {frozenset(each.options): each.count for each in question.combinations} == card.combinations
    assert (facts.state, facts.published, facts.closed_at, facts.closed_by) == (card.state, card.published, card.closed_at, card.closed_by)
    assert options_of(mask_of(question.right_options)) == sorted(card.right)
    if card.state != "draft":
        assert facts.expected == max(card.expected, len(card.given))


@pytest.fixture
def make_walk(database: Database, clock: FakeClock) -> Callable[[], Walk]:
    """Each walk has a room of its own in the same database."""
    return lambda: Walk(database, clock)


def test_walks(database: Database, make_walk: Callable[[], Walk]) -> None:
    """Tallies equal rows, one answer per viewer and question, refusals are the model's, closed counts are final."""
    # without shrinking: with two databases behind each step it takes minutes, and a walk of thirty steps can be read
    limits = settings(
        max_examples=15 if database.engine_name == "sqlite" else 8,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(make_walk, settings=limits)  # type: ignore[arg-type]  # a factory will do
