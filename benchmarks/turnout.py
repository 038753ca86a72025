"""Turnout under the benchmark: its account and its rooms of open surveys, through the public API, and the answers it holds."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.plan import OPTIONS, PlannedRoom, PlannedSurvey, questions_of

_AT_ONCE = 64


def environment_of(folder: Path, port: int, database_url: str = "") -> dict[str, str]:
    """The configuration of the server under test; whatever is not named here is as it comes."""
    return {
        "TURNOUT_DATA_DIR": str(folder),
        "TURNOUT_DATABASE_URL": database_url,
        "TURNOUT_HOST": "127.0.0.1",
        "TURNOUT_PORT": str(port),
        "TURNOUT_LOG_LEVEL": "warning",
        # all viewers come from one address here, and each answers far faster than people do
        "TURNOUT_API_REQUESTS_PER_SECOND": "0",
        "TURNOUT_SOCKET_MESSAGES_PER_SECOND": "1000",
        "TURNOUT_ADDRESS_MESSAGES_PER_SECOND": "1000000",
    }


def make_account(turnout: Path, environment: Mapping[str, str]) -> str:
    """Migrates the database and makes an account; its API key."""
    subprocess.run([turnout, "migrate"], env={**environment}, check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run([turnout, "account", "create", "Benchmark", "--json"], env={**environment}, check=True, stdout=subprocess.PIPE)
    api_key: str = json.loads(made.stdout)["api_key"]
    return api_key


def session(port: int, api_key: str) -> aiohttp.ClientSession:
    """A client of the server on this port, with the key."""
    return aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {api_key}"})


class Api:
    """The native API with a key, many requests at once."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The reply of a POST; raises for any status of 400 and above."""
        async with self._slots, self._session.post(f"/api/v1{path}", json=body or {}) as reply:
            if reply.status >= 400:
                raise RuntimeError(f"POST {path}: {reply.status} {await reply.text()}")
            return await reply.json()

    async def get(self, path: str) -> Any:
        """The reply of a GET; raises for any status of 400 and above."""
        async with self._slots, self._session.get(f"/api/v1{path}") as reply:
            reply.raise_for_status()
            return await reply.json()


async def _open_survey(api: Api, live_session: str, number: int, *, exams: bool) -> PlannedSurvey:
    count = questions_of(number, exams=exams)
    questions = [
        {
            "title": f"Question {number}.{place}",
            "options": list("ABCDEFGH"[:OPTIONS]),
            "right_options": [(number + place) % OPTIONS],
            "score": 5,
        }
        for place in range(count)
    ]
    surveys = f"/live-sessions/{live_session}/surveys"
    body = {"kind": "exam" if count > 1 else "answer_card", "title": f"Survey {number}", "questions": questions}
    survey = await api.post(surveys, body)
    await api.post(f"{surveys}/{survey['id']}/open")
    return PlannedSurvey(survey["id"], tuple(question["id"] for question in survey["questions"]))


async def _prepare_room(api: Api, viewers: int, surveys: int, *, exams: bool) -> tuple[PlannedRoom, str]:
    room = await api.post("/rooms", {"title": "Benchmark"})
    live_session = await api.post(f"/rooms/{room['id']}/live-sessions", {"title": "Benchmark"})
    opened = await asyncio.gather(*(_open_survey(api, live_session["id"], number, exams=exams) for number in range(surveys)))
    return PlannedRoom(room["code"], viewers, tuple(opened)), live_session["id"]


async def prepare(
    port: int, api_key: str, rooms: int, viewers: int, surveys: int, *, exams: bool = False
) -> tuple[list[PlannedRoom], list[str]]:
    """Rooms with a running live session and that many open surveys each, answer cards unless exams are in the mix; the plan, and the live
    sessions' ids."""
    async with session(port, api_key) as opened:
        api = Api(opened)
        made = await asyncio.gather(*(_prepare_room(api, viewers, surveys, exams=exams) for _ in range(rooms)))
        return [room for room, _ in made], [live_session for _, live_session in made]


async def count_answers(port: int, api_key: str, live_sessions: list[str]) -> int:
    """The submissions the server itself says it holds, over all surveys of these live sessions."""
    async with session(port, api_key) as opened:
        counts = await asyncio.gather(*(_count_in(Api(opened), live_session) for live_session in live_sessions))
        return sum(counts)


async def _count_in(api: Api, live_session: str) -> int:
    count: int = 0
    cursor = ""
    while True:
        page = await api.get(f"/live-sessions/{live_session}/surveys?limit=100{cursor}")
        count += sum(survey["answered"] for survey in page["surveys"])
        if page["next"] is None:
            return count
        cursor = f"&after={page['next']}"
