"""Events of running live sessions at a steady pace, through the public API, as hosts make them."""

import asyncio
from collections.abc import Sequence

from benchmarks import turnout
from benchmarks.installation import Account


class Pace:
    """Hosts who open one survey after the other. Drafts are made before, so that nothing but the openings happens meanwhile."""

    def __init__(self, port: int, accounts: Sequence[Account]) -> None:
        self._port = port
        self._accounts = accounts
        self._drafts: list[tuple[Account, str]] = []

    async def prepare(self, count: int) -> None:
        """Makes that many drafts, the accounts' in turn, in a live session of each."""
        of_each = await asyncio.gather(
            *(self._draft(account, len(range(number, count, len(self._accounts)))) for number, account in enumerate(self._accounts))
        )
        in_turn = [[(account, path) for path in paths] for account, paths in zip(self._accounts, of_each, strict=True)]
        self._drafts = [draft for turn in range(len(in_turn[0])) for drafts in in_turn for draft in drafts[turn : turn + 1]]

    async def open_all(self, per_second: float) -> None:
        """Opens every draft at its moment, however long the server takes for those before."""
        sessions = {account.id: turnout.session(self._port, account.api_key) for account in self._accounts}
        loop = asyncio.get_running_loop()
        began = loop.time()
        opening = []
        for number, (account, path) in enumerate(self._drafts):
            await asyncio.sleep(began + number / per_second - loop.time())
            opening.append(asyncio.create_task(turnout.Api(sessions[account.id]).post(f"{path}/open")))
        await asyncio.gather(*opening)
        for session in sessions.values():
            await session.close()
        self._drafts = []

    async def _draft(self, account: Account, count: int) -> list[str]:
        async with turnout.session(self._port, account.api_key) as session:
            api = turnout.Api(session)
            room = await api.post("/rooms", {"title": "Benchmark"})
            live_session = await api.post(f"/rooms/{room['id']}/live-sessions", {"title": "Benchmark"})
            surveys = f"/live-sessions/{live_session['id']}/surveys"
            question = {"title": "Question", "options": list("ABCD"), "right_options": [0], "score": 5}
            drafts = [{"kind": "answer_card", "title": f"Survey {number}", "questions": [question]} for number in range(count)]
            made = await asyncio.gather(*(api.post(surveys, draft) for draft in drafts))
            return [f"{surveys}/{survey['id']}" for survey in made]
