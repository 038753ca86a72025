"""Table and statements of check-ins; who is expected and who has confirmed stands in people_store, their counts in tally_store.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.interactions.checkin.rules import CheckInClosedBy, Expects, Late
from turnout.interactions.kind_store import Rows
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


_ROWS: Rows[CheckInRow, CheckInId] = Rows(
    checkins, CheckInRow, since="opened_at", first=sa.case((checkins.c.state == State.OPEN, 0), else_=1), hidden=State.WITHDRAWN
)
insert_checkin, save_checkin, load_checkin = _ROWS.insert, _ROWS.save, _ROWS.load
load_checkins, list_checkins, list_for_snapshot = _ROWS.load_some, _ROWS.list_page, _ROWS.list_for_snapshot
list_due, next_due, list_under_way = _ROWS.list_due, _ROWS.next_due, _ROWS.list_under_way


def find_open(connection: sa.Connection, live_session_id: LiveSessionId) -> CheckInId | None:
    """The open check-in of a live session."""
    statement = sa.select(checkins.c.id).where(checkins.c.live_session_id == live_session_id, checkins.c.state == State.OPEN)
    return connection.execute(statement).scalar()


def find_owned(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId], checkin_id: CheckInId) -> bool:
    """Whether one of these live sessions has this check-in."""
    keys = [(live_session_id, checkin_id) for live_session_id in live_session_ids]
    return bool(by_set.select_by_keys(connection, checkins, ("live_session_id", "id"), keys, ("id",)))


def list_opened(connection: sa.Connection, live_session_id: LiveSessionId) -> list[CheckInRow]:
    """All check-ins of a live session that were opened and not withdrawn, the one opened last first."""
    statement = (
        sa.select(*_ROWS.columns)
        .where(checkins.c.live_session_id == live_session_id, checkins.c.state != State.WITHDRAWN, checkins.c.opened_at.is_not(None))
        .order_by(checkins.c.opened_at.desc(), checkins.c.id.desc())
    )
    return [_ROWS.read(row) for row in connection.execute(statement)]


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
