"""The people of a live session, and who may not come back."""

from typing import Any

from turnout.api_examples.rooms import LIVE_SESSION
from turnout.kernel.documented import Documented
from turnout.rooms.rules import LiveSessionOver, NoSuchRoom

PRESENCE: Any = {
    "id": "vw_0a6x2c8h4j1mz",
    "name": "Wang Wei",
    "role": "attendee",
    "external_id": "u-20871",
    "group": "North",
    "phone": "13800138000",
    "email": "wei@example.com",
    "extra": {"department": "Sales"},
    "online": True,
    "connections": [{"entered_at": "2026-01-05T08:31:07.250000Z", "address": "192.0.2.17", "client": "Chrome on Windows"}],
    "entered_at": "2026-01-05T08:31:07.250000Z",
    "exited_at": None,
    "kicked": False,
    "blocked": False,
}
REMOVED: Any = {
    "id": "vw_0a6x2c8h4j1mz",
    "name": "Wang Wei",
    "role": "attendee",
    "external_id": "u-20871",
    "blocked": False,
}
_BLOCK = {
    "viewer": {"id": "vw_0a6x2c8h4j1mz", "name": "Wang Wei"},
    "external_id": "u-20871",
    "blocked_at": "2026-01-05T09:12:40.118000Z",
    "blocked_by": LIVE_SESSION["host"],
}

OPERATIONS = {
    "listViewers": Documented(reply={"viewers": [PRESENCE], "online": 1, "total": 1, "next": None}),
    "getAttendance": Documented(
        reply={
            "since": "2026-01-05T08:30:00.000000Z",
            "until": "2026-01-05T08:31:30.000000Z",
            "step_s": 60,
            "viewers": 3,
            "online": 2,
            "peak": {"viewers": 3, "at": "2026-01-05T08:31:07.250000Z"},
            "points": [
                {"at": "2026-01-05T08:30:00.000000Z", "online": 0, "most": 2, "entered": 2, "left": 0},
                {"at": "2026-01-05T08:31:00.000000Z", "online": 2, "most": 3, "entered": 1, "left": 1},
            ],
        }
    ),
    "kickViewer": Documented(reply=REMOVED, refusals=(LiveSessionOver,)),
    "blockViewer": Documented(reply={**REMOVED, "blocked": True}, refusals=(NoSuchRoom,)),
    "unblockViewer": Documented(reply=REMOVED, refusals=(NoSuchRoom,)),
    "listBlocks": Documented(reply={"blocks": [_BLOCK], "next": None}, refusals=(NoSuchRoom,)),
}
