"""The endpoints that `turnout demo --callback-url` makes, keeps and removes, beside those of whoever else uses its account."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from turnout.cli.demo import ENDPOINT_NAME, subscribe
from turnout.cli.demo_account import set_stage
from turnout.client import NativeClient, native_replies
from turnout.compose import Server
from turnout.config import Config

URL = "https://example.com/demo"

Subscribe = Callable[[NativeClient, str | None], list[native_replies.Endpoint]]


def _goes_on(client: NativeClient, subscribed: Subscribe) -> None:
    others = [client.create_endpoint(URL, "native"), client.create_endpoint(URL, "quanshi"), client.create_endpoint(None, "native")]
    made = subscribed(client, URL)
    assert [(one.dialect, one.name) for one in made] == [
        ("quanshi", "turnout demo (Quanshi)"),
        ("volcengine", "turnout demo (Volcengine)"),
    ]
    for one in made:  # a receiver that is away
        client.pause_endpoint(one.id)
        client.test_endpoint(one.id)
    client.update_endpoint(made[0].id, name=ENDPOINT_NAME, concurrency=1)  # by this name they were known before
    again = subscribed(client, URL)

    assert [(one.id, one.name) for one in again] == [(one.id, one.name) for one in made]
    assert (again[0].concurrency, again[0].has_secret, again[1].has_secret) == (1, False, True)
    assert {one.id for one in client.list_endpoints()} == {one.id for one in (*others, *made)}
    assert list(client.list_deliveries(state="cancelled")) == []


def _makes_way(client: NativeClient, subscribed: Subscribe) -> None:
    subscribed(client, "https://example.com/before")
    made = subscribed(client, URL)

    assert [(one.id, one.url) for one in client.list_endpoints()] == [(one.id, URL) for one in made]
    assert [one.id for one in subscribed(client, None)] == [one.id for one in made]


@pytest.mark.parametrize("play", [_goes_on, _makes_way])
async def test_another_demo(play: Callable[[NativeClient, Subscribe], None], tmp_path: Path) -> None:
    """For the same URL it goes on with the endpoints of the one before, whose settings stay and of whose deliveries none is cancelled, one
    for each vendor's dialect, told apart by their names; for another URL it removes them. Those of others are left alone."""
    server = Server(Config(data_dir=str(tmp_path), port=0, log_level="error"))
    async with server.serving():
        stage = await set_stage(server, server.base_url, "en", fresh_live_session=True)
        with stage.client as client:
            await asyncio.to_thread(play, client, lambda caller, url: subscribe(caller, server.dialects, url, "s" * 32))
