"""Alembic's door: runs revisions on the connection handed in by migrations.upgrade()."""

from alembic import context

from turnout.storage.database import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
    transactional_ddl=True,  # the caller's transaction holds all revisions: one that fails leaves nothing behind
)
context.run_migrations()
