"""The way in from the customer's own login: entry keys, passes, and the lines of docs/entry.md that sign them."""

import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.live import Customer, LiveServer, new_customer, send
from tests.flows.ways import code, enter, people, settings, sign
from turnout.accounts.actions import CREATE_HOST, CreateHost
from turnout.accounts.passwords import hash_password
from turnout.kernel import limits
from turnout.storage.group_commit import write

ROOT = Path(__file__).parents[2]


def test_entry_keys(customer: Customer, live_server: LiveServer) -> None:
    """Shown once; for operators and API keys; the earlier one works for a day, or ends at once."""
    first = customer.post("/account/entry-key")
    assert re.fullmatch(r"ac_\w{13}\.1", first["kid"])
    assert re.fullmatch(r"ek_[\w-]{43}", first["key"])
    second = customer.post("/account/entry-key", {})
    assert second["kid"] == first["kid"][:-1] + "2"
    assert [key["kid"] for key in second["earlier"]] == [first["kid"]]
    listed = customer.call("GET", "/account/entry-keys")
    assert [(key["kid"], key["works_until"] is None) for key in listed.json["entry_keys"]] == [(first["kid"], False), (second["kid"], True)]
    assert first["key"] not in listed.body.decode()
    assert second["key"] not in listed.body.decode()
    runtime = live_server.server.runtime
    password = "a good password"
    host = CreateHost(customer.created.account_id, f"{customer.secrets.host_login}b", "Bo", "host", hash_password(password))
    write(runtime.database, runtime.clock, CREATE_HOST, host)
    login = send(live_server.base_url, "POST", "/api/v1/login", {"login": host.login, "password": password})
    headers = {"Cookie": login.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": login.json["csrf_token"]}
    for method, path in (("POST", "/account/entry-key"), ("GET", "/account/entry-keys")):
        assert send(live_server.base_url, method, f"/api/v1{path}", None, headers).code == "not_allowed"
    third = customer.post("/account/entry-key", {"end_earlier": True})
    assert third["earlier"] == []
    assert [key["kid"] for key in customer.get("/account/entry-keys")["entry_keys"]] == [third["kid"]]


def test_passes(customer: Customer) -> None:
    """One viewer for one external id, on two phones at once and under a new name; only in rooms of the account; never after its time."""
    room = customer.room()
    live = customer.live_session(room)
    settings(customer, room, entry="token")
    key = customer.post("/account/entry-key")
    phones = [customer.connect() for _ in range(2)]
    for phone in phones:
        phone.send({"op": "enter", "id": secrets.token_hex(16), "room": room["code"], "pass": sign(key, role="guest", phone="138")})
    entered = [phone.wait_for(lambda message: message["op"] in ("entered", "refused")) for phone in phones]
    assert [code(answer) for answer in entered] == ["entered"] * 2
    assert entered[0]["viewer"] == entered[1]["viewer"] == {"id": entered[0]["viewer"]["id"], "name": "Wang Wei", "role": "guest"}
    again = enter(customer.connect(), room, **{"pass": sign(key, name="Wang W.", group="East", extra={"seat": 7})})
    assert (again["viewer"]["id"], again["viewer"]["name"], again["viewer"]["role"]) == (entered[0]["viewer"]["id"], "Wang W.", "attendee")
    (person,) = people(customer, live)["viewers"]
    assert {name: person[name] for name in ("name", "external_id", "role", "group", "phone", "email", "extra")} == {
        "name": "Wang W.",
        "external_id": "u-1",
        "role": "attendee",
        "group": "East",
        "phone": None,
        "email": None,
        "extra": {"seat": 7},
    }
    assert len(person["connections"]) == 3
    stranger = customer.connect()
    assert code(enter(stranger, room, name="Vera")) == "token_required"
    refusals = {
        sign(key, exp=int(time.time()) - 100): ("pass_expired", "pass.exp"),
        sign(key, exp=int(time.time()) + 90_000): ("invalid_pass", "pass.exp"),
        sign(key, room="zzzzzzzz"): ("invalid_pass", "pass.room"),
        sign({**key, "key": "ek_" + "x" * 43}): ("invalid_pass", "pass"),
        sign({**key, "kid": key["kid"][:-1] + "7"}): ("invalid_pass", "pass.kid"),
        sign({**key, "kid": "nobody"}): ("invalid_pass", "pass.kid"),
        "nothing": ("invalid_pass", "pass"),
    }
    for signed, expected in refusals.items():
        refused = enter(stranger, room, **{"pass": signed})
        assert (code(refused), refused["error"]["field"]) == expected
    assert code(enter(stranger, room, token=entered[0]["token"])) == "entered", "to the same live session without a pass"
    customer.post(f"/live-sessions/{live['id']}/end")
    customer.live_session(room)
    assert code(enter(customer.connect(), room, token=entered[0]["token"])) == "token_required"


def test_a_pass_of_another_account(customer: Customer, live_server: LiveServer) -> None:
    """Opens nothing here, though its signature holds."""
    other = new_customer(live_server)
    key = other.post("/account/entry-key")
    room = customer.room()
    customer.live_session(room)
    refused = enter(customer.connect(), room, **{"pass": sign(key)})
    assert (code(refused), refused["error"]["field"]) == ("invalid_pass", "pass.room")


def test_an_earlier_key_ends(customer: Customer, live_server: LiveServer) -> None:
    """A day after the next one was made, and not before."""
    room = customer.room()
    customer.live_session(room)
    first = customer.post("/account/entry-key")
    customer.post("/account/entry-key")
    try:
        live_server.clock.advance(limits.ENTRY_KEY_OVERLAP_S - 60)
        now_s = live_server.clock.now() / 1_000_000
        assert code(enter(customer.connect(), room, **{"pass": sign(first, now_s)})) == "entered"
        live_server.clock.advance(61)
        refused = enter(customer.connect(), room, **{"pass": sign(first, now_s + 61)})
        assert (code(refused), refused["error"]["field"]) == ("invalid_pass", "pass.kid")
    finally:
        live_server.clock.ahead = 0


def examples() -> dict[str, str]:
    """The examples of docs/entry.md that sign a pass, by language."""
    text = (ROOT / "docs" / "entry.md").read_text()
    blocks = re.findall(r"^   ```(python|js)\n(.*?)^   ```", text, re.MULTILINE | re.DOTALL)
    return {language: "\n".join(line.removeprefix("   ") for line in block.splitlines()) for language, block in blocks}


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_documented_example(customer: Customer, language: str, tmp_path: Path) -> None:
    """The lines of docs/entry.md, run as they stand, make a link whose pass lets in."""
    room = customer.room()
    live = customer.live_session(room)
    settings(customer, room, entry="token")
    key = customer.post("/account/entry-key")
    source = examples()[language]
    assert len([line for line in source.splitlines() if line.strip()]) <= 5
    script = tmp_path / f"example.{'py' if language == 'python' else 'js'}"
    script.write_text(source)
    home = subprocess.run([ROOT / "tools" / "node_home"], check=True, capture_output=True, text=True).stdout.strip()
    program = sys.executable if language == "python" else f"{home}/node"
    environment = {**os.environ, "ENTRY_KEY": key["key"], "ENTRY_KID": key["kid"], "ROOM": room["code"]}
    ran = subprocess.run([program, script], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    link, _, signed = ran.stdout.strip().partition("#pass=")
    assert link == f"https://live.example.com/r/{room['code']}"
    assert code(enter(customer.connect(), room, **{"pass": signed})) == "entered"
    (person,) = people(customer, live)["viewers"]
    assert (person["external_id"], person["name"]) == ("student-1001", "Wang Wei")
