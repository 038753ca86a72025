"""How hosts write surveys: drafts made, written anew and copied. Batches of one, and barriers in their live session."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.interactions.lifecycle import State, require_revision
from turnout.interactions.survey import question_store, store
from turnout.interactions.survey.commands import CopySurvey, CreateSurvey, EditSurvey, SurveyCreated
from turnout.interactions.survey.draft_rules import places_of_pictures
from turnout.interactions.survey.host_actions import lock_survey, record
from turnout.interactions.survey.rules import SurveyDraft, check_draft, decide_edit, is_by_hand
from turnout.interactions.survey.store import SurveyRow
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, LiveSessionId, QuestionId, SurveyId, TemplateId
from turnout.pictures.queries import require_pictures
from turnout.rooms import queries as rooms
from turnout.rooms.rules import LiveSession, LiveSessionOver, LiveSessionState
from turnout.storage.transaction import Tx


def create_survey(tx: Tx, commands: Sequence[CreateSurvey]) -> Sequence[SurveyCreated | TurnoutError]:
    """A draft; refused with InvalidInput naming the field, NoSuchLiveSession, LiveSessionOver."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, SurveyCreated, partial(_create_survey, tx, command))
        for command in commands
    ]


def _create_survey(tx: Tx, command: CreateSurvey) -> SurveyCreated:
    live_session = _lock_running(tx, command.caller, command.live_session_id)
    draft = _check(tx, command.caller.account_id, command.draft)
    return _insert(tx, command.caller, live_session, draft, command.template_id)


def copy_survey(tx: Tx, commands: Sequence[CopySurvey]) -> Sequence[SurveyCreated | TurnoutError]:
    """A draft with the questions and settings of another survey, whatever has become of that one; refused as create_survey is, and with
    NoSuchSurvey."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, SurveyCreated, partial(_copy_survey, tx, command))
        for command in commands
    ]


def _copy_survey(tx: Tx, command: CopySurvey) -> SurveyCreated:
    live_session = _lock_running(tx, command.caller, command.live_session_id)
    rooms.access_live_session(tx.connection, command.caller.account_id, command.source_live_session_id)
    source, draft = store.load_draft(tx.connection, command.source_live_session_id, command.source_survey_id)
    return _insert(tx, command.caller, live_session, draft, source.template_id)


def _lock_running(tx: Tx, caller: Caller, live_session_id: LiveSessionId) -> LiveSession:
    """The live session to write in, its event stream locked; raises NoSuchLiveSession, LiveSessionOver."""
    rooms.access_live_session(tx.connection, caller.account_id, live_session_id)
    tx.lock_streams([live_session_id])
    return rooms.access_running(tx.connection, caller.account_id, live_session_id)


def _check(tx: Tx, account_id: AccountId, draft: SurveyDraft) -> SurveyDraft:
    draft = check_draft(draft)
    require_pictures(tx.connection, account_id, {picture: field for field, picture in places_of_pictures(draft).items()})
    return draft


def _insert(tx: Tx, caller: Caller, live_session: LiveSession, draft: SurveyDraft, template_id: TemplateId | None) -> SurveyCreated:
    survey = SurveyRow(
        id=SurveyId(tx.new_id()),
        live_session_id=live_session.id,
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        state=State.DRAFT,
        host_id=caller.host_id or live_session.host_id,
        host_name=caller.host_name or live_session.host_name,
        created_at=tx.now,
        template_id=template_id,
        **_settings(draft),
    )
    store.insert_survey(tx, survey, _question_rows(tx, survey, draft))
    record(tx, "survey.drafted", survey, tx.now)
    return SurveyCreated(survey_id=survey.id)


def _settings(draft: SurveyDraft) -> dict[str, Any]:
    """What a survey's row has from its draft."""
    return {name: getattr(draft, name) for name in SurveyDraft.__struct_fields__ if name != "questions"}


def _question_rows(tx: Tx, survey: SurveyRow, draft: SurveyDraft) -> list[question_store.QuestionRow]:
    return [
        question_store.question_row(QuestionId(tx.new_id()), survey.id, place, question, tx.now, is_by_hand(draft.kind, question))
        for place, question in enumerate(draft.questions)
    ]


def edit_survey(tx: Tx, commands: Sequence[EditSurvey]) -> Sequence[SurveyRow | TurnoutError]:
    """Writes a draft anew; refused with InvalidInput naming the field, NoSuchSurvey, LiveSessionOver, NotADraft, DraftChanged."""
    return [_edit_survey(tx, command) for command in commands]


def _edit_survey(tx: Tx, command: EditSurvey) -> SurveyRow:
    survey, live_session = lock_survey(tx, command.caller, command.live_session_id, command.survey_id)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    decide_edit(survey.state)
    require_revision(survey.revision, command.revision)
    draft = _check(tx, command.caller.account_id, command.draft)
    survey = msgspec.structs.replace(survey, revision=survey.revision + 1, **_settings(draft))
    store.save_survey(tx, survey)
    question_store.delete_questions(tx, survey.live_session_id, survey.id)
    question_store.insert_questions(tx, survey.live_session_id, _question_rows(tx, survey, draft))
    record(tx, "survey.drafted", survey, tx.now)
    return survey
