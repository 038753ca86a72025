"""Heartbeats, on both engines: a process that died is noticed once."""

from collections.abc import Sequence

import sqlalchemy as sa

from tests.fake_clock import FakeClock
from turnout.kernel.clock import SECOND
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import write
from turnout.storage.processes import (
    BEAT,
    DEAD_AFTER_S,
    END_PROCESS,
    START_PROCESS,
    Beat,
    DeadProcess,
    EndProcess,
    StartProcess,
    claim_dead_processes,
    processes,
)
from turnout.storage.transaction import Tx


def claim(tx: Tx, commands: Sequence[None]) -> Sequence[list[DeadProcess]]:
    """Claims the dead."""
    return [claim_dead_processes(tx, tx.now - DEAD_AFTER_S * SECOND) for _ in commands]


CLAIM = Action("claim", claim)


def test_a_silent_process_is_claimed_once(database: Database, clock: FakeClock) -> None:
    """A process without a heartbeat for DEAD_AFTER_S is claimed with its last heartbeat, by one claimer; one that beats is not."""
    silent = write(database, clock, START_PROCESS, StartProcess())
    lively = write(database, clock, START_PROCESS, StartProcess())
    clock.advance(5)
    assert write(database, clock, BEAT, Beat(silent)) is True
    last_heartbeat = clock.at
    clock.advance(DEAD_AFTER_S)
    assert write(database, clock, BEAT, Beat(lively)) is True
    assert write(database, clock, CLAIM, None) == []
    clock.advance(0.001)
    assert write(database, clock, CLAIM, None) == [DeadProcess(silent, last_heartbeat)]
    assert write(database, clock, CLAIM, None) == []


def test_a_process_taken_for_dead_learns_it(database: Database, clock: FakeClock) -> None:
    """A process that was claimed as dead but lives is told at its next heartbeat, and its end stays where it was put."""
    process_id = write(database, clock, START_PROCESS, StartProcess())
    started_at = clock.at
    clock.advance(DEAD_AFTER_S + 1)
    assert write(database, clock, CLAIM, None) == [DeadProcess(process_id, started_at)]
    assert write(database, clock, BEAT, Beat(process_id)) is False
    with database.reading() as connection:
        assert connection.execute(sa.select(processes.c.ended_at)).scalar_one() == started_at


def test_a_process_that_ended_in_order_is_not_dead(database: Database, clock: FakeClock) -> None:
    """An orderly end is final and nobody claims it."""
    process_id = write(database, clock, START_PROCESS, StartProcess())
    clock.advance(1)
    write(database, clock, END_PROCESS, EndProcess(process_id))
    ended_at = clock.at
    clock.advance(2 * DEAD_AFTER_S)
    write(database, clock, END_PROCESS, EndProcess(process_id))
    assert write(database, clock, CLAIM, None) == []
    with database.reading() as connection:
        assert connection.execute(sa.select(processes.c.ended_at)).scalar_one() == ended_at
