"""The table of themes and its statements."""

from collections.abc import Collection

import sqlalchemy as sa

from turnout.kernel.ids import AccountId, PictureId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx
from turnout.themes.rules import Theme

themes = sa.Table(
    "themes",
    metadata,
    sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("accent", sa.Text),
    sa.Column("logo_id", sa.BigInteger),
    sqlite_with_rowid=False,
)

_THEMES_OF = sa.select(themes).where(themes.c.account_id.in_(sa.bindparam("account_ids", expanding=True)))


def load_theme(connection: sa.Connection, account_id: AccountId) -> Theme | None:
    """The account's theme, None before the first change."""
    return load_themes(connection, [account_id]).get(account_id)


def load_themes(connection: sa.Connection, account_ids: Collection[AccountId]) -> dict[AccountId, Theme]:
    """The themes of these accounts, where they were ever changed."""
    found = connection.execute(_THEMES_OF, {"account_ids": list(account_ids)})
    return {
        row.account_id: Theme(AccountId(row.account_id), row.name, row.accent, None if row.logo_id is None else PictureId(row.logo_id))
        for row in found
    }


def save_theme(tx: Tx, theme: Theme) -> None:
    """The account's theme as it is now."""
    row = (theme.account_id, theme.name, theme.accent, theme.logo)
    by_set.insert_rows(tx.connection, themes, ("account_id", "name", "accent", "logo_id"), [row], skip=True)
    tx.connection.execute(
        themes.update().where(themes.c.account_id == theme.account_id).values(name=theme.name, accent=theme.accent, logo_id=theme.logo)
    )
