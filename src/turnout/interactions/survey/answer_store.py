"""Tables and statements of submissions, of answers saved before they are submitted, and of marks. Those of anonymous surveys stand in
anonymous_store.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import HostId, LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

NONE_REPLACED = "[]"

submissions = sa.Table(
    "submissions",
    metadata,
    # one viewer, one submission that counts per survey: the database referees
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # the id of the command that gave it: a repeat of it, also after a restart, is accepted again
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("answered_at", sa.BigInteger, nullable=False),
    sa.Column("answers", sa.Text, nullable=False),  # JSON, one value for each question: question_rules.encode_values
    sa.Column("number_right", sa.BigInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("to_mark", sa.BigInteger, nullable=False),
    # of a changeable survey: a JSON array of the ids of earlier commands, so that a repeat of one does not undo the change
    sa.Column("replaced", sa.Text, nullable=False, server_default=NONE_REPLACED),
    sqlite_with_rowid=False,
)

draft_answers = sa.Table(
    "draft_answers",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("saved_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("question_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("marked_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_KEY = ("live_session_id", "survey_id", "viewer_id")
_GIVEN = ("command_id", "answered_at", "answers", "number_right", "points", "to_mark")

SubmissionKey = tuple[LiveSessionId, SurveyId, ViewerId]
NewSubmission = tuple[LiveSessionId, SurveyId, ViewerId, str, Instant, str, int, int, int]
"""A key, and then command id, answered at, answers, number right, points, to mark."""


class Submission(NamedTuple):
    """What stands under a key. replaced: a JSON array."""

    command_id: str
    answered_at: Instant
    answers: str
    number_right: int
    points: int
    to_mark: int
    replaced: str


class SubmissionRow(msgspec.Struct, frozen=True, gc=False):
    """One viewer's submission, as hosts read it."""

    viewer_id: ViewerId
    answers: str
    answered_at: Instant
    number_right: int
    points: int
    to_mark: int


def insert_submissions(tx: Tx, rows: Sequence[NewSubmission]) -> Sequence[SubmissionKey]:
    """New submissions; says which keys were free, the rest stood already."""
    return by_set.insert_new(tx, submissions, _KEY + _GIVEN, rows, _KEY, mostly_new=True)


def load_submissions(tx: Tx, keys: Iterable[SubmissionKey], *, lock: bool) -> dict[SubmissionKey, Submission]:
    """What stands under these keys. lock: FOR UPDATE, in order of the keys, to be replaced."""
    columns = (*_KEY, *_GIVEN, "replaced")
    rows = by_set.select_by_keys(tx.connection, submissions, _KEY, keys, columns, lock="update" if lock else None)
    return {row[:3]: Submission(*row[3:]) for row in rows}


def replace_submissions(tx: Tx, changed: Mapping[SubmissionKey, Submission]) -> None:
    """Writes other submissions under keys that are taken."""
    by_set.update_by_keys(tx, submissions, _KEY, (*_GIVEN, "replaced"), ((*key, *given) for key, given in changed.items()))


def find_submitted(tx: Tx, keys: Iterable[SubmissionKey]) -> set[SubmissionKey]:
    """Those of the keys under which a submission stands."""
    return set(by_set.select_by_keys(tx.connection, submissions, _KEY, keys, _KEY))


def save_drafts(tx: Tx, rows: Sequence[tuple[LiveSessionId, SurveyId, ViewerId, str, Instant]]) -> None:
    """Answers not submitted yet, as (live session, survey, viewer, answers, saved at), in place of what was saved before."""
    columns = (*_KEY, "answers", "saved_at")
    fresh = set(by_set.insert_new(tx, draft_answers, columns, rows, _KEY))
    by_set.update_by_keys(tx, draft_answers, _KEY, ("answers", "saved_at"), [row for row in rows if row[:3] not in fresh])


def delete_drafts(tx: Tx, keys: Sequence[SubmissionKey]) -> None:
    """Nothing is kept of these once they are submitted."""
    by_set.delete_by_keys(tx, draft_answers, _KEY, keys)


def delete_drafts_of_survey(tx: Tx, live_session_id: LiveSessionId, survey_id: SurveyId) -> None:
    """Nothing is kept of what was not submitted before the close."""
    drafts = draft_answers.c
    tx.connection.execute(draft_answers.delete().where(drafts.live_session_id == live_session_id, drafts.survey_id == survey_id))


def load_marks_of(tx: Tx, key: SubmissionKey) -> dict[QuestionId, int]:
    """Question → points given by hand for one submission."""
    return dict(by_set.select_by_keys(tx.connection, marks, _KEY, [key], ("question_id", "points")))


def save_mark(tx: Tx, key: SubmissionKey, question_id: QuestionId, points: int, host_id: HostId | None, *, fresh: bool) -> None:
    """Points given by hand. fresh: none were given before. The submission is locked."""
    row = (*key, question_id, points, host_id or 0, tx.now)
    if fresh:
        by_set.insert_rows(tx.connection, marks, (*_KEY, "question_id", "points", "host_id", "marked_at"), [row])
    else:
        by_set.update_by_keys(tx, marks, (*_KEY, "question_id"), ("points", "host_id", "marked_at"), [row])


def list_submissions(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId], after: int | None, limit: int
) -> list[tuple[SurveyId, SubmissionRow]]:
    """Submissions by survey and viewer. after: only viewers with a larger id (for one survey)."""
    given = submissions.c
    statement = (
        sa.select(given.survey_id, given.viewer_id, given.answers, given.answered_at, given.number_right, given.points, given.to_mark)
        .where(given.live_session_id == live_session_id, given.survey_id.in_(survey_ids))
        .order_by(given.survey_id, given.viewer_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(given.viewer_id > after)
    return [(row[0], SubmissionRow(*row[1:])) for row in connection.execute(statement)]


def list_viewer_ids(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_id: SurveyId, number_right: int | None = None
) -> list[ViewerId]:
    """Who has submitted to a survey, by id. number_right: only those with so many right answers."""
    given = submissions.c
    statement = (
        sa.select(given.viewer_id).where(given.live_session_id == live_session_id, given.survey_id == survey_id).order_by(given.viewer_id)
    )
    if number_right is not None:
        statement = statement.where(given.number_right == number_right)
    return [ViewerId(row[0]) for row in connection.execute(statement)]


def list_marks(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId], viewer_ids: Sequence[ViewerId]
) -> dict[tuple[SurveyId, ViewerId], dict[QuestionId, int]]:
    """Points given by hand, by survey and viewer."""
    found: dict[tuple[SurveyId, ViewerId], dict[QuestionId, int]] = {}
    columns = ("survey_id", "viewer_id", "question_id", "points")
    for survey_id, viewer_id, question_id, points in _of_viewers(connection, marks, live_session_id, survey_ids, viewer_ids, columns):
        found.setdefault((survey_id, viewer_id), {})[question_id] = points
    return found


def list_given(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId], viewer_ids: Sequence[ViewerId]
) -> list[tuple[SurveyId, ViewerId, str, Instant, int, int, int]]:
    """These viewers' submissions as (survey, viewer, answers, answered at, number right, points, to mark)."""
    columns = ("survey_id", "viewer_id", "answers", "answered_at", "number_right", "points", "to_mark")
    return _of_viewers(connection, submissions, live_session_id, survey_ids, viewer_ids, columns)


def list_drafts(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId], viewer_ids: Sequence[ViewerId]
) -> list[tuple[SurveyId, ViewerId, str]]:
    """What these viewers have filled in and not submitted, as (survey, viewer, answers)."""
    columns = ("survey_id", "viewer_id", "answers")
    return _of_viewers(connection, draft_answers, live_session_id, survey_ids, viewer_ids, columns)


def _of_viewers(
    connection: sa.Connection,
    table: sa.Table,
    live_session_id: LiveSessionId,
    survey_ids: Sequence[SurveyId],
    viewer_ids: Sequence[ViewerId],
    columns: tuple[str, ...],
) -> list[by_set.Row]:
    fixed = ("live_session_id", live_session_id)
    return by_set.select_crossed(connection, table, fixed, ("survey_id", survey_ids), ("viewer_id", viewer_ids), columns)
