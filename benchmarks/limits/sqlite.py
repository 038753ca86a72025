"""The bare loop on SQLite: python -m benchmarks.limits.sqlite PORT FOLDER PLAN"""

import sqlite3
import sys
from pathlib import Path

from benchmarks.limits.loop import Row, Write, serve

_TABLE = """create table if not exists answers(
  survey integer, viewer integer, answers text, at integer, primary key(survey, viewer)) without rowid"""


def open_writer(path: Path) -> Write:
    """Writes to this file, WAL and synchronous=FULL."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute(_TABLE)

    def write(rows: list[Row]) -> None:
        database.execute("begin immediate")
        database.executemany("insert or ignore into answers values(?,?,?,?)", rows)
        database.execute("commit")

    return write


if __name__ == "__main__":
    serve(int(sys.argv[1]), lambda: open_writer(Path(sys.argv[2]) / "limit.db"))
