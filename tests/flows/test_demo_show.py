"""Who looks at a demo: its viewers keep to their room, and its script greets them."""

import asyncio

import pytest

from tests.flows.live import Customer, LiveServer
from turnout.client import NativeClient
from turnout.rehearsal import show
from turnout.rehearsal.pieces import ANNOUNCEMENT


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_the_simulated_viewers_keep_to_their_room(
    live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They follow the host into the room's next live session, and into no other room: what is rehearsed there is nobody's business."""
    monkeypatch.setattr(show, "LOOK_S", 0.1)
    monkeypatch.setattr(show, "ARRIVAL_S", 0.1)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        other = client.start_live_session(client.create_room("Another").id)
        room = client.create_room("The demo's")
        playing = asyncio.create_task(
            show.Show(client, live_server.base_url, room=room.id, size=3, language="en", seed=1, crowd_key="k", scripted="").run()
        )
        try:
            for _ in range(2):
                live_session = client.start_live_session(room.id)
                for _ in range(200):
                    if (await asyncio.to_thread(client.list_viewers, live_session.id)).online == 3:
                        break
                    await asyncio.sleep(0.1)
                assert (await asyncio.to_thread(client.list_viewers, live_session.id)).online == 3
                await asyncio.to_thread(client.end_live_session, live_session.id)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        assert client.list_viewers(other.id).total == 0


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_the_script_greets_everybody_once(live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its first survey, and not again when a demo goes on with its data."""
    for name in ("ARRIVAL_S", "WELCOME_S", "FIRST_SURVEY_S"):
        monkeypatch.setattr(show, name, 0.2)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("The demo's")
        live_session = client.start_live_session(room.id)
        for number in range(2):
            playing = asyncio.create_task(
                show.Show(
                    client, live_server.base_url, room=room.id, size=3, language="zh", seed=1, crowd_key="k", scripted=live_session.id
                ).run()
            )
            try:
                for _ in range(200):
                    if len(await asyncio.to_thread(client.list_surveys, live_session.id)) > number:
                        break
                    await asyncio.sleep(0.1)
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
            assert [one.text for one in client.list_announcements(live_session.id)] == [ANNOUNCEMENT["zh"]]
