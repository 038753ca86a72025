"""After a restore nothing that was given out in the lost time is given out again, on both engines."""

import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.storage.test_event_log import HAPPEN, Happen
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.event_log import event_streams, read_events, stream_head
from turnout.storage.group_commit import write
from turnout.storage.restored import LEAVE_LOST_TIME, SKIPPED_IDS, LeaveLostTime

NEW_ID = Action("new_id", lambda tx, commands: [tx.new_id() for _ in commands])


def epochs(database: Database) -> dict[int, str]:
    """Of every stream."""
    with database.reading() as connection:
        return {row.stream_id: row.epoch for row in connection.execute(sa.select(event_streams))}


def test_every_stream_has_another_epoch(database: Database, clock: FakeClock) -> None:
    """Each its own; what happened stays, and the next event has the next number."""
    write(database, clock, HAPPEN, Happen(((5, "a"), (6, "b"), (5, "c"))))
    before = epochs(database)
    assert write(database, clock, LEAVE_LOST_TIME, LeaveLostTime()) == 2
    after = epochs(database)
    assert after.keys() == before.keys()
    assert len({*before.values(), *after.values()}) == 4
    assert write(database, clock, HAPPEN, Happen(((5, "d"),))) == [3]
    with database.reading() as connection:
        assert stream_head(connection, 5) == (after[5], 3)
        assert [event.number for event in read_events(connection, 5, 0, 10)] == [1, 2, 3]


def test_ids_of_the_lost_time_are_skipped(database: Database, clock: FakeClock) -> None:
    """Whatever was given out since the backup lies below what is given out from now on."""
    before = write(database, clock, NEW_ID, None)
    write(database, clock, LEAVE_LOST_TIME, LeaveLostTime())

    assert write(database, clock, NEW_ID, None) > before + SKIPPED_IDS


def test_a_new_database(database: Database, clock: FakeClock) -> None:
    """Has nothing to leave behind."""
    assert write(database, clock, LEAVE_LOST_TIME, LeaveLostTime()) == 0
