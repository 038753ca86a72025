"""Tables and statements of anonymous surveys: ballots without a viewer, marks of who has voted, and the seals that make those marks.

A voter mark is an HMAC of the viewer under the survey's seal. PostgreSQL never writes the seal to a log (its table is unlogged), and after
the close it is burned, out of SQLite's log too: from then on no copy of the database tells whose a mark was. Ballots and marks are never
joined by a row, and at the close the marks go and the ballots are written anew, in random order under new ids.

Every table has the live session first in its key, so that it shards by it.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.survey.tally_store import SurveyKey
from turnout.kernel.ids import LiveSessionId, SurveyId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

BALLOT_ID_BITS = 62
SEAL_BYTES = 32

ballots = sa.Table(
    "ballots",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),  # random, and another one after the close
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("number_right", sa.BigInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

voters = sa.Table(
    "voters",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("voter", sa.Text, primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

seals = sa.Table(
    "seals",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("survey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# Unlogged: no seal enters the write-ahead log. Without statistics: ANALYZE would copy seals into a table that is logged.
for _statement in (
    "ALTER TABLE seals SET UNLOGGED",
    "ALTER TABLE seals SET (autovacuum_enabled = false)",
    "ALTER TABLE seals ALTER COLUMN key SET STATISTICS 0",
):
    sa.event.listen(seals, "after_create", sa.DDL(_statement).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]

VoterKey = tuple[LiveSessionId, SurveyId, str]


class Ballot(NamedTuple):
    """A ballot as it is counted. answers: as question_rules.encode_values writes them."""

    answers: str
    number_right: int
    points: int


_SURVEY = ("live_session_id", "survey_id")
_VOTER = (*_SURVEY, "voter")
_BALLOT = (*_SURVEY, "id", "answers", "number_right", "points")


def insert_seal(tx: Tx, live_session_id: LiveSessionId, survey_id: SurveyId) -> None:
    """A fresh seal for a survey that opens."""
    tx.connection.execute(seals.insert().values(live_session_id=live_session_id, survey_id=survey_id, key=secrets.token_bytes(SEAL_BYTES)))


def load_seals(connection: sa.Connection, keys: Iterable[SurveyKey]) -> dict[SurveyKey, bytes]:
    """The seals of these surveys; one that is missing has been burned, or was lost."""
    return {row[:2]: bytes(row[2]) for row in by_set.select_by_keys(connection, seals, _SURVEY, keys, (*_SURVEY, "key"))}


def insert_voters(tx: Tx, rows: Sequence[tuple[LiveSessionId, SurveyId, str, str]]) -> Sequence[VoterKey]:
    """New voter marks as (live session, survey, voter, command); says which were new."""
    return by_set.insert_new(tx, voters, (*_VOTER, "command"), rows, _VOTER)


def load_voters(connection: sa.Connection, keys: Iterable[VoterKey]) -> dict[VoterKey, str]:
    """The commands by which these voted, as marked."""
    return {row[:3]: row[3] for row in by_set.select_by_keys(connection, voters, _VOTER, keys, (*_VOTER, "command"))}


def insert_ballots(tx: Tx, given: Iterable[tuple[SurveyKey, Ballot]]) -> None:
    """Each survey's ballots, written in the order of their random ids."""
    rows = sorted((*key, secrets.randbits(BALLOT_ID_BITS), *ballot) for key, ballot in given)
    by_set.insert_rows(tx.connection, ballots, _BALLOT, rows)


def forget_voters(tx: Tx, live_session_id: LiveSessionId, survey_id: SurveyId) -> None:
    """After the last ballot: no seal, no voter marks, and the ballots anew, in random order under new ids. The seal's bytes may still be in
    the database's files: Database.erase(seals) takes them out."""
    of_survey = {
        table: sa.and_(table.c.live_session_id == live_session_id, table.c.survey_id == survey_id) for table in (ballots, voters, seals)
    }
    found = tx.connection.execute(sa.select(ballots.c.answers, ballots.c.number_right, ballots.c.points).where(of_survey[ballots]))
    given = [((live_session_id, survey_id), Ballot(*row)) for row in found]
    for table, condition in of_survey.items():
        tx.connection.execute(table.delete().where(condition))
    insert_ballots(tx, given)


def list_ballots(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Sequence[SurveyId], after: int | None, limit: int
) -> list[tuple[SurveyId, int, Ballot]]:
    """Ballots with their surveys and ids, by survey and id. after: only larger ids (for one survey)."""
    statement = (
        sa.select(ballots.c.survey_id, ballots.c.id, ballots.c.answers, ballots.c.number_right, ballots.c.points)
        .where(ballots.c.live_session_id == live_session_id, ballots.c.survey_id.in_(survey_ids))
        .order_by(ballots.c.survey_id, ballots.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(ballots.c.id > after)
    return [(row[0], row[1], Ballot(*row[2:])) for row in connection.execute(statement)]
