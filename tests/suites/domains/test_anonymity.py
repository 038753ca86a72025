"""After the close of an anonymous survey nothing the database has or had, and no log, joins an answer to a person."""

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import structlog

from tests.suites.domains.papers import CARD, paper, written
from tests.suites.domains.show import Show, code_of
from tests.suites.domains.traces import files_with
from turnout.interactions.survey import anonymous_store, queries
from turnout.interactions.survey.actions import (
    CLOSE_INTERRUPTED,
    CLOSE_SURVEY,
    SAVE_DRAFT_ANSWERS,
    SUBMIT,
    WITHDRAW_SURVEY,
    CloseInterrupted,
)
from turnout.interactions.survey.anonymous_store import ballots, seals, voters
from turnout.interactions.survey.answer_store import draft_answers, submissions
from turnout.interactions.survey.rules import AnonymousOpen, SurveyKind
from turnout.kernel.ids import QuestionId, SurveyId, ViewerId
from turnout.server.logs import configure_logs
from turnout.storage.database import Database, metadata
from turnout.storage.event_log import read_events

SECRET = paper(SurveyKind.QUESTIONNAIRE, written(), anonymous=True)
VOTERS = 30


def words(number: int) -> str:
    """What one voter writes, unlike any other."""
    return f"the words of ballot {number:03}"


def command_id(number: int) -> str:
    """The id of one voter's command, unlike any other."""
    return f"command-of-voter-{number:03}"


def vote(show: Show, survey_id: SurveyId, question: QuestionId, viewers: Sequence[ViewerId], first: int = 0) -> None:
    """Everybody votes, some alone and some in one commit."""
    batch: list[Any] = []
    for number, viewer in enumerate(viewers, first):
        command = show.submit_command(survey_id, viewer, [(question, {"text": words(number)})], command_id(number))
        batch.append((SUBMIT, command))
        if number % 4 == 0:
            assert {code_of(outcome) for outcome in show.batch(batch)} == {"accepted"}
            batch.clear()
    assert {code_of(outcome) for outcome in show.batch(batch)} <= {"accepted"}


def only_seal(show: Show) -> bytes:
    """The seal of the one open survey."""
    (row,) = show.rows(seals)
    assert len(row["key"]) == anonymous_store.SEAL_BYTES
    return bytes(row["key"])


@pytest.mark.parametrize("end", [CLOSE_SURVEY, WITHDRAW_SURVEY], ids=["close", "withdraw"])
def test_no_trace_of_the_seal_is_left(show: Show, end: Any) -> None:
    """After the end and the erasure the seal's bytes are in no file: neither table nor log nor statistics. While the survey was open they
    were in a file, and the voter marks were in the log: the search finds what is there."""
    database = show.database
    survey_id, (question,) = show.opened(SECRET)
    seal = only_seal(show)
    vote(show, survey_id, question, show.viewers(VOTERS))
    other_id, (other_question,) = show.opened(SECRET)
    other_seal = next(bytes(row["key"]) for row in show.rows(seals) if row["survey_id"] == other_id)
    assert files_with(database, seal)
    mark = show.rows(voters)[0]["voter"].encode()
    assert any("wal" in name for name in files_with(database, mark))
    if database.engine_name == "postgresql":
        with database.writing(0)._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        assert not any("wal" in name for name in files_with(database, seal))

    show.change(end, survey_id)
    assert database.erase(seals)

    assert files_with(database, seal) == []
    assert files_with(database, seal.hex().encode()) == []
    assert files_with(database, other_seal)  # what is still needed is kept
    vote(show, other_id, other_question, show.viewers(2), first=500)
    show.change(CLOSE_SURVEY, other_id)
    assert database.erase(seals)
    assert files_with(database, other_seal) == []


def test_whoever_still_reads_an_old_snapshot_keeps_no_trace(show: Show) -> None:
    """A transaction that may still see the deleted seal: PostgreSQL erases all the same, SQLite says that it has to be asked again."""
    database = show.database
    survey_id, _ = show.opened(SECRET)
    seal = only_seal(show)
    with database.reading() as connection:
        connection.execute(sa.select(sa.func.count()).select_from(submissions)).scalar_one()  # a snapshot is taken
        show.change(CLOSE_SURVEY, survey_id)
        erased = database.erase(seals)
        assert erased is (database.engine_name == "postgresql")
        assert (files_with(database, seal) == []) is erased
    assert database.erase(seals)
    assert files_with(database, seal) == []


def test_ballots_are_written_anew(show: Show) -> None:
    """At the close voter marks go, and the same ballots stand under other ids in an order that has nothing to do with the voting."""
    survey_id, (question,) = show.opened(SECRET)
    viewers = show.viewers(VOTERS)
    vote(show, survey_id, question, viewers)
    before = show.rows(ballots)
    assert len(show.rows(voters)) == VOTERS
    show.change(CLOSE_SURVEY, survey_id)
    after = show.rows(ballots)
    assert Counter(row["answers"] for row in after) == Counter(row["answers"] for row in before)
    assert not {row["id"] for row in after} & {row["id"] for row in before}
    assert (show.rows(voters), show.rows(seals)) == ([], [])
    in_order = [msgspec.json.encode([words(number)]).decode() for number in range(VOTERS)]
    by_id = [row["answers"] for row in sorted(after, key=lambda row: row["id"])]
    as_stored = [row["answers"] for row in after]  # without an order asked for, the database gives its own
    by_former_id = [row["answers"] for row in sorted(before, key=lambda row: row["id"])]
    for order in (by_id, as_stored):
        assert order not in (in_order, in_order[::-1], by_former_id, by_former_id[::-1])


def test_no_row_has_both_a_voter_and_an_answer(show: Show) -> None:
    """No row of any table, while the survey is open or after it, has a ballot's words together with a viewer, a mark or a command; and a
    command's id is in no file at all."""
    survey_id, (question,) = show.opened(SECRET)
    viewers = show.viewers(VOTERS)
    vote(show, survey_id, question, viewers)
    marks = {row["voter"] for row in show.rows(voters)}
    for _ in range(2):
        with show.database.reading() as connection:
            rows = [tuple(row) for table in metadata.tables.values() for row in connection.execute(table.select())]
        telling = [row for row in rows if "the words of ballot" in repr(row)]
        assert len(telling) == VOTERS
        for row in telling:
            assert not {value for value in row if isinstance(value, int)} & set(viewers)
            assert not any(mark in repr(row) for mark in marks)
        assert (show.rows(submissions), show.rows(draft_answers)) == ([], [])
        if show.facts(survey_id).closed_at is None:
            show.change(CLOSE_SURVEY, survey_id)
    assert files_with(show.database, command_id(7).encode()) == []
    with show.database.reading() as connection:
        events = read_events(connection, show.live.id, 0, 1000)
    assert "the words of ballot" not in repr(events)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_logs_tell_nothing(show: Show, monkeypatch: pytest.MonkeyPatch, log_format: Any) -> None:
    """What goes wrong with a ballot is logged without the ballot, the voter and the seal."""
    survey_id, (question,) = show.opened(SECRET)
    seal = only_seal(show)
    show.writer._ids._next, show.writer._ids._end = 7_654_321_000, 7_655_321_000  # ids that are no line numbers
    viewers = show.viewers(2)
    assert min(viewers) >= 7_654_321_000
    stream = io.StringIO()
    before = structlog.get_config()
    configure_logs("debug", log_format, stream)
    try:
        with monkeypatch.context() as broken:
            broken.setattr(anonymous_store, "insert_ballots", _fail)
            outcomes = show.batch([(SUBMIT, _vote(show, survey_id, question, viewer, number)) for number, viewer in enumerate(viewers)])
        assert {code_of(outcome) for outcome in outcomes} == {"internal"}
        with monkeypatch.context() as broken:
            broken.setattr(anonymous_store.secrets, "randbits", lambda _bits: 7)  # the second ballot's id is taken
            outcomes = show.batch([(SUBMIT, _vote(show, survey_id, question, viewer, number)) for number, viewer in enumerate(viewers)])
        assert sorted(code_of(outcome) for outcome in outcomes) == ["accepted", "internal"]
        show.change(CLOSE_SURVEY, survey_id)
    finally:
        structlog.configure(**before)
    logged = stream.getvalue()
    assert "command_failed" in logged
    assert "the words of ballot" not in logged
    assert "command-of-voter" not in logged
    assert not any(str(viewer) in logged for viewer in viewers)
    assert repr(seal) not in logged
    assert seal.hex() not in logged


def _vote(show: Show, survey_id: SurveyId, question: QuestionId, viewer: ViewerId, number: int) -> Any:
    return show.submit_command(survey_id, viewer, [(question, {"text": words(number)})], command_id(number))


def _fail(*_args: object) -> None:
    raise RuntimeError("something is broken")


def test_one_person_votes_once(show: Show) -> None:
    """A repeat of the command is accepted again and counts once; another command is refused; after the close nobody knows any more."""
    viewer, other = show.viewers(2)
    survey_id, (question,) = show.opened(SECRET)
    answers = [(question, {"text": "yes"})]
    assert show.submit(survey_id, viewer, answers, "one") == "accepted"
    assert show.submit(survey_id, viewer, answers, "one") == "accepted"
    assert show.submit(survey_id, viewer, answers, "two") == "already_answered"
    together = [(SUBMIT, show.submit_command(survey_id, other, answers, name)) for name in ("a", "b", "a")]
    assert [code_of(outcome) for outcome in show.batch(together)] == ["accepted", "already_answered", "accepted"]
    assert (show.facts(survey_id).answered, len(show.rows(ballots))) == (2, 2)
    assert [(own.submitted, own.values, own.answered_at) for own in show.own(viewer)] == [(True, [], None)]
    show.change(CLOSE_SURVEY, survey_id)
    assert show.submit(survey_id, viewer, answers, "one") == "no_longer_known"
    assert show.own(viewer) == []


def test_ballots_are_listed_after_the_close(show: Show) -> None:
    """Page by page, without viewers and times; nothing while the survey is open, nor once it is withdrawn."""
    survey_id, (question,) = show.opened(SECRET)
    vote(show, survey_id, question, show.viewers(5))
    account_id = show.caller.account_id
    with show.database.reading() as connection, pytest.raises(AnonymousOpen):
        queries.list_submissions(connection, account_id, show.live.id, survey_id)
    show.change(CLOSE_SURVEY, survey_id)
    found: list[queries.SubmissionGiven] = []
    with show.database.reading() as connection:
        while page := queries.list_submissions(connection, account_id, show.live.id, survey_id, found[-1].place if found else None, 2):
            found += page
    assert Counter(one.values[0] for one in found) == Counter(words(number) for number in range(5))
    assert {(one.viewer_id, one.viewer_name, one.answered_at, one.number_right) for one in found} == {(None, "", None, 0)}


def test_nothing_is_kept_beforehand(show: Show) -> None:
    """Answers to an anonymous survey are not saved before they are submitted."""
    survey_id, (question,) = show.opened(SECRET)
    command = show.save_command(survey_id, show.viewers(1)[0], [(question, {"text": "not yet"})])
    assert code_of(show.batch([(SAVE_DRAFT_ANSWERS, command)])[0]) == "drafts_not_kept"


def test_a_lost_seal_ends_the_survey(show: Show) -> None:
    """After a crash of the database that emptied the unlogged table nobody can vote twice: the survey is closed, with what it had."""
    viewers = show.viewers(4)
    survey_id, (question,) = show.opened(SECRET)
    card_id, _ = show.opened(CARD)
    vote(show, survey_id, question, viewers[:3])
    with show.database.reading() as connection:
        assert queries.list_interrupted(connection) == []
    owner = show.database.writing(0)
    owner.begin().execute(seals.delete())
    owner.commit()
    owner.close()
    assert show.submit(survey_id, viewers[3], [(question, {"text": "late"})]) == "no_longer_known"
    with show.database.reading() as connection:
        assert queries.list_interrupted(connection) == [(show.live.id, survey_id)]
    for each in (survey_id, card_id):
        show.do(CLOSE_INTERRUPTED, CloseInterrupted(show.live.id, each))
    facts = show.facts(survey_id)
    assert (facts.state, facts.closed_by, facts.answered, show.facts(card_id).state) == ("settled", "interrupted", 3, "open")


def test_the_seals_table_is_not_logged(postgres_database: Database) -> None:
    """PostgreSQL keeps seals out of its write-ahead log and out of its statistics."""
    with postgres_database.reading() as connection:
        kept = connection.exec_driver_sql(
            "SELECT relpersistence, reloptions, attstattarget FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
            "WHERE relname = 'seals' AND attname = 'key'"
        ).one()
    assert tuple(kept) == ("u", ["autovacuum_enabled=false"], 0)


def test_the_writers_zero_what_they_delete(sqlite_database: Database) -> None:
    """SQLite overwrites deleted rows, whatever it was built with."""
    connection = sqlite_database.writing(0).begin()
    assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    connection.close()
