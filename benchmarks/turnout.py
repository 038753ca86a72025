"""Turnout under the benchmark: its account and its rooms of open answer cards, through the public API, and the answers it holds."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.plan import OPTIONS, PlannedRoom

_AT_ONCE = 64


def environment_of(folder: Path, port: int, database_url: str = "") -> dict[str, str]:
    """The configuration of the server under test; whatever is not named here is as it comes."""
    return {
        "TURNOUT_DATA_DIR": str(folder),
        "TURNOUT_DATABASE_URL": database_url,
        "TURNOUT_HOST": "127.0.0.1",
        "TURNOUT_PORT": str(port),
        "TURNOUT_LOG_LEVEL": "warning",
    }


def make_account(turnout: Path, environment: Mapping[str, str]) -> str:
    """Migrates the database and makes an account; its API key."""
    subprocess.run([turnout, "migrate"], env={**environment}, check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run([turnout, "account", "create", "Benchmark", "--json"], env={**environment}, check=True, stdout=subprocess.PIPE)
    api_key: str = json.loads(made.stdout)["api_key"]
    return api_key


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


async def _open_card(api: Api, live_session: str, number: int) -> str:
    question = {
        "title": f"Question {number}",
        "multiple": False,
        "options": list("ABCDEFGH"[:OPTIONS]),
        "right_options": [number % OPTIONS],
    }
    surveys = f"/live-sessions/{live_session}/surveys"
    survey = await api.post(surveys, {"kind": "answer_card", "title": f"Card {number}", "question": question})
    await api.post(f"{surveys}/{survey['id']}/open")
    question_id: str = survey["questions"][0]["id"]
    return question_id


async def _prepare_room(api: Api, viewers: int, questions: int) -> tuple[PlannedRoom, str]:
    room = await api.post("/rooms", {"title": "Benchmark"})
    live_session = await api.post(f"/rooms/{room['id']}/live-sessions", {"title": "Benchmark"})
    cards = await asyncio.gather(*(_open_card(api, live_session["id"], number) for number in range(questions)))
    return PlannedRoom(room["code"], viewers, tuple(cards)), live_session["id"]


async def prepare(port: int, api_key: str, rooms: int, viewers: int, questions: int) -> tuple[list[PlannedRoom], list[str]]:
    """Rooms with a running live session and that many open answer cards each; the plan, and the live sessions' ids."""
    async with _session(port, api_key) as session:
        api = Api(session)
        made = await asyncio.gather(*(_prepare_room(api, viewers, questions) for _ in range(rooms)))
        return [room for room, _ in made], [live_session for _, live_session in made]


async def count_answers(port: int, api_key: str, live_sessions: list[str]) -> int:
    """The answers the server itself says it holds, over all answer cards of these live sessions."""
    async with _session(port, api_key) as session:
        api = Api(session)
        lists = await asyncio.gather(*(api.get(f"/live-sessions/{live_session}/surveys") for live_session in live_sessions))
        return sum(survey["answered"] for reply in lists for survey in reply["surveys"])


def _session(port: int, api_key: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {api_key}"})
