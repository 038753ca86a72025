"""Reading the question bank."""

from collections.abc import Collection

import sqlalchemy as sa

from turnout.interactions.question_bank import store
from turnout.interactions.question_bank.rules import NoSuchTemplate, Template, TemplateHead, search_words
from turnout.kernel import limits
from turnout.kernel.ids import AccountId, PictureId, TemplateId
from turnout.pictures import queries as pictures


def access_template(connection: sa.Connection, account_id: AccountId, template_id: TemplateId) -> Template:
    """The account's template; raises NoSuchTemplate."""
    template = store.load_template(connection, account_id, template_id)
    if template is None:
        raise NoSuchTemplate
    return template


def list_templates(
    connection: sa.Connection, account_id: AccountId, *, search: str = "", before: TemplateId | None = None, limit: int
) -> list[TemplateHead]:
    """One page of the account's templates, newest first, from `before` on. search: words that name, tags, title or questions hold, all of
    them; letter case does not matter."""
    return store.list_heads(connection, account_id, search_words(search), before, limit)


def list_missing_pictures(connection: sa.Connection, account_id: AccountId, picture_ids: Collection[PictureId]) -> set[PictureId]:
    """Those of these that are no pictures of the account."""
    wanted = sorted(picture_ids)
    owned: set[PictureId] = set()
    for start in range(0, len(wanted), limits.MAX_PAGE_LENGTH):
        owned |= pictures.list_owned(connection, account_id, wanted[start : start + limits.MAX_PAGE_LENGTH])
    return set(wanted) - owned
