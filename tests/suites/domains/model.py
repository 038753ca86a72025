"""The rules of a live session and its surveys once more, as plainly as they can be said, over dictionaries.

The random walk (test_random_walk.py) carries out each step here and in the product and compares.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.suites.domains.papers import Item, Paper, Value
from turnout.kernel.clock import Instant
from turnout.kernel.ids import QuestionId, SurveyId, ViewerId

Values = tuple[Value, ...]
Sent = Sequence[tuple[int, int]]
"""What a submission holds: (place of a question, number of one of its tries). A place of -1 is a question of nobody's."""


@dataclass
class Given:
    """A submission that counts. known: the ids of the commands that gave it and what it replaced."""

    values: Values
    command_id: str
    at: Instant
    replaced: list[str] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)


@dataclass
class Survey:
    """A survey. state: as in the product. ballots: of an anonymous one, what was voted; voters: who, by which command."""

    id: SurveyId
    paper: Paper
    questions: list[QuestionId]
    state: str = "draft"
    revision: int = 0
    opened_at: Instant = 0
    closes_at: Instant | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None
    settled_by: str | None = None
    published: bool = False
    sealed: bool = False
    burned: bool = False
    expected: int = 0
    given: dict[ViewerId, Given] = field(default_factory=dict)
    drafts: dict[ViewerId, Values] = field(default_factory=dict)
    ballots: list[Values] = field(default_factory=list)
    voters: dict[ViewerId, str] = field(default_factory=dict)
    secret_us: int = 0

    @property
    def anonymous(self) -> bool:
        """Whether nobody may know who voted what."""
        return self.paper.draft.anonymous

    @property
    def items(self) -> tuple[Item, ...]:
        """Its questions."""
        return self.paper.items

    def judged(self, given: Given) -> tuple[int, int, int]:
        """Right answers, points, and answers to mark."""
        return self.judged_values(given.values, given.marks)

    def judged_values(self, values: Values, marks: dict[int, int]) -> tuple[int, int, int]:
        """The same of a submission whoever gave it."""
        number_right = points = to_mark = 0
        for place, (item, value) in enumerate(zip(self.items, values, strict=True)):
            mark = marks.get(place)
            number_right += item.is_right(value, mark) is True
            points += item.points(value, mark)
            to_mark += item.by_hand and value is not None and mark is None
        return number_right, points, to_mark

    @property
    def all_values(self) -> list[tuple[Values, dict[int, int]]]:
        """Every submission with its marks, whoever gave it."""
        return [(given.values, given.marks) for given in self.given.values()] + [(values, {}) for values in self.ballots]

    @property
    def to_mark(self) -> int:
        """Answers a host has still to mark."""
        return sum(self.judged(given)[2] for given in self.given.values())

    def right_numbers(self) -> dict[int, int]:
        """Right answers → people; empty where nothing can be right."""
        if not any(item.rightable for item in self.items):
            return {}
        return dict(Counter(self.judged_values(*one)[0] for one in self.all_values))

    def combinations(self, place: int) -> Counter[int]:
        """Mask of options, or 1 << rating → people, of one question."""
        values = [values[place] for values, _ in self.all_values]
        return Counter(value[0] if isinstance(value, tuple) else value for value in values if isinstance(value, int | tuple))

    @property
    def answering_us(self) -> int:
        """Time from the opening to each submission, summed."""
        return sum(max(0, given.at - self.opened_at) for given in self.given.values()) + self.secret_us

    def not_open(self, received_at: Instant) -> str | None:
        """Why nothing is taken now, whatever it is."""
        if self.state in ("draft", "withdrawn"):
            return "survey_not_open"
        return "too_late" if self.state != "open" or (self.closes_at is not None and received_at >= self.closes_at) else None

    def read(self, sent: Sent, *, complete: bool) -> tuple[Values, str | None]:
        """What was sent, as values by question, or the code of the first thing that is wrong with it."""
        values: list[Value] = [None] * len(self.items)
        seen: set[int] = set()
        for place, number in sent:
            if not 0 <= place < len(self.items):
                return (), "not_found"
            if place in seen:
                return (), "answered_twice"
            seen.add(place)
            tries = self.items[place].tries
            values[place], error = tries[number % len(tries)].outcome(complete=complete)
            if error is not None:
                return (), error
        missing = any(item.draft.required and value is None for item, value in zip(self.items, values, strict=True))
        if complete and (missing or all(value is None for value in values)):
            return (), "answer_required"
        return tuple(values), None


@dataclass
class Submitted:
    """A command to submit, or to save."""

    survey: Survey | None
    viewer_id: ViewerId
    sent: Sent
    command_id: str
    at: Instant


@dataclass
class Visit:
    """One stay of a viewer."""

    viewer_id: ViewerId
    entered_at: Instant
    exited_at: Instant | None = None


@dataclass
class Session:
    """A live session."""

    running: bool = True
    surveys: list[Survey] = field(default_factory=list)
    visits: dict[int, Visit] = field(default_factory=dict)

    def submit(self, commands: Sequence[Submitted]) -> list[str]:
        """What becomes of submissions that reach the server together, in this order."""
        doubtful: list[int] = []
        outcomes: list[str] = []
        for place, command in enumerate(commands):
            refusal = self._refuse(command)
            if refusal is None:
                outcomes.append(self._submit(command))
            else:
                outcomes.append(refusal)
                doubtful.append(place)
        for place in doubtful:
            # a repeat gets the first outcome again, whatever has happened since; the same id with other answers is no repeat
            if self._stands(commands[place]):
                outcomes[place] = "accepted"
        return outcomes

    def _refuse(self, command: Submitted) -> str | None:
        """Why it would not count, whoever gave it."""
        survey = command.survey
        if survey is None:
            return "not_found"
        if survey.anonymous and (survey.state in ("closed", "settled") or (survey.state == "open" and not survey.sealed)):
            return "no_longer_known"
        return survey.not_open(command.at) or survey.read(command.sent, complete=True)[1]

    def _submit(self, command: Submitted) -> str:
        survey = command.survey
        assert survey is not None
        values, _ = survey.read(command.sent, complete=True)
        if survey.anonymous:
            if command.viewer_id in survey.voters:
                return "accepted" if survey.voters[command.viewer_id] == command.command_id else "already_answered"
            survey.voters[command.viewer_id] = command.command_id
            survey.ballots.append(values)
            survey.secret_us += max(0, command.at - survey.opened_at)
            return "accepted"
        given = survey.given.get(command.viewer_id)
        if given is None:
            survey.given[command.viewer_id] = Given(values, command.command_id, command.at)
            survey.drafts.pop(command.viewer_id, None)
            return "accepted"
        if command.command_id in given.replaced:
            return "accepted"
        if command.command_id == given.command_id:
            return "accepted" if values == given.values else "already_answered"
        if not survey.paper.draft.changeable:
            return "already_answered"
        survey.given[command.viewer_id] = Given(values, command.command_id, command.at, [*given.replaced, given.command_id])
        return "accepted"

    def _stands(self, command: Submitted) -> bool:
        survey = command.survey
        if survey is None:
            return False
        if survey.anonymous:
            return survey.state == "open" and survey.sealed and survey.voters.get(command.viewer_id) == command.command_id
        given = survey.given.get(command.viewer_id)
        if given is None:
            return False
        values, error = survey.read(command.sent, complete=True)
        same = error is None and command.command_id == given.command_id and values == given.values
        return same or command.command_id in given.replaced

    def save(self, commands: Sequence[Submitted]) -> list[str]:
        """What becomes of answers that are saved and not submitted."""
        return [self._save(command) for command in commands]

    def _save(self, command: Submitted) -> str:
        survey = command.survey
        if survey is None:
            return "not_found"
        if survey.anonymous:
            return "drafts_not_kept"
        values, error = survey.read(command.sent, complete=False)
        refusal = survey.not_open(command.at) or error
        if refusal is not None:
            return refusal
        if command.viewer_id in survey.given:
            return "already_answered"
        survey.drafts[command.viewer_id] = values
        return "accepted"

    def close(self, survey: Survey, now: Instant, by: str) -> str:
        """The survey takes no more answers."""
        if survey.state != "open":
            return "wrong_state"
        overdue = survey.closes_at is not None and survey.closes_at <= now
        survey.closed_at = survey.closes_at if overdue else now
        survey.closed_by = "time_limit" if overdue else by
        survey.state = "closed" if survey.to_mark else "settled"
        survey.settled_by = None if survey.to_mark else "close"
        survey.published = survey.paper.draft.publish_on_close
        assert survey.closed_at is not None
        present = {
            visit.viewer_id
            for visit in self.visits.values()
            if (visit.entered_at < survey.closed_at or visit.entered_at <= survey.opened_at)
            and (visit.exited_at is None or visit.exited_at > survey.opened_at)
        }
        survey.expected = max(survey.expected, len(present), len(survey.given) + len(survey.ballots))
        self._forget(survey)
        return "accepted"

    def _forget(self, survey: Survey) -> None:
        survey.drafts.clear()
        survey.voters.clear()
        survey.sealed = False

    def settle(self, survey: Survey) -> str:
        """The result is fixed, whatever is left to mark."""
        if survey.state != "closed":
            return "wrong_state"
        survey.state, survey.settled_by = "settled", "host"
        return "accepted"

    def withdraw(self, survey: Survey) -> str:
        """The survey is taken back."""
        if survey.state not in ("draft", "open", "closed"):
            return "wrong_state"
        survey.state = "withdrawn"
        self._forget(survey)
        return "accepted"

    def publish(self, survey: Survey) -> str:
        """Viewers may see the result."""
        if survey.state not in ("closed", "settled"):
            return "not_publishable"
        survey.published = True
        return "accepted"

    def mark(self, survey: Survey, viewer_id: ViewerId, place: int, points: int) -> str:
        """A host gives points."""
        if not 0 <= place < len(survey.items):
            return "not_found"
        if survey.state != "closed":
            return "wrong_state"
        item, given = survey.items[place], survey.given.get(viewer_id)
        if survey.paper.draft.kind != "exam" or not item.markable or given is None or given.values[place] is None:
            return "not_markable"
        if not 0 <= points <= item.draft.score:
            return "invalid_input"
        given.marks[place] = points
        if not survey.to_mark:
            survey.state, survey.settled_by = "settled", "marking"
        return "accepted"

    def end(self, now: Instant) -> str:
        """Everything open closes, and everybody leaves."""
        if not self.running:
            return "live_session_ended"
        for survey in self.surveys:
            self.close(survey, now, "live_session_end")
        for visit in self.visits.values():
            if visit.exited_at is None:
                visit.exited_at = max(now, visit.entered_at)
        self.running = False
        return "accepted"

    @property
    def online(self) -> set[ViewerId]:
        """Who is there."""
        return {visit.viewer_id for visit in self.visits.values() if visit.exited_at is None}
