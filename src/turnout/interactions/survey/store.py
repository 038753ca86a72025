"""Table and statements of surveys; their questions stand in question_store, what viewers answer in answer_store, anonymous_store and
tally_store.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.interactions.kind_store import Rows
from turnout.interactions.lifecycle import State
from turnout.interactions.survey import question_store
from turnout.interactions.survey.rules import (
    ClosedBy,
    NoSuchSurvey,
    SettledBy,
    SurveyDraft,
    SurveyKind,
)
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, PictureId, RoomId, SurveyId, TemplateId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

surveys = sa.Table(
    "surveys",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("time_limit_s", sa.BigInteger),
    sa.Column("publish_on_close", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("opened_at", sa.BigInteger),
    sa.Column("closes_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("closed_by", sa.Text),
    sa.Column("published_at", sa.BigInteger),
    sa.Column("settled_at", sa.BigInteger),
    # people who could answer: present at the opening; from the close on, present at any moment while it was open
    sa.Column("expected", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),  # grows with each edit of the draft
    sa.Column("anonymous", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("changeable", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("shuffle_questions", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("shuffle_options", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("cover", sa.BigInteger),
    sa.Column("template_id", sa.BigInteger),
    sa.Column("settled_by", sa.Text),
    sa.Column("withdrawn_at", sa.BigInteger),
    # whether answers were ever saved before they were submitted: where not, none have to be looked for when some are submitted
    sa.Column("drafts_kept", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("burned_at", sa.BigInteger),  # of an anonymous survey: when no trace of its seal was left
    sa.Index("surveys_due", "state", "closes_at"),
    sa.Index("surveys_of_room", "room_id", "opened_at"),
    # the few anonymous surveys that are open, or whose seal is still to be burned
    sa.Index(
        "sealed_surveys",
        "live_session_id",
        "id",
        sqlite_where=sa.text("anonymous AND burned_at IS NULL AND opened_at IS NOT NULL"),
        postgresql_where=sa.text("anonymous AND burned_at IS NULL AND opened_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)


class SurveyRow(msgspec.Struct, frozen=True):
    """A survey without its questions and counts."""

    id: SurveyId
    live_session_id: LiveSessionId
    account_id: AccountId
    room_id: RoomId
    kind: SurveyKind
    title: str
    state: State
    host_id: HostId
    host_name: str
    time_limit_s: int | None
    publish_on_close: bool
    created_at: Instant
    opened_at: Instant | None = None
    closes_at: Instant | None = None
    closed_at: Instant | None = None
    closed_by: ClosedBy | None = None
    published_at: Instant | None = None
    settled_at: Instant | None = None
    expected: int = 0
    revision: int = 0
    anonymous: bool = False
    changeable: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    cover: PictureId | None = None
    template_id: TemplateId | None = None
    settled_by: SettledBy | None = None
    withdrawn_at: Instant | None = None
    burned_at: Instant | None = None


SURVEYS: Rows[SurveyRow, SurveyId] = Rows(
    surveys,
    SurveyRow,
    since="opened_at",
    # what is open is never left out for what is over, nor is what is not settled yet
    first=sa.case((surveys.c.state == State.OPEN, 0), (surveys.c.state == State.SETTLED, 2), else_=1),
    hidden=State.WITHDRAWN,
)
save_survey, load_survey, list_due, next_due = SURVEYS.save, SURVEYS.load, SURVEYS.list_due, SURVEYS.next_due


def insert_survey(tx: Tx, survey: SurveyRow, question_rows: Sequence[question_store.QuestionRow]) -> None:
    """A new survey with its questions."""
    SURVEYS.insert(tx, survey)
    question_store.insert_questions(tx, survey.live_session_id, question_rows)


def find_owned(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId], number: int, *, question: bool) -> bool:
    """Whether one of these live sessions has the survey, or the question, with this id."""
    keys = [(live_session_id, number) for live_session_id in live_session_ids]
    return bool(
        by_set.select_by_keys(connection, question_store.questions if question else surveys, ("live_session_id", "id"), keys, ("id",))
    )


def list_open(connection: sa.Connection, live_session_id: LiveSessionId) -> list[SurveyId]:
    """The ids of a live session's open surveys, ascending."""
    statement = (
        sa.select(surveys.c.id).where(surveys.c.live_session_id == live_session_id, surveys.c.state == State.OPEN).order_by(surveys.c.id)
    )
    return [SurveyId(row[0]) for row in connection.execute(statement)]


def load_draft(connection: sa.Connection, live_session_id: LiveSessionId, survey_id: SurveyId) -> tuple[SurveyRow, SurveyDraft]:
    """A survey, and what it asks as its host wrote it; raises NoSuchSurvey."""
    survey = load_survey(connection, live_session_id, survey_id)
    if survey is None:
        raise NoSuchSurvey
    settings = {name: getattr(survey, name) for name in SurveyDraft.__struct_fields__ if name != "questions"}
    asked = [row.draft() for row in question_store.load_questions(connection, live_session_id, [survey_id])[survey_id]]
    return survey, SurveyDraft(questions=asked, **settings)


class Standing(NamedTuple):
    """What answering must know of a survey besides its questions."""

    live_session_id: LiveSessionId
    survey_id: SurveyId
    state: State
    kind: SurveyKind
    anonymous: bool
    changeable: bool
    opened_at: Instant
    closes_at: Instant | None
    drafts_kept: bool


_STANDING = ("live_session_id", "id", "state", "kind", "anonymous", "changeable", "opened_at", "closes_at", "drafts_kept")


def lock_standings(tx: Tx, keys: Iterable[tuple[LiveSessionId, SurveyId]]) -> list[Standing]:
    """These surveys, locked FOR SHARE, so that no close can overtake what is answered in this transaction."""
    rows = by_set.select_by_keys(tx.connection, surveys, ("live_session_id", "id"), keys, _STANDING, lock="share")
    return [
        Standing(row[0], row[1], State(row[2]), SurveyKind(row[3]), bool(row[4]), bool(row[5]), row[6] or 0, row[7], bool(row[8]))
        for row in rows
    ]


def note_drafts(tx: Tx, keys: Iterable[tuple[LiveSessionId, SurveyId]]) -> None:
    """From now on answers of these surveys may be saved that are not submitted yet."""
    by_set.update_by_keys(tx, surveys, ("live_session_id", "id"), ("drafts_kept",), [(*key, True) for key in keys])


def list_sealed(connection: sa.Connection, *, closed: bool, limit: int) -> list[tuple[LiveSessionId, SurveyId]]:
    """Anonymous surveys that are open, or those that have ended and whose seal is not burned yet."""
    # the condition is the index's own, word for word, so that the index is used
    statement = (
        sa.select(surveys.c.live_session_id, surveys.c.id)
        .where(sa.text("anonymous AND burned_at IS NULL AND opened_at IS NOT NULL"))
        .where(surveys.c.state != State.OPEN if closed else surveys.c.state == State.OPEN)
        .order_by(surveys.c.live_session_id, surveys.c.id)
        .limit(limit)
    )
    return [(LiveSessionId(row[0]), SurveyId(row[1])) for row in connection.execute(statement)]


def save_burned(tx: Tx, keys: Iterable[tuple[LiveSessionId, SurveyId]]) -> None:
    """No trace is left of the seals of these surveys."""
    rows = [(*key, tx.now) for key in keys]
    by_set.update_by_keys(tx, surveys, ("live_session_id", "id"), ("burned_at",), rows, where_null="burned_at")
