"""A check-in and a draw, played once at full speed, and held against what the viewers know themselves.

The check-in expects whoever is present. The draw's list is brought in by the API: the viewers, and thousands who never come; its entropy is
the server's own, so that it is played without a network.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import msgspec

from turnout.client import NativeClient, native_replies, verify_draw_proof
from turnout.rehearsal.checking import Problems
from turnout.rehearsal.crowd import Crowd, until
from turnout.rehearsal.messages import Shown
from turnout.rehearsal.pieces import CHECKIN_TITLE, DRAW_TITLE, PRIZE_NAMES, Language
from turnout.rehearsal.viewers import Outcome, Viewer

T = TypeVar("T")

PATIENCE_S = 60.0
"""How long one step may take before it counts as failed."""

LISTED = 5_000
"""People on the list of the draw, viewers included where they are fewer."""

PRIZE_COUNTS = (1, 20, 4_100)
"""How often each prize is won: the last one by more than one callback of any vendor holds."""

_AT_ONCE = 2_500  # people in one call
_INSISTENT = 8  # one in so many confirms a second time, or tries to enter a draw that nobody enters
_ABSENT_MINDED = 10  # one in so many does not confirm
_LOOK_S = 0.05


class PlayedCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """The check-in that was played. entered: viewers; answered: those who were told that their confirmation counts, of the expected;
    refused: confirmations the server refused, by code in refusals. counts: confirmed and not."""

    tool: str = "checkin"
    kind: str = "checkin"
    id: str
    title: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    volcengine: dict[str, str | int]
    closed_by: str
    state: str
    entered: int
    expected: int
    answered: int
    rate: int
    refused: int
    refusals: dict[str, int]
    counts: list[int]


class PlayedPrize(msgspec.Struct, frozen=True, kw_only=True):
    """One prize of the draw. won: how many winners the API lists."""

    id: str
    name: str
    count: int
    won: int
    quanshi: dict[str, str | int]
    volcengine: dict[str, str | int]


class PlayedDraw(msgspec.Struct, frozen=True, kw_only=True):
    """The draw that was played. kind: who may win. entered: viewers; answered: people on its list; refused: tries to enter it, which nobody
    does by himself. counts: winners of each prize. proof: the path of its page; fingerprint: what it shows."""

    tool: str = "draw"
    kind: str
    id: str
    title: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    volcengine: dict[str, str | int]
    state: str
    entropy: str
    entered: int
    answered: int
    refused: int
    refusals: dict[str, int]
    counts: list[int]
    prizes: list[PlayedPrize]
    fingerprint: str
    proof: str


class Gatherings:
    """Plays in one live session. problems: told in sentences. last_position: event number of the last thing that was played."""

    def __init__(self, client: NativeClient, live_session: str, language: Language, problems: Problems) -> None:
        self.last_position = 0
        self._client = client
        self._live_session = live_session
        self._language: Language = language
        self._problems = problems

    async def take_part(self, number: int, viewer: Viewer, shown: Shown) -> None:
        """What viewer `number` of the crowd does about a check-in or draw that has opened."""
        insists = number % _INSISTENT == 5
        if isinstance(shown, native_replies.CheckIn) and number % _ABSENT_MINDED != 3:
            await viewer.check_in(shown.id)
            if insists:
                await viewer.check_in(shown.id)
        elif isinstance(shown, native_replies.Draw) and insists:
            await viewer.enter_draw(shown.id)

    async def run(self, crowd: Crowd) -> "list[PlayedCheckIn | PlayedDraw]":
        """Both, one after the other; the crowd has entered."""
        await self._require(lambda: crowd.quiet and crowd.present, "did not come to rest before the check-in")
        return [await self._play_checkin(crowd), await self._play_draw(crowd)]

    async def _play_checkin(self, crowd: Crowd) -> PlayedCheckIn:
        client, live_session, title = self._client, self._live_session, CHECKIN_TITLE[self._language]
        opened = await self._ask(lambda: client.create_checkin(live_session, title, show_counts=True))
        await self._require(lambda: all(opened.id in viewer.others for viewer in crowd.entered) and crowd.quiet, f"did not confirm {title}")
        await self._ask(lambda: client.close_checkin(live_session, opened.id))
        await self._require(lambda: self._all_see(crowd, opened.id, "closed"), f"did not see {title} close")
        self._note_position(crowd, f"checkin.closed {opened.id}")
        closed = await self._ask(lambda: client.get_checkin(live_session, opened.id))
        people = await self._ask(lambda: list(client.list_checkin_people(live_session, opened.id)))
        outcomes = _outcomes(crowd, opened.id)
        confirmed = {viewer.id for viewer in crowd.viewers if any(one.refusal is None for one in _outcomes_of(viewer, opened.id))}
        listed = {person.viewer.id for person in people if person.viewer is not None and person.confirmed_at is not None}
        if not confirmed <= listed:
            self._problems.add(f"{title}: {len(confirmed - listed)} confirmations that were acknowledged are not listed")
        if (closed.confirmed or 0) + (closed.unexpected or 0) != len(listed):
            self._problems.add(
                f"{title}: the API counts {closed.confirmed} confirmed and {closed.unexpected} others, and lists {len(listed)}"
            )
        names = await self._ask(lambda: client.get_names(opened.id))
        refusals = Counter(outcome.refusal for outcome in outcomes if outcome.refusal is not None)
        return PlayedCheckIn(
            id=opened.id,
            title=title,
            csslcloud=names.csslcloud,
            quanshi=names.quanshi,
            volcengine=names.volcengine,
            closed_by=closed.closed_by or "",
            state=closed.state,
            entered=len(crowd.entered),
            expected=closed.expected or 0,
            answered=closed.confirmed or 0,
            rate=closed.rate or 0,
            refused=refusals.total(),
            refusals=dict(refusals),
            counts=[closed.confirmed or 0, (closed.expected or 0) - (closed.confirmed or 0)],
        )

    async def _play_draw(self, crowd: Crowd) -> PlayedDraw:
        client, live_session, title = self._client, self._live_session, DRAW_TITLE[self._language]
        draft = await self._ask(self._prepare)
        await self._ask(lambda: client.open_draw(live_session, draft.id))
        await self._require(lambda: all(draft.id in viewer.others for viewer in crowd.entered) and crowd.quiet, f"did not see {title} open")
        await self._ask(lambda: client.close_draw(live_session, draft.id))
        drawn = await self._drawn(draft.id)
        await self._require(lambda: self._all_see(crowd, draft.id, "drawn"), f"did not see the winners of {title}")
        winners = await self._ask(lambda: list(client.list_draw_winners(live_session, draft.id)))
        won = Counter(winner.prize for winner in winners)
        self._note_position(crowd, f"draw.drawn {draft.id}", after=sum(_pages(won[prize.id]) for prize in drawn.prizes))
        await self._check_winners(crowd, drawn, winners)
        names = await self._ask(lambda: client.get_names(draft.id))
        refusals = Counter(outcome.refusal for outcome in _outcomes(crowd, draft.id) if outcome.refusal is not None)
        return PlayedDraw(
            kind=drawn.who,
            id=drawn.id,
            title=title,
            csslcloud=names.csslcloud,
            quanshi=names.quanshi,
            volcengine=names.volcengine,
            state=drawn.state,
            entropy=drawn.entropy,
            entered=len(crowd.entered),
            answered=drawn.entered,
            refused=refusals.total(),
            refusals=dict(refusals),
            counts=[won[prize.id] for prize in drawn.prizes],
            prizes=[await self._played_prize(prize, won[prize.id]) for prize in drawn.prizes],
            fingerprint=drawn.fingerprint,
            proof=drawn.proof or "",
        )

    def _prepare(self) -> native_replies.Draw:
        """A draft with everybody on its list; blocking."""
        client, live_session = self._client, self._live_session
        kinds: tuple[dict[str, object], ...] = (
            {"type": "physical", "asks": ["name", "phone", "address"]},
            {"type": "custom", "custom": "points", "points": 500, "batch": "P-2026-01"},
            {"type": "voucher"},
        )
        named = zip(PRIZE_NAMES[self._language], PRIZE_COUNTS, kinds, strict=True)
        prizes = [{"name": name, "count": count, **kind} for name, count, kind in named]
        draft = client.create_draw(live_session, DRAW_TITLE[self._language], prizes, who="list", entropy="offline")
        there = [{"viewer": one.id} for one in client.list_viewers(live_session).viewers]
        absent = [{"external_id": f"member-{number:05}", "name": f"Member {number}"} for number in range(1, LISTED - len(there) + 1)]
        people = there + absent
        added = native_replies.EntrantsAdded(0, 0)
        for begin in range(0, len(people), _AT_ONCE):
            added = client.add_draw_entrants(live_session, draft.id, people[begin : begin + _AT_ONCE])
        if added.entered != len(people):
            self._problems.add(f"{draft.title}: {added.entered} of {len(people)} people are on the list")
        return draft

    async def _drawn(self, draw: str) -> native_replies.Draw:
        found = await self._ask(lambda: self._client.get_draw(self._live_session, draw))
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while found.state in ("closing", "closed") and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_LOOK_S)
            found = await self._ask(lambda: self._client.get_draw(self._live_session, draw))
        if found.state != "drawn":
            self._problems.add(f"{found.title} is {found.state} and not drawn within {PATIENCE_S:.0f} s")
        return found

    async def _check_winners(self, crowd: Crowd, drawn: native_replies.Draw, winners: list[native_replies.DrawWinner]) -> None:
        """Nobody twice, as many as there are prizes and people, each winner knows of it, and the proof holds."""
        title = drawn.title
        counts = [sum(winner.prize == prize.id for winner in winners) for prize in drawn.prizes]
        if counts != [prize.won for prize in drawn.prizes] or sum(counts) != min(drawn.entered, sum(prize.count for prize in drawn.prizes)):
            self._problems.add(f"{title}: {counts} winners of each prize, and the API says {[prize.won for prize in drawn.prizes]}")
        if len({(winner.viewer, winner.external_id) for winner in winners}) != len(winners):
            self._problems.add(f"{title}: somebody has won twice")
        won = {winner.viewer: winner.prize for winner in winners if winner.viewer is not None}
        for viewer in crowd.entered:
            viewer.ask_own()
        await self._require(
            lambda: all(_won(viewer, drawn.id) == ([won[viewer.id]] if viewer.id in won else []) for viewer in crowd.entered),
            f"were not told rightly what they have won in {title}",
        )
        report = verify_draw_proof(await self._ask(lambda: self._client.get_draw_proof(drawn.id)))
        if not report.ok:
            self._problems.add(f"{title}: its proof does not hold")

    async def _played_prize(self, prize: native_replies.Prize, won: int) -> PlayedPrize:
        names = await self._ask(lambda: self._client.get_names(prize.id))
        return PlayedPrize(id=prize.id, name=prize.name, count=prize.count, won=won, quanshi=names.quanshi, volcengine=names.volcengine)

    def _all_see(self, crowd: Crowd, about: str, state: str) -> bool:
        return all(about in viewer.others and viewer.others[about].state == state for viewer in crowd.entered)

    def _note_position(self, crowd: Crowd, news: str, after: int = 0) -> None:
        self.last_position = max((viewer.positions.get(news, 0) for viewer in crowd.viewers), default=0) + after

    async def _require(self, holds: Callable[[], bool], otherwise: str) -> None:
        if not await until(holds, PATIENCE_S):
            self._problems.add(f"within {PATIENCE_S:.0f} s some viewers {otherwise}")

    async def _ask(self, call: Callable[[], T]) -> T:
        return await asyncio.to_thread(call)


def _won(viewer: Viewer, draw: str) -> list[str]:
    """Prizes that the viewer was told of."""
    own = viewer.own.get(draw)
    return [] if own is None else [prize.prize for prize in own.prizes]


def _outcomes_of(viewer: Viewer, about: str) -> list[Outcome]:
    return [outcome for outcome in viewer.outcomes if outcome.survey == about]


def _outcomes(crowd: Crowd, about: str) -> list[Outcome]:
    return [outcome for viewer in crowd.viewers for outcome in _outcomes_of(viewer, about)]


def _pages(winners: int) -> int:
    """Events in which the winners of one prize are told."""
    return max(1, -(-winners // 2_000))
