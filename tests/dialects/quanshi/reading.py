"""The dialect of the tests, and its messages as a receiver parses them."""

import json
from typing import Any

from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms

IDS = IdForms(bytes(range(32)))
BASE_URL = "https://live.example.com"
DIALECT = QuanshiCallbacks(IDS, base_url=lambda: BASE_URL)


def message(event: Event, **options: bool) -> dict[str, Any]:
    """The message of an event as a receiver parses it."""
    (part,) = DIALECT.plan(event, options)
    parsed: dict[str, Any] = json.loads(DIALECT.encode(event, part, options))
    return parsed
