"""The table of themes and its statements."""

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

_THEME_OF = sa.select(themes).where(themes.c.account_id == sa.bindparam("account_id"))


def load_theme(connection: sa.Connection, account_id: AccountId) -> Theme | None:
    """The account's theme, None before the first change."""
    row = connection.execute(_THEME_OF, {"account_id": account_id}).first()
    if row is None:
        return None
    return Theme(AccountId(row.account_id), row.name, row.accent, None if row.logo_id is None else PictureId(row.logo_id))


def save_theme(tx: Tx, theme: Theme) -> None:
    """The account's theme as it is now."""
    row = (theme.account_id, theme.name, theme.accent, theme.logo)
    by_set.insert_rows(tx.connection, themes, ("account_id", "name", "accent", "logo_id"), [row], skip=True)
    tx.connection.execute(
        themes.update().where(themes.c.account_id == theme.account_id).values(name=theme.name, accent=theme.accent, logo_id=theme.logo)
    )
