"""What changes surveys, as group commit runs it: commands, their outcomes, and the action for each.

The work is done in draft_actions, host_actions, mark_actions and answer_actions. Answering is hot and works by set; the host's commands
are batches of one and barriers in their live session.
"""

from turnout.interactions.survey.answer_actions import save_draft_answers, submit
from turnout.interactions.survey.commands import (
    Accepted,
    ChangeSurvey,
    CloseInterrupted,
    CloseOverdue,
    CopySurvey,
    CreateSurvey,
    EditSurvey,
    Mark,
    NoteBurned,
    SaveDraftAnswers,
    Submit,
    SurveyCreated,
)
from turnout.interactions.survey.draft_actions import copy_survey, create_survey, edit_survey
from turnout.interactions.survey.host_actions import (
    close_interrupted,
    close_overdue,
    close_survey,
    note_burned,
    open_survey,
    publish_survey,
    settle_survey,
    withdraw_survey,
)
from turnout.interactions.survey.mark_actions import mark
from turnout.interactions.survey.rules import SurveyFacts
from turnout.interactions.survey.store import SurveyRow
from turnout.storage.group_commit import Action

CREATE_SURVEY: Action[CreateSurvey, SurveyCreated] = Action("create_survey", create_survey, barrier=True)
EDIT_SURVEY: Action[EditSurvey, SurveyRow] = Action("edit_survey", edit_survey, barrier=True)
COPY_SURVEY: Action[CopySurvey, SurveyCreated] = Action("copy_survey", copy_survey, barrier=True)
OPEN_SURVEY: Action[ChangeSurvey, SurveyFacts] = Action("open_survey", open_survey, barrier=True)
CLOSE_SURVEY: Action[ChangeSurvey, SurveyFacts] = Action("close_survey", close_survey, barrier=True)
CLOSE_OVERDUE: Action[CloseOverdue, None] = Action("close_overdue", close_overdue, barrier=True)
CLOSE_INTERRUPTED: Action[CloseInterrupted, None] = Action("close_interrupted", close_interrupted, barrier=True)
PUBLISH_SURVEY: Action[ChangeSurvey, SurveyFacts] = Action("publish_survey", publish_survey, barrier=True)
SETTLE_SURVEY: Action[ChangeSurvey, SurveyFacts] = Action("settle_survey", settle_survey, barrier=True)
WITHDRAW_SURVEY: Action[ChangeSurvey, SurveyFacts] = Action("withdraw_survey", withdraw_survey, barrier=True)
MARK: Action[Mark, None] = Action("mark", mark, barrier=True)
NOTE_BURNED: Action[NoteBurned, None] = Action("note_burned", note_burned)
SUBMIT: Action[Submit, Accepted] = Action("submit", submit)
SAVE_DRAFT_ANSWERS: Action[SaveDraftAnswers, Accepted] = Action("save_draft_answers", save_draft_answers)

__all__ = [
    "CLOSE_INTERRUPTED",
    "CLOSE_OVERDUE",
    "CLOSE_SURVEY",
    "COPY_SURVEY",
    "CREATE_SURVEY",
    "EDIT_SURVEY",
    "MARK",
    "NOTE_BURNED",
    "OPEN_SURVEY",
    "PUBLISH_SURVEY",
    "SAVE_DRAFT_ANSWERS",
    "SETTLE_SURVEY",
    "SUBMIT",
    "WITHDRAW_SURVEY",
    "Accepted",
    "ChangeSurvey",
    "CloseInterrupted",
    "CloseOverdue",
    "CopySurvey",
    "CreateSurvey",
    "EditSurvey",
    "Mark",
    "NoteBurned",
    "SaveDraftAnswers",
    "Submit",
    "SurveyCreated",
    "SurveyRow",
]
