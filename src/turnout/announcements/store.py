"""The table of announcements and its statements."""

import msgspec
import sqlalchemy as sa

from turnout.announcements.rules import Announcement
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AnnouncementId, LiveSessionId
from turnout.storage.database import metadata
from turnout.storage.transaction import Tx

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("live_session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("host_id", sa.BigInteger, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("withdrawn_at", sa.BigInteger),
    sa.Index("announcements_by_time", "live_session_id", "made_at", "id"),
    sqlite_with_rowid=False,
)

_COLUMNS = [announcements.c[name] for name in Announcement.__struct_fields__]

_NEWEST_FIRST = (announcements.c.made_at.desc(), announcements.c.id.desc())
"""Ids tell no times: every writer hands them out from a block of its own."""


def insert_announcement(tx: Tx, announcement: Announcement) -> None:
    """A new one."""
    tx.connection.execute(announcements.insert().values(**msgspec.structs.asdict(announcement)))


def save_withdrawal(tx: Tx, announcement: Announcement) -> None:
    """When it was taken back."""
    one = (announcements.c.live_session_id == announcement.live_session_id, announcements.c.id == announcement.id)
    tx.connection.execute(announcements.update().where(*one).values(withdrawn_at=announcement.withdrawn_at))


def load_announcement(connection: sa.Connection, live_session_id: LiveSessionId, announcement_id: AnnouncementId) -> Announcement | None:
    """The announcement of this live session."""
    one = (announcements.c.live_session_id == live_session_id, announcements.c.id == announcement_id)
    row = connection.execute(sa.select(*_COLUMNS).where(*one)).first()
    return None if row is None else Announcement(*row)


def list_made_since(connection: sa.Connection, live_session_id: LiveSessionId, since: Instant, limit: int) -> list[Instant]:
    """When the latest announcements of a live session were made, of those later than `since`; oldest first."""
    statement = (
        sa.select(announcements.c.made_at)
        .where(announcements.c.live_session_id == live_session_id, announcements.c.made_at > since)
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
    )
    return [row[0] for row in connection.execute(statement)][::-1]


def list_page(connection: sa.Connection, live_session_id: LiveSessionId, before: AnnouncementId | None, limit: int) -> list[Announcement]:
    """A live session's, newest first, the withdrawn ones too. before: the last one of the page before."""
    statement = sa.select(*_COLUMNS).where(announcements.c.live_session_id == live_session_id).order_by(*_NEWEST_FIRST).limit(limit)
    if before is not None:
        one = announcements.alias("one")
        made_at = sa.select(one.c.made_at).where(one.c.live_session_id == live_session_id, one.c.id == before).scalar_subquery()
        here = sa.tuple_(announcements.c.made_at, announcements.c.id)
        statement = statement.where(here < sa.tuple_(made_at, sa.literal(before, sa.BigInteger)))
    return [Announcement(*row) for row in connection.execute(statement)]


def list_standing(connection: sa.Connection, live_session_id: LiveSessionId, limit: int) -> list[Announcement]:
    """The newest that were not withdrawn, newest last."""
    statement = (
        sa.select(*_COLUMNS)
        .where(announcements.c.live_session_id == live_session_id, announcements.c.withdrawn_at.is_(None))
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
    )
    return [Announcement(*row) for row in connection.execute(statement)][::-1]
