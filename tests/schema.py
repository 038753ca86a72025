"""The schema that tests work on: the one that the chain of revisions makes."""

from turnout.storage.database import Database


def make_schema(database: Database) -> None:
    """Migrates, as the server does when it starts."""
    database.migrate()
