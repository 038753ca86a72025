"""Running server processes, one row each, with a heartbeat.

What belongs to a process that died (a viewer's visit) ended at its last heartbeat. A process whose heartbeat is older than DEAD_AFTER_S is
claimed as dead once, by whoever sees it first, in the transaction in which what it left behind is ended. The span is counted back from the
claimer's own heartbeat, so that a process that was stopped between its heartbeat and its look at the others cannot take itself for dead.
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.kernel.clock import Instant
from turnout.storage.action import Action
from turnout.storage.database import Id, metadata
from turnout.storage.transaction import Tx

HEARTBEAT_INTERVAL_S = 5
"""Seconds between two heartbeats of a process."""

DEAD_AFTER_S = 20
"""Seconds without a heartbeat after which a process counts as dead."""

processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("heartbeat_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),  # null while it runs
)


class DeadProcess(NamedTuple):
    """A process that stopped without saying so."""

    process_id: int
    heartbeat_at: Instant


class StartProcess(NamedTuple):
    """A process begins to serve. Outcome: its id."""


class Beat(NamedTuple):
    """A process lives. Outcome: whether it still counts as running; False when it was taken for dead and must start anew."""

    process_id: int


class EndProcess(NamedTuple):
    """A process ends in order. Outcome: None."""

    process_id: int


def start_process(tx: Tx, commands: Sequence[StartProcess]) -> Sequence[int]:
    """Inserts a row for each process and returns their ids."""
    started = list(tx.new_ids(len(commands)))
    rows = [{"id": process_id, "started_at": tx.now, "heartbeat_at": tx.now} for process_id in started]
    tx.connection.execute(sa.insert(processes), rows)
    return started


def beat(tx: Tx, commands: Sequence[Beat]) -> Sequence[bool]:
    """Moves the heartbeats of running processes to now."""
    return [_update(tx, command.process_id, heartbeat_at=tx.now) for command in commands]


def end_process(tx: Tx, commands: Sequence[EndProcess]) -> Sequence[None]:
    """Ends processes that run; one that has ended stays as it is."""
    for command in commands:
        _update(tx, command.process_id, heartbeat_at=tx.now, ended_at=tx.now)
    return [None] * len(commands)


START_PROCESS = Action("start_process", start_process)
BEAT = Action("beat", beat)
END_PROCESS = Action("end_process", end_process)


def claim_dead_processes(tx: Tx, silent_since: Instant) -> list[DeadProcess]:
    """Ends every process without a heartbeat since then, at its last one, and returns them. Each is returned by one transaction only."""
    dead = (
        sa.update(processes)
        .where(processes.c.ended_at.is_(None), processes.c.heartbeat_at < silent_since)
        .values(ended_at=processes.c.heartbeat_at)
        .returning(processes.c.id, processes.c.heartbeat_at)
    )
    return sorted(DeadProcess(row.id, row.heartbeat_at) for row in tx.connection.execute(dead))


def _update(tx: Tx, process_id: int, **values: Instant) -> bool:
    running = sa.update(processes).where(processes.c.id == process_id, processes.c.ended_at.is_(None))
    return tx.connection.execute(running.values(**values)).rowcount == 1
