"""What is planned: kept with the room, listed soonest first, and gone once it has begun."""

import pytest

from tests.suites.audience.stage import Stage
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput
from turnout.rooms.actions import CHANGE_ROOM, CREATE_ROOM, START_LIVE_SESSION, ChangeRoom, CreateRoom, StartLiveSession
from turnout.rooms.codes import new_code
from turnout.rooms.queries import access_room, list_planned
from turnout.rooms.rules import Room, RoomChanges

HOUR = 3600 * SECOND


def room(stage: Stage, title: str, at: Instant | None, next_title: str = "") -> Room:
    """A new room of the stage's account with a plan."""
    shown = RoomChanges(next_start_at=at, next_title=next_title)
    made: Room = stage.do(CREATE_ROOM, CreateRoom(stage.caller, title, new_code(), shown))
    return made


def planned(stage: Stage, limit: int = 50) -> list[tuple[str, str]]:
    """Titles of rooms and what is planned in them, as the overview has them."""
    with stage.database.reading() as connection:
        found = list_planned(connection, stage.caller.account_id, stage.clock.now(), limit)
    return [(one.title, one.next_title) for one in found]


def test_soonest_first(stage: Stage) -> None:
    """Of this account alone, at most so many; what should have begun is there for a day."""
    now = stage.clock.now()
    other = Stage(stage.database, stage.clock)
    room(other, "Other", now + HOUR)
    room(stage, "None", None, "a title alone")
    room(stage, "Late", now + 9 * HOUR, "Nine")
    room(stage, "Soon", now + HOUR)
    assert planned(stage) == [("Soon", ""), ("Late", "Nine")]
    assert planned(stage, 1) == [("Soon", "")]
    stage.clock.advance(25 * 3600)
    assert planned(stage) == [("Soon", ""), ("Late", "Nine")]
    stage.clock.advance(1)
    assert planned(stage) == [("Late", "Nine")]
    other.close()


def test_a_start_clears_it(stage: Stage) -> None:
    """The live session has the planned title where it is given none; time and title go; the room's other settings stay."""
    made = room(stage, "Hall", stage.clock.now() + HOUR, "Part two")
    stage.do(CHANGE_ROOM, ChangeRoom(stage.caller, made.id, RoomChanges(viewer_limit=7)))
    assert stage.do(START_LIVE_SESSION, StartLiveSession(stage.caller, made.id, "")).title == "Part two"
    with stage.database.reading() as connection:
        after = access_room(connection, stage.caller.account_id, made.id)
    assert (after.next_start_at, after.next_title, after.viewer_limit) == (None, "", 7)
    assert planned(stage) == []


def test_times_that_are_no_plan(stage: Stage) -> None:
    """In the past, or years ahead: refused by its field, and what was planned stays."""
    made = room(stage, "Hall", stage.clock.now() + HOUR)
    for at in (stage.clock.now() - 1, stage.clock.now() + 400 * 24 * HOUR):
        with pytest.raises(InvalidInput) as refused:
            stage.do(CHANGE_ROOM, ChangeRoom(stage.caller, made.id, RoomChanges(next_start_at=at)))
        assert refused.value.field == "next_start_at"
    assert planned(stage) == [("Hall", "")]
