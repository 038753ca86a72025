"""Two writers on PostgreSQL, as two processes would have: the database referees (promise 2)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import msgspec
import pytest

from tests.suites.domains.papers import CARD, OPEN_CARD, SECRET_VOTE, SMALL_EXAM, Paper
from tests.suites.domains.show import Show, code_of, fresh_entry_id, lane_of
from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.idempotency import Once
from turnout.accounts.secrets import new_account
from turnout.audience.actions import ENTER, Waits
from turnout.interactions.survey.actions import CLOSE_SURVEY, MARK, SAVE_DRAFT_ANSWERS, SUBMIT, WITHDRAW_SURVEY, Mark
from turnout.interactions.survey.anonymous_store import ballots, seals, voters
from turnout.interactions.survey.answer_store import draft_answers
from turnout.interactions.survey.rules import SurveyFacts
from turnout.kernel.errors import TurnoutError
from turnout.rooms.actions import CREATE_ROOM, END_LIVE_SESSION, START_LIVE_SESSION, CreateRoom, EndLiveSession, StartLiveSession
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.event_log import read_events
from turnout.storage.keyring import Keyring
from turnout.storage.transaction import Tx

T = TypeVar("T")
PATIENCE_S = 60.0


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


@pytest.mark.parametrize("paper", [CARD, OPEN_CARD, SECRET_VOTE], ids=["card", "changeable", "anonymous"])
def test_submissions_race_a_close(postgres_show: Show, paper: Paper) -> None:
    """Counts frozen at the close equal the rows for ever, whichever submissions came in before it."""
    show = postgres_show
    viewers = show.viewers(80)
    for _ in range(4):
        survey_id, questions = show.opened(paper)

        def submit(writer: BatchWriter, some: Sequence[Any], survey_id: Any = survey_id, question: Any = questions[0]) -> list[str]:
            told: list[str] = []
            for start in range(0, len(some), 5):
                commands = [(SUBMIT, show.choose_command(survey_id, question, viewer, [viewer % 2])) for viewer in some[start : start + 5]]
                # what one viewer sends first counts, or of a changeable survey what he sends last: both writers send for some of them
                told += [code_of(outcome) for outcome in write(writer, commands)]
            return told

        def close(writer: BatchWriter, survey_id: Any = survey_id) -> list[str]:
            return [code_of(write(writer, [(CLOSE_SURVEY, show.change_command(survey_id))])[0])]

        with writers(show, 3) as (one, two, three):
            told = at_once([partial(submit, one, viewers[:50]), partial(submit, two, viewers[30:]), partial(close, three)])
        assert told[2] == ["accepted"]
        outcomes = told[0] + told[1]
        assert set(outcomes) <= {"accepted", "too_late", "no_longer_known"}
        rows = [row for row in show.rows(ballots) + show.rows() if row["survey_id"] == survey_id]
        assert outcomes.count("accepted") - 20 <= len(rows) <= outcomes.count("accepted")  # twenty viewers were sent for twice
        now = show.facts(survey_id)
        with show.database.reading() as connection:
            events = read_events(connection, show.live.id, 0, 1000)
        frozen = msgspec.json.decode([event for event in events if event.kind == "survey.closed"][-1].facts, type=SurveyFacts)
        assert (frozen.survey_id, frozen.answered) == (survey_id, len(rows))
        assert frozen == now


def test_a_submission_under_way_holds_the_close_back(postgres_show: Show) -> None:
    """A close that meets an uncommitted submission waits for it and counts it."""
    show = postgres_show
    viewer = show.viewers(1)[0]
    survey_id, (question,) = show.opened()
    answered, closed = meet(
        show, (SUBMIT, show.choose_command(survey_id, question, viewer, [1])), (CLOSE_SURVEY, show.change_command(survey_id))
    )
    assert (code_of(answered), code_of(closed)) == ("accepted", "accepted")
    assert show.facts(survey_id).answered == 1


@pytest.mark.parametrize(
    ("paper", "action", "code"),
    [
        (CARD, CLOSE_SURVEY, "too_late"),
        (CARD, WITHDRAW_SURVEY, "survey_not_open"),
        (SECRET_VOTE, CLOSE_SURVEY, "no_longer_known"),
        (SECRET_VOTE, WITHDRAW_SURVEY, "survey_not_open"),
    ],
)
def test_a_close_under_way_refuses_the_submission(postgres_show: Show, paper: Paper, action: Action[Any, Any], code: str) -> None:
    """A submission that meets an uncommitted close waits for it and is too late."""
    show = postgres_show
    viewer = show.viewers(1)[0]
    survey_id, questions = show.opened(paper)
    closed, answered = meet(
        show, (action, show.change_command(survey_id)), (SUBMIT, show.choose_command(survey_id, questions[0], viewer, [1]))
    )
    assert (code_of(closed), code_of(answered)) == ("accepted", code)
    assert (show.facts(survey_id).answered, show.rows(), show.rows(ballots), show.rows(voters)) == (0, [], [], [])


@pytest.mark.parametrize(
    ("choices", "command_id", "code"),
    [([1], "one", "accepted"), ([1], "two", "already_answered"), ([2], "two", "already_answered"), ([2], "one", "already_answered")],
)
def test_one_viewer_answers_twice_at_once(postgres_show: Show, choices: list[int], command_id: str, code: str) -> None:
    """Two phones of one viewer: one submission counts; the other is refused, or repeats it when it is the very same command."""
    show = postgres_show
    viewer = show.viewers(1)[0]
    survey_id, (question,) = show.opened()
    first, second = meet(
        show,
        (SUBMIT, show.choose_command(survey_id, question, viewer, [1], "one")),
        (SUBMIT, show.choose_command(survey_id, question, viewer, choices, command_id)),
    )
    assert (code_of(first), code_of(second)) == ("accepted", code)
    facts = show.facts(survey_id)
    assert (facts.answered, facts.right) == (1, 1)
    assert [(row["answers"], row["command_id"]) for row in show.rows()] == [("[2]", "one")]


@pytest.mark.parametrize(
    ("choices", "command_id", "code", "kept"),
    [([0], "one", "accepted", 1), ([1], "two", "accepted", 2), ([0], "two", "accepted", 1), ([1], "one", "already_answered", 1)],
)
def test_one_viewer_changes_at_once(postgres_show: Show, choices: list[int], command_id: str, code: str, kept: int) -> None:
    """Two phones of one viewer at a survey that may be changed: the later one waits for the earlier one and replaces it."""
    show = postgres_show
    viewer = show.viewers(1)[0]
    survey_id, (question,) = show.opened(OPEN_CARD)
    first, second = meet(
        show,
        (SUBMIT, show.choose_command(survey_id, question, viewer, [0], "one")),
        (SUBMIT, show.choose_command(survey_id, question, viewer, choices, command_id)),
    )
    assert (code_of(first), code_of(second)) == ("accepted", code)
    facts = show.facts(survey_id)
    assert (facts.answered, facts.right) == (1, int(kept == 1))
    assert {tuple(each.options): each.count for each in facts.questions[0].combinations} == {((0,) if kept == 1 else (1,)): 1}
    assert [row["answers"] for row in show.rows()] == [f"[{kept}]"]


def test_many_change_at_once(postgres_show: Show) -> None:
    """Two writers replace the same submissions in opposite orders: nothing is lost, and the tallies equal the rows."""
    show = postgres_show
    viewers = show.viewers(40)
    survey_id, (question,) = show.opened(OPEN_CARD)

    def change(writer: BatchWriter, some: Sequence[Any], prefix: str) -> list[str]:
        told: list[str] = []
        for turn in range(8):
            commands = [(SUBMIT, show.choose_command(survey_id, question, viewer, [turn % 2], f"{prefix}{turn}")) for viewer in some]
            told += [code_of(outcome) for outcome in write(writer, commands)]
        return told

    with writers(show, 2) as (one, two):
        told = at_once([partial(change, one, viewers, "a"), partial(change, two, viewers[::-1], "b")])
    assert set(told[0] + told[1]) == {"accepted"}
    facts, rows = show.facts(survey_id), show.rows()
    assert facts.answered == len(rows) == 40
    assert facts.right == sum(1 for row in rows if row["answers"] == "[1]") == sum(row["number_right"] for row in rows)
    assert facts.answering_us == sum(max(0, row["answered_at"] - facts.opened_at) for row in rows)


@pytest.mark.parametrize(("command_id", "code"), [("one", "accepted"), ("two", "already_answered")])
def test_one_viewer_votes_twice_at_once(postgres_show: Show, command_id: str, code: str) -> None:
    """Two phones of one viewer at an anonymous survey: one ballot."""
    show = postgres_show
    viewer = show.viewers(1)[0]
    survey_id, (question, _) = show.opened(SECRET_VOTE)
    first, second = meet(
        show,
        (SUBMIT, show.choose_command(survey_id, question, viewer, [1], "one")),
        (SUBMIT, show.choose_command(survey_id, question, viewer, [1], command_id)),
    )
    assert (code_of(first), code_of(second)) == ("accepted", code)
    assert (len(show.rows(ballots)), len(show.rows(voters)), show.facts(survey_id).answered) == (1, 1, 1)


def test_an_erasure_waits_for_ballots_and_keeps_open_seals(postgres_show: Show) -> None:
    """Burning one survey's seal while ballots go to another one: it asks again, and no seal that is needed is lost."""
    show = postgres_show
    one, two = show.viewers(2)
    survey_id, (question, _) = show.opened(SECRET_VOTE)
    worked, go_on = threading.Event(), threading.Event()
    with writers(show, 1) as (writer,), ThreadPoolExecutor(1) as pool:
        vote = (held_after(SUBMIT, worked, go_on), show.choose_command(survey_id, question, one, [1]))
        voting = pool.submit(write, writer, [vote])
        assert worked.wait(PATIENCE_S)
        assert show.database.erase(seals) is False
        go_on.set()
        assert code_of(voting.result(PATIENCE_S)[0]) == "accepted"
    assert show.database.erase(seals) is True
    assert len(show.rows(seals)) == 1
    assert show.submit(survey_id, one, [(question, {"choices": [1]})], "other") == "already_answered"
    assert show.submit(survey_id, two, [(question, {"choices": [1]})]) == "accepted"


def test_the_last_two_marks_at_once(postgres_show: Show) -> None:
    """Two hosts mark the last two answers: the exam settles once, with both."""
    show = postgres_show
    one, two = show.viewers(2)
    survey_id, (_, words) = show.opened(SMALL_EXAM)
    for viewer in (one, two):
        assert show.submit(survey_id, viewer, [(words, {"text": "because"})]) == "accepted"
    show.change(CLOSE_SURVEY, survey_id)
    commands = [(MARK, Mark(show.caller, show.live.id, survey_id, viewer, words, 4)) for viewer in (one, two)]
    first, second = meet(show, commands[0], commands[1])
    assert (code_of(first), code_of(second)) == ("accepted", "accepted")
    facts = show.facts(survey_id)
    assert (facts.state, facts.settled_by, facts.points, facts.to_mark, facts.questions[1].right) == ("settled", "marking", 8, 0, 2)
    with show.database.reading() as connection:
        kinds = [event.kind for event in read_events(connection, show.live.id, 0, 1000)]
    assert kinds.count("survey.settled") == 1


def test_saving_meets_the_first_saving(postgres_show: Show) -> None:
    """Two writers are the first to save answers of one survey: both are kept, and go when they are submitted."""
    show = postgres_show
    one, two = show.viewers(2)
    survey_id, (question,) = show.opened()
    commands = [(SAVE_DRAFT_ANSWERS, show.save_command(survey_id, viewer, [(question, {"choices": [1]})])) for viewer in (one, two)]
    first, second = meet(show, commands[0], commands[1])
    assert (code_of(first), code_of(second)) == ("accepted", "accepted")
    assert {row["viewer_id"] for row in show.rows(draft_answers)} == {one, two}
    assert show.submit(survey_id, one, [(question, {"choices": [1]})]) == "accepted"
    assert {row["viewer_id"] for row in show.rows(draft_answers)} == {two}


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
        return CREATE_ROOM, CreateRoom(caller, "Room", code, once=Once("key", "fingerprint"))

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
    assert code_of(ended) == "accepted"
    assert isinstance(entered, Waits)
