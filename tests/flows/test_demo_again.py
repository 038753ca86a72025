"""A demo that is started again on the same data: what was open goes on."""

import asyncio
import stat
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


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_the_simulated_viewers_come_back_as_who_they_were(
    live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart the live session has had as many viewers as before; of more viewers they are the first; with another key others
    come."""
    monkeypatch.setattr(show, "ARRIVAL_S", 0.1)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("The demo's")
        live_session = client.start_live_session(room.id).id
        for size, crowd_key, total in ((3, "one", 3), (3, "one", 3), (4, "one", 4), (3, "another", 7)):
            playing = asyncio.create_task(
                show.Show(
                    client, live_server.base_url, room=room.id, size=size, language="en", seed=1, crowd_key=crowd_key, scripted=""
                ).run()
            )
            try:
                for _ in range(200):
                    presences = await asyncio.to_thread(client.list_viewers, live_session)
                    if (presences.online, presences.total) == (size, total):
                        break
                    await asyncio.sleep(0.05)
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
            assert (presences.online, presences.total) == (size, total)
            for _ in range(200):
                if (await asyncio.to_thread(client.list_viewers, live_session)).online == 0:
                    break
                await asyncio.sleep(0.05)
