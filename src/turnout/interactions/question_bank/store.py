"""The table of templates and its statements."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from turnout.interactions.question_bank.rules import Template, TemplateHead, search_text
from turnout.interactions.survey.rules import SurveyDraft, SurveyKind
from turnout.kernel.ids import AccountId, TemplateId
from turnout.storage.database import Id, metadata
from turnout.storage.transaction import Tx

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),  # JSON
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("question_count", sa.BigInteger, nullable=False),
    sa.Column("survey", sa.Text, nullable=False),  # JSON of the draft, with our own ids of pictures
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Index("templates_of_account", "account_id", "id"),
)

_HEAD = [templates.c[name] for name in ("id", "name", "tags", "kind", "title", "question_count", "created_at", "updated_at")]


def _contents(template: Template) -> dict[str, Any]:
    survey = template.survey
    return {
        "name": template.name,
        "tags": msgspec.json.encode(template.tags).decode(),
        "kind": survey.kind.value,
        "title": survey.title,
        "question_count": len(survey.questions),
        "survey": msgspec.json.encode(survey).decode(),
        "search_text": search_text(template.name, template.tags, survey),
        "updated_at": template.updated_at,
    }


def insert_templates(tx: Tx, made: Sequence[Template]) -> None:
    """New templates, with one statement."""
    tx.connection.execute(
        templates.insert(),
        [
            {"id": template.id, "account_id": template.account_id, "created_at": template.created_at, **_contents(template)}
            for template in made
        ],
    )


def save_template(tx: Tx, template: Template) -> None:
    """The template with its new contents."""
    tx.connection.execute(templates.update().where(templates.c.id == template.id).values(**_contents(template)))


def delete_template(tx: Tx, account_id: AccountId, template_id: TemplateId) -> bool:
    """Whether the account had this template; it has it no longer."""
    statement = templates.delete().where(templates.c.id == template_id, templates.c.account_id == account_id)
    return tx.connection.execute(statement).rowcount > 0


def count_templates(connection: sa.Connection, account_id: AccountId) -> int:
    """How many templates an account has."""
    statement = sa.select(sa.func.count()).select_from(templates).where(templates.c.account_id == account_id)
    return int(connection.execute(statement).scalar_one())


def load_template(connection: sa.Connection, account_id: AccountId, template_id: TemplateId, *, lock: bool = False) -> Template | None:
    """The account's template. lock: FOR UPDATE, against another change of it."""
    statement = sa.select(templates).where(templates.c.id == template_id, templates.c.account_id == account_id)
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        return None
    return Template(
        id=TemplateId(row.id),
        account_id=AccountId(row.account_id),
        name=row.name,
        tags=msgspec.json.decode(row.tags, type=list[str]),
        survey=msgspec.json.decode(row.survey, type=SurveyDraft),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def list_heads(
    connection: sa.Connection, account_id: AccountId, words: Sequence[str], before: TemplateId | None, limit: int
) -> list[TemplateHead]:
    """An account's templates in which every word is found, newest first, from `before` on."""
    statement = sa.select(*_HEAD).where(templates.c.account_id == account_id).order_by(templates.c.id.desc()).limit(limit)
    for word in words:
        statement = statement.where(templates.c.search_text.contains(word, autoescape=True))
    if before is not None:
        statement = statement.where(templates.c.id < before)
    return [
        TemplateHead(
            id=TemplateId(row.id),
            name=row.name,
            tags=msgspec.json.decode(row.tags, type=list[str]),
            kind=SurveyKind(row.kind),
            title=row.title,
            question_count=row.question_count,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in connection.execute(statement)
    ]
