"""Tables and statements of who is expected at a check-in, and of who has confirmed.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.interactions.checkin.tally_store import CheckInKey
from turnout.kernel.clock import Instant
from turnout.kernel.ids import CheckInId, LiveSessionId, ViewerId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

checkin_people = sa.Table(
    "checkin_people",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("checkin_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # the viewer's id; of somebody on a list who has never entered the room an id that no viewer has
    sa.Column("person_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("external_id", sa.Text),  # only of somebody on a list who has never entered the room
    sa.Column("name", sa.Text, nullable=False),  # as a list has it
    sa.Column("expected", sa.Boolean, nullable=False),
    sa.Index(
        "awaited_people",
        "live_session_id",
        "checkin_id",
        "external_id",
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

checkin_confirmations = sa.Table(
    "checkin_confirmations",
    metadata,
    # one viewer, one confirmation per check-in: the database referees
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("checkin_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("viewer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # the id of the command that gave it: a repeat of it, also after a restart, is accepted again
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("confirmed_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_CONFIRMATION_KEY = ("live_session_id", "checkin_id", "viewer_id")
_PERSON_KEY = ("live_session_id", "checkin_id", "person_id")
_PERSON = (*_PERSON_KEY, "external_id", "name", "expected")

ConfirmationKey = tuple[LiveSessionId, CheckInId, ViewerId]
NewConfirmation = tuple[LiveSessionId, CheckInId, ViewerId, str, Instant]
"""A key, and then command id, confirmed at."""

NewPerson = tuple[LiveSessionId, CheckInId, int, str | None, str, bool]
"""live session, check-in, person, external id, name, expected"""


class Awaited(NamedTuple):
    """Somebody on a list who has never entered the room."""

    live_session_id: LiveSessionId
    checkin_id: CheckInId
    person_id: int
    external_id: str
    name: str


class PersonRow(NamedTuple):
    """Somebody who is expected, or has confirmed. external_id: None for a viewer."""

    person_id: int
    external_id: str | None
    name: str
    expected: bool
    confirmed_at: Instant | None


def insert_confirmations(tx: Tx, rows: Sequence[NewConfirmation]) -> Sequence[ConfirmationKey]:
    """New confirmations; says which keys were free, the rest stood already."""
    columns = (*_CONFIRMATION_KEY, "command_id", "confirmed_at")
    return by_set.insert_new(tx, checkin_confirmations, columns, rows, _CONFIRMATION_KEY, mostly_new=True)


def load_commands(tx: Tx, keys: Iterable[ConfirmationKey]) -> dict[ConfirmationKey, str]:
    """The ids of the commands by which these were confirmed."""
    columns = (*_CONFIRMATION_KEY, "command_id")
    return {row[:3]: row[3] for row in by_set.select_by_keys(tx.connection, checkin_confirmations, _CONFIRMATION_KEY, keys, columns)}


def insert_people(tx: Tx, rows: Sequence[NewPerson]) -> Sequence[ConfirmationKey]:
    """New people; says which were not there yet."""
    return by_set.insert_new(tx, checkin_people, _PERSON, rows, _PERSON_KEY)


def insert_list(tx: Tx, rows: Sequence[NewPerson]) -> None:
    """The people of a check-in that has none yet."""
    by_set.insert_rows(tx.connection, checkin_people, _PERSON, rows)


def load_expected(tx: Tx, keys: Iterable[ConfirmationKey]) -> dict[ConfirmationKey, bool]:
    """Who of these people is expected; those who were never counted are left out."""
    return {
        row[:3]: bool(row[3]) for row in by_set.select_by_keys(tx.connection, checkin_people, _PERSON_KEY, keys, (*_PERSON_KEY, "expected"))
    }


def lock_awaited(tx: Tx, keys: Iterable[tuple[LiveSessionId, CheckInId, str]]) -> list[Awaited]:
    """Those on these check-ins' lists who are known by these external ids alone, locked FOR UPDATE: another entry of the same person finds
    nothing any more."""
    columns = (*_PERSON_KEY, "external_id", "name")
    key = ("live_session_id", "checkin_id", "external_id")
    return [Awaited(*row) for row in by_set.select_by_keys(tx.connection, checkin_people, key, keys, columns, lock="update")]


def list_awaited(connection: sa.Connection, key: CheckInKey) -> list[Awaited]:
    """Everybody on a check-in's list who is known by an external id alone."""
    people = checkin_people.c
    statement = sa.select(*(people[name] for name in (*_PERSON_KEY, "external_id", "name"))).where(
        people.live_session_id == key[0], people.checkin_id == key[1], people.external_id.is_not(None)
    )
    return [Awaited(*row) for row in connection.execute(statement)]


def delete_people(tx: Tx, keys: Iterable[tuple[LiveSessionId, CheckInId, int]]) -> None:
    """They are counted under another id, or not at all."""
    by_set.delete_by_keys(tx, checkin_people, _PERSON_KEY, keys)


def delete_list(tx: Tx, key: CheckInKey) -> int:
    """Everybody leaves the list of a draft; returns how many."""
    people = checkin_people.c
    gone = sa.delete(checkin_people).where(people.live_session_id == key[0], people.checkin_id == key[1])
    return tx.connection.execute(gone).rowcount


def list_people(
    connection: sa.Connection,
    key: CheckInKey,
    *,
    after: int | None = None,
    offset: int = 0,
    limit: int,
    confirmed: bool | None = None,
) -> list[PersonRow]:
    """A page of who is expected or has confirmed, by person. after: the last one of the page before. confirmed: only those who have, or
    have not."""
    people, given = checkin_people.c, checkin_confirmations.c
    joined = sa.outerjoin(
        checkin_people,
        checkin_confirmations,
        sa.and_(
            given.live_session_id == people.live_session_id, given.checkin_id == people.checkin_id, given.viewer_id == people.person_id
        ),
    )
    statement = (
        sa.select(people.person_id, people.external_id, people.name, people.expected, given.confirmed_at)
        .select_from(joined)
        .where(people.live_session_id == key[0], people.checkin_id == key[1])
        .order_by(people.person_id)
        .offset(offset)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(people.person_id > after)
    if confirmed is not None:
        statement = statement.where(given.confirmed_at.is_not(None) if confirmed else given.confirmed_at.is_(None))
    return [PersonRow(row[0], row[1], row[2], bool(row[3]), row[4]) for row in connection.execute(statement)]


def list_confirmed(connection: sa.Connection, key: CheckInKey) -> list[ViewerId]:
    """Who has confirmed a check-in, by id."""
    given = checkin_confirmations.c
    statement = sa.select(given.viewer_id).where(given.live_session_id == key[0], given.checkin_id == key[1]).order_by(given.viewer_id)
    return [ViewerId(row[0]) for row in connection.execute(statement)]


def list_latest(connection: sa.Connection, key: CheckInKey, limit: int) -> list[ViewerId]:
    """Who has confirmed a check-in last, the latest first. Looks at each confirmation of it."""
    given = checkin_confirmations.c
    statement = (
        sa.select(given.viewer_id)
        .where(given.live_session_id == key[0], given.checkin_id == key[1])
        .order_by(given.confirmed_at.desc(), given.viewer_id)
        .limit(limit)
    )
    return [ViewerId(row[0]) for row in connection.execute(statement)]


def list_own(
    connection: sa.Connection, live_session_id: LiveSessionId, checkin_ids: Sequence[CheckInId], viewer_ids: Sequence[ViewerId]
) -> list[tuple[CheckInId, ViewerId, Instant]]:
    """These viewers' confirmations of these check-ins, as (check-in, viewer, confirmed at)."""
    columns = ("checkin_id", "viewer_id", "confirmed_at")
    fixed = ("live_session_id", live_session_id)
    return by_set.select_crossed(connection, checkin_confirmations, fixed, ("checkin_id", checkin_ids), ("viewer_id", viewer_ids), columns)
