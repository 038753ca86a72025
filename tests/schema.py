"""The schema that tests work on."""

from turnout.storage.database import Database, metadata
from turnout.storage.migrations.__main__ import import_tables


def make_schema(database: Database) -> None:
    """Migrates, then adds the tables that the chain of revisions does not have yet."""
    database.migrate()
    import_tables()
    writer = database.writing(0)
    engine = writer._engine
    with engine.begin() as connection:
        metadata.create_all(connection)
    writer.close()
