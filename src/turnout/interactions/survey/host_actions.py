"""What hosts, the clock and the end of a live session do to surveys: batches of one, and barriers in their live session.

Locks are taken in one order: event stream, survey, tally; by id within each (design 3.1).
"""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit
from turnout.accounts.audit_rules import AuditKind, Thing
from turnout.accounts.caller import Caller
from turnout.audience import queries as audience
from turnout.interactions.lifecycle import Move, State, decide_state, require_revision
from turnout.interactions.survey import anonymous_store, answer_store, store, tally_store
from turnout.interactions.survey.commands import (
    ChangeSurvey,
    CloseInterrupted,
    CloseOverdue,
    NoteBurned,
)
from turnout.interactions.survey.facts import load_facts
from turnout.interactions.survey.rules import (
    ClosedBy,
    LiveSessionOver,
    NoSuchSurvey,
    NotPublishable,
    SettledBy,
    SurveyFacts,
    decide_closed_at,
    decide_open,
    may_settle,
)
from turnout.interactions.survey.store import SurveyRow
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import Kind, LiveSessionId, SurveyId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession, LiveSessionState
from turnout.storage.transaction import Tx


def open_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyFacts | TurnoutError]:
    """Takes answers from now on, until the time limit where there is one. Refused with WrongState, LiveSessionOver, DraftChanged."""
    return [_open_survey(tx, command) for command in commands]


def _open_survey(tx: Tx, command: ChangeSurvey) -> SurveyFacts:
    survey, live_session = _lock(tx, command)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    closes_at = decide_open(survey.state, tx.now, survey.time_limit_s)
    require_revision(survey.revision, command.revision)
    expected = audience.count_online(tx.connection, survey.live_session_id)
    survey = msgspec.structs.replace(survey, state=State.OPEN, opened_at=tx.now, closes_at=closes_at, expected=expected)
    store.save_survey(tx, survey)
    if survey.anonymous:
        anonymous_store.insert_seal(tx, survey.live_session_id, survey.id)
    tx.nudge("due", 0)
    _note(tx, command, "survey.opened", survey)
    return record(tx, "survey.opened", survey, tx.now)


def close_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyFacts | TurnoutError]:
    """Takes no more answers; the counts are frozen with the event. Refused with WrongState."""
    return [_close_by_host(tx, command) for command in commands]


def _close_by_host(tx: Tx, command: ChangeSurvey) -> SurveyFacts:
    survey = _lock(tx, command)[0]
    facts = _close(tx, survey, ClosedBy.HOST)
    _note(tx, command, "survey.closed", survey)
    return facts


def close_overdue(tx: Tx, commands: Sequence[CloseOverdue]) -> Sequence[None]:
    """Closes what is still open of these."""
    for live_session_id, survey_id in sorted((command.live_session_id, command.survey_id) for command in commands):
        survey = _lock_open(tx, live_session_id, survey_id)
        if survey is not None and survey.closes_at is not None and survey.closes_at <= tx.now:
            _close(tx, survey, ClosedBy.TIME_LIMIT)
    return [None] * len(commands)


def close_interrupted(tx: Tx, commands: Sequence[CloseInterrupted]) -> Sequence[None]:
    """Closes what is still open of these and has no seal: who has voted is not known any more, so nobody may vote."""
    for live_session_id, survey_id in sorted((command.live_session_id, command.survey_id) for command in commands):
        survey = _lock_open(tx, live_session_id, survey_id)
        if survey is not None and survey.anonymous and not anonymous_store.load_seals(tx.connection, [(live_session_id, survey_id)]):
            _close(tx, survey, ClosedBy.INTERRUPTED)
    return [None] * len(commands)


def _lock_open(tx: Tx, live_session_id: LiveSessionId, survey_id: SurveyId) -> SurveyRow | None:
    tx.lock_streams([live_session_id])
    survey = store.load_survey(tx.connection, live_session_id, survey_id, lock=True)
    return survey if survey is not None and survey.state is State.OPEN else None


@closes_with_live_session
def close_surveys_of(tx: Tx, live_session: LiveSession) -> None:
    """No survey stays open in a live session that has ended."""
    for survey_id in store.list_open(tx.connection, live_session.id):
        survey = store.load_survey(tx.connection, live_session.id, survey_id, lock=True)
        if survey is not None and survey.state is State.OPEN:
            _close(tx, survey, ClosedBy.LIVE_SESSION_END)


def publish_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyFacts | TurnoutError]:
    """Viewers may see the right options and the counts. Refused with NotPublishable while it takes answers; twice is once."""
    return [_publish_survey(tx, command) for command in commands]


def _publish_survey(tx: Tx, command: ChangeSurvey) -> SurveyFacts:
    survey = _lock(tx, command)[0]
    if survey.state not in (State.CLOSED, State.SETTLED):
        raise NotPublishable
    if survey.published_at is not None:
        return _facts(tx, survey)
    survey = msgspec.structs.replace(survey, published_at=tx.now)
    store.save_survey(tx, survey)
    _note(tx, command, "survey.published", survey)
    return record(tx, "survey.published", survey, tx.now)


def settle_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyFacts | TurnoutError]:
    """The result of a closed survey is fixed for ever; what nobody marked stays at no points. Refused with WrongState."""
    return [_settle_by_host(tx, command) for command in commands]


def _settle_by_host(tx: Tx, command: ChangeSurvey) -> SurveyFacts:
    survey = _lock(tx, command)[0]
    facts = settle(tx, survey, SettledBy.HOST)
    _note(tx, command, "survey.settled", survey)
    return facts


def withdraw_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyFacts | TurnoutError]:
    """Takes the survey back for ever; its answers stay where they are and are shown to nobody. Refused with WrongState once settled."""
    return [_withdraw_survey(tx, command) for command in commands]


def _withdraw_survey(tx: Tx, command: ChangeSurvey) -> SurveyFacts:
    survey = _lock(tx, command)[0]
    was_open = survey.state is State.OPEN
    survey = msgspec.structs.replace(survey, state=decide_state(survey.state, Move.WITHDRAW), withdrawn_at=tx.now)
    store.save_survey(tx, survey)
    if was_open:
        _stop_answers(tx, survey)
    _note(tx, command, "survey.withdrawn", survey)
    return record(tx, "survey.withdrawn", survey, tx.now)


def _note(tx: Tx, command: ChangeSurvey, kind: AuditKind, survey: SurveyRow) -> None:
    audit.note(tx, command.caller, kind, Thing(Kind.SURVEY, survey.id, survey.title))


def note_burned(tx: Tx, commands: Sequence[NoteBurned]) -> Sequence[None]:
    """Keeps that these surveys' seals are burned."""
    store.save_burned(tx, [(command.live_session_id, command.survey_id) for command in commands])
    return [None] * len(commands)


def lock_survey(tx: Tx, caller: Caller, live_session_id: LiveSessionId, survey_id: SurveyId) -> tuple[SurveyRow, LiveSession]:
    """The account's survey, its event stream and itself locked; raises NoSuchLiveSession, NoSuchSurvey."""
    live_session = rooms.access_live_session(tx.connection, caller.account_id, live_session_id)
    tx.lock_streams([live_session.id])
    survey = store.load_survey(tx.connection, live_session.id, survey_id, lock=True)
    if survey is None:
        raise NoSuchSurvey
    # the live session was read before its stream was locked, and may have ended in between
    return survey, rooms.access_live_session(tx.connection, caller.account_id, live_session_id)


def _lock(tx: Tx, command: ChangeSurvey) -> tuple[SurveyRow, LiveSession]:
    return lock_survey(tx, command.caller, command.live_session_id, command.survey_id)


def _close(tx: Tx, survey: SurveyRow, closed_by: ClosedBy) -> SurveyFacts:
    closed_at = decide_closed_at(survey.state, tx.now, survey.closes_at)
    if survey.closes_at is not None and closed_at >= survey.closes_at:
        closed_by = ClosedBy.TIME_LIMIT
    present = audience.count_present_between(tx.connection, survey.live_session_id, survey.opened_at or closed_at, closed_at)
    survey = msgspec.structs.replace(
        survey,
        state=decide_state(survey.state, Move.CLOSE),
        closed_at=closed_at,
        closed_by=closed_by,
        published_at=tx.now if survey.publish_on_close else None,
        # after a crash a visit ends at its process's last heartbeat, which may lie before the opening of what that viewer saw
        expected=max(survey.expected, present),
    )
    to_mark = tally_store.load_to_mark(tx.connection, survey.live_session_id, survey.id)
    settles = may_settle(survey.state, to_mark)
    closed = _settled(tx, survey, SettledBy.CLOSE) if settles else survey
    store.save_survey(tx, closed)
    _stop_answers(tx, closed)
    facts = record(tx, "survey.closed", closed, closed_at)
    return record(tx, "survey.settled", closed, tx.now) if settles else facts


def settle(tx: Tx, survey: SurveyRow, settled_by: SettledBy) -> SurveyFacts:
    """Fixes the result of a locked survey; raises WrongState."""
    survey = _settled(tx, survey, settled_by)
    store.save_survey(tx, survey)
    return record(tx, "survey.settled", survey, tx.now)


def _settled(tx: Tx, survey: SurveyRow, settled_by: SettledBy) -> SurveyRow:
    return msgspec.structs.replace(survey, state=decide_state(survey.state, Move.SETTLE), settled_at=tx.now, settled_by=settled_by)


def _stop_answers(tx: Tx, survey: SurveyRow) -> None:
    """Nothing is kept of what was not submitted, nor of who voted where nobody may know."""
    if survey.anonymous:
        anonymous_store.forget_voters(tx, survey.live_session_id, survey.id)
        tx.nudge("burn", 0)
    else:
        answer_store.delete_drafts_of_survey(tx, survey.live_session_id, survey.id)


def record(tx: Tx, kind: str, survey: SurveyRow, at: Instant) -> SurveyFacts:
    """Records an event with the survey's facts as they are in this transaction; returns these."""
    facts = _facts(tx, survey)
    tx.record(stream_id=survey.live_session_id, account_id=survey.account_id, kind=kind, facts=facts, at=at)
    return facts


def _facts(tx: Tx, survey: SurveyRow) -> SurveyFacts:
    return load_facts(tx.connection, survey.live_session_id, [survey])[0]
