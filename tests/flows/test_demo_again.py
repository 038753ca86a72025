"""A demo that is started again on the same data: what was open goes on."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.flows.live import Customer, LiveServer
from tests.harness.viewers import Viewer as Socket
from turnout.cli.demo_account import set_stage
from turnout.client import NativeClient
from turnout.compose import Server
from turnout.config import Config
from turnout.rehearsal import show


def _answer_to_screen(base_url: str, room: str, key: str) -> str:
    with Socket(base_url) as screen:
        return str(screen.ask({"op": "watch_screen", "id": "s", "room": room, "key": key})["op"])


async def test_an_open_big_screen_goes_on(tmp_path: Path) -> None:
    """The screen link is the same after a restart, in a file for its owner alone, also when the password was changed meanwhile and its file
    knows the link no more; a new one is made when a host has ended it."""
    keys = []
    for turn in range(4):
        server = Server(Config(data_dir=str(tmp_path), port=0, log_level="error"))
        async with server.serving():
            stage = await set_stage(server, server.base_url, "en", fresh_live_session=False)
            keys.append(stage.secrets.screen_key)
            with stage.client as client:
                assert await asyncio.to_thread(_answer_to_screen, server.base_url, stage.room.id, keys[-1]) == "watching"
                if turn == 2:
                    await asyncio.to_thread(client.end_screen_link, stage.room.id)
        file = tmp_path / "demo.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        if turn == 1:
            file.write_bytes(msgspec.json.encode(msgspec.structs.replace(stage.secrets, host_password="another password")))

    assert keys[0] == keys[1] == keys[2] != keys[3]


@asynccontextmanager
async def _playing(client: NativeClient, base_url: str, room: str, size: int, crowd_key: str) -> AsyncIterator[None]:
    playing = asyncio.create_task(
        show.Show(client, base_url, room=room, size=size, language="en", seed=1, crowd_key=crowd_key, scripted="").run()
    )
    try:
        yield
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def _until(look: Callable[[], object], wanted: object) -> None:
    for _ in range(200):
        if await asyncio.to_thread(look) == wanted:
            return
        await asyncio.sleep(0.05)
    assert await asyncio.to_thread(look) == wanted


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_the_simulated_viewers_come_back_as_who_they_were(
    live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart the live session has had as many viewers as before; of more viewers they are the first; with another key others
    come."""
    monkeypatch.setattr(show, "ARRIVAL_S", 0.1)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("The demo's").id
        live_session = client.start_live_session(room).id

        def people() -> tuple[int, int]:
            presences = client.list_viewers(live_session)
            return presences.online, presences.total

        for size, crowd_key, total in ((3, "one", 3), (3, "one", 3), (4, "one", 4), (3, "another", 7)):
            async with _playing(client, live_server.base_url, room, size, crowd_key):
                await _until(people, (size, total))
            await _until(people, (0, total))


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_who_has_answered_does_not_answer_again(live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart a changeable vote keeps what the simulated viewers had answered."""
    monkeypatch.setattr(show, "ARRIVAL_S", 0.1)
    monkeypatch.setattr(show, "TAKING_PART", 1.0)
    monkeypatch.setattr(show, "thought_s", lambda chance, questions: 0.0)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("The demo's").id
        live_session = client.start_live_session(room).id
        question = {"type": "choice", "title": "When?", "options": ["Now", "Later"]}
        vote = client.create_survey(live_session, "vote", "A vote", [question], changeable=True).id
        client.open_survey(live_session, vote)

        def answered() -> int:
            return client.get_survey(live_session, vote).answered

        times = []
        for size in (3, 4):
            async with _playing(client, live_server.base_url, room, size, "one"):
                await _until(answered, size)
            times.append({one.answered_at for one in client.list_submissions(live_session, vote)})

    assert times[0] < times[1]
