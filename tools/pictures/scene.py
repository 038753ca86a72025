"""What the pictures show: a server with a room full of simulated viewers, and the screens that look at it."""

import asyncio
import itertools
import random
from typing import Any

import msgspec
from playwright.async_api import Browser, BrowserContext, Page

from tools.pictures.album import DESK, PHONE, Album, open_screen
from tools.pictures.words import NEWCOMERS, OPINIONS, OWN_TEXTS
from turnout.cli.demo_account import Stage
from turnout.client import native_replies
from turnout.compose import Server
from turnout.rehearsal.answering import Leaning, answer_all, lean
from turnout.rehearsal.crowd import Crowd, until
from turnout.rehearsal.messages import Shown
from turnout.rehearsal.names import names
from turnout.rehearsal.pieces import PIECES, Language, Piece
from turnout.rehearsal.preparing import Preparer
from turnout.rehearsal.viewers import Viewer

CROWD = 36
SEED = 7
_WITHIN_S = 30


class Scene:
    """One language's server, crowd and screens. hosts, viewers: a phone and a desk each."""

    def __init__(self, server: Server, stage: Stage, browser: Browser, language: Language, album: Album) -> None:
        self.server = server
        self.stage = stage
        self.client = stage.client
        self.live_session = stage.live_session.id
        self.language: Language = language
        self.album = album
        self.url = f"http://127.0.0.1:{server.port}"
        self.pieces = PIECES[language]
        self.viewers: list[Page] = []
        self.hosts: list[Page] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._chance = random.Random(SEED)  # noqa: S311 - a play, not a secret
        self.newcomers = itertools.cycle(NEWCOMERS[language])
        self._preparer = Preparer(stage.client)
        self._minds: dict[str, tuple[native_replies.Survey, list[Leaning]]] = {}
        everybody = names(self._chance, language, CROWD)
        self.crowd = Crowd(self.url, stage.room.code, everybody, seed=SEED, take_part=self._take_part)

    @property
    def phone(self) -> Page:
        """The viewer's phone."""
        return self.viewers[0]

    async def begin(self) -> None:
        """Opens the screens."""
        for pages in (self.viewers, self.hosts):
            for viewport in (PHONE, DESK):
                pages.append(await self.another(viewport))

    def here(self, shown_url: str) -> str:
        """A link of ours, as it is reached on this machine."""
        return self.url + shown_url.removeprefix(self.server.config.base_url)

    async def another(self, viewport: dict[str, int]) -> Page:
        """A screen of somebody else's."""
        context = await open_screen(self._browser, viewport, self.language)
        self._contexts.append(context)
        return await context.new_page()

    async def end(self) -> None:
        """Everybody goes."""
        await self.crowd.leave()
        for context in self._contexts:
            await context.close()

    async def open(self, piece: Piece, **settings: object) -> native_replies.Survey:
        """Opens a survey and waits until the crowd has answered it."""
        draft = await asyncio.to_thread(lambda: self._preparer.create(self.live_session, piece, **settings))
        self._minds[draft.id] = draft, [lean(self._chance, question) for question in draft.questions]
        await asyncio.to_thread(self.client.open_survey, self.live_session, draft.id)
        crowd = self.crowd
        if not await until(lambda: all(draft.id in viewer.surveys for viewer in crowd.entered) and crowd.quiet, _WITHIN_S):
            raise RuntimeError(f"the crowd did not answer {piece.title}")
        return draft

    async def close(self, survey: native_replies.Survey) -> None:
        """No more answers."""
        await asyncio.to_thread(self.client.close_survey, self.live_session, survey.id)

    async def publish(self, survey: native_replies.Survey) -> None:
        """Viewers see the result."""
        await asyncio.to_thread(self.client.publish_survey, self.live_session, survey.id)

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """A request to the API, as the account."""
        headers = {"Authorization": f"Bearer {self.stage.secrets.api_key}"}
        reply = await self.phone.request.fetch(f"{self.url}/api/v1{path}", method=method, data=body, headers=headers)
        if not reply.ok:
            raise RuntimeError(f"{method} {path}: {await reply.text()}")
        return await reply.json() if reply.status != 204 else None

    async def fill_in(self, page: Page, survey: native_replies.Survey) -> None:
        """Answers every question on a viewer's page, all but one of them right, and hands nothing in."""
        opinions = OPINIONS[self.language].get(survey.kind, [""])
        texts = {**OWN_TEXTS[self.language], "free_form": opinions[0], "combined": opinions[-1]}
        for number, question in enumerate(survey.questions):
            place = page.locator(f'[data-survey="{survey.id}"] [data-question="{question.id}"]')
            right = question.right_options or ([0, 2] if question.multiple else [1])
            chosen = right if number != 2 or not question.right_options else [0]
            if question.options:
                for option in chosen[: question.most or len(chosen)]:
                    await place.locator(f'label:has([data-testid="option-{option}"])').click()
            if question.type == "rating":
                await place.locator(f'label:has([data-testid="star-{question.scale - 1}"])').click()
            if question.type in texts:
                await place.get_by_test_id("words").fill(texts[question.type])
        await page.evaluate("document.activeElement.blur()")

    async def crowd_rests(self) -> None:
        """Waits until nobody in the crowd has anything under way."""
        if not await until(lambda: self.crowd.quiet, _WITHIN_S):
            raise RuntimeError("the crowd does not come to rest")

    async def _take_part(self, number: int, viewer: Viewer, survey: Shown) -> None:
        if isinstance(survey, native_replies.CheckIn) and number % 5 != 3:
            await viewer.check_in(survey.id)
        if isinstance(survey, native_replies.Draw) and survey.who in ("tap", "word"):
            await viewer.enter_draw(survey.id, survey.word)
        if number % 9 == 4 or survey.id not in self._minds:
            return  # somebody always only listens
        known, leanings = self._minds[survey.id]
        opinions = OPINIONS[self.language].get(known.kind, [])
        free = {question.id for question in known.questions if question.type in ("free_form", "combined")}
        entries = [
            msgspec.structs.replace(entry, text=viewer.chance.choice(opinions)) if entry.question in free and entry.text else entry
            for entry in answer_all(viewer.chance, known.questions, leanings, viewer.name)
        ]
        await viewer.answer(survey.id, entries)
