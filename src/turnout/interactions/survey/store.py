"""Tables and statements of surveys and their questions; answers and tallies are in answer_store.py.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.answer_store import TallyRow
from turnout.interactions.survey.rules import (
    ClosedBy,
    CombinationCount,
    OpenQuestion,
    QuestionFacts,
    SurveyFacts,
    SurveyKind,
    options_of,
)
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, QuestionId, RoomId, SurveyId
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
    sa.Index("surveys_due", "state", "closes_at"),
    sa.Index("surveys_of_room", "room_id", "opened_at"),
    sqlite_with_rowid=False,
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("multiple", sa.Boolean, nullable=False),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("score", sa.BigInteger, nullable=False),
    sa.Column("options", sa.Text, nullable=False),  # a JSON array of labels
    sa.Column("option_count", sa.BigInteger, nullable=False),
    sa.Column("right_mask", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("questions_of_survey", "live_session_id", "survey_id"),
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


class QuestionRow(msgspec.Struct, frozen=True):
    """A question as asked. right_mask: 0 when no option is right."""

    id: QuestionId
    survey_id: SurveyId
    position: int
    type: str
    title: str
    multiple: bool
    required: bool
    score: int
    options: list[str]
    right_mask: int
    created_at: Instant


def insert_survey(tx: Tx, live_session_id: LiveSessionId, survey: SurveyRow, question_rows: Sequence[QuestionRow]) -> None:
    """A new survey with its questions."""
    tx.connection.execute(surveys.insert().values(**msgspec.structs.asdict(survey)))
    for row in question_rows:
        values = msgspec.structs.asdict(row)
        values["options"] = msgspec.json.encode(row.options).decode()
        tx.connection.execute(questions.insert().values(live_session_id=live_session_id, option_count=len(row.options), **values))


def load_survey(connection: sa.Connection, live_session_id: LiveSessionId, survey_id: SurveyId, *, lock: bool = False) -> SurveyRow | None:
    """The survey. lock: FOR UPDATE, against answers and other changes of state."""
    statement = sa.select(surveys).where(surveys.c.live_session_id == live_session_id, surveys.c.id == survey_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return None if row is None else _survey(row)


def find_owned(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId], number: int, *, question: bool) -> bool:
    """Whether one of these live sessions has the survey, or the question, with this id."""
    keys = [(live_session_id, number) for live_session_id in live_session_ids]
    return bool(by_set.select_by_keys(connection, questions if question else surveys, ("live_session_id", "id"), keys, ("id",)))


def load_surveys(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]) -> list[SurveyRow]:
    """These surveys of a live session, by id."""
    statement = sa.select(surveys).where(surveys.c.live_session_id == live_session_id, surveys.c.id.in_(survey_ids)).order_by(surveys.c.id)
    return [_survey(row) for row in connection.execute(statement)]


def save_survey(tx: Tx, survey: SurveyRow) -> None:
    """Writes everything of a survey that may change."""
    values = {
        name: getattr(survey, name)
        for name in ("state", "opened_at", "closes_at", "closed_at", "closed_by", "published_at", "settled_at", "expected")
    }
    tx.connection.execute(
        surveys.update().where(surveys.c.live_session_id == survey.live_session_id, surveys.c.id == survey.id).values(**values)
    )


def list_surveys(connection: sa.Connection, live_session_id: LiveSessionId, limit: int, *, drafts: bool) -> list[SurveyRow]:
    """A live session's surveys, newest first."""
    statement = sa.select(surveys).where(surveys.c.live_session_id == live_session_id).order_by(surveys.c.id.desc()).limit(limit)
    if not drafts:
        statement = statement.where(surveys.c.opened_at.is_not(None))
    return [_survey(row) for row in connection.execute(statement)]


def list_open(connection: sa.Connection, live_session_id: LiveSessionId) -> list[SurveyId]:
    """The ids of a live session's open surveys, ascending."""
    statement = (
        sa.select(surveys.c.id).where(surveys.c.live_session_id == live_session_id, surveys.c.state == State.OPEN).order_by(surveys.c.id)
    )
    return [SurveyId(row[0]) for row in connection.execute(statement)]


def list_due(connection: sa.Connection, now: Instant, limit: int) -> list[tuple[LiveSessionId, SurveyId]]:
    """Open surveys whose time is over, longest overdue first."""
    statement = (
        sa.select(surveys.c.live_session_id, surveys.c.id)
        .where(surveys.c.state == State.OPEN, surveys.c.closes_at <= now)
        .order_by(surveys.c.closes_at)
        .limit(limit)
    )
    return [(LiveSessionId(row[0]), SurveyId(row[1])) for row in connection.execute(statement)]


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open survey's time is over; None when none has a limit."""
    statement = sa.select(sa.func.min(surveys.c.closes_at)).where(surveys.c.state == State.OPEN)
    return connection.execute(statement).scalar_one()  # type: ignore[no-any-return]  # an aggregate's type is not known to SQLAlchemy


def load_questions(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]
) -> dict[SurveyId, list[QuestionRow]]:
    """The questions of surveys in their order."""
    statement = (
        sa.select(questions)
        .where(questions.c.live_session_id == live_session_id, questions.c.survey_id.in_(survey_ids))
        .order_by(questions.c.survey_id, questions.c.position)
    )
    found: dict[SurveyId, list[QuestionRow]] = {}
    for row in connection.execute(statement):
        question = QuestionRow(
            id=QuestionId(row.id),
            survey_id=SurveyId(row.survey_id),
            position=row.position,
            type=row.type,
            title=row.title,
            multiple=row.multiple,
            required=row.required,
            score=row.score,
            options=msgspec.json.decode(row.options, type=list[str]),
            right_mask=row.right_mask,
            created_at=row.created_at,
        )
        found.setdefault(question.survey_id, []).append(question)
    return found


def load_open_questions(tx: Tx, keys: Sequence[tuple[LiveSessionId, QuestionId]]) -> dict[tuple[LiveSessionId, QuestionId], OpenQuestion]:
    """What the answering rule must know of these questions; their surveys stay locked FOR SHARE, so that no close can overtake."""
    about: dict[tuple[LiveSessionId, QuestionId], tuple[SurveyId, bool, int, int]] = {}
    wanted: set[tuple[LiveSessionId, SurveyId]] = set()
    columns = ("live_session_id", "id", "survey_id", "multiple", "option_count", "right_mask")
    for row in by_set.select_by_keys(tx.connection, questions, ("live_session_id", "id"), keys, columns):
        about[LiveSessionId(row[0]), QuestionId(row[1])] = (SurveyId(row[2]), bool(row[3]), row[4], row[5])
        wanted.add((LiveSessionId(row[0]), SurveyId(row[2])))
    standing: dict[tuple[LiveSessionId, SurveyId], tuple[State, Instant, Instant | None]] = {}
    standing_columns = ("live_session_id", "id", "state", "opened_at", "closes_at")
    for row in by_set.select_by_keys(tx.connection, surveys, ("live_session_id", "id"), sorted(wanted), standing_columns, lock="share"):
        standing[LiveSessionId(row[0]), SurveyId(row[1])] = (State(row[2]), row[3] or 0, row[4])
    found: dict[tuple[LiveSessionId, QuestionId], OpenQuestion] = {}
    for key, (survey_id, multiple, option_count, right_mask) in about.items():
        state, opened_at, closes_at = standing[key[0], survey_id]
        found[key] = OpenQuestion(
            survey_id=survey_id,
            state=state,
            opened_at=opened_at,
            closes_at=closes_at,
            multiple=multiple,
            option_count=option_count,
            right_mask=right_mask,
        )
    return found


def list_of_room(
    connection: sa.Connection, room_id: RoomId, live_session_id: LiveSessionId | None, kind: SurveyKind, offset: int, limit: int
) -> tuple[int, list[SurveyRow]]:
    """How many surveys of a kind were opened in a room (or in one of its live sessions), and one page of them, last opened first."""
    conditions = [surveys.c.room_id == room_id, surveys.c.kind == kind, surveys.c.opened_at.is_not(None)]
    if live_session_id is not None:
        conditions.append(surveys.c.live_session_id == live_session_id)
    total = connection.execute(sa.select(sa.func.count()).select_from(surveys).where(*conditions)).scalar_one()
    statement = sa.select(surveys).where(*conditions).order_by(surveys.c.opened_at.desc(), surveys.c.id.desc()).offset(offset).limit(limit)
    return total, [_survey(row) for row in connection.execute(statement)]


def _survey(row: sa.Row[tuple[object, ...]]) -> SurveyRow:
    return SurveyRow(
        id=SurveyId(row.id),
        live_session_id=LiveSessionId(row.live_session_id),
        account_id=AccountId(row.account_id),
        room_id=RoomId(row.room_id),
        kind=SurveyKind(row.kind),
        title=row.title,
        state=State(row.state),
        host_id=HostId(row.host_id),
        host_name=row.host_name,
        time_limit_s=row.time_limit_s,
        publish_on_close=row.publish_on_close,
        created_at=row.created_at,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        closed_by=None if row.closed_by is None else ClosedBy(row.closed_by),
        published_at=row.published_at,
        settled_at=row.settled_at,
        expected=row.expected,
    )


def facts_of(survey: SurveyRow, question_rows: Sequence[QuestionRow], tally: TallyRow) -> SurveyFacts:
    """The survey with its questions and counts, as events freeze it and as every view is made from it. A draft's opened_at is its
    created_at."""
    return SurveyFacts(
        account_id=survey.account_id,
        room_id=survey.room_id,
        live_session_id=survey.live_session_id,
        survey_id=survey.id,
        kind=survey.kind,
        title=survey.title,
        state=survey.state,
        published=survey.published_at is not None,
        host_id=survey.host_id,
        host_name=survey.host_name,
        host_role="host",
        created_at=survey.created_at,
        opened_at=survey.opened_at or survey.created_at,
        closes_at=survey.closes_at,
        closed_at=survey.closed_at,
        closed_by=survey.closed_by,
        expected=max(survey.expected, tally.answered),
        answered=tally.answered,
        right=tally.right,
        answering_us=tally.answering_us,
        version=tally.version,
        questions=[_question_facts(question, tally) for question in question_rows],
        time_limit_s=survey.time_limit_s,
        publish_on_close=survey.publish_on_close,
    )


def _question_facts(question: QuestionRow, tally: TallyRow) -> QuestionFacts:
    combinations = tally.combinations.get(question.id, {})
    return QuestionFacts(
        question_id=question.id,
        type=question.type,
        title=question.title,
        multiple=question.multiple,
        required=question.required,
        score=question.score,
        created_at=question.created_at,
        options=question.options,
        right_options=options_of(question.right_mask),
        answered=sum(combinations.values()),
        right=combinations.get(question.right_mask, 0) if question.right_mask else 0,
        combinations=[
            CombinationCount(options=options_of(mask), count=count)
            for mask, count in sorted(combinations.items(), key=lambda item: (-item[1], item[0]))
        ],
    )
