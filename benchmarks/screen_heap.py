"""Whether a big screen that is left on for a day grows: its heap after 10,000 publications against its heap after 1,000.

A real server, a real browser, the screen of a screen link. It follows a hall's live sessions one after another: 20 short ones, then one
that goes on and on, so that both what is kept from session to session and what is kept within one would show. In each, people check in,
answer a card, and vote on two questions whose result is published late; there are announcements, some of them taken back, draws from a
list, new titles of the room and new colours. Two viewers take part, so that counts move on the screen. Whoever drives it waits until the
screen shows the end of each round: every publication is drawn.

A publication is a message of the live session's numbered line (docs/socket.md), counted as it arrives at the page; counts and the number of
people online are not. The first look is ten sessions in. At both looks the screen shows the same kind of thing, a published vote; the
browser collects its garbage twice and says how much its heap holds, and how many nodes of the page there are, those that hang nowhere
included.

Run: python -m benchmarks.screen_heap [--publications N] (make bench; some minutes). Exit status 1 when heap or nodes have grown more than
promised.
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import CDPSession, Page, WebSocket

from benchmarks.browser import browser, served
from benchmarks.machine import describe_machine
from benchmarks.promised import PROMISED_HEAP_GROWTH
from tests.harness.viewers import Viewer
from turnout.client import NativeClient, native_replies
from turnout.kernel.limits import ANNOUNCEMENTS_PER_MINUTE

HERE = Path(__file__).parent
FIRST_LOOK = 10
"""The first look is after one in so many of the publications."""

SHORT = 100
"""Short live sessions have one in so many of the publications."""

SHORT_ONES = 20
VIEWERS = 2
DRAW_EVERY = 20
"""Rounds."""

_PRIZES = [{"name": "Headset", "count": 3}, {"name": "Mug", "count": 10}]
_PEOPLE = [{"external_id": f"staff-{number}", "name": f"Person {number}"} for number in range(40)]
_QUESTIONS = [{"title": "Which way?", "options": ["North", "East"]}, {"title": "And then?", "options": ["Left", "Right", "Neither"]}]
_COLOURS = ("#1f4fd8", "#9a3412")


class Look(NamedTuple):
    """What the page holds once what nobody needs is gone. nodes: of its documents, and loose ones. listeners: of JavaScript, on events."""

    heap_bytes: int
    nodes: int
    listeners: int


def main() -> int:
    """Measures, writes the report, and says whether the promise is kept."""
    options = _options()
    most: int = options.publications
    began = time.monotonic()
    with served() as client, browser() as chromium:
        page = chromium.new_page(viewport={"width": 1920, "height": 1080})
        hall = Hall(client, page)
        for number in range(SHORT_ONES):
            with hall.live_session() as live_session:
                hall.go_on(live_session, most * (number + 1) // SHORT)
                if (number + 1) * FIRST_LOOK == SHORT:
                    first_at, first = hall.told, look(page)
        with hall.live_session() as live_session:
            hall.go_on(live_session, most)
            everything = look(page)
    growth = round(everything.heap_bytes / first.heap_bytes, 3)
    report = {
        "measured_at": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(HERE),
        "shape": {"rounds": 1, "first": first_at, "publications": hall.told, "live_sessions": SHORT_ONES + 1, "counts": hall.counts},
        "took_s": round(time.monotonic() - began),
        "first": first._asdict(),
        "all": everything._asdict(),
        "growth": growth,
        "nodes_growth": round(everything.nodes / first.nodes, 3),
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: report[name] for name in ("shape", "took_s", "first", "all", "growth", "nodes_growth")}))
    return 0 if max(growth, everything.nodes / first.nodes) <= PROMISED_HEAP_GROWTH else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--publications", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "screen_heap.json")
    return parser.parse_args()


class Hall:
    """A room, its screen and those who take part. told: publications that arrived at the page; counts: tallies that did."""

    def __init__(self, client: NativeClient, page: Page) -> None:
        self.told = 0
        self.counts = 0
        self._client = client
        self._page = page
        self._number = 0
        self._room = client.create_room("Lecture hall")
        self._viewers: list[Viewer] = []
        page.on("websocket", self._hear)
        page.goto(client.make_screen_link(self._room.id).screen_url)
        page.get_by_test_id("screen-join").wait_for()

    def _hear(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        op = json.loads(payload)["op"]
        self.told += op == "publication"
        self.counts += op.endswith("tally")

    @contextmanager
    def live_session(self) -> Iterator[str]:
        """One that runs, with the viewers in it; the screen has noticed."""
        with ExitStack() as stack:
            live_session = self._client.start_live_session(self._room.id, "Networks").id
            self._page.locator('[data-testid="screen"][data-shown="join"]').wait_for()
            self._viewers = [stack.enter_context(Viewer(self._client.base_url)) for _ in range(VIEWERS)]
            for number, viewer in enumerate(self._viewers):
                viewer.enter(self._room.code, f"Viewer {number}")
            yield live_session
            self._client.end_live_session(live_session)
            self._page.locator('[data-testid="screen"][data-shown="thanks"]').wait_for()

    def go_on(self, live_session: str, until: int) -> None:
        """Round after round until so many publications were told; the last thing shown is a published vote."""
        announced_at = -60.0 / ANNOUNCEMENTS_PER_MINUTE
        rounds = 0
        while self.told < until:
            if rounds % DRAW_EVERY == 0:
                self._change_looks()
                self._draw(live_session)
            if time.monotonic() - announced_at > 60.0 / ANNOUNCEMENTS_PER_MINUTE:  # no more are allowed
                self._announce(live_session)
                announced_at = time.monotonic()
            self._play(live_session)
            rounds += 1

    def _play(self, live_session: str) -> None:
        """A check-in, an answer card, a vote: seven publications."""
        client = self._client
        self._number += 1
        checkin = client.create_checkin(live_session, f"Who is there? {self._number}", show_counts=True)
        self._everybody({"op": "check_in", "checkin": checkin.id})
        client.close_checkin(live_session, checkin.id)
        card = client.create_answer_card(live_session, f"Card {self._number}", ["North", "East"], right_options=[1])
        client.open_survey(live_session, card.id)
        self._answer(card)
        client.close_survey(live_session, card.id)
        title = f"Vote {self._number}."
        vote = client.create_survey(live_session, "vote", title, _QUESTIONS, publish_on_close=False)
        client.open_survey(live_session, vote.id)
        self._answer(vote)
        client.close_survey(live_session, vote.id)
        client.publish_survey(live_session, vote.id)
        self._page.locator('[data-testid="screen-survey"][data-published="true"]', has_text=title).wait_for()

    def _answer(self, survey: native_replies.Survey) -> None:
        answers = [{"question": question.id, "choices": [1]} for question in survey.questions]
        self._everybody({"op": "answer", "survey": survey.id, "answers": answers})

    def _everybody(self, command: Mapping[str, Any]) -> None:
        """All viewers say it at once, and are heard."""
        ids = [secrets.token_hex(8) for _ in self._viewers]
        for viewer, command_id in zip(self._viewers, ids, strict=True):
            viewer.send({**command, "id": command_id})
        for viewer, command_id in zip(self._viewers, ids, strict=True):
            answer = viewer.wait_for(lambda message, wanted=command_id: message.get("id") == wanted)  # type: ignore[misc]
            assert answer["op"] == "accepted", answer

    def _announce(self, live_session: str) -> None:
        announcement = self._client.make_announcement(live_session, f"We go on in a minute, after round {self._number}.")
        if self._number % 2:
            self._client.withdraw_announcement(live_session, announcement.id)

    def _change_looks(self) -> None:
        self._client.change_room(self._room.id, title=f"Lecture hall {self._number}")
        self._client.set_theme(name="Northwind", accent=_COLOURS[self._number % 2])

    def _draw(self, live_session: str) -> None:
        settings: dict[str, Any] = {"who": "list", "entrants": _PEOPLE, "entropy": "offline", "open": True}
        draw = self._client.create_draw(live_session, "Raffle", _PRIZES, **settings)
        self._client.close_draw(live_session, draw.id)
        self._page.locator('[data-testid="screen-draw"][data-state="drawn"]').wait_for()


def look(page: Page) -> Look:
    """Collects garbage and counts what is left."""
    protocol = page.context.new_cdp_session(page)
    held, counters = heap(protocol), protocol.send("Memory.getDOMCounters")
    protocol.detach()
    return Look(held, int(counters["nodes"]), int(counters["jsEventListeners"]))


def heap(protocol: CDPSession) -> int:
    """Bytes that the page's heap holds once what nobody needs is gone."""
    for _ in range(2):
        protocol.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = protocol.send("Runtime.getHeapUsage")
    return int(usage["usedSize"])


if __name__ == "__main__":
    sys.exit(main())
