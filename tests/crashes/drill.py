"""Kills a server with kill -9 at chosen moments of a live session's cycle, again and again over the same database.

One cycle: hosts open cards, viewers enter and begin to answer them, hosts open more while they answer and close them while some still do,
and then nothing happens. The kill comes from a thread of its own, a random delay after one of these phases began, or after some random
viewer entered or was answered, so no await of ours decides where it falls. Then the server is started again, the checker looks, and the
next cycle begins with everybody coming back by token.
"""

import asyncio
import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.crashes.checker import Checker, Findings
from tests.crashes.crowd import ACKNOWLEDGED, ENTERED, Crowd, Stuck
from tests.harness.receiver import Receiver
from tests.harness.server import ServerProcess, create_account
from turnout.client import NativeClient, NativeRefused

PHASES = ("answering", "entering", "opening", "answering", "closing", "idle")
"""Where kills fall, and how often."""

SPREAD_S = {"opening": 0.3, "closing": 0.3}
"""Over how many seconds kills are spread, from the beginning of the phase on, or from the random viewer or answer that sets them off."""

SHORT_SPREAD_S = 0.05

SECRET = "a-secret-of-the-drill"
"""With which callbacks are signed."""

ROOMS = 2  # several, because each of PostgreSQL's writers has its own live sessions
CARDS = 10  # opened in each room in each cycle, all but MORE_CARDS of them before viewers enter
MORE_CARDS = 3  # while they answer
EXAM_EVERY = 4  # one survey in so many is an exam
EXAM_QUESTIONS = 5
CARDS_OF_A_LIVE_SESSION = 30  # fewer than a snapshot shows, so that a viewer who comes back sees all its answers
SURE_SHARE = 0.7  # of the possible answers given before hosts begin to close: the rest races with the close
CYCLE_PATIENCE_S = 60.0  # a cycle takes some three seconds on an idle machine
SHUT_BY_SERVER = (OSError, http.client.HTTPException)


@dataclass(slots=True)
class Place:
    """One room with its host's client."""

    client: NativeClient
    room: str
    code: str
    live_session: str = ""
    opened: set[str] = field(default_factory=set)  # acknowledged
    closed: set[str] = field(default_factory=set)  # acknowledged


class Drill:
    """Over a started server. end_server: what a kill is; returns when the server has ended."""

    def __init__(self, server: ServerProcess, receiver: Receiver, rng: random.Random, viewers: int) -> None:
        account = create_account(server.installation)
        clients = [NativeClient(server.base_url, account.api_key) for _ in range(ROOMS + 1)]
        self.server = server
        self.client = clients.pop()
        self.client.create_endpoint(receiver.url, "quanshi", secret=SECRET)
        self.checker = Checker(server.installation, self.client)
        self.crowd = Crowd(server.base_url, rng)
        self.killed_in: list[str] = []
        self.longest_restart_s = 0.0
        self._receiver = receiver
        self._rng = rng
        self._places: list[Place] = []
        self._phase = ""
        self._kill_in = ""
        self._kill_after_s = 0.0
        self._killed = asyncio.Event()
        self._timer_set = False
        self.end_server: Callable[[], object] = server.kill
        for client in clients:
            room = client.create_room("Drill")
            self._places.append(Place(client, room.id, room.code))
            self.crowd.add_viewers(room.code, viewers // ROOMS)

    async def kill_in(self, phase: str) -> Findings:
        """Runs a cycle, kills the server somewhere in or after this phase, starts it again and says what was found. A server that does
        not answer any more fails the test with the stacks of its threads."""
        try:
            return await self._kill_in_phase(phase)
        except Stuck as stuck:
            raise AssertionError(f"{stuck} in {self._phase}\n{self.server.abort()}") from None

    async def _kill_in_phase(self, phase: str) -> Findings:
        self._kill_in, self._kill_after_s = phase, self._rng.uniform(0, SPREAD_S.get(phase, SHORT_SPREAD_S))
        self._killed.clear()
        self._timer_set = False
        await self._everywhere(self._prepare)
        cycle = asyncio.create_task(self._cycle())
        await self._until_killed(cycle)
        await self.crowd.until(lambda: self.crowd.connected == 0)
        began = time.monotonic()
        await asyncio.to_thread(self.server.start)
        self.longest_restart_s = max(self.longest_restart_s, time.monotonic() - began)
        return await asyncio.to_thread(self._check)

    async def come_back(self) -> Findings:
        """Everybody enters again, what was left open is answered, and when it is quiet everybody goes; then the checker looks."""
        await self._everywhere(self._prepare)
        await self.crowd.enter()
        await self.crowd.until(lambda: not self.crowd.busy)
        self.crowd.leave()
        await self.crowd.until(lambda: self.crowd.connected == 0)
        return await asyncio.to_thread(self._check)

    async def wait_delivered(self, within_s: float) -> list[str]:
        """What is wrong with the callbacks once all of them have been sent, or once the time is over."""
        deadline = time.monotonic() + within_s
        while not await asyncio.to_thread(self.checker.is_all_delivered) and time.monotonic() < deadline:  # noqa: ASYNC110 - not our process
            await asyncio.sleep(0.25)
        return self.checker.check_callbacks(self._receiver.received, SECRET.encode())

    def close(self) -> None:
        """Ends the clients' connections."""
        for place in self._places:
            place.client.close()
        self.client.close()

    def _check(self) -> Findings:
        answers = list(self.crowd.answers)
        opened = {card for place in self._places for card in place.opened}
        closed = {card for place in self._places for card in place.closed}
        findings = self.checker.check(answers, opened, closed)
        findings.other += self.checker.check_api(answers, [place.live_session for place in self._places])
        findings.other += self.crowd.violations
        self.crowd.violations = []
        return findings

    async def _until_killed(self, cycle: asyncio.Task[None]) -> None:
        """Waits for the kill. What the cycle meets because the server is gone is no failure; all else is, and so is no kill."""
        waiting = asyncio.create_task(self._killed.wait())
        await asyncio.wait([cycle, waiting], timeout=CYCLE_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        # the server may be gone a moment before the thread that killed it says so
        await asyncio.wait([waiting], timeout=CYCLE_PATIENCE_S if self._timer_set and cycle.done() else 0)
        cycle.cancel()
        waiting.cancel()
        try:
            await cycle
        except (asyncio.CancelledError, *SHUT_BY_SERVER):
            if not self._killed.is_set():
                raise Stuck(f"no kill came: {self.crowd.state}") from None

    async def _cycle(self) -> None:
        crowd = self.crowd
        people, possible, before = len(crowd.viewers), CARDS * len(crowd.viewers), crowd.counts[ACKNOWLEDGED]
        self._begin("preparing")
        crowd.alarm = None
        if self._kill_in == "entering":
            crowd.alarm = (ENTERED, crowd.counts[ENTERED] + self._rng.randint(1, people), self._set_timer)
        if self._kill_in == "answering":
            crowd.alarm = (ACKNOWLEDGED, before + self._rng.randint(1, round(SURE_SHARE * possible)), self._set_timer)
        await self._everywhere(self._open)
        self._begin("entering")
        await crowd.enter()
        self._begin("opening")
        await self._everywhere(self._open_more)
        self._begin("answering")
        await crowd.until(lambda: crowd.counts[ACKNOWLEDGED] >= before + SURE_SHARE * possible or not crowd.busy)
        self._begin("closing")
        await self._everywhere(self._close)
        await crowd.until(lambda: not crowd.busy)
        self._begin("idle")
        if not self._timer_set:  # fewer answers came than the one that was to set it: cards closed by their time limit
            self._set_timer()
        await self._killed.wait()

    def _begin(self, phase: str) -> None:
        self._phase = phase
        if phase == self._kill_in and phase in ("opening", "closing", "idle"):
            self._set_timer()

    def _set_timer(self) -> None:
        self._timer_set = True
        timer = threading.Timer(self._kill_after_s, self._kill, [asyncio.get_running_loop()])
        timer.daemon = True
        timer.start()

    def _kill(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = sum(viewer.in_flight is not None for viewer in self.crowd.viewers)
        self.killed_in.append(f"{self._phase}, {waiting} answers under way")
        try:
            self.end_server()
        finally:
            loop.call_soon_threadsafe(self._killed.set)

    async def _everywhere(self, what: Callable[[Place], None]) -> None:
        """Does it in every room at once. All threads have ended when this returns, also when it is cancelled."""
        work = asyncio.gather(*(asyncio.to_thread(what, place) for place in self._places), return_exceptions=True)
        try:
            outcomes: Sequence[BaseException | None] = await asyncio.shield(work)
        except asyncio.CancelledError:
            await work
            raise
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    def _prepare(self, place: Place) -> None:
        """A running live session with room for CARDS more."""
        client = place.client
        running = client.get_room(place.room).running_live_session
        if running is not None and len(client.list_surveys(running.id)) > CARDS_OF_A_LIVE_SESSION - CARDS:
            client.end_live_session(running.id)
            running = None
        if running is None:
            running = client.start_live_session(place.room)
        place.live_session = running.id

    def _open(self, place: Place) -> None:
        for number in range(CARDS - MORE_CARDS):
            self._open_one(place, f"Card {number}", time_limit_s=2 if number == 0 else None)  # over while the server is down, or soon after

    def _open_more(self, place: Place) -> None:
        for number in range(MORE_CARDS):
            self._open_one(place, f"One more card {number}")

    def _open_one(self, place: Place, title: str, time_limit_s: int | None = None) -> None:
        client, live_session = place.client, place.live_session
        kind, questions = _survey(title, EXAM_QUESTIONS if len(place.opened) % EXAM_EVERY == 2 else 1)
        draft = client.create_survey(live_session, kind, title, questions, time_limit_s=time_limit_s)
        place.opened.add(client.open_survey(live_session, draft.id).id)

    def _close(self, place: Place) -> None:
        """Closes what is open, but for the newest card, and every card by the end of the live session in one place of four."""
        if self._rng.random() < 0.25:
            place.client.end_live_session(place.live_session)
            return
        for survey in place.client.list_surveys(place.live_session)[1:]:
            if survey.state == "open":
                try:
                    place.closed.add(place.client.close_survey(place.live_session, survey.id).id)
                except NativeRefused as refused:
                    if refused.code != "wrong_state":  # its time limit came first
                        raise


def _survey(title: str, how_many: int) -> tuple[str, list[dict[str, Any]]]:
    """Kind and questions: an answer card, or an exam when there are several."""
    questions = [{"title": f"{title}.{number}", "options": ["A", "B", "C"], "right_options": [number % 3]} for number in range(how_many)]
    return "exam" if how_many > 1 else "answer_card", questions
