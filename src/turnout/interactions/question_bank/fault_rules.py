"""All that is wrong with a template, not only the first of it: for files that people write outside and bring in whole. Pure.

A check stops at the first fault it meets. Here the faulty field is put right with something harmless and the check runs again, until it
has nothing more to say; where a fault makes what depends on it meaningless (a type that cannot be asked), the question's check ends.
"""

import re
from typing import Any

import msgspec

from turnout.interactions.question_bank.rules import TemplateDraft, check_name, check_tags
from turnout.interactions.survey.draft_rules import check_question, check_settings
from turnout.interactions.survey.rules import QuestionDraft, SurveyDraft, SurveyKind
from turnout.kernel.errors import InvalidInput

_PLACEHOLDER = "x"
_SETTINGS: dict[str, Any] = {"title": _PLACEHOLDER, "time_limit_s": None, "anonymous": False, "changeable": False}
_QUESTION: dict[str, Any] = {
    "title": "",
    "score": 0,
    "scale": 5,
    "option_pictures": [],
    "right_options": [],
    "accepted": [],
    "multiple": False,
    "least": None,
    "most": None,
}
_ELEMENT = re.compile(r"([a-z_]+)\[(\d+)\]$")


def find_faults(draft: TemplateDraft) -> tuple[TemplateDraft, list[InvalidInput]]:
    """The template as it is kept, and what is wrong with it: each fault names its field as check_template does. With faults the template
    means nothing."""
    faults: list[InvalidInput] = []
    survey = _settings(draft.survey, faults)
    questions = [_question(question, survey.kind, place, faults) for place, question in enumerate(survey.questions)]
    name, tags = draft.name, draft.tags
    try:
        name = check_name(name, survey.title)
    except InvalidInput as fault:
        faults.append(fault)
    try:
        tags = check_tags(tags)
    except InvalidInput as fault:
        faults.append(fault)
    return TemplateDraft(survey=msgspec.structs.replace(survey, questions=questions), name=name, tags=tags), faults


def _settings(survey: SurveyDraft, faults: list[InvalidInput]) -> SurveyDraft:
    while True:
        try:
            return check_settings(survey)
        except InvalidInput as fault:
            faults.append(fault)
            if fault.field not in _SETTINGS:
                return survey
            survey = msgspec.structs.replace(survey, **{fault.field: _SETTINGS[fault.field]})


def _question(question: QuestionDraft, kind: SurveyKind, place: int, faults: list[InvalidInput]) -> QuestionDraft:
    where = f"questions[{place}]"
    met: set[str | None] = set()
    while True:
        try:
            return check_question(question, kind, where)
        except InvalidInput as fault:
            if fault.field in met:
                return question  # putting it right did not help
            met.add(fault.field)
            faults.append(fault)
            mended = _mended(question, (fault.field or "").removeprefix(f"{where}."))
            if mended is None:
                return question
            question = mended


def _mended(question: QuestionDraft, field: str) -> QuestionDraft | None:
    element = _ELEMENT.match(field)
    if element and element[1] in ("options", "accepted"):
        texts = list(getattr(question, element[1]))
        texts[int(element[2])] = _PLACEHOLDER
        return msgspec.structs.replace(question, **{element[1]: texts})
    name = element[1] if element else field
    if name not in _QUESTION or (question.type == "picture_choice" and name == "option_pictures"):
        return None
    if name == "right_options":
        # without a right option a question with points would be at fault anew
        return msgspec.structs.replace(question, right_options=[], score=0)
    return msgspec.structs.replace(question, **{name: _QUESTION[name]})
