"""`turnout callbacks …` against a running server: endpoints, deliveries and their attempts, test calls, redelivery."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, until
from tests.harness.listening import Listening, listening
from tests.harness.server import free_port
from turnout.cli import main
from turnout.config import API_KEY_VARIABLE

NOBODY = "http://127.0.0.1:9"
"""An endpoint that refuses connections: nothing listens on this port."""

Run = Callable[..., Any]


@pytest.fixture
def text(customer: Customer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `turnout callbacks …` as the customer, and returns what a person reads, the document with --json."""
    monkeypatch.setenv(API_KEY_VARIABLE, customer.secrets.api_key)
    monkeypatch.setenv("COLUMNS", "220")

    def run(*arguments: str, status: int = 0) -> str:
        capsys.readouterr()
        ended = main(["callbacks", *arguments, "--server", customer.live.base_url])
        said = capsys.readouterr()
        assert ended == status, said
        return said.out

    return run


@pytest.fixture
def ask(text: Run) -> Run:
    """The same, with --json and decoded."""

    def run(*arguments: str, status: int = 0) -> Any:
        return json.loads(text(*arguments, "--json", status=status))

    return run


def endpoint(customer: Customer, url: str, **settings: Any) -> str:
    """The id of a new endpoint."""
    made: str = customer.post("/callback-endpoints", {"url": url, "dialect": "quanshi", **settings})["id"]
    return made


def told(customer: Customer, title: str) -> None:
    """A card is opened and closed: two events with a callback each."""
    live_session = customer.live_session(customer.room())
    customer.change(live_session, customer.opened(live_session, title=title), "close")


def kinds_of(receiver: Listening, count: int) -> list[str]:
    """What the next calls say."""
    return sorted(f"{call['kind']} {call['about'].partition(' ')[0]}" for call in (receiver.call() for _ in range(count)))


def test_a_test_call_says_what_came_of_it(customer: Customer, ask: Run, text: Run) -> None:
    """Accepted is status 0; refused is status 1 and says why; a paused endpoint says that it waits, and is called when it is resumed."""
    with listening() as receiver:
        good, bad = endpoint(customer, f"{receiver.url}hook", name="Till"), endpoint(customer, f"{NOBODY}/hook")

        accepted = ask("test", good)
        assert receiver.call()["path"] == "/hook"
        refused = ask("test", bad, status=1)
        paused = ask("pause", good)
        waiting = ask("test", good, status=1)
        waits = text("test", good, status=1)
        resumed = ask("resume", good)
        assert [receiver.call()["path"] for _ in range(2)] == ["/hook"] * 2
        not_waited_for = ask("test", good, "--wait", "0")

    assert (accepted["endpoint_state"], accepted["delivery"]["state"], accepted["delivery"]["attempts"]) == ("active", "succeeded", 1)
    assert accepted["delivery"]["event"]["number"] == accepted["event"]["number"]
    assert refused["delivery"]["state"] == "failed"
    assert "refused" in refused["delivery"]["summary"]
    assert (paused["state"], waiting["endpoint_state"], waiting["delivery"], resumed["state"]) == ("paused", "paused", None, "active")
    assert waits == "The endpoint is paused: the test call waits until it is resumed.\n"
    assert not_waited_for["delivery"] is None


def test_endpoints_are_listed_and_shown(customer: Customer, ask: Run, text: Run) -> None:
    """With their state and settings, for a program and for a person; the name as it is, and no secret."""
    assert text("endpoints") == "There are no callback endpoints.\n"
    made = endpoint(customer, f"{NOBODY}/hook", name="[red]Till", secret="a secret of ours", options={"legacy_type_key": True})
    ask("pause", made)

    (listed,) = ask("endpoints")["endpoints"]
    shown = ask("show", made)
    lines, page = text("endpoints"), text("show", made)

    assert (listed["id"], listed["state"], listed["has_secret"], listed["options"]) == (made, "paused", True, {"legacy_type_key": True})
    assert shown["endpoint"] == listed
    assert shown["deliveries"]["due"] == 0
    assert "[red]Till" in lines
    assert "legacy_type_key True" in page
    assert "a secret of ours" not in json.dumps(listed) + lines + page


def test_deliveries_are_found_shown_and_sent_again(customer: Customer, ask: Run, text: Run) -> None:
    """Filters say which; a delivery shows every attempt with what came back; sent again it carries the same body; a range is sent again in
    the background."""
    port = free_port()
    with listening("--status", "503", port=port) as receiver:
        made = endpoint(customer, f"{receiver.url}hook")
        told(customer, "Lunch")
        bodies = [receiver.call()["body"] for _ in range(2)]
        until(lambda: len(ask("list", "--endpoint", made, "--state", "failed")["deliveries"]) == 2, bool)
    ended, started = ask("list", "--endpoint", made)["deliveries"]
    (only,) = ask("list", "--kind", "survey.closed", "--from", "1h")["deliveries"]
    shown, page = ask("show", started["id"]), text("show", started["id"])

    assert [one["event"]["kind"] for one in (started, ended)] == ["survey.opened", "survey.closed"]
    assert only["id"] == ended["id"]
    assert ask("list", "--to", "1h")["deliveries"] == []
    assert ask("list", "--limit", "1")["deliveries"] == [ended]
    assert [attempt["status"] for attempt in shown["attempts"]] == [503]
    assert json.loads(shown["body"]) == bodies[0]
    for words in (started["id"], "survey.opened", "Attempt 1", "> POST", "< 503", '"surveyName": "Lunch"'):
        assert words in page
    assert started["id"] in text("list")

    with listening(port=port) as receiver:
        again = ask("redeliver", started["id"])
        assert receiver.call()["body"] == bodies[0]
        until(lambda: ask("show", started["id"])["state"] == "succeeded", bool)
        assert ask("redeliver", "--endpoint", made, "--from", "1h") == {"count": 1}
        assert receiver.call()["body"] == bodies[1]
        until(lambda: [one["state"] for one in ask("list")["deliveries"]] == ["succeeded"] * 2, bool)
        assert "1 delivery is sent again" in text(
            "redeliver", "--endpoint", made, "--from", "1h", "--state", "succeeded", "--kind", "survey.closed"
        )
        assert receiver.call()["body"] == bodies[1]

    assert [one["id"] for one in again["deliveries"]] == [started["id"]]


def test_what_was_missed_is_sent(customer: Customer, ask: Run, text: Run) -> None:
    """Events from before an endpoint was made, once."""
    told(customer, "Before")
    with listening() as receiver:
        made = endpoint(customer, f"{receiver.url}hook")
        missing = ask("redeliver", "--endpoint", made, "--from", "1h", "--missing")
        assert kinds_of(receiver, 2) == ["answer card ended “Before”", "answer card started “Before”"]
        until(lambda: len(ask("list", "--endpoint", made, "--state", "succeeded")["deliveries"]) == 2, bool)
        still_missing = text("redeliver", "--endpoint", made, "--from", "1h", "--missing")
        ask("test", made)
        assert receiver.stop()["calls"] == 3

    assert missing == {"count": 3}  # of the start of the live session the dialect says nothing
    assert still_missing.startswith("1 event ")


def test_refusals_are_named(
    live_server: LiveServer, ask: Run, text: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id of nobody, a time that is none, a server that is not there, a wrong key: status 1. Options that do not fit, no key: 2."""
    for command in ("show", "test", "pause", "resume"):
        assert ask(command, "ep_0000000000000", status=1)["error"]["code"] == "not_found"
    for delivery in ("show", "redeliver"):
        assert ask(delivery, "dl_0000000000000", status=1)["error"]["code"] == "not_found"
    assert ask("list", "--from", "yesterday", status=1)["error"]["field"] == "from"
    assert text("show", "dl_0000000000000", status=1) == ""
    for arguments, field in (
        ([], "deliveries"),
        (["dl_1", "--from", "1h"], "endpoint"),
        (["dl_1", "--endpoint", "ep_1"], "endpoint"),
        (["--endpoint", "ep_1"], "from"),
        (["--endpoint", "ep_1", "--from", "1h", "--missing", "--kind", "survey.closed"], "missing"),
    ):
        assert ask("redeliver", *arguments, status=2)["error"]["field"] == field

    def elsewhere(server: str, status: int) -> Any:
        capsys.readouterr()
        assert main(["callbacks", "endpoints", "--json", "--server", server]) == status
        return json.loads(capsys.readouterr().out)["error"]

    assert elsewhere(NOBODY, 1)["code"] == "unreachable"
    assert elsewhere("nowhere", 2)["field"] == "server"
    monkeypatch.setenv(API_KEY_VARIABLE, "tk_" + "A" * 43)
    assert elsewhere(live_server.base_url, 1)["code"] == "not_logged_in"
    monkeypatch.delenv(API_KEY_VARIABLE)
    assert elsewhere(live_server.base_url, 2)["field"] == "api_key"


def test_commands_load_no_server() -> None:
    """They speak to one, and need not be one."""
    command = ["callbacks", "endpoints", "--server", NOBODY]
    program = f"import sys; from turnout.cli import main; main({command}); sys.exit('litestar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False).returncode == 0
