"""Draws, who takes part in them, and who has won."""

from typing import Any

from turnout.interactions.draw.rules import AnotherDrawOpen, DrandUnreachable
from turnout.interactions.lifecycle import NotADraft, WrongState
from turnout.kernel.documented import Documented
from turnout.rooms.rules import LiveSessionOver

_PRIZE: Any = {
    "id": "pz_ff6knt4drcy3d",
    "name": "A headset",
    "count": 2,
    "type": "physical",
    "custom": None,
    "points": None,
    "asks": ["phone"],
    "won": 0,
    "batch": "",
}
DRAFT: Any = {
    "id": "dr_ejhzq4zxd382f",
    "title": "Lucky draw",
    "state": "draft",
    "who": "tap",
    "word": "",
    "weighted": False,
    "repeat_winners": False,
    "earlier_winners": True,
    "entropy": "drand",
    "prizes": [_PRIZE],
    "preferred": 0,
    "committed_at": None,
    "opened_at": None,
    "closes_at": None,
    "closed_at": None,
    "finished_at": None,
    "because": "",
    "entered": 0,
    "version": 0,
    "commitment": "",
    "commitment_sha256": "",
    "root": "",
    "fingerprint": "",
    "published_at": None,
    "round": None,
    "decided_at": None,
    "winners": [],
    "proof": None,
    "survey": None,
    "checkin": None,
    "countdown_s": 30,
    "with_list": False,
    "created_at": "2026-01-05T08:39:49.000000Z",
    "preferred_winners": [],
    "entropy_waiting": None,
}
COMMITTED: Any = {
    **DRAFT,
    "state": "committed",
    "committed_at": "2026-01-05T08:39:50.000000Z",
    "commitment": (
        '{"draw":"dr_ejhzq4zxd382f","entropy":{"chain":"52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e97'
        '1","delay_s":6,"genesis":1692803367,"kind":"drand","period_s":3,"public_key":"83cf0f2896adee7eb8b5f01fcad39122'
        "12c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf8"
        '09bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a","scheme":"bls-unchained-g1-rfc9380"},"nonce":"5a5a5a5a5a5a'
        '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","preferred":[],"prizes":[{"count":2,"id":"pz_ff6knt4drcy'
        '3d","name":"A headset"}],"repeat_winners":false,"title":"Lucky draw","version":1,"weighted":false,"who":{"earl'
        'ier_winners":true,"kind":"tap"}}'
    ),
    "commitment_sha256": "3b5c0f55cedb9e2a6da9cb36debdc9eadb871dd4a69f9858d1bdbbd0e7de5557",
}
OPEN: Any = {
    **COMMITTED,
    "state": "open",
    "opened_at": "2026-01-05T08:39:50.000000Z",
    "closes_at": "2026-01-05T08:40:20.000000Z",
}
CLOSING: Any = {**OPEN, "state": "closing", "closed_at": OPEN["closes_at"], "entered": 40, "version": 40}
DRAWN: Any = {
    **OPEN,
    "state": "drawn",
    "prizes": [{**_PRIZE, "won": 2}],
    "closed_at": "2026-01-05T08:40:20.000000Z",
    "finished_at": "2026-01-05T08:40:27.412000Z",
    "entered": 40,
    "version": 40,
    "root": "fb941707094b1d9cebec0068b789d32cab115bdcc0adbe42247fc47e6e50af43",
    "fingerprint": "f0464d6109ecca862b27f126f76e4ec303dd99136ce6ec18c1fd01ff993b301f",
    "published_at": "2026-01-05T08:40:20.250000Z",
    "round": 24933021,
    "decided_at": "2026-01-05T08:40:27.000000Z",
    "winners": [{"prize": "pz_ff6knt4drcy3d", "name": "Wang"}, {"prize": "pz_ff6knt4drcy3d", "name": "Li Na"}],
    "proof": "/proof/dr_ejhzq4zxd382f",
}
CANCELLED: Any = {
    **OPEN,
    "state": "cancelled",
    "closed_at": "2026-01-05T08:40:20.000000Z",
    "finished_at": "2026-01-05T08:40:20.031000Z",
    "because": "The wrong prize",
    "entered": 40,
    "version": 40,
    "root": "fb941707094b1d9cebec0068b789d32cab115bdcc0adbe42247fc47e6e50af43",
    "fingerprint": "f0464d6109ecca862b27f126f76e4ec303dd99136ce6ec18c1fd01ff993b301f",
    "published_at": "2026-01-05T08:40:20.250000Z",
    "round": 24933021,
    "decided_at": "2026-01-05T08:40:27.000000Z",
    "proof": "/proof/dr_ejhzq4zxd382f",
}
_VIEWER = "vw_4rr83edp2ya77"
WINNERS: Any = [
    {
        "place": 0,
        "prize": DRAWN["prizes"][0]["id"],
        "viewer": _VIEWER,
        "external_id": "staff-1024",
        "name": "Wang",
        "preferred": False,
        "form": {"name": "", "phone": "+8613800138000", "address": ""},
        "filled_at": "2026-01-05T08:41:30.250000Z",
    },
    {
        "place": 1,
        "prize": DRAWN["prizes"][0]["id"],
        "viewer": "vw_2hc6t9b2mzkw6",
        "external_id": None,
        "name": "Li Na",
        "preferred": False,
        "form": None,
        "filled_at": None,
    },
]
ENTRANTS: Any = [
    {"viewer": _VIEWER, "external_id": "staff-1024", "name": "Wang", "weight": 1, "code": _VIEWER},
    {"viewer": None, "external_id": "staff-1025", "name": "Li Na", "weight": 1, "code": "en_8vgzz386t4am2"},
]
_TABLE = (
    "number,prize,name,viewer,external id,preferred,given name,phone,address,given at (UTC)\r\n"
    f"1,A headset,Wang,{_VIEWER},staff-1024,,,'+8613800138000,,2026-01-05 08:41:30\r\n"
)

OPERATIONS = {
    "createDraw": Documented(
        {"title": "Lucky draw", "prizes": [{"name": "A headset", "count": 2, "asks": ["phone"]}], "who": "tap", "countdown_s": 30},
        DRAFT,
        (LiveSessionOver, AnotherDrawOpen, DrandUnreachable),
    ),
    "listDraws": Documented(reply={"draws": [DRAWN], "next": None}),
    "getDraw": Documented(reply=DRAWN),
    "editDraw": Documented(
        {"title": "Lucky draw", "prizes": [{"name": "A headset", "count": 2, "asks": ["phone"]}], "who": "tap", "countdown_s": 30},
        DRAFT,
        (NotADraft, LiveSessionOver),
    ),
    "addDrawEntrants": Documented(
        {"entrants": [{"external_id": "staff-1024", "name": "Wang"}, {"external_id": "staff-1025", "name": "Li Na"}]},
        {"added": 2, "entered": 2},
        (WrongState, LiveSessionOver),
    ),
    "listDrawEntrants": Documented(reply={"entrants": ENTRANTS, "next": None}),
    "commitDraw": Documented(reply=COMMITTED, refusals=(WrongState, LiveSessionOver, AnotherDrawOpen, DrandUnreachable)),
    "openDraw": Documented(reply=OPEN, refusals=(WrongState, LiveSessionOver, AnotherDrawOpen, DrandUnreachable)),
    "closeDraw": Documented({"countdown_s": 0}, CLOSING, (WrongState,)),
    "cancelDraw": Documented({"because": "The wrong prize"}, CANCELLED, (WrongState,)),
    "listDrawWinners": Documented(reply={"winners": WINNERS, "next": None}),
    "exportDrawWinners": Documented(reply_types={"text/csv": _TABLE}),
}
