"""The transaction that actions work in.

An action gets a Tx: the connection, the instant of the batch, new ids, the event log and the nudges that go out after the commit.
Whatever an action does through it stands or falls with the batch; only ids are never given out twice, also after a rollback.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId
from turnout.storage import event_log
from turnout.storage.database import EngineName
from turnout.storage.id_blocks import IdSource


class Nudge(NamedTuple):
    """News after a commit that something changed, for readers that would otherwise find out at their next poll. It may be lost. keys: of a
    nudge about many at once, in place of key."""

    topic: str
    key: int
    keys: tuple[int, ...] = ()


class Tx:
    """One write transaction, as an action sees it.

    now: strictly later than that of every earlier transaction of the same writer. kept: what actions keep between the transactions of one
    writer; only for facts that cannot change any more, under keys that no other fact can ever have.
    """

    __slots__ = ("_ids", "_recorded", "_streams", "connection", "engine_name", "kept", "now", "nudges")

    def __init__(
        self, connection: sa.Connection, engine_name: EngineName, now: Instant, ids: IdSource, kept: dict[Hashable, Any] | None = None
    ) -> None:
        self.connection = connection
        self.engine_name = engine_name
        self.now = now
        self.kept: dict[Hashable, Any] = {} if kept is None else kept
        self.nudges: set[Nudge] = set()
        self._ids = ids
        self._streams: dict[int, int] = {}  # stream id → its last number; each is locked by this transaction
        self._recorded: list[event_log.EventRow] = []  # not yet inserted

    def new_id(self) -> int:
        """An id that no entity has or had, from 1 to 2^53-1."""
        return self._ids.take()

    def new_ids(self, count: int) -> Sequence[int]:
        """That many new ids, ascending."""
        return self._ids.take_many(count)

    def lock_streams(self, stream_ids: Iterable[int]) -> None:
        """Takes the locks under which events of these streams are numbered, in order of their ids; streams not yet there are made.

        An action that records events calls it first, with all its streams, so that two writers never wait for each other crosswise.
        """
        missing = [stream_id for stream_id in stream_ids if stream_id not in self._streams]
        if missing:
            self._streams.update(event_log.lock_streams(self.connection, missing))

    def record(self, *, stream_id: int, account_id: int, kind: str, facts: msgspec.Struct, at: Instant) -> int:
        """Appends an event to its stream and returns its number. Readers of the stream and the planner are nudged after the commit."""
        if stream_id not in self._streams:
            self.lock_streams((stream_id,))
        number = self._streams[stream_id] + 1
        self._streams[stream_id] = number
        self._recorded.append((stream_id, number, AccountId(account_id), kind, at, msgspec.json.encode(facts).decode()))
        self.nudges.add(Nudge("stream", stream_id))
        self.nudges.add(Nudge("unplanned", 0))
        return number

    def nudge(self, topic: str, key: int) -> None:
        """After the commit, tells whoever follows this topic that something changed. Lossy: the table is the truth."""
        self.nudges.add(Nudge(topic, key))

    def nudge_each(self, topic: str, keys: Iterable[int]) -> None:
        """The same for many keys of one topic, at the price of one."""
        self.nudges.add(Nudge(topic, 0, tuple(keys)))

    def flush(self) -> None:
        """Inserts the events recorded so far, by set. Group commit calls it after every action; an action that reads the event log may."""
        if self._recorded:
            rows, self._recorded = self._recorded, []
            event_log.append(self.connection, rows)

    def forget(self, nudges: set[Nudge]) -> None:
        """After a rollback to a savepoint: drops what was recorded since and puts the nudges back to what they were then."""
        self._recorded.clear()
        self._streams.clear()  # their locks may be gone; the next record reads the numbers again
        self.nudges = nudges
