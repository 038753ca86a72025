"""Callback endpoints."""

from typing import Any

from turnout.callbacks.rules import IsFeed, TooManyEndpoints
from turnout.kernel.documented import Documented
from turnout.kernel.errors import NotAllowed, NotFound

_WHERE = {"id": "ep_6t1z8m3b5c0qn", "url": "https://crm.example.com/turnout", "dialect": "quanshi"}
_HEALTH: Any = {
    "failing_since": None,
    "failures_in_row": 0,
    "breaker_until": None,
    "succeeded_at": "2026-01-05T08:41:13.112000Z",
    "failed_at": "2026-01-04T22:10:05.004000Z",
    "last_explanation": "The receiver answered 503 Service Unavailable, which does not acknowledge the message.",
}
ENDPOINT: Any = {
    **_WHERE,
    "name": "CRM",
    "room": None,
    "kinds": ["survey.opened", "survey.closed"],
    "state": "active",
    "disabled_because": "",
    "has_secret": True,
    "old_secret_until": None,
    "options": {},
    "headers": ["X-Tenant"],
    "timeout_s": None,
    "waits_s": None,
    "native_tail": True,
    "calls_per_minute": 600,
    "concurrency": 16,
    "ordering": "dialect",
    "notify": "ops@crm.example.com",
    "client_certificate": {"subject": "CN=turnout,O=Example", "not_after": "2027-01-05T08:25:00.000000Z"},
    "created_at": "2026-01-05T08:25:00.000000Z",
    "paused_at": None,
    "disabled_at": None,
    "health": _HEALTH,
}
_NEVER_TRIED: Any = {
    "failing_since": None,
    "failures_in_row": 0,
    "breaker_until": None,
    "succeeded_at": None,
    "failed_at": None,
    "last_explanation": "",
}
_FEED: Any = {
    **ENDPOINT,
    "id": "ep_2r8w0k5d9h3xa",
    "url": None,
    "dialect": "native",
    "name": "Data warehouse",
    "kinds": [],
    "state": "feed",
    "has_secret": False,
    "headers": [],
    "native_tail": False,
    "calls_per_minute": None,
    "notify": "",
    "client_certificate": None,
    "health": _NEVER_TRIED,
}
_NOTICE: Any = {
    "id": "nt_7c2h5v9k1x4mz",
    "kind": "callback_endpoint.disabled",
    "at": "2026-01-10T09:00:00.000000Z",
    "endpoint": {**_WHERE, "name": "CRM"},
    "because": "Disabled by this server: every call has failed since 2026-01-05 09:00 UTC.",
    "failing_since": "2026-01-05T09:00:00.000000Z",
    "last_explanation": "The connection was refused: nothing listens at this address and port.",
    "mail_to": "ops@crm.example.com",
    "mail": "sent",
}
OPERATIONS = {
    "createCallbackEndpoint": Documented(
        {
            "url": "https://crm.example.com/turnout",
            "dialect": "quanshi",
            "name": "CRM",
            "kinds": ["survey.opened", "survey.closed"],
            "secret": "a long shared secret",
            "headers": {"X-Tenant": "42"},
            "native_tail": True,
            "calls_per_minute": 600,
            "notify": "ops@crm.example.com",
        },
        {**ENDPOINT, "client_certificate": None, "secret": None, "health": _NEVER_TRIED},
        (NotAllowed, NotFound, TooManyEndpoints),
    ),
    "listCallbackEndpoints": Documented(reply={"endpoints": [ENDPOINT, _FEED], "next": None}),
    "getCallbackEndpoint": Documented(reply=ENDPOINT),
    "changeCallbackEndpoint": Documented(
        {"name": "CRM of the north", "calls_per_minute": None},
        {**ENDPOINT, "name": "CRM of the north", "calls_per_minute": None},
        (NotAllowed,),
    ),
    "rotateCallbackSecret": Documented(
        {"secret": "another long shared secret", "overlap_s": 3600},
        {**ENDPOINT, "old_secret_until": "2026-01-05T10:00:00.000000Z", "secret": None},
        (NotAllowed, IsFeed),
    ),
    "pauseCallbackEndpoint": Documented(
        reply={**ENDPOINT, "state": "paused", "paused_at": "2026-01-05T09:00:00.000000Z"}, refusals=(NotAllowed, IsFeed)
    ),
    "resumeCallbackEndpoint": Documented(reply=ENDPOINT, refusals=(NotAllowed,)),
    "testCallbackEndpoint": Documented(
        reply={"stream": "ac_3n9p1w6s4v0tg", "number": 12, "deliveries": "/api/v1/callbacks/deliveries?endpoint=ep_6t1z8m3b5c0qn"},
        refusals=(NotAllowed,),
    ),
    "getCallbackEndpointHealth": Documented(
        reply={"health": _HEALTH, "hours": [{"hour": "2026-01-05T08:00:00.000000Z", "accepted": 118, "failed": 2, "mean_ms": 64}]}
    ),
    "removeCallbackEndpoint": Documented(refusals=(NotAllowed,)),
    "listNotices": Documented(reply={"notices": [_NOTICE], "next": None}),
    "dismissNotice": Documented(refusals=(NotAllowed,)),
}
