"""Whether a big screen that is left on for a day grows: its heap after 10,000 publications against its heap after 1,000.

A real server, a real browser, the screen of a screen link. Check-ins and answer cards are opened and closed one after the other, each of
which is a publication, and after so many of them the browser collects its garbage twice and says how much its heap holds.

Run: python -m benchmarks.screen_heap [--publications N] (make bench). Exit status 1 when it has grown more than promised.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

from benchmarks.browser import browser, served
from benchmarks.machine import describe_machine
from benchmarks.promised import PROMISED_HEAP_GROWTH
from turnout.client import NativeClient

HERE = Path(__file__).parent
FIRST_LOOK = 10
"""The first look is after one in so many of the publications."""


def main() -> int:
    """Measures, writes the report, and says whether the promise is kept."""
    options = _options()
    first = options.publications // FIRST_LOOK
    with served() as client, browser() as chromium:
        room = client.create_room("Lecture hall")
        live_session = client.start_live_session(room.id, "Networks").id
        page = chromium.new_page(viewport={"width": 1920, "height": 1080})
        protocol = page.context.new_cdp_session(page)
        page.goto(client.make_screen_link(room.id).screen_url)
        page.get_by_test_id("screen-join").wait_for()
        publish(client, live_session, page, first)
        heap_after_first = heap(protocol)
        publish(client, live_session, page, options.publications - first)
        heap_after_all = heap(protocol)
    ratio = round(heap_after_all / heap_after_first, 3)
    report = {
        "measured_at": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(HERE),
        "shape": {"rounds": 1, "first": first, "publications": options.publications},
        "heap_bytes": {"first": heap_after_first, "all": heap_after_all},
        "growth": ratio,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["heap_bytes"]), ratio)
    return 0 if ratio <= PROMISED_HEAP_GROWTH else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--publications", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "screen_heap.json")
    return parser.parse_args()


def publish(client: NativeClient, live_session: str, page: Page, publications: int) -> None:
    """So many publications, four at a time; the screen has shown the last of them."""
    for number in range(0, publications, 4):
        checkin = client.create_checkin(live_session, f"Check-in {number}")
        client.close_checkin(live_session, checkin.id)
        card = client.create_answer_card(live_session, f"Card {number} of {publications}", ["North", "East"], right_options=[1])
        client.open_survey(live_session, card.id)
        client.close_survey(live_session, card.id)
    page.locator('[data-testid="screen-survey"][data-published="true"]', has_text=f"Card {number} of {publications}").wait_for()


def heap(protocol: CDPSession) -> int:
    """Bytes that the page's heap holds once what nobody needs is gone."""
    for _ in range(2):
        protocol.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = protocol.send("Runtime.getHeapUsage")
    return int(usage["usedSize"])


if __name__ == "__main__":
    sys.exit(main())
