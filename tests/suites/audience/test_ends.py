"""What is told of a live session comes before its end, also when another writer ends it meanwhile."""

import pytest

from tests.suites.audience.stage import Stage
from tests.suites.audience.test_removal import meet
from turnout.rooms.actions import CHANGE_ROOM, END_LIVE_SESSION, ChangeRoom, EndLiveSession
from turnout.rooms.rules import RoomChanges
from turnout.themes.actions import SET_THEME, SetTheme


@pytest.mark.parametrize("what", ["room", "theme"])
def test_a_change_meets_the_end(postgres_stage: Stage, what: str) -> None:
    """The change waits for the end, is made, and nobody is told of it in the live session that is over."""
    stage = postgres_stage
    change = {
        "room": (CHANGE_ROOM, ChangeRoom(stage.caller, stage.room.id, RoomChanges(title="Hall"))),
        "theme": (SET_THEME, SetTheme(stage.caller, "Acme", None, None)),
    }[what]

    assert meet(stage, (END_LIVE_SESSION, EndLiveSession(stage.caller, stage.live.id)), change) == ["accepted", "accepted"]
    assert stage.events()[-1].kind == "live_session.ended"
