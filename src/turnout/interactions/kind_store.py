"""The statements that every kind of interaction needs of its table: one made, changed, found; pages of them, those of a snapshot, and those
whose time is over. A kind's store has its table, and names what it takes of these.
"""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId
from turnout.storage.transaction import Tx

Row = TypeVar("Row", bound=msgspec.Struct)
Id = TypeVar("Id", bound=int)


class Rows(Generic[Row, Id]):
    """The rows of one kind. table: its key is (live_session_id, id), and it has state, closes_at and whatever else `form` has, whose fields
    are columns of these names. since: the column that says when viewers first saw one. first: 0 for what a snapshot never leaves out, more
    for the rest. hidden: the state that no snapshot shows. json: columns of texts that hold JSON of their field."""

    def __init__(
        self,
        table: sa.Table,
        form: type[Row],
        *,
        since: str,
        first: sa.ColumnElement[int],
        hidden: str | None = None,
        json: Sequence[str] = (),
    ) -> None:
        self.columns = [table.c[name] for name in form.__struct_fields__]
        self._table = table
        self._form = form
        self._since = since
        self._first = first
        self._hidden = hidden
        self._json = tuple(json)

    def read(self, row: Sequence[Any]) -> Row:
        """A row of `columns`."""
        values = dict(zip(self._form.__struct_fields__, row, strict=True))
        for name in self._json:
            values[name] = msgspec.json.decode(values[name])
        return msgspec.convert(values, self._form)

    def insert(self, tx: Tx, row: Row) -> None:
        """A new one."""
        tx.connection.execute(self._table.insert().values(**self._values(row)))

    def save(self, tx: Tx, row: Row) -> None:
        """Writes all of one that may change."""
        values = self._values(row)
        tx.connection.execute(self._table.update().where(*self._one(values["live_session_id"], values["id"])).values(**values))

    def load(self, connection: sa.Connection, live_session_id: LiveSessionId, one: Id, *, lock: bool = False) -> Row | None:
        """This one. lock: FOR UPDATE, against what viewers send and other changes of state."""
        statement = sa.select(*self.columns).where(*self._one(live_session_id, one))
        found = connection.execute(statement.with_for_update() if lock else statement).first()
        return None if found is None else self.read(found)

    def load_some(self, connection: sa.Connection, live_session_id: LiveSessionId, some: Collection[Id]) -> list[Row]:
        """These of a live session, by id."""
        table = self._table.c
        statement = sa.select(*self.columns).where(table.live_session_id == live_session_id, table.id.in_(some)).order_by(table.id)
        return self._all(connection, statement)

    def list_page(self, connection: sa.Connection, live_session_id: LiveSessionId, before: Id | None, limit: int) -> list[Row]:
        """A live session's, newest first. before: the last one of the page before."""
        table = self._table.c
        statement = sa.select(*self.columns).where(table.live_session_id == live_session_id).order_by(table.id.desc()).limit(limit)
        return self._all(connection, statement if before is None else statement.where(table.id < before))

    def list_for_snapshot(self, connection: sa.Connection, live_session_id: LiveSessionId, limit: int, *, drafts: bool) -> list[Row]:
        """A live session's that are not hidden, the newest first: by when they were made with drafts, by `since` without. Where there are
        more than `limit`, what comes first is not left out for the rest."""
        table = self._table.c
        since = table[self._since]
        newest = table.id if drafts else since
        statement = (
            sa.select(*self.columns)
            .where(table.live_session_id == live_session_id)
            .order_by(self._first, newest.desc(), table.id.desc())
            .limit(limit)
        )
        if self._hidden is not None:
            statement = statement.where(table.state != self._hidden)
        found = self._all(connection, statement if drafts else statement.where(since.is_not(None)))
        names = ("id",) if drafts else (self._since, "id")
        return sorted(found, key=attrgetter(*names), reverse=True)

    def list_under_way(
        self, connection: sa.Connection, live_session_ids: Collection[LiveSessionId], states: Collection[str]
    ) -> tuple[list[tuple[LiveSessionId, Id, str]], dict[LiveSessionId, int]]:
        """Of these live sessions: live session, id and title of those in these states, and how many drafts each has."""
        table = self._table.c
        theirs = table.live_session_id.in_(live_session_ids)
        heads = sa.select(table.live_session_id, table.id, table.title).where(theirs, table.state.in_(states))
        drafts = sa.select(table.live_session_id, sa.func.count()).where(theirs, table.state == "draft").group_by(table.live_session_id)
        return [(row[0], row[1], row[2]) for row in connection.execute(heads)], {row[0]: row[1] for row in connection.execute(drafts)}

    def list_due(self, connection: sa.Connection, now: Instant, limit: int) -> list[tuple[LiveSessionId, Id]]:
        """Open ones whose time is over, longest overdue first."""
        table = self._table.c
        statement = (
            sa.select(table.live_session_id, table.id)
            .where(table.state == "open", table.closes_at <= now)
            .order_by(table.closes_at)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in connection.execute(statement)]

    def next_due(self, connection: sa.Connection) -> Instant | None:
        """When the time of the next open one is over; None when none has a limit."""
        statement = sa.select(sa.func.min(self._table.c.closes_at)).where(self._table.c.state == "open")
        return connection.execute(statement).scalar_one()  # type: ignore[no-any-return]  # an aggregate's type is not known to SQLAlchemy

    def _all(self, connection: sa.Connection, statement: sa.Select[Any]) -> list[Row]:
        return [self.read(row) for row in connection.execute(statement)]

    def _one(self, live_session_id: LiveSessionId, one: Id) -> tuple[sa.ColumnElement[bool], ...]:
        return self._table.c.live_session_id == live_session_id, self._table.c.id == one

    def _values(self, row: Row) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in self._form.__struct_fields__}
        return values | {name: msgspec.json.encode(values[name]).decode() for name in self._json}
