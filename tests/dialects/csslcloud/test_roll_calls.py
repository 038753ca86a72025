"""CC's roll call over check-ins: its own envelope, GET and POST, pages and refusals (contract 2.3, 2.4, 3.13)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.csslcloud.conftest import QUICK, Wire, World, serving
from turnout.dialects.csslcloud.client import CsslcloudRefused
from turnout.dialects.csslcloud.replies import RollCallReply
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM, CREATE_CHECKIN, ChangeCheckIn, Confirm, CreateCheckIn
from turnout.interactions.checkin.rules import CheckInDraft, ExpectedPerson, Expects
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import CheckInId, Kind
from turnout.rooms.rules import LiveSession
from turnout.storage.sqlite import SqliteDatabase

PATH = "/openapi/collect/rollcall/get"
SAMPLE = json.loads((Path(__file__).parent / "samples" / "rollcall_get.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, LiveSession, list[CheckInId], int]]:
    """A live session with two roll calls, the second of a list: the world, the live session, their ids, and the port."""
    world = World(SqliteDatabase(tmp_path_factory.mktemp("rollcall") / "turnout.sqlite3"))
    ann = world.ann
    room = ann.rooms[1]
    live = world.live(ann, room)
    one, _ = (world.enter(ann, room, name) for name in ("Viewer 17", "Viewer 18"))
    first = world.do(CREATE_CHECKIN, CreateCheckIn(ann.caller, live.id, CheckInDraft("There?"))).checkin_id
    world.do(CONFIRM, Confirm(live.id, first, one, "tap", world.clock.at))
    world.do(CLOSE_CHECKIN, ChangeCheckIn(ann.caller, live.id, first))
    listed = CheckInDraft("On the list?", Expects.LIST, [ExpectedPerson(external_id="staff-1", name="Li"), ExpectedPerson(one)])
    second = world.do(CREATE_CHECKIN, CreateCheckIn(ann.caller, live.id, listed)).checkin_id
    world.do(CREATE_CHECKIN, CreateCheckIn(ann.caller, live.id, CheckInDraft("Draft"), opens=False))
    with serving(CsslcloudRoutes(world.runtime, 600, QUICK)) as port:
        yield world, live, [first, second], port
    world.database.close()


def ask(called: Any, **changed: str) -> dict[str, str]:
    """A signed request for the live session, with parameters changed before it is signed."""
    world, live, _, _ = called
    parameters: dict[str, str] = world.client(0, world.ann).signed({"live_id": world.liveid(live), **changed}, "account_id")
    return parameters


def shape(content: Any) -> Any:
    """Keys in order, and JSON types."""
    if isinstance(content, dict):
        return [(key, shape(value)) for key, value in content.items()]
    if isinstance(content, list):
        return [shape(entry) for entry in content]
    return type(content)


def test_the_sample_is_what_our_struct_writes() -> None:
    """Byte for byte."""
    raw = json.dumps(SAMPLE["reply"], separators=(",", ":")).encode()
    assert msgspec.json.encode(msgspec.json.decode(raw, type=RollCallReply)) == raw


def test_every_person_of_every_roll_call(called: Any) -> None:
    """The one opened last first; who has confirmed, who has not, and who never came."""
    world, live, (first, second), port = called
    reply = Wire(port).get(PATH, ask(called))
    content = reply.content
    assert reply.status == 200
    assert (content["result"], content["error"], content["errorMsg"]) == ("OK", None, "")
    assert (content["data"]["total"], content["data"]["size"], content["data"]["current"]) == (4, 50, 1)
    assert shape(content["data"]["data"][0]) == shape(SAMPLE["reply"]["data"]["data"][0])
    entries = content["data"]["data"]
    calls = [world.ids.hex32(Kind.CHECKIN, one) for one in (second, second, first, first)]
    assert [entry["roll_call_id"] for entry in entries] == calls
    assert {entry["live_id"] for entry in entries} == {world.liveid(live)}
    assert [(entry["user_name"], entry["roll_call_status"]) for entry in entries[:2]] == [("Viewer 17", 0), ("Li", 0)]
    assert [(entry["user_name"], entry["roll_call_status"], bool(entry["confirm_time"])) for entry in entries[2:]] == [
        ("Viewer 17", 1, True),
        ("Viewer 18", 0, False),
    ]
    assert {entry["user_role"] for entry in entries} == {"talker"}
    assert len({entry["user_id"] for entry in entries[:2]}) == 2


@pytest.mark.parametrize("numbers", [False, True])
def test_post_of_json_is_the_same(called: Any, numbers: bool) -> None:
    """The document's own way: members of a JSON object, numbers as numbers or texts; the other way is the query string."""
    _, _, _, port = called
    parameters: dict[str, Any] = dict(ask(called, page_index="1", page_num="2"))
    if numbers:
        parameters |= {"page_index": 1, "page_num": 2, "time": int(parameters["time"])}
    posted = Wire(port).send("POST", PATH, json.dumps(parameters).encode(), "application/json")
    assert posted.content == Wire(port).get(PATH, ask(called, page_index="1", page_num="2")).content
    assert len(posted.content["data"]["data"]) == 2
    assert posted.content["data"]["total"] == 4


def test_pages_are_the_whole(called: Any) -> None:
    """Whatever their length; a page after the last is empty with the true total."""
    world, live, _, port = called
    client = world.client(port, world.ann)
    whole = client.list_roll_calls(world.liveid(live)).data
    for length in (1, 3, 500):
        pages = [client.list_roll_calls(world.liveid(live), page_index=number, page_num=length) for number in range(1, 6)]
        assert [entry for page in pages for entry in page.data] == whole
        assert {(page.total, page.size) for page in pages} == {(4, length)}
    empty = client.list_roll_calls(world.liveid(world.ann.lives[0]))
    assert (empty.total, empty.data) == (0, [])


@pytest.mark.parametrize(
    ("changed", "code", "text"),
    [
        ({"page_num": "501"}, "param_error", "page_num is invalid"),
        ({"page_num": "0"}, "param_error", "page_num is invalid"),
        ({"page_index": "x"}, "param_error", "page_index is invalid"),
        ({"live_id": "0" * 16}, "not_found", "live_id not found"),
        ({"live_id": ""}, "param_error", "live_id is required"),
        ({"account_id": "0" * 16}, "not_found", "account_id not found"),
    ],
)
def test_what_is_refused(called: Any, changed: dict[str, str], code: str, text: str) -> None:
    """In the envelope's own words, with HTTP 200."""
    _, _, _, port = called
    reply = Wire(port).get(PATH, ask(called, **changed))
    assert (reply.status, reply.content) == (200, {"result": "FAIL", "error": code, "data": None, "errorMsg": text})


def test_a_proof_that_does_not_hold(called: Any) -> None:
    """Another hash, another account's live session, a request that is too old, a wrong method."""
    world, live, _, port = called
    wire = Wire(port)
    good = ask(called)
    forged = wire.get(PATH, {**good, "hash": "0" * 32})
    assert forged.content == {"result": "FAIL", "error": "invalid_encrypt", "data": None, "errorMsg": "invalid encrypt"}
    theirs = world.client(0, world.bob).signed({"live_id": world.liveid(live)}, "account_id")
    assert wire.get(PATH, theirs).content["error"] == "not_found"
    world.clock.at += 601 * SECOND
    try:
        assert wire.get(PATH, good).content["error"] == "time_expired"
        assert wire.get(PATH, good).content["errorMsg"] == "time expired"
    finally:
        world.clock.at -= 601 * SECOND
    refused = wire.send("DELETE", PATH)
    assert (refused.status, refused.content["result"], refused.content["data"]) == (405, "FAIL", None)
    assert wire.send("GET", "/openapi/collect/other").status == 404
    with pytest.raises(CsslcloudRefused, match="invalid encrypt"):
        world.client(port, world.ann, key="another").list_roll_calls(world.liveid(live))
