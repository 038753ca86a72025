"""Socket messages in which one member is not what it should be: each is answered, and none is a fault of ours."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.live import Customer
from tests.harness.viewers import Message, Viewer
from turnout.asyncapi import TAKEN

HOSTILE: tuple[Any, ...] = (
    *(None, True, [], {}, [None], [[]], 0.5),
    *(-1, 0, 2**53, 2**63 - 1, 2**63, 10**30, -(10**30)),
    *("", " ", "\0", "a\0b", "\u202e", "\ufffe", "%", "x" * 5_000, "ls_0000000000000", "sv_", "0" * 64),
)

COMMAND_ID = re.compile("[A-Za-z0-9_-]{1,64}\\Z")


@dataclass
class Stage:
    """What a right message of every kind is, and who says it."""

    right: dict[str, Message]
    knock: dict[str, Callable[[], Viewer]]


def stage_of(customer: Customer) -> Stage:
    """An open survey, check-in and draw, and one that is drawn; somebody for every kind of message."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    base = f"/live-sessions/{live['id']}"
    card = customer.opened(live)
    checkin = customer.post(f"{base}/checkins", {"title": "There?"})
    prizes = [{"name": "Cup", "count": 1, "asks": ["name", "phone"]}]
    drawn = customer.post(f"{base}/draws", {"title": "First", "prizes": prizes, "who": "present", "entropy": "offline", "open": True})
    viewer, _ = customer.viewer(room)
    customer.post(f"{base}/draws/{drawn['id']}/close")
    prize = viewer.wait_for(lambda message: message.get("kind") == "draw.drawn")["draw"]["prizes"][0]["id"]
    taps = customer.post(
        f"{base}/draws", {"title": "Next", "prizes": prizes, "who": "word", "word": "Go", "entropy": "offline", "open": True}
    )
    key = customer.call("PUT", f"/rooms/{room['id']}/screen-link").json["screen_url"].partition("#key=")[2]
    answers = [{"question": card["questions"][0]["id"], "choices": [0]}]
    place = {"epoch": "", "position": 0}
    watch = {"op": "watch_screen", "room": room["id"], "key": key, **place}
    screen = customer.connect()
    screen.ask({**watch, "id": "s"})
    right: dict[str, Message] = {
        "enter": {"op": "enter", "room": room["code"], "name": "Vera", "token": None, "passcode": None, "pass": None, "extra": "", **place},
        "answer": {"op": "answer", "survey": card["id"], "answers": answers},
        "save_draft": {"op": "save_draft", "survey": card["id"], "answers": answers},
        "check_in": {"op": "check_in", "checkin": checkin["id"]},
        "enter_draw": {"op": "enter_draw", "draw": taps["id"], "word": "Go", "salt": "00"},
        "fill_form": {"op": "fill_form", "draw": drawn["id"], "prize": prize, "name": "Vera", "phone": "13800138000", "address": ""},
        "read_own": {"op": "read_own"},
        "watch": {"op": "watch", "live_session": live["id"], **place},
        "watch_screen": watch,
        "read_names": {"op": "read_names", "draw": drawn["id"], "of": "entrants", "after": None},
        "read_confirmed": {"op": "read_confirmed", "checkin": checkin["id"]},
        "ping": {"op": "ping"},
    }
    knock: dict[str, Callable[[], Viewer]] = {
        **dict.fromkeys(right, lambda: viewer),
        **dict.fromkeys(("watch_screen", "read_names", "read_confirmed"), lambda: screen),
        "enter": customer.connect,
        "watch": lambda: customer.connect({"Cookie": customer.cookie["Cookie"]}),
    }
    return Stage(right, knock)


def spoilt(message: Message) -> Iterator[Message]:
    """The message with one member changed, at each depth."""
    for name, held in message.items():
        if name == "op":
            continue
        yield from ({**message, name: hostile} for hostile in HOSTILE)
        if isinstance(held, list):
            yield from ({**message, name: [one]} for inner in held for one in (spoilt(inner) if isinstance(inner, dict) else HOSTILE))


@pytest.mark.parametrize("op", [struct.__struct_config__.tag for struct in TAKEN])
def test_one_member_is_wrong(customer: Customer, op: str) -> None:
    """Whatever stands there, the answer is a named one, and the line goes on."""
    stage = stage_of(customer)
    for message in spoilt(stage.right[op]):
        line = stage.knock[op]()
        answer = line.ask({"id": secrets.token_hex(16), **message})
        assert answer.get("error", {}).get("code") != "internal", message
        assert line.ask({"op": "ping", "id": "p"})["op"] == "pong"
    for message in (
        {"id": hostile, **stage.right[op]} for hostile in HOSTILE if not (isinstance(hostile, str) and COMMAND_ID.match(hostile))
    ):
        line = stage.knock[op]()
        line.send(message)
        assert line.wait_for(lambda told: told.get("op") == "refused")["error"]["code"] == "invalid_input", message
