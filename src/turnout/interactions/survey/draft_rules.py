"""Surveys as hosts write them, and what can be asked in each kind of survey. Pure."""

import msgspec

from turnout.interactions.survey.question_rules import CHOICE_TYPES, OPTION_TYPES, QuestionDraft, QuestionType, SurveyKind
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import PictureId
from turnout.kernel.text import check_text


class SurveyDraft(msgspec.Struct, frozen=True):
    """A survey as a host writes it.

    time_limit_s: seconds from opening to the automatic close, none when absent. publish_on_close: show viewers the right options and the
    counts as soon as it closes. anonymous: no answer can be joined to a person after the close. changeable: until the close a viewer may
    answer anew. shuffle_questions, shuffle_options: each viewer sees an order of his own.
    """

    title: str
    questions: list[QuestionDraft]
    kind: SurveyKind = SurveyKind.ANSWER_CARD
    time_limit_s: int | None = None
    publish_on_close: bool = True
    anonymous: bool = False
    changeable: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    cover: PictureId | None = None


_TYPES_OF = {
    SurveyKind.ANSWER_CARD: CHOICE_TYPES,
    SurveyKind.VOTE: (QuestionType.CHOICE, QuestionType.PICTURE_CHOICE, QuestionType.RATING),
    SurveyKind.QUESTIONNAIRE: tuple(QuestionType),
    SurveyKind.EXAM: tuple(QuestionType),
}
_MOST_QUESTIONS = {
    SurveyKind.ANSWER_CARD: 1,
    SurveyKind.VOTE: limits.MAX_VOTE_QUESTIONS,
    SurveyKind.QUESTIONNAIRE: limits.MAX_QUESTIONS,
    SurveyKind.EXAM: limits.MAX_QUESTIONS,
}
_JUDGED_KINDS = (SurveyKind.ANSWER_CARD, SurveyKind.EXAM)


def check_draft(draft: SurveyDraft) -> SurveyDraft:
    """The survey without blanks around its texts and without what its types have no use for; raises InvalidInput, naming the field
    (questions[2].options[1]), for one that cannot be asked."""
    draft = check_settings(draft)
    questions = [check_question(question, draft.kind, f"questions[{place}]") for place, question in enumerate(draft.questions)]
    return msgspec.structs.replace(draft, questions=questions)


def check_settings(draft: SurveyDraft) -> SurveyDraft:
    """The same of all but the questions themselves."""
    title = check_text(draft.title, "title", limits.MAX_TITLE_LENGTH)
    if draft.time_limit_s is not None and not 1 <= draft.time_limit_s <= limits.MAX_TIME_LIMIT_S:
        raise InvalidInput(f"from 1 to {limits.MAX_TIME_LIMIT_S} seconds", field="time_limit_s")
    if draft.anonymous and draft.kind is SurveyKind.EXAM:
        raise InvalidInput("an exam cannot be anonymous", field="anonymous")
    if draft.anonymous and draft.changeable:
        raise InvalidInput("an anonymous survey cannot know whose answer to change", field="changeable")
    most = _MOST_QUESTIONS[draft.kind]
    if not 1 <= len(draft.questions) <= most:
        raise InvalidInput("exactly one question" if most == 1 else f"from 1 to {most} questions", field="questions")
    return msgspec.structs.replace(draft, title=title)


def check_question(question: QuestionDraft, kind: SurveyKind, where: str) -> QuestionDraft:
    """The same of one question in a survey of this kind. where: its path, for errors."""
    if question.type not in _TYPES_OF[kind]:
        raise InvalidInput(f"not in this kind of survey ({kind.value})", field=f"{where}.type")
    title = check_text(question.title, f"{where}.title", limits.MAX_QUESTION_LENGTH, may_be_empty=True)
    if question.score and kind not in _JUDGED_KINDS:
        raise InvalidInput("only answer cards and exams give points", field=f"{where}.score")
    if not 0 <= question.score <= limits.MAX_SCORE:
        raise InvalidInput(f"from 0 to {limits.MAX_SCORE} points", field=f"{where}.score")
    rating = question.type is QuestionType.RATING
    if rating and not 2 <= question.scale <= limits.MAX_SCALE:
        raise InvalidInput(f"from 2 to {limits.MAX_SCALE}", field=f"{where}.scale")
    verifies = question.type in (QuestionType.NAME, QuestionType.MOBILE, QuestionType.MAIL)
    question = _check_options(question, where) if question.type in OPTION_TYPES else _check_without_options(question, where)
    accepted = _check_accepted(question, where)
    if (question.right_options or accepted) and kind not in _JUDGED_KINDS:
        field = "right_options" if question.right_options else "accepted"
        raise InvalidInput("only answer cards and exams have right answers", field=f"{where}.{field}")
    checked = msgspec.structs.replace(
        question,
        title=title,
        accepted=accepted,
        scale=question.scale if rating else 5,
        verify=question.verify if verifies else True,
    )
    if kind is SurveyKind.EXAM and checked.score and not (checked.right_options or accepted or is_by_hand(kind, checked)):
        if question.type in CHOICE_TYPES:
            raise InvalidInput("a question with points needs a right option", field=f"{where}.right_options")
        raise InvalidInput("this type of question gives no points", field=f"{where}.score")
    return checked


def _check_options(question: QuestionDraft, where: str) -> QuestionDraft:
    true_false = question.type is QuestionType.TRUE_FALSE
    labels = ["True", "False"] if true_false and not question.options else question.options
    least, most = limits.MIN_OPTIONS, 2 if true_false else limits.MAX_OPTIONS
    if not least <= len(labels) <= most:
        raise InvalidInput("exactly two options" if true_false else f"from {least} to {most} options", field=f"{where}.options")
    labels = [check_text(label, f"{where}.options[{index}]", limits.MAX_OPTION_LENGTH) for index, label in enumerate(labels)]
    pictures = question.option_pictures
    if pictures and len(pictures) != len(labels):
        raise InvalidInput("one for each option, or none at all", field=f"{where}.option_pictures")
    if question.type is QuestionType.PICTURE_CHOICE and (not pictures or None in pictures):
        missing = f"[{pictures.index(None)}]" if pictures else ""
        raise InvalidInput("every option needs a picture", field=f"{where}.option_pictures{missing}")
    _check_how_many(question, len(labels), where)
    if len(set(question.right_options)) != len(question.right_options):
        raise InvalidInput("an option is named twice", field=f"{where}.right_options")
    for position, index in enumerate(question.right_options):
        if not 0 <= index < len(labels):
            raise InvalidInput("there is no such option", field=f"{where}.right_options[{position}]")
    if not question.multiple and len(question.right_options) > 1:
        raise InvalidInput("a single choice has at most one right option", field=f"{where}.right_options")
    if question.right_options and not (question.least or 1) <= len(question.right_options) <= (question.most or len(labels)):
        raise InvalidInput("nobody may choose so many options", field=f"{where}.right_options")
    return msgspec.structs.replace(
        question,
        options=labels,
        option_pictures=pictures if any(picture is not None for picture in pictures) else [],
        right_options=sorted(question.right_options),
    )


def _check_how_many(question: QuestionDraft, option_count: int, where: str) -> None:
    if question.multiple and question.type is QuestionType.TRUE_FALSE:
        raise InvalidInput("true or false is a single choice", field=f"{where}.multiple")
    for name, bound in (("least", question.least), ("most", question.most)):
        if bound is not None and not question.multiple:
            raise InvalidInput("only for a multiple choice", field=f"{where}.{name}")
        if bound is not None and not 1 <= bound <= option_count:
            raise InvalidInput(f"from 1 to {option_count}", field=f"{where}.{name}")
    if (question.least or 1) > (question.most or option_count):
        raise InvalidInput("less than the least", field=f"{where}.most")


def _check_without_options(question: QuestionDraft, where: str) -> QuestionDraft:
    for name in ("options", "option_pictures", "right_options", "multiple", "least", "most"):
        if getattr(question, name):
            raise InvalidInput("this type of question has no options", field=f"{where}.{name}")
    return msgspec.structs.replace(question, least=None, most=None)


def _check_accepted(question: QuestionDraft, where: str) -> list[str]:
    if question.accepted and question.type is not QuestionType.FILL_IN:
        raise InvalidInput("only a blank to fill in has accepted forms", field=f"{where}.accepted")
    if len(question.accepted) > limits.MAX_ACCEPTED_FORMS:
        raise InvalidInput(f"at most {limits.MAX_ACCEPTED_FORMS} forms", field=f"{where}.accepted")
    return [check_text(form, f"{where}.accepted[{index}]", limits.MAX_FILL_IN_ANSWER) for index, form in enumerate(question.accepted)]


def places_of_pictures(draft: SurveyDraft) -> dict[str, PictureId]:
    """Every picture of the survey under the field that names it."""
    found = {"cover": draft.cover}
    for place, question in enumerate(draft.questions):
        found[f"questions[{place}].picture"] = question.picture
        for index, picture in enumerate(question.option_pictures):
            found[f"questions[{place}].option_pictures[{index}]"] = picture
    return {field: picture for field, picture in found.items() if picture is not None}


def is_by_hand(kind: SurveyKind, question: QuestionDraft) -> bool:
    """Whether a host gives the points of this question's answers: in an exam, where no right answer was written down."""
    if kind is not SurveyKind.EXAM or not question.score:
        return False
    if question.type is QuestionType.FILL_IN:
        return not question.accepted
    return question.type is QuestionType.FREE_FORM or (question.type is QuestionType.COMBINED and not question.right_options)
