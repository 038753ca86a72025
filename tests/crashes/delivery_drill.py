"""Kills a server with kill -9 while events happen and callbacks go out, again and again over the same database.

In each cycle a host in each of several rooms opens and closes cards, and four receivers are told: one that acknowledges at once, one that
takes its time, one that refuses the first attempt of some messages and every attempt of a few, and one for which the order is that of the
live session; and somebody reads a feed. The kill comes from a thread of its own, a random delay after some random card was opened, some
random callback had come, or the server had been started: so it falls before an event is planned, before its delivery is claimed, between a
claim and its call, between a call and its record. Then the server is started again and the next cycle begins. What came of it all is judged
by delivery_checker.py.
"""

import hashlib
import http.client
import itertools
import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.crashes.delivery_checker import FEED, DeliveryChecker, Evidence, Receipt
from tests.harness.receiver import Received, Receiver, Reply
from tests.harness.server import ServerProcess, create_account
from turnout.client import NativeClient, NativeRefused

PHASES = ("producing", "delivering", "starting", "delivering", "draining")
"""Where kills fall, and how often."""

ROOMS = 3
CARDS = 20  # opened in each room in each cycle
SPREAD_S = {"draining": 0.6, "starting": 0.6}
SHORT_SPREAD_S = 0.05
CYCLE_PATIENCE_S = 60.0
ENDED_WITHIN_S = 15.0  # of a server that was asked to stop, and closed its port first
SLOW_S = 0.12  # at most, of the receiver that takes its time
REFUSED_FIRST, REFUSED_ALWAYS = 6, 40  # one message in so many
KINDS = ("survey.opened", "survey.closed")
QUANSHI_SECRET = "a-secret-of-the-drill"
QUICK = {"timeout_s": 2.0, "waits_s": [1.0, 1.0]}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "/prompt": {"dialect": "quanshi", "secret": QUANSHI_SECRET} | QUICK,
    "/slow": {"dialect": "quanshi", "secret": QUANSHI_SECRET, "concurrency": 8} | QUICK,
    "/refusing": {"dialect": "quanshi", "secret": QUANSHI_SECRET} | QUICK,
    "/in_order": {"dialect": "native", "kinds": list(KINDS)} | QUICK,
}
SHUT_BY_SERVER = (OSError, http.client.HTTPException, NativeRefused)


@dataclass(slots=True)
class Place:
    """One room with its host's client. told: (survey, kind) of what was acknowledged to have happened."""

    client: NativeClient
    room: str
    told: set[tuple[str, str]] = field(default_factory=set)


class DeliveryDrill:
    """Over a started server. end_server: what a kill is; returns when the server has ended."""

    def __init__(self, server: ServerProcess, receiver: Receiver, rng: random.Random) -> None:
        self.kills: list[str] = []
        self.down: list[tuple[float, float]] = []  # seconds since the epoch: of each kill, and of being ready again
        self.end_server: Callable[[], object] = server.kill
        self._server = server
        self._rng = rng
        self._salt = rng.randbytes(8)
        self._lock = threading.Lock()
        self._killed = threading.Event()
        self._killed_at = 0.0
        self._begun_at = 0.0
        self._receipts: list[Receipt] = []
        self._read: dict[int, tuple[str, object]] = {}  # what came by the feed, by number
        self._seen: set[bytes] = set()
        self._counts = {"producing": 0, "delivering": 0}
        self._alarm: tuple[str, int] | None = None
        self._delay_s = 0.0
        account = create_account(server.installation)
        clients = [NativeClient(server.base_url, account.api_key) for _ in range(ROOMS)]
        self._reader = NativeClient(server.base_url, account.api_key)
        self._feed = self._reader.create_endpoint(None, "native", kinds=list(KINDS)).id
        base_url = receiver.url.removesuffix("/callbacks")
        receiver.answer = self._answer
        secrets: dict[str, str] = {}
        for path, settings in ENDPOINTS.items():
            made = clients[0].create_endpoint(base_url + path, **settings).secret
            secrets[path] = made or settings["secret"]
        self.checker = DeliveryChecker(server.installation, secrets)
        self._places = [Place(client, client.create_room("Drill").id) for client in clients]
        for place in self._places:
            place.client.start_live_session(place.room)

    def kill_in(self, phase: str) -> None:
        """Runs a cycle, kills the server in this phase and starts it again."""
        with self._lock:
            self._begun_at = time.time()
            self._killed.clear()
            self._delay_s = self._rng.uniform(0, SPREAD_S.get(phase, SHORT_SPREAD_S))
            self._alarm = None
            if phase in self._counts:
                events = ROOMS * CARDS
                ahead = self._rng.randint(1, events if phase == "producing" else 2 * events)
                self._alarm = (phase, self._counts[phase] + ahead)
        if phase == "starting":
            self._set_timer()
        with ThreadPoolExecutor(ROOMS + 1) as threads:
            reading = threads.submit(self._follow_feed)
            for done in [threads.submit(self._produce, place) for place in self._places]:
                done.result()
            with self._lock:
                overdue = self._alarm is not None and not self._killed.is_set()
            if phase == "draining" or overdue:
                self._set_timer()
            assert self._killed.wait(CYCLE_PATIENCE_S), f"no kill came in {phase}"
            reading.result()
        self.kills.append(f"killed in {phase}: {sum(self._counts.values())} cards opened and callbacks received so far")
        self._server.start()
        self.down.append((self._killed_at, time.time()))

    def finish(self, within_s: float, *, calm_s: float = 0.0) -> Evidence:
        """Waits until nothing is owed any more, or the time is over, and calm_s longer, and hands over what there is to judge."""
        self.checker.wait_finished(within_s, meanwhile=self._take_page)
        threading.Event().wait(calm_s)
        with self._lock:
            receipts = list(self._receipts)
        receipts += [
            Receipt(FEED, {"webhook-id": message_id}, msgspec.json.encode(body), 0.0, acknowledged=True)
            for _, (message_id, body) in sorted(self._read.items())
        ]
        told = {one for place in self._places for one in place.told}
        return self.checker.gather(receipts, told, [killed_at for killed_at, _ in self.down])

    def close(self) -> None:
        """Ends the clients' connections."""
        for place in self._places:
            place.client.close()
        self._reader.close()

    def _produce(self, place: Place) -> None:
        """Opens CARDS cards and closes most of them, now and then by the end of the live session; ends early when the server is killed."""
        client = place.client
        try:
            running = client.get_room(place.room).running_live_session or client.start_live_session(place.room)
            for number in range(CARDS):
                if number == CARDS // 2 and self._chance(0.3):
                    client.end_live_session(running.id)
                    running = client.start_live_session(place.room)
                card = client.create_answer_card(running.id, f"Card {number}", ["A", "B"])
                client.open_survey(running.id, card.id)
                place.told.add((card.id, "survey.opened"))
                self._count("producing")
                if self._chance(0.9):
                    client.close_survey(running.id, card.id)
                    place.told.add((card.id, "survey.closed"))
        except SHUT_BY_SERVER:
            self._require_kill()

    def _follow_feed(self) -> None:
        """Reads the feed and acknowledges what it read until the server is killed."""
        try:
            while not self._killed.is_set():
                self._take_page(wait_s=1)
        except SHUT_BY_SERVER:
            self._require_kill()

    def _take_page(self, wait_s: int = 0) -> None:
        page = self._reader.read_feed(self._feed, limit=20, wait_s=wait_s)
        for message in page.messages:
            if self._read.setdefault(message.number, (message.id, message.body)) != (message.id, message.body):
                raise AssertionError(f"message {message.number} of the feed was {self._read[message.number]} and is {message}")
        if page.messages:
            self._reader.acknowledge_feed(self._feed, page.messages[-1].number)

    def _require_kill(self) -> None:
        """Within an exception: raises it on, unless it is the kill's; the server may be gone a moment before whoever killed it says so."""
        if not self._killed.wait(ENDED_WITHIN_S):
            kill = "is under way" if self._killed_at > self._begun_at else "was not begun"
            log = self._server.log
            fault = log.find("Fatal Python error")  # the thread it happened in comes early, long before the log's end
            told = log[-4000:] if fault < 0 else log[fault : fault + 4000]
            sys.stdout.write(f"the server is gone, and its kill {kill}; its log:\n{told}\n")
            raise

    def _answer(self, received: Received) -> Reply:
        """What the receivers of the four endpoints do, and what they remember."""
        chance = int.from_bytes(hashlib.sha256(self._salt + received.body).digest()[:4], "big")
        with self._lock:
            first = received.body not in self._seen
            if received.path == "/refusing":
                self._seen.add(received.body)
                refused = chance % REFUSED_ALWAYS == 0 or (first and chance % REFUSED_FIRST == 0)
            else:
                refused = False
            self._receipts.append(Receipt(received.path, received.headers, received.body, received.at, acknowledged=not refused))
        self._count("delivering")
        if received.path == "/slow":
            pause_s = SLOW_S * (chance % 1000) / 1000
            return Reply(wait=lambda: threading.Event().wait(pause_s))
        return Reply(500 if refused else 200)

    def _chance(self, share: float) -> bool:
        with self._lock:
            return self._rng.random() < share

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
            if self._alarm != (what, self._counts[what]):
                return
            self._alarm = None
        self._set_timer()

    def _set_timer(self) -> None:
        timer = threading.Timer(self._delay_s, self._kill)
        timer.daemon = True
        timer.start()

    def _kill(self) -> None:
        with self._lock:
            self._killed_at = time.time()
        self.end_server()
        self._killed.set()


def phases(rng: random.Random, instants: int) -> list[str]:
    """So many phases to kill in, each as often as PHASES has it, in random order."""
    chosen = list(itertools.islice(itertools.cycle(PHASES), instants))
    rng.shuffle(chosen)
    return chosen
