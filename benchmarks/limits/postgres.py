"""The bare loop on PostgreSQL, by set: python -m benchmarks.limits.postgres PORT URL"""

import sys

import psycopg

from benchmarks.limits.loop import Row, Write, serve

_TABLE = "create table if not exists answers(survey bigint, viewer bigint, answers text, at bigint, primary key(survey, viewer))"
_INSERT = """insert into answers select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[]) on conflict do nothing"""


def open_writer(url: str) -> Write:
    """Writes to this database, one statement for a batch, synchronous_commit as the server has it."""
    database = psycopg.connect(url, autocommit=True)
    database.execute(_TABLE)

    def write(rows: list[Row]) -> None:
        surveys, viewers, answers, moments = zip(*rows, strict=True)
        database.execute(_INSERT, (list(surveys), list(viewers), list(answers), list(moments)), prepare=True)

    return write


if __name__ == "__main__":
    serve(int(sys.argv[1]), lambda: open_writer(sys.argv[2]))
