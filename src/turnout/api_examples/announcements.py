"""Announcements, and all live sessions with their figures."""

from typing import Any

from turnout.api_examples.rooms import ENDED, LIVE_SESSION
from turnout.kernel.documented import Documented
from turnout.rooms.rules import LiveSessionOver

ANNOUNCEMENT: Any = {
    "id": "an_5v0t8k2m7c9rj",
    "text": "We go on at 15:10.",
    "made_at": "2026-01-05T08:44:12.300000Z",
    "withdrawn_at": None,
    "host": LIVE_SESSION["host"],
}
WITHDRAWN: Any = {**ANNOUNCEMENT, "withdrawn_at": "2026-01-05T08:46:02.071000Z"}
_FIGURES: Any = {
    "room_title": "Product training",
    "online": 182,
    "viewers": 240,
    "peak": {"viewers": 201, "at": "2026-01-05T08:52:40.018000Z"},
    "under_way": [{"id": "sv_2n7q4w1k9d5xz", "title": "Warm-up"}],
    "drafts": 3,
}

OPERATIONS = {
    "makeAnnouncement": Documented({"text": "We go on at 15:10."}, ANNOUNCEMENT, (LiveSessionOver,)),
    "listAnnouncements": Documented(reply={"announcements": [WITHDRAWN], "next": None}),
    "withdrawAnnouncement": Documented(reply=WITHDRAWN),
    "listSummaries": Documented(
        reply={
            "live_sessions": [
                {**LIVE_SESSION, **_FIGURES},
                {**ENDED, **_FIGURES, "id": "ls_1b5h8p3n6t0vq", "online": 0, "under_way": [], "drafts": 0},
            ],
            "planned": [
                {
                    "room": "rm_0f3kq8z1m2n4p",
                    "room_title": "Product training",
                    "title": "Product training, part two",
                    "starts_at": "2026-01-12T08:30:00.000000Z",
                }
            ],
            "next": None,
        }
    ),
}
