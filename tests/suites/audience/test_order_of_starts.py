"""Which live session was started last, where several writers hand out ids from blocks of their own: the later start has the lower id."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.suites.audience.stage import KEYRING, Stage, write
from tests.suites.audience.test_loops import Line, until
from turnout.accounts.api_keys import hash_secret
from turnout.audience.screens import message_handlers
from turnout.audience.waiting import Waiting
from turnout.audience.wire import WatchScreenMessage
from turnout.kernel.ids import Kind, LiveSessionId
from turnout.overview.queries import list_summaries
from turnout.rooms import queries as rooms
from turnout.rooms.actions import SET_SCREEN_KEY, START_LIVE_SESSION, SetScreenKey, StartLiveSession
from turnout.rooms.rules import LiveSession, LiveSessionState
from turnout.storage.batch import BatchWriter
from turnout.storage.group_commit import GroupCommit
from turnout.storage.runtime import Runtime


@pytest.fixture
def later_block(stage: Stage) -> Iterator[BatchWriter]:
    """Another process's writer, with a block of ids above the stage's own."""
    writer = BatchWriter(stage.database, 0, stage.clock)
    yield writer
    writer.close()


def start(stage: Stage, writer: BatchWriter, title: str) -> LiveSession:
    """The room's next live session by this writer, a minute after what was before."""
    stage.clock.advance(60)
    (found,) = write(writer, [(START_LIVE_SESSION, StartLiveSession(stage.caller, stage.room.id, title))])
    assert isinstance(found, LiveSession), found
    stage.live = found
    return found


def starts(stage: Stage, later_block: BatchWriter) -> list[LiveSession]:
    """Three live sessions of one room, the one started last first, as two writers made them; the last one runs."""
    stage.end()
    made = []
    for writer, title in ((stage.writer, "Sunday"), (later_block, "Monday"), (stage.writer, "Tuesday")):
        made.append(start(stage, writer, title))
        if title != "Tuesday":
            stage.end()
    assert made[2].id < made[1].id, "this test would see nothing else"
    return made[::-1]


def test_pages_have_the_last_start_first(stage: Stage, later_block: BatchWriter) -> None:
    """Of the account and of the room, and each page goes on where the one before ended; the id of none goes on nowhere."""
    wanted = [live_session.id for live_session in starts(stage, later_block)]
    account_id, room_id = stage.caller.account_id, stage.room.id

    def pages(state: LiveSessionState | None) -> list[LiveSessionId]:
        found: list[LiveSessionId] = []
        with stage.database.reading() as connection:
            while page := list_summaries(connection, account_id, state, found[-1] if found else None, 1):
                found.append(page[0].live_session.id)
        return found

    assert pages(None)[:3] == wanted
    assert pages(LiveSessionState.ENDED)[:2] == wanted[1:]
    with stage.database.reading() as connection:
        assert [one.id for one in rooms.list_live_sessions(connection, account_id, room_id)][:3] == wanted
        assert [one.id for one in rooms.list_live_sessions(connection, account_id, room_id, wanted[0], 1)] == [wanted[1]]
        assert rooms.list_live_sessions(connection, account_id, room_id, LiveSessionId(1)) == []


class _Projector:
    """Stands in for what a screen is shown with."""

    def __init__(self) -> None:
        self.shown: list[LiveSessionId] = []

    def show(self, _connection: object, _message: object, live_session_id: LiveSessionId, _viewer_url: str) -> None:
        """Keeps it."""
        self.shown.append(live_session_id)

    def leave_channels(self, _connection: object) -> None:
        """Nothing to leave."""

    def count_answers(self, _connection: object, _live_session_id: LiveSessionId) -> int:
        """None."""
        return 0


@pytest.mark.parametrize("order", ["by id", "by time"])
async def test_a_screen_shows_what_runs(stage: Stage, later_block: BatchWriter, commit: GroupCommit, order: str) -> None:
    """Though an earlier one has a higher id, or was started later by the clock of another process; afterwards thanks are for the last."""
    tuesday = starts(stage, later_block)[0]
    stage.do(SET_SCREEN_KEY, SetScreenKey(stage.caller, stage.room.id, hash_secret("key")))
    runtime, projector = Runtime(stage.database, commit, KEYRING, KEYRING.ids, stage.clock, ""), _Projector()
    watch = message_handlers(runtime, Waiting(runtime), projector)[WatchScreenMessage]
    message = WatchScreenMessage(id="w", room=KEYRING.ids.text(Kind.ROOM, stage.room.id), key="key")
    if order == "by time":
        stage.end()
        stage.clock.advance(-3_600)
        tuesday = start(stage, stage.writer, "Tuesday")
    line: Any = Line()

    watch(line, message)
    await until(lambda: projector.shown or line.told)
    assert (projector.shown, line.told) == ([tuesday.id], [])
    if order == "by id":
        stage.end()
        watch(line, message)
        await until(lambda: line.told)
        assert line.told[0]["last"]["title"] == "Tuesday"
    await asyncio.sleep(0)
