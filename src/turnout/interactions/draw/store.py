"""Table and statements of draws; their prizes, entrants, tallies, winners, forms and papers stand in stores of their own.

Every table has the live session first in its key, so that it shards by it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.interactions.draw.rules import DrawState, EntropyKind, PreferredWinner, Who
from turnout.interactions.kind_store import Rows
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, CheckInId, DrawId, HostId, LiveSessionId, RoomId, SurveyId
from turnout.storage import by_set
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

_UNDER_WAY = "state IN ('committed', 'open', 'closing')"  # as moves.UNDER_WAY
_UNDECIDED = "state IN ('committed', 'open', 'closing', 'closed')"

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("survey_id", sa.BigInteger),
    sa.Column("checkin_id", sa.BigInteger),
    sa.Column("weighted", sa.Boolean, nullable=False),
    sa.Column("preferred", sa.Text, nullable=False),  # JSON array of rules.PreferredWinner
    sa.Column("repeat_winners", sa.Boolean, nullable=False),
    sa.Column("earlier_winners", sa.Boolean, nullable=False),
    sa.Column("entropy", sa.Text, nullable=False),
    sa.Column("countdown_s", sa.BigInteger),
    sa.Column("with_list", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("committed_at", sa.BigInteger),
    sa.Column("opened_at", sa.BigInteger),
    sa.Column("closes_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("commitment", sa.Text, nullable=False),
    sa.Column("commitment_sha256", sa.Text, nullable=False),
    sa.Column("seed", sa.LargeBinary),  # of an offline draw: told to nobody before it is drawn
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("published_at", sa.BigInteger),  # Unix milliseconds
    sa.Column("round", sa.BigInteger),
    sa.Column("decided_at", sa.BigInteger),  # Unix seconds
    sa.Column("entropy_found", sa.Text, nullable=False),  # JSON of the proof's member
    sa.Column("waiting_since", sa.BigInteger),  # since when the entropy is missing that should be there
    sa.Column("waiting_problem", sa.Text, nullable=False, server_default=""),
    sa.Column("work_since", sa.BigInteger),  # since when the keeper has something to do for it; null when it has not
    sa.Index("draws_by_id", "id", unique=True),
    sa.Index("draws_due", "state", "closes_at"),
    sa.Index(
        "draws_at_work",
        "work_since",
        sqlite_where=sa.text("work_since IS NOT NULL"),
        postgresql_where=sa.text("work_since IS NOT NULL"),
    ),
    # one draw under way per live session: the database referees
    sa.Index("one_draw_under_way", "live_session_id", unique=True, sqlite_where=sa.text(_UNDER_WAY), postgresql_where=sa.text(_UNDER_WAY)),
    sqlite_with_rowid=False,
)


class DrawRow(msgspec.Struct, frozen=True):
    """A draw without its prizes and people."""

    id: DrawId
    live_session_id: LiveSessionId
    account_id: AccountId
    room_id: RoomId
    title: str
    state: DrawState
    host_id: HostId
    host_name: str
    who: Who
    word: str
    survey_id: SurveyId | None
    checkin_id: CheckInId | None
    weighted: bool
    preferred: list[PreferredWinner]
    repeat_winners: bool
    earlier_winners: bool
    entropy: EntropyKind
    countdown_s: int | None
    with_list: bool
    created_at: Instant
    committed_at: Instant | None = None
    opened_at: Instant | None = None
    closes_at: Instant | None = None
    closed_at: Instant | None = None
    finished_at: Instant | None = None
    because: str = ""
    commitment: str = ""
    commitment_sha256: str = ""
    seed: bytes | None = None
    root: str = ""
    fingerprint: str = ""
    published_at: int | None = None
    round: int | None = None
    decided_at: int | None = None
    entropy_found: str = ""
    waiting_since: Instant | None = None
    waiting_problem: str = ""
    work_since: Instant | None = None


_ROWS: Rows[DrawRow, DrawId] = Rows(
    draws, DrawRow, since="committed_at", first=sa.case((sa.text(_UNDECIDED), 0), else_=1), json=("preferred",)
)
insert_draw, save_draw, load_draw = _ROWS.insert, _ROWS.save, _ROWS.load
list_draws, list_for_snapshot, list_under_way = _ROWS.list_page, _ROWS.list_for_snapshot, _ROWS.list_under_way
list_due, next_due = _ROWS.list_due, _ROWS.next_due


def load_by_id(connection: sa.Connection, draw_id: DrawId) -> DrawRow | None:
    """The draw, whatever live session it is in."""
    row = connection.execute(sa.select(*_ROWS.columns).where(draws.c.id == draw_id)).first()
    return None if row is None else _ROWS.read(row)


def find_under_way(connection: sa.Connection, live_session_id: LiveSessionId) -> DrawId | None:
    """The draw of a live session that is committed, open or closing."""
    statement = sa.select(draws.c.id).where(draws.c.live_session_id == live_session_id, sa.text(_UNDER_WAY))
    return connection.execute(statement).scalar()


def has_closed(connection: sa.Connection, live_session_id: LiveSessionId) -> bool:
    """Whether a draw of a live session waits for what decides it."""
    statement = sa.select(draws.c.id).where(draws.c.live_session_id == live_session_id, draws.c.state == DrawState.CLOSED).limit(1)
    return connection.execute(statement).scalar() is not None


def list_at_work(connection: sa.Connection, after: tuple[Instant, DrawId] | None, limit: int) -> list[DrawRow]:
    """Draws for which the keeper has something to do, longest waiting first. after: since when and which, of the last of a page."""
    statement = sa.select(*_ROWS.columns).where(draws.c.work_since.is_not(None)).order_by(draws.c.work_since, draws.c.id).limit(limit)
    if after is not None:
        since, draw_id = after
        same = sa.and_(draws.c.work_since == since, draws.c.id > draw_id)
        statement = statement.where(draws.c.work_since >= since, sa.or_(draws.c.work_since > since, same))
    return [_ROWS.read(row) for row in connection.execute(statement)]


class Standing(NamedTuple):
    """What entering must know of a draw."""

    live_session_id: LiveSessionId
    draw_id: DrawId
    state: DrawState
    who: Who
    word: str
    earlier_winners: bool
    closes_at: Instant | None


_STANDING = ("live_session_id", "id", "state", "who", "word", "earlier_winners", "closes_at")


def lock_standings(tx: Tx, keys: Iterable[tuple[LiveSessionId, DrawId]]) -> list[Standing]:
    """These draws, locked FOR SHARE, so that no close can overtake who enters in this transaction."""
    rows = by_set.select_by_keys(tx.connection, draws, ("live_session_id", "id"), keys, _STANDING, lock="share")
    return [Standing(row[0], row[1], DrawState(row[2]), Who(row[3]), row[4], bool(row[5]), row[6]) for row in rows]


def lock_drawn(tx: Tx, keys: Iterable[tuple[LiveSessionId, DrawId]]) -> dict[tuple[LiveSessionId, DrawId], Instant | None]:
    """When these draws were drawn, None where they were not, locked in the same way."""
    columns = ("live_session_id", "id", "state", "finished_at")
    rows = by_set.select_by_keys(tx.connection, draws, ("live_session_id", "id"), keys, columns, lock="share")
    return {(row[0], row[1]): row[3] if row[2] == DrawState.DRAWN else None for row in rows}
