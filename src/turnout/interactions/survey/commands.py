"""What may be asked of surveys, as commands for group commit, and what comes back."""

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.interactions.survey.rules import AnswerEntry, SurveyDraft
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId, TemplateId, ViewerId


class CreateSurvey(msgspec.Struct, frozen=True):
    """A new draft in a running live session. once: the idempotency key of the call, if it had one. template_id: what it was made from."""

    caller: Caller
    live_session_id: LiveSessionId
    draft: SurveyDraft
    once: idempotency.Once | None = None
    template_id: TemplateId | None = None


class EditSurvey(msgspec.Struct, frozen=True):
    """A draft written anew, questions and all. revision: of the draft it shall take the place of; None: of whichever is there."""

    caller: Caller
    live_session_id: LiveSessionId
    survey_id: SurveyId
    draft: SurveyDraft
    revision: int | None = None


class CopySurvey(msgspec.Struct, frozen=True):
    """A new draft in a running live session, with what a survey of this or another live session of the account asks."""

    caller: Caller
    live_session_id: LiveSessionId
    source_live_session_id: LiveSessionId
    source_survey_id: SurveyId
    once: idempotency.Once | None = None


class ChangeSurvey(msgspec.Struct, frozen=True):
    """A host's command to open, close, publish, settle or withdraw. revision: of the draft to be opened; None: of whichever is there."""

    caller: Caller
    live_session_id: LiveSessionId
    survey_id: SurveyId
    revision: int | None = None


class CloseOverdue(msgspec.Struct, frozen=True):
    """Closes a survey whose time is over; nothing happens when it is closed already."""

    live_session_id: LiveSessionId
    survey_id: SurveyId


class CloseInterrupted(msgspec.Struct, frozen=True):
    """Closes an open anonymous survey whose seal is lost; nothing happens when it is closed already, or has its seal."""

    live_session_id: LiveSessionId
    survey_id: SurveyId


class NoteBurned(msgspec.Struct, frozen=True):
    """Keeps for good that no trace is left of the seal of an anonymous survey that has ended."""

    live_session_id: LiveSessionId
    survey_id: SurveyId


class Submit(msgspec.Struct, frozen=True, gc=False):
    """All that a viewer answers to a survey. command_id: the client's id of this command. received_at: when the server read it."""

    live_session_id: LiveSessionId
    survey_id: SurveyId
    viewer_id: ViewerId
    answers: list[AnswerEntry]
    command_id: str
    received_at: Instant


class SaveDraftAnswers(msgspec.Struct, frozen=True, gc=False):
    """What a viewer has filled in so far; it replaces what was saved before."""

    live_session_id: LiveSessionId
    survey_id: SurveyId
    viewer_id: ViewerId
    answers: list[AnswerEntry]
    command_id: str
    received_at: Instant


class Mark(msgspec.Struct, frozen=True):
    """Points that a host gives by hand to one viewer's answer to one question of a closed exam; they replace those given before."""

    caller: Caller
    live_session_id: LiveSessionId
    survey_id: SurveyId
    viewer_id: ViewerId
    question_id: QuestionId
    points: int


class SurveyCreated(msgspec.Struct, frozen=True):
    """The id of the new draft."""

    survey_id: SurveyId


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """It counts, or is kept, and is durable."""


ACCEPTED = Accepted()
