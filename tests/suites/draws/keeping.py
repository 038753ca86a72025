"""A room with draws, and a keeper beside it that works on the test's clock and tells when it has seen everything."""

import asyncio
import itertools
import time
from collections.abc import Callable, Collection
from typing import Any

from typing_extensions import override

from tests.fake_clock import FakeClock
from tests.harness.drand_relay import Relay, SigningChain
from tests.suites.domains.show import Show
from tests.suites.draws.hall import read_paper
from turnout.entropy.keeper import Keeper
from turnout.entropy.relays import Relays
from turnout.interactions.draw import queries
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.draw.commands import ChangeDraw, CreateDraw, EnterDraw
from turnout.interactions.draw.rules import DrawDraft, DrawFacts, Prize, Who
from turnout.interactions.draw.winner_store import draw_winners
from turnout.kernel.ids import DrawId, Kind, ViewerId
from turnout.proofs.verifying import Report, verify_file
from turnout.storage.database import Database
from turnout.storage.event_log import read_events
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

CHAIN = SigningChain(period_s=3)
DELAY_S = 6
PATIENCE_S = 60.0

_serial = itertools.count(1)


class Hall(Show):
    """A show with draws, played as the API would."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database, clock)
        self.ids = Keyring(bytes(32)).ids
        self.actions = DrawActions(self.ids, DELAY_S, CHAIN.chain)

    def opened(self, entrants: int = 20, *, prizes: Collection[int] = (1, 3), **draft: Any) -> DrawId:
        """A draw that this many viewers have entered."""
        made = DrawDraft(**{"title": "Draw", "prizes": [Prize(f"P{count}", count) for count in prizes], "who": Who.TAP, **draft})
        draw_id = DrawId(self.do(self.actions.create_draw, CreateDraw(self.caller, self.live.id, made, opens=True)).draw_id)
        for viewer_id in self.viewers(entrants):
            self.do(self.actions.enter_draw, self.enter_draw(draw_id, viewer_id))
        return draw_id

    def enter_draw(self, draw_id: DrawId, viewer_id: ViewerId) -> EnterDraw:
        """A tap."""
        command_id = f"enter-{next(_serial)}"
        return EnterDraw(self.live.id, self.room.id, draw_id, viewer_id, "", "", command_id, self.clock.now())

    def close_entries(self, draw_id: DrawId) -> None:
        """What a host does at the end of entries, with nobody who hears of it."""
        self.do(self.actions.close_draw, ChangeDraw(self.caller, self.live.id, draw_id))

    def draw(self, draw_id: DrawId) -> DrawFacts:
        """A draw as its host sees it."""
        with self.database.reading() as connection:
            return queries.access_draw(connection, self.caller.account_id, self.live.id, draw_id)

    def verified(self, draw_id: DrawId) -> Report:
        """What a stranger finds in the proof file."""
        with self.database.reading() as connection:
            length = queries.find_public(connection, draw_id)[1]
            assert length is not None
            paper = read_paper(connection, (self.live.id, draw_id), length)
        return verify_file(paper, None, [CHAIN.chain])

    def won(self, draw_id: DrawId) -> list[tuple[int, str]]:
        """Rows of winners, by place: index in the list, and code."""
        rows = sorted((row for row in self.rows(draw_winners) if row["draw_id"] == draw_id), key=lambda row: row["place"])
        assert [row["place"] for row in rows] == list(range(len(rows)))
        return [(row["index"], self.ids.text(Kind.VIEWER, row["viewer_id"])) for row in rows]

    def kinds(self) -> list[str]:
        """Kinds of the events of draws, in order."""
        with self.database.reading() as connection:
            events = read_events(connection, self.live.id, after=0, limit=1_000)
        return [event.kind for event in events if event.kind.startswith("draw.")]


class WatchedKeeper(Keeper):
    """A keeper of which is known how often it has looked. looks: at all that there is to do, to the end."""

    looks = 0

    @override
    async def _look(self) -> float:
        wait_s = await super()._look()
        self.looks += 1
        return wait_s

    async def has_nothing_to_do(self) -> None:
        """Returns once it has seen the world as it is now, and has nothing in hand."""
        enough = self.looks + 2  # one may be under way that began before
        await until(lambda: self.looks >= enough and not self._in_hand)


class House:
    """Group commit and a keeper, as compose puts them together."""

    def __init__(self, hall: Hall, relay: Relay, *, hears: bool = True) -> None:
        self.hall = hall
        self._hears = hears
        keyring = Keyring(bytes(32))
        self.commit = GroupCommit(hall.database, hall.clock, self._on_commit)
        self.runtime = Runtime(database=hall.database, commit=self.commit, keyring=keyring, ids=keyring.ids, clock=hall.clock, base_url="")
        self.lists = ClosedLists(self.runtime)
        relays = Relays([relay.url], timeout_s=20.0)
        self.keeper = WatchedKeeper(self.runtime, hall.actions, self.lists, relays, poll_s=0.05, retry_s=0.02)

    async def close_entries(self, draw_id: DrawId) -> None:
        """What a host does at the end of entries."""
        await self.commit.run(
            self.hall.actions.close_draw, ChangeDraw(self.hall.caller, self.hall.live.id, draw_id), lane=self.hall.live.id
        )

    def _on_commit(self, nudges: Collection[Nudge]) -> None:
        if self._hears:
            self.keeper.on_nudges(nudges)


async def until(true: Callable[[], bool]) -> None:
    """Returns once it is so."""
    end = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(true):
        assert time.monotonic() < end, "it never came to be so"
        await asyncio.sleep(0.01)


def in_state(hall: Hall, draw_id: DrawId, state: str) -> Callable[[], bool]:
    """Whether the draw has come so far."""
    return lambda: hall.draw(draw_id).state == state
