"""Many simulated viewers of one room."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog

from turnout.client import native_replies
from turnout.rehearsal.counting import Count, Told, count
from turnout.rehearsal.messages import Shown
from turnout.rehearsal.viewers import EntryRefused, Viewer

log = structlog.get_logger()

AT_ONCE = 50
"""Viewers that connect at the same time when nobody spreads them over a while."""

_LOOK_AGAIN_S = 0.02

TakePart = Callable[[int, Viewer, Shown], Coroutine[Any, Any, None]]
"""What a viewer does about a survey, check-in or draw that has opened: called once for each, with the viewer's number in the crowd."""


async def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Waits until it holds; False when it did not within that many seconds."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_LOOK_AGAIN_S)
    return True


class Crowd:
    """The viewers of one room, on one event loop.

    base_url: where their sockets go. take_part: what each does about what has opened. Seeded: the same seed makes the same choices.
    entry_ids: one secret of 16 to 64 characters for each name, under which the room finds the same viewer again; else everybody is new.
    """

    def __init__(
        self,
        base_url: str,
        room_code: str,
        names: list[str],
        *,
        seed: int,
        take_part: TakePart,
        passcode: str | None = None,
        entry_ids: Sequence[str] | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        socket_url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws"
        self._chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        self._take_part = take_part
        self._tasks: set[asyncio.Task[None]] = set()
        self._considered: set[tuple[int, str]] = set()
        self.failed = 0
        """How often what a viewer did ended in an error that nobody foresaw."""
        self.viewers = [
            Viewer(
                socket_url,
                room_code,
                name,
                chance=random.Random(self._chance.getrandbits(64)),  # noqa: S311 - a play, not a secret
                told=self._listener(number),
                passcode=passcode,
                entry_id=None if entry_ids is None else entry_ids[number],
            )
            for number, name in enumerate(names)
        ]

    async def enter(self, over_s: float = 0.0) -> int:
        """Everybody enters, at full speed or spread over a while; returns how many were let in."""
        gate = asyncio.Semaphore(AT_ONCE)
        arrivals = sorted(self._chance.uniform(0, over_s) for _ in self.viewers)

        async def enter_one(viewer: Viewer, arrival_s: float) -> bool:
            await asyncio.sleep(arrival_s)
            async with gate:
                try:
                    await viewer.start()
                except EntryRefused as refusal:
                    log.warning("viewer_refused", viewer=viewer.name, reason=str(refusal))
                    return False
            return True

        return sum(await asyncio.gather(*map(enter_one, self.viewers, arrivals)))

    async def leave(self) -> None:
        """Everybody goes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(viewer.leave() for viewer in self.viewers))

    @property
    def entered(self) -> list[Viewer]:
        """Who was ever let in."""
        return [viewer for viewer in self.viewers if viewer.id is not None]

    @property
    def quiet(self) -> bool:
        """Whether nobody has anything under way."""
        return not self._tasks and all(viewer.waiting == 0 for viewer in self.entered)

    @property
    def present(self) -> bool:
        """Whether everybody who was let in is there."""
        return all(viewer.state == "present" for viewer in self.entered)

    def count(self, survey: native_replies.Survey, others: Iterable[Told] = ()) -> Count:
        """What became of the crowd's submissions to a survey, and of others' if there are any. survey: with its right answers."""
        return count(survey, [*(_told(viewer, survey.id) for viewer in self.viewers), *others])

    def _listener(self, number: int) -> Callable[[Viewer, Shown], None]:
        def told(viewer: Viewer, shown: Shown) -> None:
            if shown.state != "open" or (number, shown.id) in self._considered:
                return
            self._considered.add((number, shown.id))
            task = asyncio.create_task(self._take_part(number, viewer, shown))
            self._tasks.add(task)
            task.add_done_callback(self._on_done)

        return told

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failed += 1
            log.error("viewer_failed", exc_info=task.exception())


def _told(viewer: Viewer, survey_id: str) -> Told:
    outcomes = [outcome for outcome in viewer.outcomes if outcome.survey == survey_id and not outcome.is_draft]
    return Told(
        accepted=[outcome.answers for outcome in outcomes if outcome.refusal is None],
        refusals=[outcome.refusal for outcome in outcomes if outcome.refusal is not None],
    )
