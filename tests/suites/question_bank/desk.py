"""What a host does with the question bank, over HTTP, and viewers who answer by commands."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.suites.server.harness import Customer, Served
from turnout.audience.actions import ENTER, Enter, Entered
from turnout.interactions.survey.actions import SUBMIT, Submit
from turnout.interactions.survey.rules import AnswerEntry
from turnout.kernel.ids import Kind, LiveSessionId, QuestionId, SurveyId, ViewerId

TEMPLATES = "/api/v1/templates"
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

QUESTION = {"title": "Which?", "options": ["North", "South"], "right_options": [1], "score": 10}
CARD = {"title": "Warm-up", "questions": [QUESTION]}

_serial = itertools.count(1)


@dataclass(frozen=True)
class Desk:
    """A host of one account, with its API key."""

    served: Served
    customer: Customer

    async def ask(self, method: str, path: str, expected: int | None = None, **request: Any) -> httpx.Response:
        """Any request of the API; fails on another status than the expected one."""
        headers = {**self.customer.bearer, **request.pop("headers", {})}
        reply = await self.served.client.request(method, path, headers=headers, **request)
        assert expected is None or reply.status_code == expected, reply.text
        return reply

    async def get(self, path: str, **request: Any) -> Any:
        """The body of a reply."""
        return (await self.ask("GET", path, 200, **request)).json()

    async def post(self, path: str, body: Any = None, **request: Any) -> Any:
        """The body of a reply to what creates or changes something."""
        reply = await self.ask("POST", path, json=body, **request)
        assert reply.status_code in (200, 201), reply.text
        return reply.json()

    async def keep(self, **changes: Any) -> Any:
        """A new template."""
        return await self.post(TEMPLATES, {**CARD, **changes})

    async def refused(self, method: str, path: str, **request: Any) -> tuple[int, str, str | None]:
        """Status, code and field of a refusal."""
        reply = await self.ask(method, path, **request)
        error = reply.json()["error"]
        return reply.status_code, error["code"], error.get("field")

    async def bring(self, content: bytes, kind: str, **request: Any) -> httpx.Response:
        """Imports a file."""
        headers = {"content-type": MEDIA_TYPES.get(kind, kind), **request.pop("headers", {})}
        return await self.ask("POST", f"{TEMPLATES}/import", content=content, headers=headers, **request)

    async def live_session(self) -> tuple[Any, Any]:
        """A room and its running live session."""
        room = await self.post("/api/v1/rooms", {"title": "Room"})
        return room, await self.post(f"/api/v1/rooms/{room['id']}/live-sessions", {})

    async def picture(self) -> str:
        """The id of an uploaded picture."""
        content = next(iter(sorted((Path(__file__).parents[1] / "pictures" / "samples").glob("*.png")))).read_bytes()
        reply = await self.ask("POST", "/api/v1/pictures", 201, content=content, headers={"content-type": "image/png"})
        return str(reply.json()["id"])

    async def viewer(self, room: Any, name: str) -> ViewerId:
        """A viewer who enters."""
        runtime = self.served.runtime
        command = Enter(room["code"], 1, runtime.clock.now(), f"first-entry-{next(_serial):012}", name)
        entered = await runtime.commit.run(ENTER, command, lane=0)
        assert isinstance(entered, Entered)
        return entered.viewer.id

    async def answer(self, survey: Any, live_session: Any, viewer_id: ViewerId, *answers: Any) -> None:
        """Submits answers, one for each question: a list of options, a text, a number, or (options, text); None leaves it out."""
        runtime = self.served.runtime
        live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session["id"]))
        entries = [
            _entry(QuestionId(runtime.ids.parse_text(Kind.QUESTION, question["id"])), answer)
            for question, answer in zip(survey["questions"], answers, strict=True)
            if answer is not None
        ]
        survey_id = SurveyId(runtime.ids.parse_text(Kind.SURVEY, survey["id"]))
        command = Submit(live_session_id, survey_id, viewer_id, entries, f"c{next(_serial)}", runtime.clock.now())
        await runtime.commit.run(SUBMIT, command, lane=live_session_id)


def _entry(question_id: QuestionId, answer: Any) -> AnswerEntry:
    if isinstance(answer, tuple):
        return AnswerEntry(question_id, choices=answer[0], text=answer[1])
    if isinstance(answer, list):
        return AnswerEntry(question_id, choices=answer)
    return AnswerEntry(question_id, rating=answer) if isinstance(answer, int) else AnswerEntry(question_id, text=answer)
