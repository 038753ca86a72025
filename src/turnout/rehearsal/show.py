"""A rehearsal for a person who watches: viewers come in over a while, answer as people do, lose a connection now and then.

In the demo's own live session a script greets everybody, and opens a survey every so often until its pieces are through, or until a person
prepares or opens one: from then on the viewers only follow that person, also into the room's next live session after an end. They keep to
the demo's own room: what goes on in another one, such as a rehearsal, goes on without them.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable
from http.client import HTTPException
from typing import TypeVar

import structlog

from turnout.client import NativeClient, NativeRefused, native_replies
from turnout.rehearsal.answering import Leaning, answer_all, lean, thought_s
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.messages import Shown
from turnout.rehearsal.names import names
from turnout.rehearsal.pieces import ANNOUNCEMENT, PIECES, Language, Piece
from turnout.rehearsal.preparing import Preparer
from turnout.rehearsal.viewers import Viewer

log = structlog.get_logger()

T = TypeVar("T")

LOOK_S = 2.0
"""How often the show looks for live sessions that have begun or ended."""

ARRIVAL_S = 12.0
"""Over how many seconds viewers come in."""

WELCOME_S = 6.0
"""When the host greets everybody by an announcement, after the viewers began to come in."""

FIRST_SURVEY_S = 15.0
"""When the script opens its first survey, after the viewers began to come in."""

QUICK_LIMIT_S = 40
"""Time limit of the script's surveys of one question."""

FORM_LIMIT_S = 120
"""Time limit of its longer ones."""

PAUSE_S = 35.0
"""Between a survey's close and the script's next one."""

TAKING_PART = 0.87
"""Share of viewers who answer a survey, confirm a check-in or enter a draw."""

TAKES_ENTRIES = ("tap", "word")
"""Where viewers enter a draw by themselves."""

_LOST_CONNECTION_S = 25.0  # one viewer loses its connection about this often


class Show:
    """The demo's viewers and its script. room: whose live sessions they attend; scripted: the live session in which the script plays.
    crowd_key: a secret; with the same one the same viewers come back, into the next live session or after a restart."""

    def __init__(
        self,
        client: NativeClient,
        socket_base_url: str,
        *,
        room: str,
        size: int,
        language: Language,
        seed: int,
        crowd_key: str,
        scripted: str,
    ) -> None:
        self._client = client
        self._socket_base_url = socket_base_url
        self._room = room
        self._size = size
        self._language = language
        self._crowd_key = crowd_key
        self._chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        self._scripted = scripted
        self._attended: str | None = None
        self._visiting: asyncio.Task[None] | None = None
        self._crowds_minds: dict[str, asyncio.Task[tuple[native_replies.Survey, list[Leaning]]]] = {}
        self._preparer = Preparer(client)

    async def run(self) -> None:
        """Plays until cancelled."""
        try:
            while True:
                await self._attend()
                await asyncio.sleep(LOOK_S)
        finally:
            if self._visiting is not None:
                self._visiting.cancel()
                await asyncio.gather(self._visiting, return_exceptions=True)

    async def _attend(self) -> None:
        """Sends the crowd into the room's running live session, and out of one that has ended."""
        room = await self._ask(self._client.get_room, self._room)
        if room is None:
            return
        running = None if room.running_live_session is None else room.running_live_session.id
        if running == self._attended:
            return
        if self._visiting is not None:
            self._visiting.cancel()
            self._visiting = None
        self._attended = running
        if running is not None:
            self._visiting = asyncio.create_task(self._visit(room.code, running), name=f"crowd {running}")
            self._visiting.add_done_callback(_say_if_failed)

    async def _visit(self, room_code: str, live_session: str) -> None:
        async def take_part(number: int, viewer: Viewer, shown: Shown) -> None:
            await self._take_part(live_session, viewer, shown)

        crowd = Crowd(
            self._socket_base_url,
            room_code,
            names(random.Random(self._crowd_key), self._language, self._size),  # noqa: S311 - names, not a secret
            seed=self._chance.getrandbits(64),
            take_part=take_part,
            entry_ids=[hashlib.sha256(f"{self._crowd_key} {number}".encode()).hexdigest()[:32] for number in range(self._size)],
        )
        script = asyncio.create_task(self._play_script(live_session)) if live_session == self._scripted else None
        try:
            await crowd.enter(ARRIVAL_S)
            while True:
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) * _LOST_CONNECTION_S)
                self._chance.choice(crowd.viewers).drop()
        finally:
            if script is not None:
                script.cancel()
            await crowd.leave()

    async def _take_part(self, live_session: str, viewer: Viewer, shown: Shown) -> None:
        own = viewer.own.get(shown.id)
        if own is not None and (own.submitted or own.checkin or own.draw):
            return  # done before a restart
        if viewer.chance.random() > TAKING_PART:
            return
        if isinstance(shown, native_replies.Survey):
            await self._answer(live_session, viewer, shown)
            return
        await asyncio.sleep(thought_s(viewer.chance, 1))
        now = viewer.others.get(shown.id)
        if now is None or now.state != "open":
            return
        if isinstance(now, native_replies.CheckIn):
            await viewer.check_in(now.id)
        elif now.who in TAKES_ENTRIES:
            await viewer.enter_draw(now.id, now.word)

    async def _answer(self, live_session: str, viewer: Viewer, survey: native_replies.Survey) -> None:
        if survey.id not in self._crowds_minds:
            self._crowds_minds[survey.id] = asyncio.create_task(self._make_up_minds(live_session, survey))
        known, leanings = await self._crowds_minds[survey.id]
        await asyncio.sleep(thought_s(viewer.chance, len(survey.questions)))
        now = viewer.surveys.get(survey.id)
        if now is not None and now.state == "open":
            await viewer.answer(survey.id, answer_all(viewer.chance, known.questions, leanings, viewer.name))

    async def _make_up_minds(self, live_session: str, survey: native_replies.Survey) -> tuple[native_replies.Survey, list[Leaning]]:
        # viewers are not told what is right; the crowd's leaning comes from the host's side of the house
        known = await self._ask(self._client.get_survey, live_session, survey.id) or survey
        return known, [lean(self._chance, question) for question in known.questions]

    async def _play_script(self, live_session: str) -> None:
        before = await self._ask(self._client.list_surveys, live_session) or []
        own, played = {survey.id for survey in before}, {survey.title for survey in before}
        await asyncio.sleep(WELCOME_S)
        announced = await self._ask(self._client.list_announcements, live_session)
        if announced == [] and not await self._is_taken_over(live_session, own):
            await self._ask(self._client.make_announcement, live_session, ANNOUNCEMENT[self._language])
        await asyncio.sleep(FIRST_SURVEY_S - WELCOME_S)
        for piece in [piece for piece in PIECES[self._language] if piece.title not in played]:
            if await self._is_taken_over(live_session, own):
                return
            limit_s = QUICK_LIMIT_S if len(piece.questions) == 1 else FORM_LIMIT_S
            survey = await self._ask(self._open, live_session, piece, limit_s)
            if survey is None:
                return
            own.add(survey.id)
            await asyncio.sleep(limit_s + PAUSE_S)

    def _open(self, live_session: str, piece: Piece, limit_s: int) -> native_replies.Survey:
        draft = self._preparer.create(live_session, piece, time_limit_s=limit_s)
        return self._client.open_survey(live_session, draft.id)

    async def _is_taken_over(self, live_session: str, own: set[str]) -> bool:
        surveys = await self._ask(self._client.list_surveys, live_session)
        return surveys is None or any(survey.id not in own for survey in surveys)

    async def _ask(self, call: Callable[..., T], *args: object) -> T | None:
        """The reply, or None when the server refuses or is away: a show goes on."""
        try:
            return await asyncio.to_thread(call, *args)
        except (NativeRefused, OSError, HTTPException) as error:
            log.warning("show_call_failed", error=str(error))
            return None


def _say_if_failed(visit: asyncio.Task[None]) -> None:
    if not visit.cancelled() and visit.exception() is not None:
        log.error("crowd_failed", exc_info=visit.exception())
