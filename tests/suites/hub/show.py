"""A live session in memory: what the hub's FeedSource reads, and a reader whose moments the test chooses."""

import asyncio
import copy
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from turnout.hub.reading import ChannelKind, Start, TallyNews
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId

T = TypeVar("T")
LIVE_SESSION = 7
NOTED = "survey.noted"
HOST_ONLY = (NOTED, "survey.drafted")


class Show:
    """Surveys with counts, and the events about them; as a FeedSource it gives at most `page` events at once."""

    def __init__(self, page: int = 100) -> None:
        self.epoch = "e1"
        self.page = page
        self.surveys: dict[int, dict[str, Any]] = {}
        self.log: list[Event] = []
        self.viewers = 0
        self.snapshots_read: list[ChannelKind] = []
        self.failing: Exception | None = None
        self.save()

    # What happens

    def draft(self) -> int:
        """A survey only the host sees, and is told of."""
        key = self._new()
        self.change(key, "survey.drafted")
        return key

    def open(self) -> int:
        """A new survey, opened at once."""
        key = self._new()
        self.change(key, "survey.opened", state="open")
        return key

    def _new(self) -> int:
        key = len(self.surveys) + 1
        self.surveys[key] = {"id": key, "state": "draft", "title": "first", "answered": 0, "version": 0, "notes": 0}
        return key

    def change(self, key: int, kind: str, **changes: Any) -> None:
        """Change a survey and record it."""
        self.surveys[key].update(changes)
        number = len(self.log) + 1
        facts = json.dumps(self.surveys[key]).encode()
        self.log.append(Event(LIVE_SESSION, number, AccountId(1), kind, 1_767_600_000_000_000 + number, facts))

    def save(self) -> None:
        """Make the backup that `restore` brings back."""
        self._backup = copy.deepcopy((self.surveys, self.log))

    def restore(self) -> None:
        """Whatever happened since the backup never happened; history goes on under another epoch."""
        self.surveys, self.log = copy.deepcopy(self._backup)
        self.epoch = f"e{int(self.epoch[1:]) + 1}"

    def answer(self, key: int) -> None:
        """One more answer; not an event."""
        self.surveys[key]["answered"] += 1
        self.surveys[key]["version"] += 1

    def seen(self, kind: ChannelKind) -> list[dict[str, Any]]:
        """The surveys as that kind of channel shows them, newest first."""
        found = sorted(self.surveys.values(), key=lambda survey: -survey["id"])
        return [_shown(survey, kind) for survey in found if kind == "host" or survey["state"] != "draft"]

    # FeedSource

    def events(self, connection: Any, stream_id: int, after: int) -> Sequence[Event]:
        """See FeedSource."""
        assert stream_id == LIVE_SESSION
        return self.log[after : after + self.page]

    def snapshot(self, connection: Any, live_session_id: int, channel_kind: ChannelKind) -> tuple[str, int, bytes]:
        """See FeedSource."""
        if self.failing is not None:
            raise self.failing
        self.snapshots_read.append(channel_kind)
        body = {"epoch": self.epoch, "position": len(self.log), "surveys": self.seen(channel_kind)}
        return self.epoch, len(self.log), json.dumps(body).encode()

    def head(self, connection: Any, live_session_id: int) -> tuple[str, int]:
        """See FeedSource."""
        return self.epoch, len(self.log)

    def tallies(self, connection: Any, live_session_id: int, known: Mapping[int, int], *, for_hosts: bool) -> Sequence[TallyNews]:
        """See FeedSource."""
        return [
            TallyNews(key, survey["version"], _tally(survey), _tally(survey) if for_hosts else None)
            for key, survey in self.surveys.items()
            if survey["state"] != "draft" and survey["version"] > known.get(key, -1)
        ]

    def online(self, connection: Any, live_session_id: int) -> int:
        """See FeedSource."""
        return self.viewers


def _shown(survey: dict[str, Any], kind: ChannelKind) -> dict[str, Any]:
    return {name: value for name, value in survey.items() if kind == "host" or name != "notes"}


def _tally(survey: dict[str, Any]) -> bytes:
    return json.dumps({"op": "tally", "survey": survey["id"], "version": survey["version"], "answered": survey["answered"]}).encode()


def encode(event: Event) -> dict[str, bytes]:
    """The EventEncoder of a Show."""
    survey = json.loads(event.facts)
    kinds: tuple[ChannelKind, ...] = ("host",) if event.kind in HOST_ONLY else ("session", "host")
    return {kind: b'"survey":' + json.dumps(_shown(survey, kind)).encode() for kind in kinds}


def reply(start: Start) -> bytes:
    """What a joiner is sent."""
    if start.snapshot is not None:
        return b'{"op":"entered","snapshot":' + start.snapshot + b"}"
    return b'{"op":"entered","resumed":true,"publications":' + start.publications + b',"tallies":' + start.tallies + b"}"


class Listener:
    """A client that follows the rules of docs/socket.md: the snapshot, then whatever is published, folded in."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.position: int | None = None
        self.surveys: list[dict[str, Any]] = []
        self.viewers: int | None = None

    def fold(self, messages: Sequence[dict[str, Any]]) -> None:
        """Take messages in; fails on a gap or a repetition."""
        for message in messages:
            if message["op"] == "entered":
                self._begin(message)
                continue
            assert self.position is not None, f"{message} before the snapshot"
            if message["op"] == "publication":
                assert message["previous"] <= self.position < message["position"], f"at {self.position}: {message}"
                self.position = message["position"]
                self._replace(message["survey"])
            elif message["op"] == "tally":
                for survey in self.surveys:
                    if survey["id"] == message["survey"] and survey["version"] < message["version"]:
                        survey.update(answered=message["answered"], version=message["version"])
            else:
                assert message["op"] == "online"
                self.viewers = message["viewers"]

    def _begin(self, entered: dict[str, Any]) -> None:
        if "snapshot" in entered:
            self.epoch = entered["snapshot"]["epoch"]
            self.position = entered["snapshot"]["position"]
            self.surveys = entered["snapshot"]["surveys"]
        else:
            assert self.position is not None, "resumed what never began"
            self.fold(entered["publications"])
            self.fold(entered["tallies"])

    def _replace(self, survey: dict[str, Any]) -> None:
        for at, known in enumerate(self.surveys):
            if known["id"] == survey["id"]:
                self.surveys[at] = survey
                return
        self.surveys.insert(0, survey)


class DirectReader:
    """Reads at once."""

    async def read(self, query: Callable[[Any], T]) -> T:
        """See Reader."""
        await asyncio.sleep(0)
        return query(None)


class SteppedReader:
    """Reads when told: one step runs the query, the next hands its result over; things may happen before, between and after."""

    def __init__(self) -> None:
        self._gates: list[asyncio.Future[None]] = []

    async def read(self, query: Callable[[Any], T]) -> T:
        """See Reader."""
        await self._gate()
        result = query(None)
        await self._gate()
        return result

    async def _gate(self) -> None:
        gate = asyncio.get_running_loop().create_future()
        self._gates.append(gate)
        await gate

    def step(self) -> None:
        """Let every read go one step further."""
        gates, self._gates = self._gates, []
        for gate in gates:
            if not gate.done():
                gate.set_result(None)
