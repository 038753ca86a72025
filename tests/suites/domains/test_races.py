"""Two writers on PostgreSQL, as two processes would have: the database referees (promise 2)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import msgspec
import pytest

from tests.suites.domains.show import Show, code_of, fresh_entry_id, lane_of
from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.idempotency import Once
from turnout.accounts.secrets import new_account
from turnout.audience.actions import ENTER
from turnout.interactions.survey.actions import ANSWER, CLOSE_SURVEY
from turnout.interactions.survey.rules import SurveyFacts
from turnout.kernel.errors import TurnoutError
from turnout.rooms.actions import CREATE_ROOM, END_LIVE_SESSION, START_LIVE_SESSION, CreateRoom, EndLiveSession, StartLiveSession
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.event_log import read_events
from turnout.storage.keyring import Keyring
from turnout.storage.transaction import Tx

T = TypeVar("T")
PATIENCE_S = 20.0


@contextmanager
def writers(show: Show, count: int) -> Iterator[list[BatchWriter]]:
    """Writers of other processes."""
    made = [BatchWriter(show.database, 0, show.clock) for _ in range(count)]
    try:
        yield made
    finally:
        for writer in made:
            writer.close()


def write(writer: BatchWriter, commands: Sequence[tuple[Action[Any, Any], Any]]) -> list[Any]:
    """One transaction of this writer."""
    return list(writer.write([(action, command, _ignore, *lane_of(command)) for action, command in commands])[0])


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Runs each on a thread of its own, all let go together."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        gate.wait(PATIENCE_S)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE_S) for future in [pool.submit(run, work) for work in works]]


def held_after(action: Action[Any, Any], worked: threading.Event, go_on: threading.Event) -> Action[Any, Any]:
    """The same action, which then keeps its transaction open until told to go on: so that the other writer must meet it."""

    def run(tx: Tx, commands: Sequence[Any]) -> Sequence[Any]:
        outcomes = action.run(tx, commands)
        worked.set()
        assert go_on.wait(PATIENCE_S)
        return outcomes

    return Action(action.name, run, barrier=action.barrier)


def meet(show: Show, first: tuple[Action[Any, Any], Any], second: tuple[Action[Any, Any], Any]) -> tuple[Any, Any]:
    """Outcomes of two commands of two writers, the second begun after the first's work and before its commit."""
    worked, go_on = threading.Event(), threading.Event()
    with writers(show, 2) as (one, two), ThreadPoolExecutor(2) as pool:
        leading = pool.submit(write, one, [(held_after(first[0], worked, go_on), first[1])])
        leading.add_done_callback(lambda _: worked.set())  # where it failed, its result says why
        assert worked.wait(PATIENCE_S)
        following = pool.submit(write, two, [second])
        _wait_for_a_lock(show)
        go_on.set()
        return leading.result(PATIENCE_S)[0], following.result(PATIENCE_S)[0]


def _wait_for_a_lock(show: Show) -> None:
    """Returns once a connection of this database waits for another's lock: the two have met."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    pause = threading.Event()
    for _ in range(2000):
        with show.database.reading() as connection:
            if connection.exec_driver_sql(waiting).scalar_one():
                return
        pause.wait(0.005)
    raise TimeoutError("the second writer never waited for the first")


def _ignore(_outcome: object) -> None:
    return None


def test_answers_race_a_close(postgres_show: Show) -> None:
    """Counts frozen at the close equal the rows for ever, whichever answers came in before it."""
    show = postgres_show
    viewers = [outcome.viewer.id for outcome in show.batch([(ENTER, show.enter_command(fresh_entry_id())) for _ in range(120)])]
    for _ in range(6):
        survey_id, question = show.opened()

        def answer(writer: BatchWriter, some: Sequence[Any], question: Any = question) -> list[str]:
            told: list[str] = []
            for start in range(0, len(some), 6):
                commands = [(ANSWER, show.answer_command(question, viewer, [viewer % 4])) for viewer in some[start : start + 6]]
                told += [code_of(outcome) for outcome in write(writer, commands)]
            return told

        def close(writer: BatchWriter, survey_id: Any) -> list[str]:
            return [code_of(write(writer, [(CLOSE_SURVEY, show.change_command(survey_id))])[0])]

        with writers(show, 3) as (one, two, three):
            told = at_once(
                [
                    partial(answer, one, viewers[:60]),
                    partial(answer, two, viewers[60:]),
                    partial(close, three, survey_id),
                ]
            )
        assert told[2] == ["accepted"]
        outcomes = told[0] + told[1]
        assert set(outcomes) <= {"accepted", "too_late"}
        rows = {viewer for (asked, viewer), _ in show.rows(show.live.id).items() if asked == question}
        assert len(rows) == outcomes.count("accepted")
        now = show.facts(survey_id)
        with show.database.reading() as connection:
            events = read_events(connection, show.live.id, 0, 1000)
        frozen = msgspec.json.decode([event for event in events if event.kind == "survey.closed"][-1].facts, type=SurveyFacts)
        assert (frozen.survey_id, frozen.answered) == (survey_id, len(rows))
        assert (frozen.answered, frozen.right, frozen.version, frozen.questions) == (now.answered, now.right, now.version, now.questions)


def test_an_answer_under_way_holds_the_close_back(postgres_show: Show) -> None:
    """A close that meets an uncommitted answer waits for it and counts it."""
    show = postgres_show
    viewer = show.enter()[0].viewer.id
    survey_id, question = show.opened()
    answered, closed = meet(show, (ANSWER, show.answer_command(question, viewer, [1])), (CLOSE_SURVEY, show.change_command(survey_id)))
    assert (code_of(answered), code_of(closed)) == ("accepted", "accepted")
    assert show.facts(survey_id).answered == 1


def test_a_close_under_way_refuses_the_answer(postgres_show: Show) -> None:
    """An answer that meets an uncommitted close waits for it and is too late."""
    show = postgres_show
    viewer = show.enter()[0].viewer.id
    survey_id, question = show.opened()
    closed, answered = meet(show, (CLOSE_SURVEY, show.change_command(survey_id)), (ANSWER, show.answer_command(question, viewer, [1])))
    assert (code_of(closed), code_of(answered)) == ("accepted", "too_late")
    assert (show.facts(survey_id).answered, show.rows(show.live.id)) == (0, {})


@pytest.mark.parametrize(
    ("choices", "command_id", "code"),
    [([1], "one", "accepted"), ([1], "two", "already_answered"), ([2], "two", "already_answered"), ([2], "one", "already_answered")],
)
def test_one_viewer_answers_twice_at_once(postgres_show: Show, choices: list[int], command_id: str, code: str) -> None:
    """Two connections of one viewer: one answer counts; the other is refused, or repeats it when it is the very same command."""
    show = postgres_show
    viewer = show.enter()[0].viewer.id
    survey_id, question = show.opened()
    first, second = meet(
        show,
        (ANSWER, show.answer_command(question, viewer, [1], "one")),
        (ANSWER, show.answer_command(question, viewer, choices, command_id)),
    )
    assert (code_of(first), code_of(second)) == ("accepted", code)
    facts = show.facts(survey_id)
    assert (facts.answered, facts.right) == (1, 1)
    assert [row[:2] for row in show.rows(show.live.id).values()] == [(2, "one")]


def test_two_starts_at_once(postgres_show: Show) -> None:
    """One live session starts; the other start is told, by name, that one runs."""
    show = postgres_show
    show.do(END_LIVE_SESSION, EndLiveSession(show.caller, show.live.id))
    start = (START_LIVE_SESSION, StartLiveSession(show.caller, show.room.id, ""))
    first, second = meet(show, start, start)
    assert (code_of(first), code_of(second)) == ("accepted", "already_running")


def test_two_ends_at_once(postgres_show: Show) -> None:
    """The live session ends once."""
    show = postgres_show
    end = (END_LIVE_SESSION, EndLiveSession(show.caller, show.live.id))
    first, second = meet(show, end, end)
    assert (code_of(first), code_of(second)) == ("accepted", "live_session_ended")


def test_a_repeated_creation_at_once(postgres_show: Show) -> None:
    """Two sends of one creating call: the second gets the first's room."""
    show = postgres_show
    keyring = Keyring(bytes(32))
    command, _ = new_account(keyring, [], name="Acme", host_login="acme", host_name="Ada")
    account_id = show.do(CREATE_ACCOUNT, command).account_id
    caller = msgspec.structs.replace(show.caller, account_id=account_id)

    def create(code: str) -> tuple[Action[Any, Any], Any]:
        return CREATE_ROOM, CreateRoom(caller, "Room", code, Once("key", "fingerprint"))

    first, second = meet(show, create("abcdefgh"), create("hgfedcba"))
    assert first == second


def test_one_first_entry_at_once(postgres_show: Show) -> None:
    """Two sends of one first entry through two processes: one viewer."""
    show = postgres_show
    entry_id = fresh_entry_id()
    entry = (ENTER, show.enter_command(entry_id))
    first, second = meet(show, entry, entry)
    assert not isinstance(second, TurnoutError), second
    assert first.viewer == second.viewer
    assert first.seat.visit_id != second.seat.visit_id


def test_an_entry_races_the_end(postgres_show: Show) -> None:
    """Nobody is left present in a live session that has ended."""
    show = postgres_show
    ended, entered = meet(
        show, (END_LIVE_SESSION, EndLiveSession(show.caller, show.live.id)), (ENTER, show.enter_command(fresh_entry_id()))
    )
    assert (code_of(ended), code_of(entered)) == ("accepted", "no_live_session")
