"""Snapshot + publications = a fresh snapshot, whatever happens in whatever order (promise 4)."""

import asyncio
import copy
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.hub.lines import Line, connect, disconnect
from tests.suites.hub.show import LIVE_SESSION, NOTED, Listener, Show, SteppedReader, encode, reply
from turnout.hub.connection import Connection
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.reading import CHANNEL_KINDS, ChannelKind, Since
from turnout.hub.stream import Pace
from turnout.hub.telling import Joiner

ON_NUDGES_ONLY = Pace(poll_s=1_000, tally_s=0, online_s=0, online_poll_s=1_000, head_poll_s=0, idle_s=1_000)

_number = st.integers(0, 5)
_events = ["answer", "answer", "open draft", "edit", "note", "close", "publish"]
_happenings = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                [
                    "open",
                    "draft",
                    "viewer",
                    "step",
                    "step",
                    "step",
                    "join session",
                    "join session",
                    "join host",
                    "save",
                    "restore",
                    "restart",
                ]
            ),
            st.just(0),
        ),
        st.tuples(
            st.sampled_from([*_events, "leave", "lose", "lose", "join again", "return", "return", "return as before", "lie"]), _number
        ),
    ),
    max_size=60,
)


class _Present(NamedTuple):
    """A client with a connection. earlier: what it held at some moments before."""

    connection: Connection
    line: Line
    listener: Listener
    kind: ChannelKind
    earlier: list[Listener]


class _Absent(NamedTuple):
    """A client that has lost its connection, and may come back."""

    listener: Listener
    kind: ChannelKind
    earlier: list[Listener]


class _Play:
    """A live session, its listeners, and what can happen to them."""

    def __init__(self, page: int, max_missed: int) -> None:
        self.show = Show(page)
        self.max_missed = max_missed
        self.here: list[_Present] = []
        self.away: list[_Absent] = []
        self.start()

    def start(self) -> None:
        """A process."""
        self.reader = SteppedReader()
        self.hub = Hub()
        self.feed = Feed(self.hub, self.reader, self.show, encode, ON_NUDGES_ONLY, max_missed=self.max_missed)

    async def restart(self) -> None:
        """Another process in its place, over the same database."""
        self.take_in()
        for client in list(self.here):
            self.lose(client)
        await self.feed.stop()
        self.start()

    def happen(self, what: str, which: int) -> None:
        keys = list(self.show.surveys)
        key = keys[which % len(keys)] if keys else None
        match what:
            case "open":
                self.show.open()
            case "draft":
                self.show.draft()
            case "viewer":
                self.show.viewers += 1
                self.feed.nudge("online", LIVE_SESSION)
            case "save":
                self.show.save()
            case "restore":
                self.show.restore()
            case "step":
                self.reader.step()
            case "join session" | "join host":
                self._come(Listener(), "host" if what == "join host" else "session", [])
            case "leave" if self.here:
                disconnect(self.here.pop(which % len(self.here)).connection)
            case "lose" if self.here:
                self.lose(self.here[which % len(self.here)])
            case "join again" if self.here:
                client = self.here[which % len(self.here)]
                self._join(client.connection, client.kind, None)
            case "return" if self.away:
                self.come_back(self.away.pop(which % len(self.away)))
            case "return as before" if self.away:
                # a page that was asleep, or one that knows less than another of the same viewer
                client_away = self.away.pop(which % len(self.away))
                older = [*client_away.earlier, client_away.listener]
                self.come_back(client_away._replace(listener=older[which % len(older)]))
            case "lie":
                self._come(Listener(), "session", [], Since(self.show.epoch, 1_000 + which))
            case _ if key is not None:
                self._change(what, key)
        self.feed.on_commit([("stream", LIVE_SESSION)] if what in ("open", "restore", *_events[2:]) else [])

    def _change(self, what: str, key: int) -> None:
        state = self.show.surveys[key]["state"]
        if what == "open draft" and state == "draft":
            self.show.change(key, "survey.opened", state="open")
        elif what == "answer" and state == "open":
            self.show.answer(key)
            self.feed.nudge("tally", LIVE_SESSION)
        elif what == "edit" and state == "open":
            self.show.change(key, "survey.edited", title="second")
        elif what == "note" and state != "draft":
            self.show.change(key, NOTED, notes=self.show.surveys[key]["notes"] + 1)
        elif what == "close" and state == "open":
            self.show.change(key, "survey.closed", state="closed")
        elif what == "publish" and state == "closed":
            self.show.change(key, "survey.published", state="published")

    def lose(self, client: _Present) -> None:
        """The connection is gone without a word."""
        self.here.remove(client)
        disconnect(client.connection)
        if client.listener.position is not None:
            self.away.append(_Absent(client.listener, client.kind, client.earlier))

    def come_back(self, client: _Absent) -> None:
        """On a new connection, with what it holds."""
        held = client.listener
        assert held.epoch is not None
        assert held.position is not None
        self._come(held, client.kind, client.earlier, Since(held.epoch, held.position))

    def _come(self, listener: Listener, kind: ChannelKind, earlier: list[Listener], since: Since | None = None) -> None:
        connection, line = connect(self.hub)
        self.here.append(_Present(connection, line, listener, kind, earlier))
        self._join(connection, kind, since)

    def _join(self, connection: Connection, kind: ChannelKind, since: Since | None) -> None:
        connection.in_flight += 1
        self.feed.join(LIVE_SESSION, Joiner(connection, kind, "c", reply, since))

    def take_in(self) -> None:
        for client in list(self.here):
            messages = client.line.take()
            if messages:
                if client.listener.position is not None:
                    client.earlier.append(copy.deepcopy(client.listener))
                client.listener.fold(messages)
            if client.line.closed_with is not None:
                self.lose(client)


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _play(happenings: list[tuple[str, int]], page: int, max_missed: int) -> None:
    play = _Play(page, max_missed)
    for what, which in happenings:
        if what == "restart":
            await play.restart()
        else:
            play.happen(what, which)
        await _turns(4)
        play.take_in()
    rounds = 2 * len(play.show.log) // page + 10
    for round_number in range(2 * rounds):
        if round_number == rounds:
            while play.away:  # whoever has been sent away by now, and whoever went
                play.come_back(play.away.pop())
        play.feed.on_commit([("stream", LIVE_SESSION), ("tally", LIVE_SESSION), ("online", LIVE_SESSION)])
        play.reader.step()
        await _turns(4)
        play.take_in()
    assert not play.away
    for client in play.here:
        assert client.connection.in_flight == 0
        assert _by_id(client.listener.surveys) == _by_id(play.show.seen(client.kind))
        assert client.listener.viewers == play.show.viewers
    for kind in CHANNEL_KINDS:
        here = sum(client.kind == kind for client in play.here)
        assert play.hub.listeners(f"{kind}:{LIVE_SESSION}") == here
    await play.feed.stop()


def _by_id(surveys: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {survey["id"]: survey for survey in surveys}


@settings(max_examples=600, deadline=None)
@given(_happenings, st.integers(1, 3) | st.just(100), st.sampled_from([0, 1, 2, 5, 200]))
def test_snapshot_and_publications_equal_a_fresh_snapshot(happenings: list[tuple[str, int]], page: int, max_missed: int) -> None:
    """For every listener, through joins, lost connections, returns at any position, restarts of the process and restored backups, and reads
    at any moment; no gap, no repetition, nothing left over."""
    asyncio.run(_play(happenings, page, max_missed))
