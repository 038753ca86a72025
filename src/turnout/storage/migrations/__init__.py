"""The schema's one chain of revisions, for both engines, run from within the package: no alembic.ini is needed.

A new revision after a change of tables: `python -m turnout.storage.migrations "what changed"`.
"""

import threading
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_one_at_a_time = threading.Lock()  # Alembic keeps the running migration in a global


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's settings for work on this connection, whose transaction the caller begins and commits."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: sa.Connection) -> None:
    """Brings the schema to the newest revision, within the connection's transaction."""
    with _one_at_a_time:
        command.upgrade(alembic_config(connection), "head")
