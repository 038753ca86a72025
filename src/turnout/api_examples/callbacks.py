"""Callback endpoints and deliveries."""

from typing import Any

from turnout.callbacks.rules import EndpointRemoved, NotRedeliverable, TooManyEndpoints
from turnout.kernel.documented import Documented
from turnout.kernel.errors import NotAllowed

_WHERE = {"id": "ep_6t1z8m3b5c0qn", "url": "https://crm.example.com/turnout", "dialect": "quanshi"}
ENDPOINT: Any = {**_WHERE, "has_secret": True, "options": {}, "created_at": "2026-01-05T08:25:00.000000Z"}
DELIVERY: Any = {
    "id": "dl_4e0j7g2w9f6rd",
    "endpoint": _WHERE,
    "event": {"kind": "survey.closed", "number": 4, "at": "2026-01-05T08:41:12.031000Z"},
    "part": 0,
    "state": "failed",
    "attempts": 3,
    "next_attempt_at": None,
    "created_at": "2026-01-05T08:41:12.040000Z",
    "finished_at": "2026-01-05T08:41:42.977000Z",
    "summary": "failed after 3 attempts: HTTP 503",
}
_ATTEMPT = {
    "number": 3,
    "started_at": "2026-01-05T08:41:42.690000Z",
    "duration_ms": 287,
    "outcome": "refused",
    "status": 503,
    "reply": "Service Unavailable",
    "headers": {"Content-Type": "application/json"},
    "explanation": "the receiver answered 503",
}

OPERATIONS = {
    "createCallbackEndpoint": Documented(
        {"url": "https://crm.example.com/turnout", "dialect": "quanshi", "secret": "a long shared secret"},
        ENDPOINT,
        (NotAllowed, TooManyEndpoints),
    ),
    "listCallbackEndpoints": Documented(reply={"endpoints": [ENDPOINT], "next": None}),
    "removeCallbackEndpoint": Documented(refusals=(NotAllowed,)),
    "listDeliveries": Documented(reply={"deliveries": [DELIVERY], "next": None}),
    "getDelivery": Documented(
        reply={
            **{name: value for name, value in DELIVERY.items() if name != "attempts"},
            "attempts_made": 3,
            "body": '{"dataType":1,"surveyId":5120938475610293}',
            "attempts": [_ATTEMPT],
        }
    ),
    "redeliver": Documented(
        reply={**DELIVERY, "state": "due", "next_attempt_at": "2026-01-05T09:00:00.000000Z", "finished_at": None, "summary": "due"},
        refusals=(NotRedeliverable, EndpointRemoved),
    ),
}
