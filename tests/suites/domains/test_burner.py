"""The burner: seals are gone soon after their surveys' end, whatever stops or delays it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection

import pytest

from tests.fake_clock import FakeClock
from tests.suites.domains.papers import SECRET_VOTE
from tests.suites.domains.show import Show
from tests.suites.domains.traces import files_with
from turnout.interactions.burner import Burner
from turnout.interactions.survey import due, queries
from turnout.interactions.survey.actions import CLOSE_SURVEY, SUBMIT
from turnout.interactions.survey.anonymous_store import seals
from turnout.interactions.timers import Timers
from turnout.kernel.ids import SurveyId
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge

PATIENCE_S = 60.0


class House:
    """Group commit, a burner and the timers, as compose puts them together."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.commit = GroupCommit(database, clock, self._on_commit)
        keyring = Keyring(bytes(32))
        self.runtime = Runtime(database=database, commit=self.commit, keyring=keyring, ids=keyring.ids, clock=clock, base_url="")
        self.burner = Burner(self.runtime, [due.BURNING], poll_s=60.0, retry_s=0.02)
        self.timers = Timers(self.runtime, [due.OVERDUE, due.INTERRUPTED])

    def _on_commit(self, nudges: Collection[Nudge]) -> None:
        self.burner.on_nudges(nudges)
        self.timers.on_nudges(nudges)


@pytest.fixture
async def house(show: Show) -> AsyncIterator[House]:
    """Started, but for the burner and the timers."""
    made = House(show.database, show.clock)
    await made.commit.start()
    yield made
    await made.burner.stop()
    await made.timers.stop()
    await made.commit.stop()


async def until(true: Callable[[], bool]) -> None:
    """Returns once it is so."""
    end = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(true):
        assert time.monotonic() < end, "it never came to be so"
        await asyncio.sleep(0.01)


def burned(show: Show, survey_id: SurveyId) -> Callable[[], bool]:
    """Whether nothing is left to be burned of this survey."""

    def look() -> bool:
        with show.database.reading() as connection:
            return (show.live.id, survey_id) not in queries.list_unburned(connection)

    return look


async def test_a_close_burns_its_seal(show: Show, house: House) -> None:
    """The close wakes the burner; when it has noted its work no file holds the seal, and an open survey keeps its own."""
    survey_id, _ = show.opened(SECRET_VOTE)
    seal = bytes(show.rows(seals)[0]["key"])
    open_id, (question, _) = show.opened(SECRET_VOTE)
    viewer = show.viewers(1)[0]
    await house.burner.start()
    await house.commit.run(CLOSE_SURVEY, show.change_command(survey_id), lane=show.live.id)
    await until(burned(show, survey_id))
    assert files_with(show.database, seal) == []
    command = show.choose_command(open_id, question, viewer, [1])
    await house.commit.run(SUBMIT, command, lane=show.live.id, order=viewer)


async def test_what_was_left_undone_is_done_at_the_start(show: Show, house: House) -> None:
    """A process that died between the close and the burning leaves it to the next one."""
    survey_id, _ = show.opened(SECRET_VOTE)
    seal = bytes(show.rows(seals)[0]["key"])
    show.change(CLOSE_SURVEY, survey_id)
    assert not burned(show, survey_id)()
    await house.burner.start()
    await until(burned(show, survey_id))
    assert files_with(show.database, seal) == []


async def test_somebody_in_the_way_delays_it(show: Show, house: House) -> None:
    """While the seals cannot be erased nothing is noted; afterwards they are erased all the same."""
    survey_id, _ = show.opened(SECRET_VOTE)
    show.change(CLOSE_SURVEY, survey_id)
    with show.database.reading() as connection:
        connection.execute(seals.select()).all()  # on SQLite a snapshot, on PostgreSQL a lock of the table
        await house.burner.start()
        await asyncio.sleep(0.5)
        assert not await asyncio.to_thread(burned(show, survey_id))
    await until(burned(show, survey_id))


async def test_the_timers_close_what_lost_its_seal(show: Show, house: House) -> None:
    """An open anonymous survey without a seal is closed as interrupted, and there is nothing to burn but the note."""
    survey_id, _ = show.opened(SECRET_VOTE)
    owner = show.database.writing(0)
    owner.begin().execute(seals.delete())
    owner.commit()
    owner.close()
    await house.burner.start()
    await house.timers.start()
    await until(lambda: show.facts(survey_id).closed_by == "interrupted")
    await until(burned(show, survey_id))
