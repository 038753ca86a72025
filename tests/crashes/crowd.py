"""Hundreds of simulated viewers in one event loop, who remember everything that was acknowledged to them.

Each viewer has one answer under way at a time, and sends the next when that one was accepted or refused. When the server dies, the answer
under way is of unknown outcome; at the next entry (by token) it is sent again under its own id, and with it, once more, one answer that was
accepted already. What a viewer sees that cannot be true is kept in `violations`.
"""

import asyncio
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.crashes.crowd_socket import CrowdSocket

NEW = "new"
"""State of an answer that waits for its turn and was never sent."""

SENT = "sent"
"""State of an answer that was sent and whose outcome nobody knows."""

ACCEPTED = "accepted"

TOO_LATE = "too_late"

ENTERED, ACKNOWLEDGED = "entered", "acknowledged"  # what a crowd counts

PATIENCE_S = 30.0
"""Seconds without any change after which waiting for one is given up."""

_PASSED_OVER = (b'{"op":"tally"', b'{"op":"online"')


@dataclass(slots=True, eq=False)
class GivenAnswer:
    """A submission as its viewer knows it. choices: of every question of the survey, in order. state: NEW, SENT, ACCEPTED, or the code of
    its refusal. repeats: accepted again so often."""

    viewer: "CrowdViewer"
    live_session: str
    survey: str
    questions: list[str]
    choices: list[list[int]]
    command_id: str
    state: str = NEW
    repeats: int = 0

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The same as it goes over the wire."""
        return [{"question": question, "choices": choices} for question, choices in zip(self.questions, self.choices, strict=True)]


@dataclass(slots=True)
class Crowd:
    """All viewers of one server.

    changed: set whenever somebody entered, an answer was accepted or refused, or a connection ended. counts: how often which of the first
    two happened, ENTERED and ACKNOWLEDGED. alarm: what to call when one of them has happened so often. goodbyes: the codes with which the
    server closed connections.
    """

    base_url: str
    rng: random.Random
    viewers: list["CrowdViewer"] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    counts: Counter[str] = field(default_factory=Counter)
    alarm: tuple[str, int, Callable[[], None]] | None = None
    goodbyes: Counter[int] = field(default_factory=Counter)

    def add_viewers(self, room_code: str, count: int) -> None:
        """New people for a room; they come at the next `enter`."""
        first = len(self.viewers)
        self.viewers.extend(CrowdViewer(self, room_code, f"Viewer {first + i}") for i in range(count))

    async def enter(self) -> None:
        """Connects every viewer who is not connected, and returns when all have entered. Raises OSError when the server is or goes away,
        Stuck when it is there and lets somebody wait."""
        asyncio.get_running_loop().set_exception_handler(self._on_error)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*(viewer.enter() for viewer in self.viewers if not viewer.connected))
        except TimeoutError:
            raise Stuck(self.state) from None

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns once the condition holds; it is looked at after every change. Raises Stuck when nothing changes any more."""
        while not condition():
            self.changed.clear()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.changed.wait()
            except TimeoutError:
                raise Stuck(self.state) from None

    @property
    def connected(self) -> int:
        """Viewers with a connection."""
        return sum(viewer.connected for viewer in self.viewers)

    @property
    def busy(self) -> bool:
        """Whether any viewer has an answer under way or waiting."""
        return any(viewer.in_flight is not None or viewer.queue for viewer in self.viewers)

    @property
    def state(self) -> str:
        """How it stands, for whoever reads a failure."""
        waiting = sum(viewer.in_flight is not None for viewer in self.viewers)
        counts = f"{self.counts[ENTERED]} entries, {self.counts[ACKNOWLEDGED]} outcomes so far"
        return f"{self.connected} of {len(self.viewers)} connected, {waiting} wait for an answer, {counts}; {self.violations[:5]}"

    @property
    def answers(self) -> Iterator[GivenAnswer]:
        """Every answer anybody ever sent."""
        for viewer in self.viewers:
            yield from viewer.answers.values()

    def leave(self) -> None:
        """Everybody goes."""
        for viewer in self.viewers:
            viewer.leave()

    def count(self, what: str) -> None:
        """It happened once more."""
        self.counts[what] += 1
        if self.alarm is not None and self.alarm[:2] == (what, self.counts[what]):
            self.alarm[2]()
        self.changed.set()

    def violate(self, what: str) -> None:
        """Keeps something that must not have happened."""
        self.violations.append(what)

    def _on_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake in a viewer's callbacks would otherwise end in a log nobody reads."""
        self.violate(f"{context['message']}: {context.get('exception')!r}")


class Stuck(AssertionError):
    """Nothing came for a long time, and nobody went away either."""


class CrowdViewer:
    """One person over all connections. answers: by survey."""

    def __init__(self, crowd: Crowd, room_code: str, name: str) -> None:
        self.crowd = crowd
        self.room_code = room_code
        self.name = name
        self.entry_id = secrets.token_hex(16)
        self.id = ""
        self.token: str | None = None
        self.live_session = ""
        self.answers: dict[str, GivenAnswer] = {}
        self.queue: deque[GivenAnswer] = deque()
        self.in_flight: GivenAnswer | None = None
        self.connected = False
        self._connection: CrowdSocket | None = None
        self._entered: asyncio.Future[None] | None = None

    async def enter(self) -> None:
        """Connects and enters: by token, or for the first time, or for the first time again when that was never answered."""
        loop = asyncio.get_running_loop()
        host, _, port = self.crowd.base_url.removeprefix("http://").rpartition(":")
        self._entered = loop.create_future()
        await loop.create_connection(lambda: CrowdSocket(self, self.crowd.base_url), host, int(port))
        await self._entered

    def leave(self) -> None:
        """Drops the connection."""
        if self._connection is not None:
            self._connection.transport.abort()

    def on_open(self, connection: CrowdSocket) -> None:
        """The socket is open: asks to enter."""
        self._connection, self.connected = connection, True
        message = {"op": "enter", "id": self.entry_id if self.token is None else secrets.token_hex(16), "room": self.room_code}
        connection.say(message | ({"name": self.name} if self.token is None else {"token": self.token}))

    def on_goodbye(self, code: int) -> None:
        """The server closes the connection."""
        self.crowd.goodbyes[code] += 1

    def on_lost(self, error: Exception) -> None:
        """The connection is gone, and with it every certainty about the answer under way."""
        self._connection, self.connected, self.in_flight = None, False, None
        self._drop_unsent(self.queue)
        self.queue.clear()
        if self._entered is not None and not self._entered.done():
            self._entered.set_exception(error)
        self.crowd.changed.set()

    def on_message(self, payload: bytes) -> None:
        """One message of the server."""
        if payload.startswith(_PASSED_OVER):
            return
        message = msgspec.json.decode(payload)
        match message["op"]:
            case "accepted":
                self._on_outcome(message["id"], ACCEPTED)
            case "refused":
                self._on_refusal(message["id"], message["error"])
            case "publication":
                if message["kind"] == "survey.opened":
                    self._ask_about([message["survey"]])
                elif message["kind"] == "survey.closed":
                    self._forget(message["survey"])
            case "entered":
                self._on_entered(message)

    def _on_entered(self, message: dict[str, Any]) -> None:
        viewer_id, snapshot = message["viewer"]["id"], message["snapshot"]
        if self.id and viewer_id != self.id:
            self.crowd.violate(f"{self.name} entered as {self.id} and came back as {viewer_id}")
        self.id, self.token, self.live_session = viewer_id, message["token"], snapshot["live_session"]["id"]
        self._compare(message["mine"], snapshot["surveys"])
        ours = [given for given in self.answers.values() if given.live_session == self.live_session]
        accepted = [given for given in ours if given.state == ACCEPTED]
        self.queue.extend(given for given in ours if given.state == SENT)
        if accepted:
            self.queue.append(self.crowd.rng.choice(accepted))
        self._ask_about(snapshot["surveys"])
        if self._entered is not None and not self._entered.done():
            self._entered.set_result(None)
        self.crowd.count(ENTERED)
        if self.in_flight is None:
            self._send_next()

    def _compare(self, mine: Sequence[dict[str, Any]], surveys: Sequence[dict[str, Any]]) -> None:
        """What the server says I answered is what I know I answered."""
        stated = {own["survey"]: own["answers"] for own in mine if own["submitted"]}
        for survey, entries in stated.items():
            given = self.answers.get(survey)
            if given is None or given.entries != entries or given.state not in (ACCEPTED, SENT):
                self.crowd.violate(f"{self.name} is said to have answered {entries} to {survey}, but {given}")
        for shown in (survey["id"] for survey in surveys):
            given = self.answers.get(shown)
            if given is not None and given.state == ACCEPTED and shown not in stated:
                self.crowd.violate(f"{self.name} comes back and the accepted answer {given.command_id} is not among its own")

    def _ask_about(self, surveys: Sequence[dict[str, Any]]) -> None:
        """Answers what is open and was not answered yet."""
        for survey in surveys:
            if survey["state"] == "open" and survey["id"] not in self.answers:
                given = GivenAnswer(
                    viewer=self,
                    live_session=self.live_session,
                    survey=survey["id"],
                    questions=[question["id"] for question in survey["questions"]],
                    choices=[[self.crowd.rng.randrange(len(question["options"]))] for question in survey["questions"]],
                    command_id=secrets.token_hex(12),
                )
                self.answers[given.survey] = given
                self.queue.append(given)
        if self.in_flight is None:
            self._send_next()

    def _forget(self, survey: dict[str, Any]) -> None:
        """A card closed before its turn came."""
        unsent = [given for given in self.queue if given.survey == survey["id"] and given.state == NEW]
        self._drop_unsent(unsent)
        for given in unsent:
            self.queue.remove(given)

    def _drop_unsent(self, queue: Iterable[GivenAnswer]) -> None:
        """What was never sent was never given."""
        for given in queue:
            if given.state == NEW:
                del self.answers[given.survey]

    def _send_next(self) -> None:
        self.in_flight = self.queue.popleft() if self.queue else None
        if self.in_flight is not None and self._connection is not None:
            given = self.in_flight
            if given.state == NEW:
                given.state = SENT
            self._connection.say({"op": "answer", "id": given.command_id, "survey": given.survey, "answers": given.entries})

    def _on_refusal(self, command_id: str | None, error: dict[str, Any]) -> None:
        if self._entered is not None and not self._entered.done():
            self._entered.set_exception(AssertionError(f"{self.name} may not enter: {error}"))
        elif error["code"] != TOO_LATE:
            self.crowd.violate(f"{self.name}'s command {command_id} was refused: {error}")
        self._on_outcome(command_id, error["code"])

    def _on_outcome(self, command_id: str | None, state: str) -> None:
        given = self.in_flight
        if given is None or given.command_id != command_id:
            self.crowd.violate(f"{self.name} got the outcome {state} of {command_id}, which is not under way")
            return
        if given.state == SENT:
            given.state = state
        elif given.state == state:
            given.repeats += 1
        else:
            self.crowd.violate(f"{command_id} was {given.state}, and when it was repeated {state}")
        self.crowd.count(ACKNOWLEDGED)
        self._send_next()
