"""Whatever hosts, viewers and the clock do, in whatever order and in whatever batches, the product does what the model says (promise 2)."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.suites.domains.comparing import Comparing
from tests.suites.domains.model import Session, Submitted, Survey, Visit
from tests.suites.domains.papers import EXAM, PAPERS, Paper
from tests.suites.domains.show import Command, Show, code_of, fresh_entry_id
from turnout.audience.actions import ENTER, Waits
from turnout.interactions.survey import actions as surveys
from turnout.interactions.survey.actions import CloseInterrupted, CopySurvey, CreateSurvey, EditSurvey, Mark, NoteBurned
from turnout.interactions.survey.anonymous_store import seals
from turnout.kernel.ids import QuestionId, SurveyId, ViewerId
from turnout.rooms.actions import END_LIVE_SESSION, START_LIVE_SESSION, EndLiveSession, StartLiveSession
from turnout.storage.database import Database

MOVES = {
    "open": surveys.OPEN_SURVEY,
    "close": surveys.CLOSE_SURVEY,
    "publish": surveys.PUBLISH_SURVEY,
    "settle": surveys.SETTLE_SURVEY,
    "withdraw": surveys.WITHDRAW_SURVEY,
}
seeds = st.integers(0, 2**32 - 1)

STEPS = {
    "submit": 12,
    "save": 3,
    "submit_around_a_move": 4,
    "move": 4,
    "mark": 2,
    "mark_what_waits": 5,
    "create": 2,
    "copy": 1,
    "edit": 1,
    "time_passes": 2,
    "lose_a_seal": 0.5,
    "burn": 1,
    "enter_for_the_first_time": 1,
    "enter_again": 1,
    "leave": 1,
    "end_or_start": 0.5,
}
"""What may happen, and how often."""


class Walk(RuleBasedStateMachine):
    """One room, walked through."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__()
        self.show = Show(database, clock)
        self.session = Session()
        self.entries: list[tuple[str, ViewerId]] = []
        self.comparing = Comparing(self.show)
        self.steps = 0
        self.chance = Random()  # noqa: S311 - seeded by hypothesis, so that a failure can be played again

    @override
    def teardown(self) -> None:
        self.show.close()

    @initialize(seed=seeds)
    def begin(self, seed: int) -> None:
        """Open surveys and two viewers, so that short walks get somewhere."""
        self.chance = Random(seed)  # noqa: S311
        self.enter_for_the_first_time()
        self.enter_for_the_first_time()
        for paper in [EXAM, *self.chance.sample(PAPERS, 3)]:
            self._create(paper)
            self._move(self.session.surveys[-1], "open")

    @rule(seed=seeds)
    def step(self, seed: int) -> None:
        """Something happens. A seed decides what and how: left to itself, hypothesis repeats the simplest steps."""
        self.chance = Random(seed)  # noqa: S311
        name = self.chance.choices(list(STEPS), list(STEPS.values()))[0]
        note(name)
        getattr(self, name)()

    def create(self) -> None:
        """A draft."""
        self._create(self.chance.choice(PAPERS))

    def _create(self, paper: Paper) -> None:
        outcome = self.show.batch([(surveys.CREATE_SURVEY, CreateSurvey(self.show.caller, self.show.live.id, paper.draft))])[0]
        self._add(paper, outcome)

    def _add(self, paper: Paper, outcome: Any) -> None:
        if not self.session.running:
            assert code_of(outcome) == "live_session_ended"
        else:
            assert code_of(outcome) == "accepted"
            self.session.surveys.append(Survey(outcome.survey_id, paper, self.show.questions(outcome.survey_id)))

    def edit(self) -> None:
        """A draft becomes another one; what was opened does not, nor anything once the live session is over."""
        survey, paper = self._survey(), self.chance.choice(PAPERS)
        outcome = self.show.batch([(surveys.EDIT_SURVEY, EditSurvey(self.show.caller, self.show.live.id, survey.id, paper.draft))])[0]
        if not self.session.running:
            assert code_of(outcome) == "live_session_ended"
        elif survey.state == "draft":
            assert code_of(outcome) == "accepted"
            survey.paper = paper
            survey.revision += 1
            survey.questions = self.show.questions(survey.id)
        else:
            assert code_of(outcome) == "not_a_draft"

    def copy(self) -> None:
        """A survey is asked once more."""
        survey, live_session_id = self._survey(), self.show.live.id
        command = CopySurvey(self.show.caller, live_session_id, live_session_id, survey.id)
        self._add(survey.paper, self.show.batch([(surveys.COPY_SURVEY, command)])[0])

    def move(self) -> None:
        """A host's command."""
        self._move(*self._chosen_move())

    def _move(self, survey: Survey, what: str) -> None:
        outcome = self.show.batch([(MOVES[what], self.show.change_command(survey.id))])[0]
        self._compare_move(survey, what, outcome)

    def _chosen_move(self) -> tuple[Survey, str]:
        """Mostly what is possible: drafts are opened, and what is open closed when somebody has answered."""
        survey = self._survey()
        after = self.chance.choice(["publish", "publish", "settle"])
        likely = {"draft": "open", "open": "close" if survey.given or survey.ballots else "publish", "closed": after}.get(survey.state)
        if likely is not None and self.chance.random() < 0.6:
            return survey, likely
        return survey, self.chance.choice(list(MOVES))

    def _compare_move(self, survey: Survey, what: str, outcome: Any) -> None:
        if what == "open":
            expected = "live_session_ended" if not self.session.running else "accepted" if survey.state == "draft" else "wrong_state"
            assert code_of(outcome) == expected
            if expected == "accepted":
                survey.state, survey.opened_at, survey.closes_at = "open", outcome.opened_at, outcome.closes_at
                assert survey.opened_at >= self.show.clock.now()
                assert survey.closes_at == (survey.opened_at + 2_000_000 if survey.paper.draft.time_limit_s else None)
                survey.expected = len(self.session.online)
                survey.sealed = survey.anonymous
        elif what == "close":
            at = getattr(outcome, "closed_at", None) or 0
            told = self.session.close(survey, at, "host")
            assert code_of(outcome) == told
            if told == "accepted":
                assert at == survey.closed_at
        else:
            move = {"publish": self.session.publish, "settle": self.session.settle, "withdraw": self.session.withdraw}[what]
            assert code_of(outcome) == move(survey)

    def mark(self) -> None:
        """A host gives points for an answer, or for what is none."""
        closed = [survey for survey in self.session.surveys if survey.state == "closed"]
        survey = self.chance.choice(closed) if closed and self.chance.random() < 0.7 else self._survey()
        self._mark(survey, self._viewer(), self.chance.randint(0, 8), self.chance.randint(-1, 5))

    def mark_what_waits(self) -> None:
        """A host goes on with an exam that is closed, answer by answer, so that walks come to the end of one."""
        for survey in self.session.surveys:
            waiting = [
                (viewer_id, place)
                for viewer_id, given in survey.given.items()
                for place, item in enumerate(survey.items)
                if item.markable and given.values[place] is not None and (place not in given.marks or self.chance.random() < 0.1)
            ]
            if survey.state == "closed" and waiting:
                for viewer_id, place in self.chance.sample(waiting, min(3, len(waiting))):
                    self._mark(survey, viewer_id, place, self.chance.randint(0, survey.items[place].draft.score))
                return

    def _mark(self, survey: Survey, viewer_id: ViewerId, question: int, points: int) -> None:
        question_id = survey.questions[question] if question < len(survey.questions) else QuestionId(1)
        command = Mark(self.show.caller, self.show.live.id, survey.id, viewer_id, question_id, points)
        outcome = self.show.batch([(surveys.MARK, command)])[0]
        assert code_of(outcome) == self.session.mark(survey, viewer_id, question, points)

    def time_passes(self) -> None:
        """The clock moves, and the timers look."""
        self.show.clock.advance(self.chance.choice([0.001, 1, 2]))
        for survey in self.session.surveys:
            self.show.close_overdue(survey.id)
            self.show.do(surveys.CLOSE_INTERRUPTED, CloseInterrupted(self.show.live.id, survey.id))
            facts = self.show.facts(survey.id)
            overdue = survey.closes_at is not None and survey.closes_at <= self.show.clock.now()
            if survey.state == "open" and (overdue or facts.state != "open"):
                # the transaction's own time may be some µs after the clock: every one is later than the one before
                by = "interrupted" if survey.anonymous and not survey.sealed and facts.closed_by == "interrupted" else "time_limit"
                assert by == "interrupted" or facts.closed_at == survey.closes_at
                self.session.close(survey, facts.closed_at or 0, by)
            assert not (survey.state == "open" and survey.anonymous and not survey.sealed)

    def lose_a_seal(self) -> None:
        """The unlogged table is empty after a crash of the database."""
        for survey in self.session.surveys:
            if survey.sealed:
                owner = self.show.database.writing(0)
                owner.begin().execute(seals.delete().where(seals.c.live_session_id == self.show.live.id, seals.c.survey_id == survey.id))
                owner.commit()
                owner.close()
                survey.sealed = False
                return

    def burn(self) -> None:
        """What the burner does."""
        assert self.show.database.erase(seals)
        ended = [survey for survey in self.session.surveys if survey.anonymous and survey.opened_at and survey.state != "open"]
        for survey in ended:
            self.show.do(surveys.NOTE_BURNED, NoteBurned(self.show.live.id, survey.id))
            survey.burned = True

    def submit(self) -> None:
        """Several submissions in one commit: changes of mind, repeats, bad ones, too late, to surveys in any state and to none."""
        commands, told = self._submissions(self.chance.randint(1, 6))
        outcomes = self.show.batch(commands)
        assert [code_of(outcome) for outcome in outcomes] == self.session.submit(told)

    def save(self) -> None:
        """Several drafts in one commit."""
        commands, told = self._submissions(self.chance.randint(1, 4), saving=True)
        outcomes = self.show.batch(commands)
        assert [code_of(outcome) for outcome in outcomes] == self.session.save(told)

    def submit_around_a_move(self) -> None:
        """Submissions, a host's command and submissions in one commit: what came before it runs before, what came after runs after."""
        survey, what = self._chosen_move()
        first, told_first = self._submissions(self.chance.randint(0, 4))
        last, told_last = self._submissions(self.chance.randint(0, 3))
        outcomes = self.show.batch([*first, (MOVES[what], self.show.change_command(survey.id)), *last])
        assert [code_of(outcome) for outcome in outcomes[: len(first)]] == self.session.submit(told_first)
        self._compare_move(survey, what, outcomes[len(first)])
        assert [code_of(outcome) for outcome in outcomes[len(first) + 1 :]] == self.session.submit(told_last)

    def enter_for_the_first_time(self) -> None:
        """A new viewer."""
        entry_id = fresh_entry_id()
        viewer_id = self._enter(entry_id, None)
        if viewer_id is not None:
            assert viewer_id not in {known for _, known in self.entries}
            self.entries.append((entry_id, viewer_id))

    def enter_again(self) -> None:
        """The same first entry once more, or its token: the same viewer, on one more connection."""
        entry_id, viewer_id = self.chance.choice(self.entries)
        assert self._enter(entry_id, self.chance.choice([viewer_id, None])) in (viewer_id, None)

    def leave(self) -> None:
        """One connection closes; closing twice changes nothing."""
        if self.session.visits:
            visit_id = self.chance.choice(sorted(self.session.visits))
            visit = self.session.visits[visit_id]
            self.show.leave(visit.viewer_id, visit_id)
            visit.exited_at = visit.exited_at or self.show.clock.now()

    def end_or_start(self) -> None:
        """The live session ends, or the next one starts; the other way round is refused."""
        live = self.show.live
        ended = self.show.batch([(END_LIVE_SESSION, EndLiveSession(self.show.caller, live.id))])[0]
        was_running = self.session.running
        assert code_of(ended) == self.session.end(getattr(ended, "ended_at", None) or 0)
        if not was_running:
            self.show.start()
            self.session = Session()
            self.comparing = Comparing(self.show)
            start = StartLiveSession(self.show.caller, self.show.room.id, "")
            assert code_of(self.show.batch([(START_LIVE_SESSION, start)])[0]) == "already_running"
            self._create(self.chance.choice(PAPERS))
            self._move(self.session.surveys[0], "open")

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """Rows, tallies, facts of events, what each viewer and the host is told: recomputed, and equal to the model."""
        self.steps += 1
        # pages of answers cost more to compare than all the rest
        self.comparing.compare(self.session, [viewer_id for _, viewer_id in self.entries], lists=self.steps % 4 == 0)

    def _survey(self) -> Survey:
        return self.chance.choice(self.session.surveys)

    def _viewer(self) -> ViewerId:
        return self.chance.choice(self.entries[:3])[1]

    def _submissions(self, count: int, *, saving: bool = False) -> tuple[list[Command], list[Submitted]]:
        commands: list[Command] = []
        told: list[Submitted] = []
        for _ in range(count):
            survey = None if self.chance.random() < 0.03 else self._likely_survey()
            viewer_id, command_id, now = self._viewer(), self.chance.choice("abc"), self.show.clock.now()
            # what the server read a second before or after the clock, or at the very moment of the time limit
            moment = self.chance.choice([-1_000_000, 0, 0, 0, 0, 0, 3_000_000, "limit"])
            at = now + moment if isinstance(moment, int) else survey.closes_at or now if survey else now
            sent = [] if survey is None else self._sent(survey)
            asked = [(QuestionId(1), {"choices": [0]})] if survey is None else [self._asked(survey, *one) for one in sent]
            make = self.show.save_command if saving else self.show.submit_command
            action: Any = surveys.SAVE_DRAFT_ANSWERS if saving else surveys.SUBMIT
            commands.append((action, make(SurveyId(1) if survey is None else survey.id, viewer_id, asked, command_id, at)))  # type: ignore[operator]
            told.append(Submitted(survey, viewer_id, sent, command_id, at))
        return commands, told

    def _likely_survey(self) -> Survey:
        """Mostly one that is open."""
        is_open = [survey for survey in self.session.surveys if survey.state == "open"]
        return self.chance.choice(is_open) if is_open and self.chance.random() < 0.8 else self._survey()

    def _sent(self, survey: Survey) -> list[tuple[int, int]]:
        """Questions by place, -1 for one of nobody's, and for each the number of a try (papers.py): mostly all of them, and good."""
        kind = self.chance.random()
        if kind < 0.7:
            return [(place, self.chance.randint(0, 2)) for place in range(len(survey.items)) if self.chance.random() < 0.9]
        if kind < 0.85:
            return [(place, self.chance.randint(0, 10)) for place in range(len(survey.items))]
        places = self.chance.choices([-1, *range(len(survey.items))], k=self.chance.randint(0, 4))
        return [(place, self.chance.randint(0, 10)) for place in places]

    @staticmethod
    def _asked(survey: Survey, place: int, number: int) -> tuple[QuestionId, dict[str, Any]]:
        if place < 0:
            return QuestionId(1), {"text": "?"}
        tries = survey.items[place].tries
        return survey.questions[place], tries[number % len(tries)].sent

    def _enter(self, entry_id: str, viewer_id: ViewerId | None) -> ViewerId | None:
        outcome = self.show.batch([(ENTER, self.show.enter_command(entry_id, "Vera", viewer_id))])[0]
        assert code_of(outcome) == "accepted"
        assert isinstance(outcome, Waits) == (not self.session.running)
        if not self.session.running:
            return None
        self.session.visits[outcome.seat.visit_id] = Visit(outcome.viewer.id, self.show.clock.now())
        return ViewerId(outcome.viewer.id)


@pytest.fixture
def make_walk(database: Database, clock: FakeClock) -> Callable[[], Walk]:
    """Each walk has a room of its own in the same database."""
    return lambda: Walk(database, clock)


def test_walks(database: Database, make_walk: Callable[[], Walk]) -> None:
    """Tallies equal rows, one submission per viewer and survey, refusals are the model's, closed counts are final."""
    # without shrinking: with two databases behind each step it takes minutes, and a walk of thirty steps can be read
    limits = settings(
        max_examples=15 if database.engine_name == "sqlite" else 8,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(make_walk, settings=limits)  # type: ignore[arg-type]  # a factory will do
