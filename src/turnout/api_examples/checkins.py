"""Check-ins and their people."""

from typing import Any

from turnout.interactions.checkin.rules import AnotherCheckInOpen, LiveSessionOver
from turnout.interactions.lifecycle import NotADraft, WrongState
from turnout.kernel.documented import Documented

OPEN: Any = {
    "id": "ci_3d8m1x6r0p5hw",
    "title": "Are you there?",
    "state": "open",
    "time_limit_s": 60,
    "show_counts": True,
    "opened_at": "2026-01-05T08:50:00.000000Z",
    "closes_at": "2026-01-05T08:51:00.000000Z",
    "closed_at": None,
    "closed_by": None,
    "expected": 2,
    "confirmed": 0,
    "rate": 0,
    "unexpected": 0,
    "version": 1,
    "expects": "list",
    "late": "counted",
    "created_at": "2026-01-05T08:50:00.000000Z",
}
CLOSED: Any = {
    **OPEN,
    "state": "closed",
    "closed_at": "2026-01-05T08:51:00.000000Z",
    "closed_by": "time_limit",
    "confirmed": 1,
    "rate": 50,
    "version": 2,
}
DRAFT: Any = {**OPEN, "state": "draft", "show_counts": False, "opened_at": None, "closes_at": None}
WITHDRAWN: Any = {**OPEN, "state": "withdrawn", "expected": 0, "version": 0}
PEOPLE: Any = [
    {
        "viewer": {"id": "vw_0a6x2c8h4j1mz", "name": "Wang Wei"},
        "external_id": "staff-1024",
        "name": "Wang Wei",
        "expected": True,
        "confirmed_at": "2026-01-05T08:50:07.114000Z",
    },
    {"viewer": None, "external_id": "staff-1025", "name": "Li Na", "expected": True, "confirmed_at": None},
]

OPERATIONS = {
    "createCheckIn": Documented(
        {
            "title": "Are you there?",
            "time_limit_s": 60,
            "expects": "list",
            "people": [{"external_id": "staff-1024"}, {"external_id": "staff-1025", "name": "Li Na"}],
            "show_counts": True,
        },
        OPEN,
        (LiveSessionOver, AnotherCheckInOpen),
    ),
    "listCheckIns": Documented(reply={"checkins": [CLOSED], "next": None}),
    "getCheckIn": Documented(reply=CLOSED),
    "editCheckIn": Documented({"title": "Are you there?", "time_limit_s": 60, "expects": "list"}, DRAFT, (NotADraft, LiveSessionOver)),
    "listCheckInPeople": Documented(reply={"people": PEOPLE, "next": None}),
    "openCheckIn": Documented(reply=OPEN, refusals=(WrongState, LiveSessionOver, AnotherCheckInOpen)),
    "closeCheckIn": Documented(reply=CLOSED, refusals=(WrongState,)),
    "withdrawCheckIn": Documented(reply=WITHDRAWN, refusals=(WrongState,)),
}
