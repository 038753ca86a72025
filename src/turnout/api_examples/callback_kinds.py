"""The catalogue of kinds of callbacks."""

from turnout.kernel.documented import Documented

_HOST = {"id": "hs_8bgbjwc8qt7ga", "name": "Lin"}
_LIVE_SESSION = {
    "id": "ls_5fyj3k9nmrb2p",
    "room": "rm_8hyxvnk4wxgda",
    "title": "Product training",
    "state": "running",
    "started_at": "2026-01-05T08:35:00.000000Z",
    "ended_at": None,
    "host": _HOST,
}

OPERATIONS = {
    "getCallbackKinds": Documented(
        reply={
            "kinds": [
                {
                    "kind": "live_session.started",
                    "description": "A host has started a live session in a room.",
                    "schema": {
                        "$schema": "https://json-schema.org/draft/2020-12/schema",
                        "title": "live_session.started",
                        "type": "object",
                        "required": ["type", "timestamp", "data"],
                        "properties": {
                            "type": {"const": "live_session.started"},
                            "timestamp": {"type": "string", "format": "date-time"},
                            "data": {"type": "object"},
                        },
                    },
                    "example": {
                        "type": "live_session.started",
                        "timestamp": "2026-01-05T08:35:00.000000Z",
                        "data": {"live_session": _LIVE_SESSION},
                    },
                }
            ]
        }
    ),
}
