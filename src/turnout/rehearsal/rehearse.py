"""A rehearsal in a room of a running server: simulated viewers over real sockets, a script played through the API, disconnects at random,
and in the end what the viewers were told compared with what the API says."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
import structlog

from turnout.client import NativeClient, native_replies
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.host import Play, Played
from turnout.rehearsal.names import names
from turnout.rehearsal.pieces import ANNOUNCEMENT, PIECES, Language, Piece

log = structlog.get_logger()

SCRIPTS = ("surveys",)
"""What can be played."""

TITLE = {"zh": "彩排", "en": "Rehearsal"}


class NotReady(Exception):
    """The rehearsal cannot begin; the text says why and what to do."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. viewers: let in; disconnects: connections cut on purpose; returns: times a viewer came back; resumed: of those,
    times it went on where it was, without a snapshot. others: people who were in the room beside the viewers; what they answered is allowed
    for. ok: no problem was found; problems: sentences."""

    server: str
    room: str
    live_session: str
    script: str
    seed: int
    viewers: int
    disconnects: int
    returns: int
    resumed: int
    others: int
    seconds: float
    played: list[Played]
    ok: bool
    problems: list[str]


class Rehearsal:
    """One rehearsal. code: the room's join code; disconnects_per_s: how many viewers lose their connection each second, about; passcode:
    the room's, when it has one. on_progress: told a sentence at each step."""

    def __init__(
        self,
        client: NativeClient,
        code: str,
        *,
        viewers: int,
        language: Language,
        seed: int,
        disconnects_per_s: float,
        passcode: str | None = None,
        pieces: Sequence[Piece] | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._code = code.replace("-", "").replace(" ", "").lower()
        self._viewers = viewers
        self._language: Language = language
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        self._disconnects_per_s = disconnects_per_s
        self._passcode = passcode
        self._pieces = PIECES[language] if pieces is None else pieces
        self._on_progress = on_progress
        self._disconnects = 0

    async def run(self) -> Report:
        """Plays. A live session that it started is ended again. Raises NotReady, and what the client raises."""
        set_up = asyncio.create_task(asyncio.to_thread(self._set_up))
        try:
            room, live_session, _ = await asyncio.shield(set_up)
            return await self._played(room, live_session)
        finally:
            # nobody can stop the thread that starts a live session: also what was started while the operator ended the rehearsal ends
            await asyncio.wait([set_up])
            if set_up.exception() is None:
                _, live_session, is_ours = set_up.result()
                if is_ours:
                    await asyncio.to_thread(self._client.end_live_session, live_session.id)

    async def _played(self, room: native_replies.Room, live_session: native_replies.LiveSession) -> Report:
        began = time.monotonic()
        play = Play(
            self._client,
            live_session.id,
            self._pieces,
            seed=self._seed,
            announcement=ANNOUNCEMENT[self._language],
            on_progress=self._on_progress,
        )
        crowd = Crowd(
            self._client.base_url,
            room.code,
            names(play.chance, self._language, self._viewers),
            seed=self._seed,
            take_part=play.take_part,
            passcode=self._passcode,
        )
        try:
            with self._cutting(crowd, play):
                played = await play.run(crowd)
        finally:
            await crowd.leave()
        return Report(
            server=self._client.base_url,
            room=room.code,
            live_session=live_session.id,
            script=SCRIPTS[0],
            seed=self._seed,
            viewers=len(crowd.entered),
            disconnects=self._disconnects,
            returns=sum(viewer.returns for viewer in crowd.viewers),
            resumed=sum(viewer.resumed for viewer in crowd.viewers),
            others=play.others,
            seconds=round(time.monotonic() - began, 1),
            played=played,
            ok=not play.problems,
            problems=play.problems,
        )

    def _set_up(self) -> tuple[native_replies.Room, native_replies.LiveSession, bool]:
        room = next((room for room in self._client.list_rooms() if room.code == self._code), None)
        if room is None:
            raise NotReady("this account has no room with this code; look at its address in the console")
        running = room.running_live_session
        if running is None:
            return room, self._client.start_live_session(room.id, TITLE[self._language]), True
        if self._client.list_viewers(running.id).online:
            raise NotReady("there are people in this room: rehearse when nobody is there, or in a room of its own")
        return room, running, False

    @contextmanager
    def _cutting(self, crowd: Crowd, play: Play) -> Iterator[None]:
        """While it lasts, viewers lose their connections at random."""
        task = asyncio.create_task(self._cut(crowd, play)) if self._disconnects_per_s > 0 else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()

    async def _cut(self, crowd: Crowd, play: Play) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(self._disconnects_per_s))
            if play.needs_everybody:
                continue
            present = [viewer for viewer in crowd.viewers if viewer.state == "present"]
            if present:
                self._chance.choice(present).drop()
                self._disconnects += 1
