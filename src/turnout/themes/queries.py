"""Reading themes: what an account's own people see is what everybody sees."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from turnout.kernel.ids import AccountId
from turnout.themes import store
from turnout.themes.rules import Theme


def find_theme(connection: sa.Connection, account_id: AccountId) -> Theme:
    """The account's theme; an empty one before the first change."""
    return store.load_theme(connection, account_id) or Theme(account_id)


def find_themes(connection: sa.Connection, account_ids: Collection[AccountId]) -> Mapping[AccountId, Theme]:
    """The theme of each of these accounts."""
    return {account_id: Theme(account_id) for account_id in account_ids} | store.load_themes(connection, account_ids)
