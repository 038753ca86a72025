"""Tables and statements of answers and their tallies: what every answering viewer touches.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

answers = sa.Table(
    "answers",
    metadata,
    # one viewer, one answer per question: the database referees
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("question_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("choices", sa.BigInteger, nullable=False),  # bit mask of option numbers
    # the id of the command that gave it: a repeat of it, also after a restart, is accepted again
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("answered_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

survey_tallies = sa.Table(
    "survey_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with every commit that counts something
    sa.Column("answered", sa.BigInteger, nullable=False),
    sa.Column("right", sa.BigInteger, nullable=False),
    sa.Column("answering_us", sa.BigInteger, nullable=False),  # sum of answering moment minus opening moment
    sqlite_with_rowid=False,
)

choice_tallies = sa.Table(
    "choice_tallies",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("question_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("choices", sa.BigInteger, primary_key=True, autoincrement=False),  # this exact combination
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


class TallyRow(msgspec.Struct, frozen=True):
    """A survey's running counts; combinations: question → mask → people."""

    version: int
    answered: int
    right: int
    answering_us: int
    combinations: dict[QuestionId, dict[int, int]]


NO_TALLY = TallyRow(version=0, answered=0, right=0, answering_us=0, combinations={})
"""What stands before anybody answered."""


class AnswerRow(msgspec.Struct, frozen=True):
    """One viewer's answer to one question."""

    question_id: QuestionId
    viewer_id: ViewerId
    choices: int
    answered_at: Instant


AnswerKey = tuple[LiveSessionId, QuestionId, ViewerId]


def insert_answers(tx: Tx, rows: Sequence[tuple[LiveSessionId, QuestionId, ViewerId, int, str, Instant]]) -> set[AnswerKey]:
    """New answers as (live session, question, viewer, mask, command id, answered at); says which were new, the rest stood already."""
    columns = ("live_session_id", "question_id", "viewer_id", "choices", "command_id", "answered_at")
    inserted = by_set.insert_new(tx, answers, columns, rows, ("live_session_id", "question_id", "viewer_id"))
    return {(LiveSessionId(row[0]), QuestionId(row[1]), ViewerId(row[2])) for row in inserted}


def load_standing(tx: Tx, keys: Sequence[AnswerKey]) -> dict[AnswerKey, tuple[str, int]]:
    """The answers that stand under these keys: the id of the command that gave each, and the mask."""
    columns = ("live_session_id", "question_id", "viewer_id", "command_id", "choices")
    rows = by_set.select_by_keys(tx.connection, answers, columns[:3], keys, columns)
    return {(LiveSessionId(row[0]), QuestionId(row[1]), ViewerId(row[2])): (row[3], row[4]) for row in rows}


def add_to_tallies(
    tx: Tx,
    survey_rows: Iterable[tuple[LiveSessionId, SurveyId, int, int, int, int]],
    choice_rows: Iterable[tuple[LiveSessionId, SurveyId, QuestionId, int, int]],
) -> None:
    """Adds (live session, survey, versions, answered, right, answering µs) and (live session, survey, question, mask, people)."""
    by_set.add_counts(
        tx, survey_tallies, ("live_session_id", "survey_id"), ("version", "answered", "right", "answering_us"), sorted(survey_rows)
    )
    by_set.add_counts(tx, choice_tallies, ("live_session_id", "survey_id", "question_id", "choices"), ("count",), sorted(choice_rows))


_TALLY_HEADS = sa.select(survey_tallies.c.survey_id, survey_tallies.c.version, survey_tallies.c.answered).where(
    survey_tallies.c.live_session_id == sa.bindparam("live_session_id")
)


def load_tally_heads(connection: sa.Connection, live_session_id: LiveSessionId) -> list[tuple[SurveyId, int, int]]:
    """(survey, version, answered) of every survey of a live session that somebody answered. Read several times a second for each live
    session with listeners, so the statement is built once."""
    return [
        (survey_id, version, answered)
        for survey_id, version, answered in connection.execute(_TALLY_HEADS, {"live_session_id": live_session_id})
    ]


def count_answered(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]) -> int:
    """How many answers these surveys of a live session have, from their tallies."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(survey_tallies.c.answered), 0)).where(
        survey_tallies.c.live_session_id == live_session_id, survey_tallies.c.survey_id.in_(survey_ids)
    )
    return int(connection.execute(statement).scalar_one())


def load_tallies(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]) -> dict[SurveyId, TallyRow]:
    """The counts of these surveys, NO_TALLY for those nobody answered."""
    combinations: dict[SurveyId, dict[QuestionId, dict[int, int]]] = {}
    choice_statement = sa.select(choice_tallies).where(
        choice_tallies.c.live_session_id == live_session_id, choice_tallies.c.survey_id.in_(survey_ids)
    )
    for row in connection.execute(choice_statement):
        by_question = combinations.setdefault(SurveyId(row.survey_id), {})
        by_question.setdefault(QuestionId(row.question_id), {})[row.choices] = row._mapping["count"]  # a tuple has a method count
    found = dict.fromkeys(survey_ids, NO_TALLY)
    statement = sa.select(survey_tallies).where(
        survey_tallies.c.live_session_id == live_session_id, survey_tallies.c.survey_id.in_(survey_ids)
    )
    for row in connection.execute(statement):
        survey_id = SurveyId(row.survey_id)
        found[survey_id] = TallyRow(
            version=row.version,
            answered=row.answered,
            right=row.right,
            answering_us=row.answering_us,
            combinations=combinations.get(survey_id, {}),
        )
    return found


def list_answers(
    connection: sa.Connection, live_session_id: LiveSessionId, question_ids: Sequence[QuestionId], after: ViewerId | None, limit: int
) -> list[AnswerRow]:
    """Answers to questions, by question and viewer. after: only viewers with a larger id (for one question)."""
    statement = (
        sa.select(answers.c.question_id, answers.c.viewer_id, answers.c.choices, answers.c.answered_at)
        .where(answers.c.live_session_id == live_session_id, answers.c.question_id.in_(question_ids))
        .order_by(answers.c.question_id, answers.c.viewer_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(answers.c.viewer_id > after)
    return [_answer(row) for row in connection.execute(statement)]


def list_answers_of_viewer(
    connection: sa.Connection, live_session_id: LiveSessionId, question_ids: Sequence[QuestionId], viewer_id: ViewerId
) -> list[AnswerRow]:
    """One viewer's answers to these questions."""
    keys = [(live_session_id, question_id, viewer_id) for question_id in question_ids]
    columns = ("question_id", "viewer_id", "choices", "answered_at")
    return [
        _answer(row) for row in by_set.select_by_keys(connection, answers, ("live_session_id", "question_id", "viewer_id"), keys, columns)
    ]


def _answer(row: Sequence[int]) -> AnswerRow:
    return AnswerRow(question_id=QuestionId(row[0]), viewer_id=ViewerId(row[1]), choices=row[2], answered_at=row[3])
