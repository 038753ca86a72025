"""Rooms and live sessions."""

from typing import Any

from turnout.kernel.documented import Documented
from turnout.rooms.rules import AlreadyRunning, LiveSessionOver, NoSuchRoom

LIVE_SESSION: Any = {
    "id": "ls_7c4p1r9e2g6xw",
    "room": "rm_0f3kq8z1m2n4p",
    "title": "Product training",
    "state": "running",
    "started_at": "2026-01-05T08:30:00.000000Z",
    "ended_at": None,
    "host": {"id": "hs_3n8w1qz6d0r5y", "name": "Chen Jie"},
}
ENDED: Any = {**LIVE_SESSION, "state": "ended", "ended_at": "2026-01-05T10:02:11.480000Z"}
ROOM: Any = {
    "id": "rm_0f3kq8z1m2n4p",
    "code": "k7mw3x9a",
    "title": "Product training",
    "viewer_url": "https://live.example.com/r/k7mw3x9a",
    "created_at": "2026-01-05T08:20:00.000000Z",
    "entry": "open",
    "passcode": None,
    "viewer_limit": None,
    "screen_link_at": None,
    "stream_url": None,
    "stream_origins": [],
    "embed_origins": [],
    "next_start_at": None,
    "next_title": "",
    "running_live_session": None,
}
_SHOWN = {
    "stream_url": "https://cdn.example.com/live/training/index.m3u8",
    "stream_origins": ["https://segments.example.com"],
    "embed_origins": ["https://www.example.com"],
    "next_start_at": "2026-01-12T08:30:00.000000Z",
    "next_title": "Product training, part two",
}

OPERATIONS = {
    "createRoom": Documented({"title": "Product training", **_SHOWN}, {**ROOM, **_SHOWN}),
    "listRooms": Documented(reply={"rooms": [{**ROOM, "running_live_session": LIVE_SESSION}], "next": None}),
    "getRoom": Documented(reply={**ROOM, "running_live_session": LIVE_SESSION}, refusals=(NoSuchRoom,)),
    "changeRoom": Documented(
        {"entry": "passcode", "passcode": "2468", "viewer_limit": 500},
        {**ROOM, "entry": "passcode", "passcode": "2468", "viewer_limit": 500},
        (NoSuchRoom,),
    ),
    "makeScreenLink": Documented(
        reply={
            "screen_url": "https://live.example.com/screen/rm_0f3kq8z1m2n4p#key=Q2m8nT0xV5cLr7yJ1bZ4wKf9sHd3gPa6eUoRiXqYvMs",
            "made_at": "2026-01-05T08:21:00.000000Z",
        },
        refusals=(NoSuchRoom,),
    ),
    "endScreenLink": Documented(refusals=(NoSuchRoom,)),
    "startLiveSession": Documented({"title": "Product training"}, LIVE_SESSION, (NoSuchRoom, AlreadyRunning)),
    "listLiveSessions": Documented(reply={"live_sessions": [ENDED], "next": "ls_7c4p1r9e2g6xw"}, refusals=(NoSuchRoom,)),
    "getLiveSession": Documented(reply=LIVE_SESSION),
    "endLiveSession": Documented(reply=ENDED, refusals=(LiveSessionOver,)),
}
