"""Snapshot + publications = a fresh snapshot, whatever happens in whatever order (promise 4)."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.hub.lines import Line, connect, disconnect
from tests.suites.hub.show import HOST_ONLY, LIVE_SESSION, Listener, Show, SteppedReader, encode, reply
from turnout.hub.connection import Connection
from turnout.hub.feed import Feed
from turnout.hub.hub import Hub
from turnout.hub.reading import CHANNEL_KINDS, ChannelKind
from turnout.hub.stream import Pace

ON_NUDGES_ONLY = Pace(poll_s=1_000, tally_s=0, online_poll_s=1_000, idle_s=1_000)

_number = st.integers(0, 5)
_happenings = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["open", "draft", "viewer", "step", "step", "step", "join session", "join session", "join host"]), st.just(0)
        ),
        st.tuples(st.sampled_from(["answer", "answer", "open draft", "edit", "note", "close", "publish", "leave", "join again"]), _number),
    ),
    max_size=60,
)


class _Play:
    """A live session, its listeners, and what can happen to them."""

    def __init__(self, page: int) -> None:
        self.show = Show(page)
        self.reader = SteppedReader()
        self.hub = Hub()
        self.feed = Feed(self.hub, self.reader, self.show, encode, ON_NUDGES_ONLY)
        self.here: list[tuple[Connection, Line, Listener, ChannelKind]] = []

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
            case "step":
                self.reader.step()
            case "join session" | "join host":
                connection, line = connect(self.hub)
                kind: ChannelKind = "host" if what == "join host" else "session"
                self.here.append((connection, line, Listener(), kind))
                self._join(connection, kind)
            case "leave" if self.here:
                disconnect(self.here.pop(which % len(self.here))[0])
            case "join again" if self.here:
                connection, _, _, kind = self.here[which % len(self.here)]
                self._join(connection, kind)
            case _ if key is not None:
                self._change(what, key)
        self.feed.on_commit([("stream", LIVE_SESSION)] if what in ("open", "open draft", "edit", "note", "close", "publish") else [])

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
            self.show.change(key, HOST_ONLY, notes=self.show.surveys[key]["notes"] + 1)
        elif what == "close" and state == "open":
            self.show.change(key, "survey.closed", state="closed")
        elif what == "publish" and state == "closed":
            self.show.change(key, "survey.published", state="published")

    def _join(self, connection: Connection, kind: ChannelKind) -> None:
        connection.in_flight += 1
        self.feed.join(connection, LIVE_SESSION, kind, "c", reply)

    def take_in(self) -> None:
        for _, line, listener, _ in self.here:
            listener.fold(line.take())


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _play(happenings: list[tuple[str, int]], page: int) -> None:
    play = _Play(page)
    for what, which in happenings:
        play.happen(what, which)
        await _turns(4)
        play.take_in()
    for _ in range(2 * len(play.show.log) // page + 10):
        play.feed.on_commit([("stream", LIVE_SESSION), ("tally", LIVE_SESSION), ("online", LIVE_SESSION)])
        play.reader.step()
        await _turns(4)
    play.take_in()
    for connection, _, listener, kind in play.here:
        assert connection.in_flight == 0
        assert _opened(listener.surveys) == _opened(play.show.seen(kind))
        assert listener.viewers == play.show.viewers
    for kind in CHANNEL_KINDS:
        here = sum(of == kind for *_, of in play.here)
        assert play.hub.listeners(f"{kind}:{LIVE_SESSION}") == here
    await play.feed.stop()


def _opened(surveys: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """By id, and without drafts: making one is no event, so a host who listens already does not hear of it."""
    return {survey["id"]: survey for survey in surveys if survey["state"] != "draft"}


@settings(max_examples=400, deadline=None)
@given(_happenings, st.integers(1, 3) | st.just(100))
def test_snapshot_and_publications_equal_a_fresh_snapshot(happenings: list[tuple[str, int]], page: int) -> None:
    """For every listener, through joins, leaves and reads at any moment; no gap, no repetition, nothing left over."""
    asyncio.run(_play(happenings, page))
