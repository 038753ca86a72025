"""Writes the next revision: what the tables in code have that the chain does not.

python -m turnout.storage.migrations "what changed"   (then read the file and correct it by hand)
"""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

import turnout
from turnout.storage.migrations import alembic_config, upgrade

TABLE_MODULES = (
    "two_step_store",
    "oidc_store",
    "store",
    "answer_store",
    "anonymous_store",
    "audit_store",
    "tally_store",
    "question_store",
    "id_blocks",
    "event_log",
    "people_store",
    "member_store",
    "prize_store",
    "entrant_store",
    "winner_store",
    "form_store",
    "paper_store",
    "processes",
    "postgres",
)
"""Names of the modules that define tables."""


def import_tables() -> None:
    """Imports every module of Turnout that defines tables, so that the one MetaData holds them all."""
    for module in pkgutil.walk_packages(turnout.__path__, "turnout."):
        if module.name.rpartition(".")[2] in TABLE_MODULES:
            importlib.import_module(module.name)


def main(message: str) -> None:
    """Writes versions/NNNN_message.py from the difference between the chain and the code."""
    import_tables()
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'chain.db'}")
        with engine.begin() as connection:
            upgrade(connection)
            config = alembic_config(connection)
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
