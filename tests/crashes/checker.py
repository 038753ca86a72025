"""What must be true of a server that was killed and started again, said by SQL over its database and by its API.

Nothing of turnout's own statements is used for the SQL: only the tables' names, so that a mistake in one cannot hide in the other.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.crashes.crowd import ACCEPTED, NEW, SENT, GivenAnswer
from tests.harness.receiver import Received
from tests.harness.server import Installation
from turnout.client import NativeClient, identity_of_quanshi, receive_quanshi
from turnout.compose import open_database
from turnout.kernel.ids import IdForms, Kind

_ANSWERS = "SELECT live_session_id, survey_id, viewer_id, answers, command_id, answered_at FROM submissions"
_QUESTIONS = "SELECT live_session_id, survey_id, id, right_mask FROM questions ORDER BY live_session_id, survey_id, position"
_TALLIES = 'SELECT live_session_id, survey_id, answered, "right", answering_us FROM survey_tallies'
_CHOICES = 'SELECT live_session_id, survey_id, question_id, choices, "count" FROM choice_tallies'
_NUMBERS = 'SELECT live_session_id, survey_id, number, "count" FROM right_tallies WHERE "count" <> 0'
_CARDS = "SELECT live_session_id, id, state, opened_at, closed_at FROM surveys"
_UNTOLD = """
    SELECT e.stream_id, e.number, e.kind FROM events e
    WHERE e.kind IN ('survey.opened', 'survey.closed')
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.stream_id = e.stream_id AND d.event_number = e.number)
      AND NOT EXISTS (SELECT 1 FROM unplanned u WHERE u.stream_id = e.stream_id AND u.number = e.number)"""
_EVENTS = "SELECT kind, count(*) FROM events WHERE kind IN ('survey.opened', 'survey.closed') GROUP BY kind"
_UNDELIVERED = "SELECT (SELECT count(*) FROM unplanned) + (SELECT count(*) FROM deliveries WHERE state = 'due')"
_STATES = "SELECT state, count(*) FROM deliveries GROUP BY state"

Row = tuple[Any, ...]


@dataclass(slots=True)
class Findings:
    """What is wrong. lost: accepted answers that are not there; other: everything else. A count of what was looked at is beside it."""

    lost: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    accepted: int = 0

    @property
    def all(self) -> list[str]:
        """Everything, losses first."""
        return self.lost + self.other


class Checker:
    """Looks at one installation whose server runs. client: of the account that owns everything in the database."""

    def __init__(self, installation: Installation, client: NativeClient) -> None:
        self._installation = installation
        self._client = client
        self._ids: IdForms = installation.ids
        self._settled: set[str] = set()

    def rows(self, *statements: str) -> list[list[Row]]:
        """The rows of each statement, all of one snapshot."""
        database = open_database(self._installation.config)
        try:
            with database.reading() as connection:
                return [[tuple(row) for row in connection.execute(sa.text(statement))] for statement in statements]
        finally:
            database.close()

    def check(self, answers: Iterable[GivenAnswer], opened: Collection[str], closed: Collection[str]) -> Findings:
        """Compares the database with what viewers and hosts were told. opened, closed: cards whose opening or close was acknowledged."""
        found = Findings()
        rows, questions, tallies, choices, numbers, cards, untold, events = self.rows(
            _ANSWERS, _QUESTIONS, _TALLIES, _CHOICES, _NUMBERS, _CARDS, _UNTOLD, _EVENTS
        )
        self._check_answers(found, answers, rows)
        counted_rows = _recount(rows, questions, cards)
        found.other += _differences("survey_tallies", tallies, counted_rows.tallies)
        found.other += _differences("choice_tallies", choices, counted_rows.choices)
        found.other += _differences("right_tallies", numbers, counted_rows.numbers)
        found.other += [f"event {row} has neither a delivery nor waits to be planned" for row in untold]
        opened_at = {self._ids.text(Kind.SURVEY, row[1]): row[3] for row in cards}
        closed_at = {self._ids.text(Kind.SURVEY, row[1]): row[4] for row in cards}
        found.other += [f"{card} was acknowledged as open and never was" for card in opened if opened_at.get(card) is None]
        found.other += [f"{card} was acknowledged as closed and is not" for card in closed if closed_at.get(card) is None]
        counted: dict[str, int] = dict(events)
        for kind, moments in (("survey.opened", opened_at), ("survey.closed", closed_at)):
            happened = sum(at is not None for at in moments.values())
            if counted.get(kind, 0) != happened:
                found.other.append(f"{happened} cards, but {counted.get(kind, 0)} events {kind}")
        return found

    def check_api(self, answers: Iterable[GivenAnswer], live_sessions: Collection[str]) -> list[str]:
        """The same answers, as the native API shows them, card by card, and each card's count equals its answers; a card that was settled
        when it was looked at once is not asked for again (by SQL, every answer is looked at every time)."""
        accepted: dict[str, dict[str, GivenAnswer]] = defaultdict(dict)
        for given in answers:
            if given.state == ACCEPTED:
                accepted[given.survey][given.viewer.id] = given
        wrong: list[str] = []
        for live_session in live_sessions:
            for survey in self._client.list_surveys(live_session):
                if survey.id in self._settled:
                    continue
                if survey.state == "settled":
                    self._settled.add(survey.id)
                shown = {one.viewer.id: one for one in self._client.list_submissions(live_session, survey.id) if one.viewer is not None}
                if len(shown) != survey.answered:
                    wrong.append(f"{survey.id} says {survey.answered} answered and lists {len(shown)} submissions")
                for viewer, given in accepted[survey.id].items():
                    submission = shown.get(viewer)
                    if submission is None or [answer.choices for answer in submission.answers] != given.choices:
                        wrong.append(f"the API does not show {given.command_id}, accepted from {viewer}")
        return wrong

    def _check_answers(self, found: Findings, answers: Iterable[GivenAnswer], rows: list[Row]) -> None:
        by_command = {row[4]: row for row in rows}
        if len(by_command) != len(rows):
            found.other.append(f"{len(rows) - len(by_command)} commands have more than one row")
        for given in answers:
            if given.state == NEW:
                continue
            row = by_command.pop(given.command_id, None)
            ours = None if row is None else self._is_row_of(given, row)
            if given.state == ACCEPTED:
                found.accepted += 1
                if ours is None:
                    found.lost.append(f"{given.command_id} of {given.viewer.name} was accepted and is not there")
            elif given.state != SENT and row is not None:
                found.other.append(f"{given.command_id} was refused with {given.state} and is there")
            if ours is False:
                found.other.append(f"{given.command_id} stands as {row} and was {given}")
        found.other += [f"nobody gave {row}" for row in by_command.values()]

    def _is_row_of(self, given: GivenAnswer, row: Row) -> bool:
        expected = (
            self._ids.parse_text(Kind.LIVE_SESSION, given.live_session),
            self._ids.parse_text(Kind.SURVEY, given.survey),
            self._ids.parse_text(Kind.VIEWER, given.viewer.id),
            [sum(1 << choice for choice in choices) for choices in given.choices],
        )
        return expected == (*row[:3], json.loads(row[3]))

    def is_all_delivered(self) -> bool:
        """Whether nothing waits to be planned or sent."""
        return int(self.rows(_UNDELIVERED)[0][0][0]) == 0

    def check_callbacks(self, received: list[Received], secret: bytes) -> list[str]:
        """One start for every card opened and one end for every card closed, repeats only under the same bytes,
        each end after its start, and the end's count equal to the rows."""
        cards, rows, states = self.rows(_CARDS, _ANSWERS, _STATES)
        wrong = [f"{count} deliveries are {state}" for state, count in states if state != "succeeded"]
        bodies: dict[tuple[int, int], set[bytes]] = defaultdict(set)
        counts: dict[int, int] = {}
        first: dict[tuple[int, int], int] = {}
        for place, request in enumerate(received):
            # whoever was down when a callback was signed may read it late, but a test's receiver never is
            message = receive_quanshi(request.headers, request.body, secret, now_s=request.at)
            for _, survey_id, kind in identity_of_quanshi(message):
                bodies[survey_id, kind].add(request.body)
                first.setdefault((survey_id, kind), place)
            if message.type == 2:
                counts |= {survey.survey_id: survey.answer_count for survey in message.data}
        numbers = {row[1]: self._ids.integer(Kind.SURVEY, row[1]) for row in cards}
        expected = {(numbers[row[1]], 1) for row in cards if row[3] is not None} | {
            (numbers[row[1]], 2) for row in cards if row[4] is not None
        }
        wrong += [f"callback {identity} never came" for identity in expected - bodies.keys()]
        wrong += [f"callback {identity} came for nothing" for identity in bodies.keys() - expected]
        wrong += [f"callback {identity} came in {len(texts)} versions" for identity, texts in bodies.items() if len(texts) > 1]
        wrong += [
            f"the end of {survey_id} came before its start"
            for survey_id, kind in first
            if kind == 2 and first[survey_id, 2] < first[survey_id, 1]
        ]
        answered = Counter(numbers[row[1]] for row in rows)
        wrong += [
            f"the end of {number} counts {count}, rows {answered[number]}" for number, count in counts.items() if count != answered[number]
        ]
        return wrong


@dataclass(slots=True)
class Recount:
    """The tallies that these submissions make: whole rows of the three tables."""

    tallies: list[Row]
    choices: list[Row]
    numbers: list[Row]


def _recount(rows: Iterable[Row], questions: Iterable[Row], cards: Iterable[Row]) -> Recount:
    asked: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for live_session_id, survey_id, question_id, right_mask in questions:
        asked[live_session_id, survey_id].append((question_id, right_mask))
    opened_at = {(row[0], row[1]): row[3] for row in cards}
    tallies: dict[tuple[int, int], list[int]] = {}
    choices: Counter[Row] = Counter()
    numbers: Counter[Row] = Counter()
    for live_session_id, survey_id, _viewer_id, answers, _command_id, answered_at in rows:
        key = (live_session_id, survey_id)
        masks = json.loads(answers)
        judged = [(mask == right, right) for mask, (_, right) in zip(masks, asked[key], strict=True) if right]
        sums = tallies.setdefault(key, [0, 0, 0])
        sums[0] += 1
        sums[1] += bool(judged) and all(is_right for is_right, _ in judged)
        sums[2] += max(0, answered_at - opened_at[key])
        choices.update((*key, question_id, mask) for mask, (question_id, _) in zip(masks, asked[key], strict=True))
        if len(judged) > 1:  # of one the sums say it
            numbers[*key, sum(is_right for is_right, _ in judged)] += 1
    return Recount(
        tallies=[(*key, *sums) for key, sums in tallies.items()],
        choices=[(*key, count) for key, count in choices.items()],
        numbers=[(*key, count) for key, count in numbers.items()],
    )


def _differences(table: str, kept: list[Row], counted: list[Row]) -> list[str]:
    stored, true = (Counter(tuple(int(value) for value in row) for row in rows) for rows in (kept, counted))
    return [f"{table} has {row}, its rows say otherwise" for row in stored - true] + [f"{table} lacks {row}" for row in true - stored]
