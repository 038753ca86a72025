"""Table and statements of check-ins; who is expected and who has confirmed stands in people_store, their counts in tally_store.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.interactions.checkin.rules import CheckInClosedBy, Expects, Late
from turnout.interactions.lifecycle import State
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, CheckInId, HostId, LiveSessionId, RoomId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

checkins = sa.Table(
    "checkins",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("expects", sa.Text, nullable=False),
    sa.Column("late", sa.Text, nullable=False),
    sa.Column("show_counts", sa.Boolean, nullable=False),
    sa.Column("time_limit_s", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("opened_at", sa.BigInteger),
    sa.Column("closes_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("closed_by", sa.Text),
    sa.Column("withdrawn_at", sa.BigInteger),
    sa.Index("checkins_due", "state", "closes_at"),
    # one open check-in per live session: the database referees
    sa.Index(
        "one_open_checkin",
        "live_session_id",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
    sqlite_with_rowid=False,
)


class CheckInRow(msgspec.Struct, frozen=True):
    """A check-in without its people and counts."""

    id: CheckInId
    live_session_id: LiveSessionId
    account_id: AccountId
    room_id: RoomId
    title: str
    state: State
    host_id: HostId
    host_name: str
    expects: Expects
    late: Late
    show_counts: bool
    time_limit_s: int | None
    created_at: Instant
    opened_at: Instant | None = None
    closes_at: Instant | None = None
    closed_at: Instant | None = None
    closed_by: CheckInClosedBy | None = None
    withdrawn_at: Instant | None = None


_COLUMNS = [checkins.c[name] for name in CheckInRow.__struct_fields__]
_HOW_FAR = sa.case((checkins.c.state == State.OPEN, 0), else_=1)


def insert_checkin(tx: Tx, checkin: CheckInRow) -> None:
    """A new check-in."""
    tx.connection.execute(checkins.insert().values(**msgspec.structs.asdict(checkin)))


def save_checkin(tx: Tx, checkin: CheckInRow) -> None:
    """Writes all of a check-in that may change."""
    values = msgspec.structs.asdict(checkin)
    tx.connection.execute(
        checkins.update().where(checkins.c.live_session_id == checkin.live_session_id, checkins.c.id == checkin.id).values(**values)
    )


def load_checkin(
    connection: sa.Connection, live_session_id: LiveSessionId, checkin_id: CheckInId, *, lock: bool = False
) -> CheckInRow | None:
    """The check-in. lock: FOR UPDATE, against confirmations, entries that it counts, and other changes of state."""
    statement = sa.select(*_COLUMNS).where(checkins.c.live_session_id == live_session_id, checkins.c.id == checkin_id)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    return None if row is None else _checkin(row)


def load_checkins(connection: sa.Connection, live_session_id: LiveSessionId, checkin_ids: Collection[CheckInId]) -> list[CheckInRow]:
    """These check-ins of a live session, by id."""
    statement = sa.select(*_COLUMNS).where(checkins.c.live_session_id == live_session_id, checkins.c.id.in_(checkin_ids))
    return [_checkin(row) for row in connection.execute(statement.order_by(checkins.c.id))]


def find_open(connection: sa.Connection, live_session_id: LiveSessionId) -> CheckInId | None:
    """The open check-in of a live session."""
    statement = sa.select(checkins.c.id).where(checkins.c.live_session_id == live_session_id, checkins.c.state == State.OPEN)
    return connection.execute(statement).scalar()


def find_owned(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId], checkin_id: CheckInId) -> bool:
    """Whether one of these live sessions has this check-in."""
    keys = [(live_session_id, checkin_id) for live_session_id in live_session_ids]
    return bool(by_set.select_by_keys(connection, checkins, ("live_session_id", "id"), keys, ("id",)))


def list_checkins(connection: sa.Connection, live_session_id: LiveSessionId, before: CheckInId | None, limit: int) -> list[CheckInRow]:
    """A live session's check-ins, newest first. before: the last one of the page before."""
    statement = sa.select(*_COLUMNS).where(checkins.c.live_session_id == live_session_id).order_by(checkins.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(checkins.c.id < before)
    return [_checkin(row) for row in connection.execute(statement)]


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, limit: int, *, drafts: bool) -> list[CheckInRow]:
    """A live session's check-ins that were not withdrawn, the newest first: by when they were made with drafts, by when they were opened
    without. Where there are more than `limit`, the open one is not left out."""
    newest = checkins.c.id if drafts else checkins.c.opened_at
    statement = (
        sa.select(*_COLUMNS)
        .where(checkins.c.live_session_id == live_session_id, checkins.c.state != State.WITHDRAWN)
        .order_by(_HOW_FAR, newest.desc(), checkins.c.id.desc())
        .limit(limit)
    )
    if not drafts:
        statement = statement.where(checkins.c.opened_at.is_not(None))
    found = [_checkin(row) for row in connection.execute(statement)]
    return sorted(found, key=lambda row: (0 if drafts else row.opened_at or 0, row.id), reverse=True)


def list_opened(connection: sa.Connection, live_session_id: LiveSessionId) -> list[CheckInRow]:
    """All check-ins of a live session that were opened and not withdrawn, the one opened last first."""
    statement = (
        sa.select(*_COLUMNS)
        .where(checkins.c.live_session_id == live_session_id, checkins.c.state != State.WITHDRAWN, checkins.c.opened_at.is_not(None))
        .order_by(checkins.c.opened_at.desc(), checkins.c.id.desc())
    )
    return [_checkin(row) for row in connection.execute(statement)]


def list_due(connection: sa.Connection, now: Instant, limit: int) -> list[tuple[LiveSessionId, CheckInId]]:
    """Open check-ins whose time is over, longest overdue first."""
    statement = (
        sa.select(checkins.c.live_session_id, checkins.c.id)
        .where(checkins.c.state == State.OPEN, checkins.c.closes_at <= now)
        .order_by(checkins.c.closes_at)
        .limit(limit)
    )
    return [(LiveSessionId(row[0]), CheckInId(row[1])) for row in connection.execute(statement)]


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open check-in's time is over; None when none has a limit."""
    statement = sa.select(sa.func.min(checkins.c.closes_at)).where(checkins.c.state == State.OPEN)
    return connection.execute(statement).scalar_one()  # type: ignore[no-any-return]  # an aggregate's type is not known to SQLAlchemy


class Standing(NamedTuple):
    """What confirming and entering must know of a check-in."""

    live_session_id: LiveSessionId
    checkin_id: CheckInId
    state: State
    expects: Expects
    late: Late
    closes_at: Instant | None


_STANDING = ("live_session_id", "id", "state", "expects", "late", "closes_at")


def lock_standings(tx: Tx, keys: Iterable[tuple[LiveSessionId, CheckInId]]) -> list[Standing]:
    """These check-ins, locked FOR SHARE, so that no close can overtake what is confirmed in this transaction."""
    return _standings(by_set.select_by_keys(tx.connection, checkins, ("live_session_id", "id"), keys, _STANDING, lock="share"))


def lock_open(tx: Tx, live_session_ids: Iterable[LiveSessionId]) -> list[Standing]:
    """The open check-ins of these live sessions, locked in the same way."""
    keys = [(live_session_id, State.OPEN.value) for live_session_id in live_session_ids]
    return _standings(by_set.select_by_keys(tx.connection, checkins, ("live_session_id", "state"), keys, _STANDING, lock="share"))


def _standings(rows: Iterable[Sequence[Any]]) -> list[Standing]:
    return [Standing(row[0], row[1], State(row[2]), Expects(row[3]), Late(row[4]), row[5]) for row in rows]


def _checkin(row: Sequence[Any]) -> CheckInRow:
    return msgspec.convert(dict(zip(CheckInRow.__struct_fields__, row, strict=True)), CheckInRow)
