"""A server whose database was put back from a backup, and a page that saw what is lost now."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer
from turnout.cli import main


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server of each test's own, on SQLite, whose files can be put back."""
    server = LiveServer(tmp_path / "installation")
    server.start()
    yield server
    server.stop()


def lose_time(live: LiveServer, customer: Customer, *, says_so: bool) -> tuple[Any, Any, Any, list[str]]:
    """A page follows events that a restore undoes, while as many others happen before it comes back. What it is told then, what it holds,
    and the surveys there really are."""
    folder = Path(live.config.data_dir)
    room = customer.room()
    session = customer.live_session(room)
    live.stop()
    shutil.copytree(folder, folder.parent / "backup")
    live.start()
    viewer, entered = customer.viewer(room)
    lost = customer.opened(session, title="Lost")
    seen = viewer.wait_for(lambda message: message.get("kind") == "survey.opened")
    viewer.close()
    live.stop()
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "backup", folder)
    if says_so:
        assert main(["restored", "--data-dir", str(folder), "--json"]) == 0
    live.start()
    there = [customer.opened(session, title="Other")["id"] for _ in range(2)]
    back = customer.connect()
    told = back.ask(
        {
            "op": "enter",
            "id": secrets.token_hex(8),
            "room": room["code"],
            "name": "Vera",
            "epoch": entered["snapshot"]["epoch"],
            "position": seen["position"],
        }
    )
    return told, entered, lost, there


def test_a_page_fetches_everything_anew(live_server: LiveServer, customer: Customer) -> None:
    """It knows a survey that never was; a new epoch takes it away. A token of the lost time leads to nobody."""
    told, entered, lost, there = lose_time(live_server, customer, says_so=True)
    assert {survey["id"] for survey in told["snapshot"]["surveys"]} == set(there)
    assert lost["id"] not in there
    assert told["snapshot"]["epoch"] != entered["snapshot"]["epoch"]
    assert told["viewer"]["id"] != entered["viewer"]["id"]
    stranger = customer.connect()
    refused = stranger.enter(told["snapshot"]["room"]["code"], token=entered["token"])
    assert refused["error"]["code"] == "invalid_token"


def test_without_saying_so_it_would_go_on_where_it_never_was(live_server: LiveServer, customer: Customer) -> None:
    """The control: the same story, and the page keeps the survey that is lost."""
    told, *_ = lose_time(live_server, customer, says_so=False)
    assert "snapshot" not in told
