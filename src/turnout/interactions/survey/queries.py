"""Reading surveys. What viewers gave is read in answer_queries, whose names are here too."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey import anonymous_store, question_store, reading_store, store, tally_store
from turnout.interactions.survey.answer_queries import OwnResult as OwnResult
from turnout.interactions.survey.answer_queries import OwnSubmission as OwnSubmission
from turnout.interactions.survey.answer_queries import QuestionRecord as QuestionRecord
from turnout.interactions.survey.answer_queries import RecordedSubmission as RecordedSubmission
from turnout.interactions.survey.answer_queries import SubmissionGiven as SubmissionGiven
from turnout.interactions.survey.answer_queries import SurveyRecord as SurveyRecord
from turnout.interactions.survey.answer_queries import list_answered as list_answered
from turnout.interactions.survey.answer_queries import list_own as list_own
from turnout.interactions.survey.answer_queries import list_records as list_records
from turnout.interactions.survey.answer_queries import list_submissions as list_submissions
from turnout.interactions.survey.answer_queries import list_unanswered as list_unanswered
from turnout.interactions.survey.facts import load_facts
from turnout.interactions.survey.rules import NoSuchSurvey, QuestionType, SurveyDraft, SurveyFacts
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, LiveSessionId, QuestionId, SurveyId
from turnout.rooms.queries import access_live_session, list_live_session_ids


def access_survey(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, survey_id: SurveyId) -> SurveyFacts:
    """The account's survey; raises NoSuchLiveSession, NoSuchSurvey."""
    access_live_session(connection, account_id, live_session_id)
    row = store.load_survey(connection, live_session_id, survey_id)
    if row is None:
        raise NoSuchSurvey
    return load_facts(connection, live_session_id, [row])[0]


def access_draft(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, survey_id: SurveyId) -> SurveyDraft:
    """What the account's survey asks, as its host wrote it, whatever has become of it; raises NoSuchLiveSession, NoSuchSurvey."""
    access_live_session(connection, account_id, live_session_id)
    return store.load_draft(connection, live_session_id, survey_id)[1]


def access_anywhere(connection: sa.Connection, account_id: AccountId, thing: SurveyId | QuestionId, *, question: bool) -> None:
    """Raises NotFound unless the account has this survey, or this question, in some live session. Looks into each of them: not for a hot
    path."""
    if not store.find_owned(connection, list_live_session_ids(connection, account_id), thing, question=question):
        raise NotFound


def list_surveys(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    *,
    before: SurveyId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[SurveyFacts]:
    """One page of the surveys of the account's live session, newest first, drafts and withdrawn ones included; raises NoSuchLiveSession.
    before: the last survey of the page before."""
    access_live_session(connection, account_id, live_session_id)
    return load_facts(connection, live_session_id, reading_store.list_surveys(connection, live_session_id, before, limit))


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, *, drafts: bool) -> list[SurveyFacts]:
    """The newest surveys of a live session, for a snapshot of it; none that was withdrawn."""
    rows = reading_store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_SURVEYS, drafts=drafts)
    return load_facts(connection, live_session_id, rows)


def list_under_way(
    connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]
) -> tuple[list[tuple[LiveSessionId, SurveyId, str]], dict[LiveSessionId, int]]:
    """Of these live sessions: live session, id and title of what is open, and how many drafts each has."""
    return reading_store.list_under_way(connection, live_session_ids, (State.OPEN,))


def list_changed_heads(
    connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]
) -> list[tuple[SurveyId, int, int]]:
    """(survey, version, answered) of the tallies whose version is not the known one."""
    return [head for head in tally_store.load_tally_heads(connection, live_session_id) if known.get(head[0]) != head[1]]


def list_changed(connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]) -> list[SurveyFacts]:
    """The surveys whose tally has another version than the known one, with all counts."""
    changed = [survey_id for survey_id, _, _ in list_changed_heads(connection, live_session_id, known)]
    return load_facts(connection, live_session_id, reading_store.load_surveys(connection, live_session_id, changed)) if changed else []


def list_forms(
    connection: sa.Connection, live_session_id: LiveSessionId, survey_ids: Iterable[SurveyId]
) -> dict[SurveyId, list[tuple[QuestionId, QuestionType]]]:
    """The questions of these surveys in their order, with their types: what the values of a submission answer, one by one."""
    return question_store.list_forms(connection, live_session_id, list(survey_ids))


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open survey's time is over; None when none has a limit."""
    return store.next_due(connection)


def list_due(connection: sa.Connection, now: Instant) -> list[tuple[LiveSessionId, SurveyId]]:
    """Open surveys whose time is over, longest overdue first."""
    return store.list_due(connection, now, limits.MAX_PAGE_LENGTH)


def list_interrupted(connection: sa.Connection) -> list[tuple[LiveSessionId, SurveyId]]:
    """Open anonymous surveys whose seal is lost. One may be listed in vain while seals are burned: whoever acts on it looks again."""
    sealed = store.list_sealed(connection, closed=False, limit=limits.MAX_PAGE_LENGTH)
    known = anonymous_store.load_seals(connection, sealed) if sealed else {}
    return [key for key in sealed if key not in known]


def list_unburned(connection: sa.Connection) -> list[tuple[LiveSessionId, SurveyId]]:
    """Anonymous surveys that have ended and of whose seal some trace may be left."""
    return store.list_sealed(connection, closed=True, limit=limits.MAX_PAGE_LENGTH)
