"""Tables and statements of the tallies: running counts that equal their rows at every commit.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.store import surveys
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

survey_tallies = sa.Table(
    "survey_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with every commit that counts something
    sa.Column("answered", sa.BigInteger, nullable=False),
    sa.Column("right", sa.BigInteger, nullable=False),  # people who answered everything right that can be right
    sa.Column("answering_us", sa.BigInteger, nullable=False),  # sum of answering moment minus opening moment
    sa.Column("points", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("to_mark", sa.BigInteger, nullable=False, server_default="0"),  # answers a host has still to mark
    sqlite_with_rowid=False,
)

# only of surveys with several answers that can be right: of one alone survey_tallies says it
right_tallies = sa.Table(
    "right_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),  # exactly so many right answers
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

choice_tallies = sa.Table(
    "choice_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("question_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("choices", sa.BigInteger, primary_key=True, autoincrement=False),  # this exact combination: rules.tally_mask
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

SurveyKey = tuple[LiveSessionId, SurveyId]


class TallyRow(msgspec.Struct, frozen=True):
    """A survey's running counts. combinations: question → tally mask → people. right_numbers: right answers → people."""

    version: int
    answered: int
    right: int
    answering_us: int
    points: int
    to_mark: int
    combinations: dict[QuestionId, dict[int, int]]
    right_numbers: dict[int, int]


NO_TALLY = TallyRow(version=0, answered=0, right=0, answering_us=0, points=0, to_mark=0, combinations={}, right_numbers={})
"""What stands before anybody answered."""

_SUMS = ("version", "answered", "right", "answering_us", "points", "to_mark")


def add_to_tallies(
    tx: Tx,
    sums: Mapping[SurveyKey, Iterable[int]],
    right_numbers: Mapping[tuple[LiveSessionId, SurveyId, int], int],
    choices: Mapping[tuple[LiveSessionId, SurveyId, QuestionId, int], int],
) -> None:
    """Adds to each survey's sums (versions, answered, right, answering µs, points, to mark), to the people with so many right answers and
    to the people who chose so. The survey's own row comes first: it is the lock on the others."""
    sum_rows = ((*key, *numbers) for key, numbers in sums.items())
    by_set.add_counts(tx, survey_tallies, ("live_session_id", "survey_id"), _SUMS, sum_rows, distinct=True)
    right_rows = ((*key, people) for key, people in right_numbers.items() if people)
    by_set.add_counts(tx, right_tallies, ("live_session_id", "survey_id", "number"), ("count",), right_rows, distinct=True)
    choice_rows = ((*key, people) for key, people in choices.items() if people)
    choice_key = ("live_session_id", "survey_id", "question_id", "choices")
    by_set.add_counts(tx, choice_tallies, choice_key, ("count",), choice_rows, distinct=True)


_TALLY_HEADS = (
    sa.select(survey_tallies.c.survey_id, survey_tallies.c.version, survey_tallies.c.answered)
    .join(surveys, sa.and_(surveys.c.live_session_id == survey_tallies.c.live_session_id, surveys.c.id == survey_tallies.c.survey_id))
    .where(survey_tallies.c.live_session_id == sa.bindparam("live_session_id"), surveys.c.state != State.WITHDRAWN)
)


def load_tally_heads(connection: sa.Connection, live_session_id: LiveSessionId) -> list[tuple[SurveyId, int, int]]:
    """(survey, version, answered) of every survey of a live session that somebody answered and nobody withdrew. Read several times a
    second for each live session with listeners, so the statement is built once."""
    return [
        (survey_id, version, answered)
        for survey_id, version, answered in connection.execute(_TALLY_HEADS, {"live_session_id": live_session_id})
    ]


def load_to_mark(connection: sa.Connection, live_session_id: LiveSessionId, survey_id: SurveyId) -> int:
    """How many answers of the survey a host has still to mark."""
    statement = sa.select(survey_tallies.c.to_mark).where(
        survey_tallies.c.live_session_id == live_session_id, survey_tallies.c.survey_id == survey_id
    )
    return connection.execute(statement).scalar() or 0


def count_answered(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Iterable[SurveyId]) -> dict[SurveyId, int]:
    """How many people answered each of these surveys, from their tallies; surveys nobody answered are left out."""
    statement = sa.select(survey_tallies.c.survey_id, survey_tallies.c.answered).where(
        survey_tallies.c.live_session_id == live_session_id, survey_tallies.c.survey_id.in_(survey_ids)
    )
    return {SurveyId(survey_id): answered for survey_id, answered in connection.execute(statement) if answered}


def load_tallies(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Iterable[SurveyId]) -> dict[SurveyId, TallyRow]:
    """The counts of these surveys, NO_TALLY for those nobody answered."""
    wanted = list(survey_ids)
    combinations: dict[SurveyId, dict[QuestionId, dict[int, int]]] = {}
    for row in _rows_of(connection, choice_tallies, live_session_id, wanted):
        if people := row["count"]:
            combinations.setdefault(row["survey_id"], {}).setdefault(row["question_id"], {})[row["choices"]] = people
    right_numbers: dict[SurveyId, dict[int, int]] = {}
    for row in _rows_of(connection, right_tallies, live_session_id, wanted):
        if people := row["count"]:
            right_numbers.setdefault(row["survey_id"], {})[row["number"]] = people
    found = dict.fromkeys(wanted, NO_TALLY)
    for row in _rows_of(connection, survey_tallies, live_session_id, wanted):
        survey_id = row["survey_id"]
        found[survey_id] = TallyRow(
            **{name: row[name] for name in _SUMS},
            combinations=combinations.get(survey_id, {}),
            right_numbers=right_numbers.get(survey_id, {}),
        )
    return found


def _rows_of(
    connection: sa.Connection, table: sa.Table, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]
) -> sa.MappingResult:
    statement = sa.select(table).where(table.c.live_session_id == live_session_id, table.c.survey_id.in_(survey_ids))
    return connection.execute(statement).mappings()
