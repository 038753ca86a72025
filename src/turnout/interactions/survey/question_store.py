"""Table and statements of questions.

The live session is first in the key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from turnout.interactions.survey.question_rules import AskedQuestion, asked_question
from turnout.interactions.survey.rules import QuestionDraft, QuestionType, mask_of, options_of
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, PictureId, QuestionId, SurveyId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

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
    sa.Column("picture", sa.BigInteger),
    sa.Column("option_pictures", sa.Text, nullable=False, server_default="[]"),  # a JSON array of ids and nulls, empty when there is none
    sa.Column("least", sa.BigInteger),
    sa.Column("most", sa.BigInteger),
    sa.Column("verify", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("scale", sa.BigInteger, nullable=False, server_default="5"),
    sa.Column("accepted", sa.Text, nullable=False, server_default="[]"),  # a JSON array of right texts, as the host wrote them
    sa.Column("by_hand", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("questions_of_survey", "live_session_id", "survey_id"),
    sqlite_with_rowid=False,
)

_BOOLEANS = {column.name for column in questions.columns if isinstance(column.type, sa.Boolean)}
_JSON_COLUMNS = ("options", "option_pictures", "accepted")


class QuestionRow(msgspec.Struct, frozen=True):
    """A question as asked. right_mask: 0 when no option is right."""

    id: QuestionId
    survey_id: SurveyId
    position: int
    type: QuestionType
    title: str
    multiple: bool
    required: bool
    score: int
    options: list[str]
    right_mask: int
    created_at: Instant
    picture: PictureId | None
    option_pictures: list[PictureId | None]
    least: int | None
    most: int | None
    verify: bool
    scale: int
    accepted: list[str]
    by_hand: bool

    @property
    def rightable(self) -> bool:
        """Whether an answer can be right."""
        return bool(self.right_mask or self.accepted or self.by_hand)

    def draft(self) -> QuestionDraft:
        """The question as its host wrote it."""
        return QuestionDraft(
            title=self.title,
            type=self.type,
            options=self.options,
            option_pictures=self.option_pictures,
            right_options=options_of(self.right_mask),
            accepted=self.accepted,
            multiple=self.multiple,
            least=self.least,
            most=self.most,
            required=self.required,
            score=self.score,
            scale=self.scale,
            verify=self.verify,
            picture=self.picture,
        )

    def asked(self) -> AskedQuestion:
        """What answering must know of it."""
        return asked_question(self.id, self.draft(), by_hand=self.by_hand)


_QUESTION_COLUMNS = [questions.c[name] for name in QuestionRow.__struct_fields__]


def question_row(
    question_id: QuestionId, survey_id: SurveyId, position: int, draft: QuestionDraft, at: Instant, by_hand: bool
) -> QuestionRow:
    """A checked draft's question as it is kept."""
    values = {name: getattr(draft, name) for name in QuestionDraft.__struct_fields__ if name != "right_options"}
    right_mask = mask_of(draft.right_options)
    return QuestionRow(
        id=question_id, survey_id=survey_id, position=position, right_mask=right_mask, created_at=at, by_hand=by_hand, **values
    )


def insert_questions(tx: Tx, live_session_id: LiveSessionId, question_rows: Sequence[QuestionRow]) -> None:
    """The questions of a survey."""
    rows: list[dict[str, Any]] = []
    for row in question_rows:
        values = msgspec.structs.asdict(row)
        values |= {name: msgspec.json.encode(values[name]).decode() for name in _JSON_COLUMNS}
        rows.append({"live_session_id": live_session_id, "option_count": len(row.options), **values})
    tx.connection.execute(questions.insert(), rows)


def delete_questions(tx: Tx, live_session_id: LiveSessionId, survey_id: SurveyId) -> None:
    """Takes away the questions of a draft that is written anew."""
    tx.connection.execute(questions.delete().where(questions.c.live_session_id == live_session_id, questions.c.survey_id == survey_id))


def load_questions(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Iterable[SurveyId]
) -> dict[SurveyId, list[QuestionRow]]:
    """The questions of surveys in their order."""
    statement = (
        sa.select(*_QUESTION_COLUMNS)
        .where(questions.c.live_session_id == live_session_id, questions.c.survey_id.in_(survey_ids))
        .order_by(questions.c.survey_id, questions.c.position)
    )
    found: dict[SurveyId, list[QuestionRow]] = {}
    for row in connection.execute(statement):
        question = _question(row)
        found.setdefault(question.survey_id, []).append(question)
    return found


def load_questions_of(tx: Tx, keys: Iterable[tuple[LiveSessionId, SurveyId]]) -> dict[tuple[LiveSessionId, SurveyId], list[QuestionRow]]:
    """The questions of surveys of several live sessions, in their order."""
    found: dict[tuple[LiveSessionId, SurveyId], list[QuestionRow]] = {}
    names = ("live_session_id", *QuestionRow.__struct_fields__)
    for live_session_id, *row in by_set.select_by_keys(tx.connection, questions, ("live_session_id", "survey_id"), keys, names):
        # the driver knows no booleans on SQLite
        values = [bool(value) if name in _BOOLEANS else value for name, value in zip(QuestionRow.__struct_fields__, row, strict=True)]
        question = _question(values)
        found.setdefault((live_session_id, question.survey_id), []).append(question)
    for rows in found.values():
        rows.sort(key=lambda row: row.position)
    return found


def list_forms(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]
) -> dict[SurveyId, list[tuple[QuestionId, QuestionType]]]:
    """Ids and types of the questions of these surveys, in their order."""
    statement = (
        sa.select(questions.c.survey_id, questions.c.id, questions.c.type)
        .where(questions.c.live_session_id == live_session_id, questions.c.survey_id.in_(survey_ids))
        .order_by(questions.c.survey_id, questions.c.position)
    )
    found: dict[SurveyId, list[tuple[QuestionId, QuestionType]]] = {}
    for survey_id, question_id, type_ in connection.execute(statement):
        found.setdefault(survey_id, []).append((question_id, QuestionType(type_)))
    return found


def find_rightable(connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId]) -> set[SurveyId]:
    """Those of these surveys in which an answer can be right."""
    asked = questions.c
    statement = (
        sa.select(asked.survey_id)
        .where(asked.live_session_id == live_session_id, asked.survey_id.in_(survey_ids))
        .where(sa.or_(asked.right_mask != 0, asked.accepted != "[]", asked.by_hand))
        .distinct()
    )
    return {SurveyId(row[0]) for row in connection.execute(statement)}


def _question(row: Sequence[Any]) -> QuestionRow:
    """From a row of the columns that QuestionRow has."""
    values = dict(zip(QuestionRow.__struct_fields__, row, strict=True))
    values |= {name: msgspec.json.decode(values[name]) for name in _JSON_COLUMNS}
    return msgspec.convert(values, QuestionRow)
