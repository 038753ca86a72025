"""Deliveries, their redelivery, and feeds."""

from typing import Any

from turnout.callbacks.rules import EndpointRemoved, IsFeed, NotAFeed, NotRedeliverable, TooManyRedeliveries
from turnout.kernel.documented import Documented
from turnout.kernel.errors import NotAllowed, NotFound

DELIVERY: Any = {
    "id": "dl_4e0j7g2w9f6rd",
    "endpoint": {"id": "ep_6t1z8m3b5c0qn", "url": "https://crm.example.com/turnout", "dialect": "quanshi", "name": "CRM"},
    "live_session": "ls_3v9d6n1k8h5pq",
    "event": {"kind": "survey.closed", "number": 4, "at": "2026-01-05T08:41:12.031000Z", "title": "Warm-up"},
    "part": 0,
    "state": "failed",
    "shown": "failed",
    "waits_for": None,
    "attempts": 4,
    "next_attempt_at": None,
    "created_at": "2026-01-05T08:41:12.040000Z",
    "finished_at": "2026-01-05T08:42:32.977000Z",
    "feed_number": None,
    "summary": "Given up after 4 attempts. The receiver answered 503 Service Unavailable, which does not acknowledge the message.",
}
_ATTEMPT: Any = {
    "number": 4,
    "url": "https://crm.example.com/turnout",
    "started_at": "2026-01-05T08:42:32.690000Z",
    "duration_ms": 287,
    "outcome": "rejected",
    "status": 503,
    "headers": {"User-Agent": "Turnout/0.4.0", "Content-Type": "application/json; charset=utf-8"},
    "reply": "Service Unavailable",
    "reply_headers": {"Content-Type": "text/plain", "Content-Length": "19"},
    "explanation": "The receiver answered 503 Service Unavailable, which does not acknowledge the message.",
    "body": None,
}
_DUE: Any = {
    **DELIVERY,
    "state": "due",
    "shown": "retrying",
    "waits_for": "retry",
    "next_attempt_at": "2026-01-05T09:00:00.000000Z",
    "finished_at": None,
    "summary": "Will be tried again after 4 attempts. The receiver did not answer within 5 s.",
}
_SPAN: Any = {"from": "2026-01-05T08:00:00Z", "to": "2026-01-05T09:00:00Z"}
_COUNTS: Any = {"due": 3, "waiting": 2, "retrying": 1, "sending": 0, "succeeded": 1180, "failed": 4, "cancelled": 0}
_MESSAGE: Any = {
    "id": "dl_1m8c5t0r7y4zb",
    "number": 118,
    "kind": "live_session.ended",
    "at": "2026-01-05T08:55:00.120000Z",
    "body": {
        "type": "live_session.ended",
        "timestamp": "2026-01-05T08:55:00.120000Z",
        "data": {"live_session": {"id": "ls_3v9d6n1k8h5pq", "title": "Product training"}},
    },
}

OPERATIONS = {
    "listAllDeliveries": Documented(reply={"deliveries": [DELIVERY], "next": None}),
    "listDeliveries": Documented(reply={"deliveries": [DELIVERY], "next": None}),
    "getDelivery": Documented(
        reply={
            **{name: value for name, value in DELIVERY.items() if name != "attempts"},
            "attempts_made": 4,
            "body": '{"dataType":1,"surveyId":5120938475610293}',
            "attempts": [_ATTEMPT],
        }
    ),
    "countDeliveries": Documented(reply={**_COUNTS, "oldest_due_at": "2026-01-05T08:41:12.040000Z"}),
    "redeliver": Documented(reply=_DUE, refusals=(NotRedeliverable, EndpointRemoved, IsFeed)),
    "redeliverRange": Documented(
        {**_SPAN, "states": ["failed"], "kinds": ["survey.closed"]}, {"count": 4}, (NotAllowed, IsFeed, TooManyRedeliveries)
    ),
    "redeliverMissing": Documented(_SPAN, {"count": 37}, (NotAllowed, TooManyRedeliveries)),
    "readFeed": Documented(reply={"messages": [_MESSAGE], "next": 118, "last": 118}, refusals=(NotFound, NotAFeed)),
    "acknowledgeFeed": Documented(
        {"endpoint": "ep_2r8w0k5d9h3xa", "through": 118}, {"acknowledged": 118, "last": 118}, (NotAllowed, NotFound, NotAFeed)
    ),
}
