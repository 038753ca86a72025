"""Questions: their types, what answers each, and how a submission is judged. Pure.

Options are numbered from 0 and a choice is kept as a bit mask: bit 2 set means option 2 was chosen. A mask is also the exact
combination that was chosen, and answers are counted by it (`tally_mask`); a rating of r is the mask 1 << r.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from turnout.interactions.survey.answer_rules import (
    AnsweredTwice,
    AnswerRequired,
    InvalidChoice,
    InvalidRating,
    NoSuchQuestion,
    TooFewChoices,
    TooManyChoices,
    WrongAnswerType,
    check_answer_text,
    check_mail,
    check_mobile,
    check_name,
    normal_form,
)
from turnout.kernel import limits
from turnout.kernel.ids import PictureId, QuestionId


class SurveyKind(StrEnum):
    """The form of a survey."""

    ANSWER_CARD = "answer_card"
    VOTE = "vote"
    QUESTIONNAIRE = "questionnaire"
    EXAM = "exam"


class QuestionType(StrEnum):
    """What a question asks for."""

    CHOICE = "choice"
    TRUE_FALSE = "true_false"
    FREE_FORM = "free_form"
    COMBINED = "combined"
    PICTURE_CHOICE = "picture_choice"
    FILL_IN = "fill_in"
    RATING = "rating"
    NAME = "name"
    MOBILE = "mobile"
    MAIL = "mail"


CHOICE_TYPES = (QuestionType.CHOICE, QuestionType.TRUE_FALSE, QuestionType.PICTURE_CHOICE)
"""Types whose answer is options and nothing else."""

OPTION_TYPES = (*CHOICE_TYPES, QuestionType.COMBINED)
"""Types that have options."""


_COMBINED, _RATING = QuestionType.COMBINED, QuestionType.RATING  # a member looked up in its class costs as much as a call
_FREE_FORM, _MAIL = QuestionType.FREE_FORM, QuestionType.MAIL


class QuestionDraft(msgspec.Struct, frozen=True):
    """A question as a host writes it.

    option_pictures: empty, or one for each option. right_options: numbers from 0, empty when there is no right answer. accepted: for
    fill_in, the forms that are right. least, most: how many options of a multiple choice; from 1 to all of them when left out. score:
    points of a right answer. scale: a rating goes from 1 to it. verify: names, mobile numbers and mail addresses must look like some.
    """

    title: str = ""
    type: QuestionType = QuestionType.CHOICE
    options: list[str] = []
    option_pictures: list[PictureId | None] = []
    right_options: list[int] = []
    accepted: list[str] = []
    multiple: bool = False
    least: int | None = None
    most: int | None = None
    required: bool = False
    score: int = 0
    scale: int = 5
    verify: bool = True
    picture: PictureId | None = None


AnswerValue = int | str | tuple[int, str] | None
"""One answer as it is kept: a mask of options or of the rating, a text, both for combined, None for a question left out."""


class AnswerEntry(msgspec.Struct, frozen=True, gc=False):
    """What a viewer sent for one question; what it does not ask for is None."""

    question_id: QuestionId
    choices: list[int] | None = None
    text: str | None = None
    rating: int | None = None


class AskedQuestion(msgspec.Struct, frozen=True):
    """What answering must know of one question; cannot change once its survey is open.

    least, most: 1 and 1 for a single choice. option_count: 0 for types without options. right_mask: 0 when no option is right. accepted: in
    their normal form. by_hand: a host gives the points of an answer.
    """

    id: QuestionId
    type: QuestionType
    required: bool
    multiple: bool
    least: int
    most: int
    option_count: int
    scale: int
    verify: bool
    right_mask: int
    accepted: tuple[str, ...]
    score: int
    by_hand: bool

    @property
    def rightable(self) -> bool:
        """Whether an answer can be right."""
        return bool(self.right_mask or self.accepted or self.by_hand)


class Sheet(msgspec.Struct, frozen=True):
    """The questions of an open survey, in their order. rightable: how many of them an answer can be right for."""

    kind: SurveyKind
    questions: tuple[AskedQuestion, ...]
    places: dict[QuestionId, int]
    rightable: int
    anonymous: bool
    changeable: bool


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A valid submission. values, rights: one for each question of the sheet; right is None where nothing is right or wrong, where the
    question was left out, and until a host has marked it. to_mark: answers a host has still to mark."""

    values: list[AnswerValue]
    rights: list[bool | None]
    number_right: int
    points: int
    to_mark: int


def asked_question(question_id: QuestionId, draft: QuestionDraft, *, by_hand: bool) -> AskedQuestion:
    """What answering must know of a checked draft's question."""
    return AskedQuestion(
        id=question_id,
        type=draft.type,
        required=draft.required,
        multiple=draft.multiple,
        least=(draft.least or 1) if draft.multiple else 1,
        most=(draft.most or len(draft.options)) if draft.multiple else 1,
        option_count=len(draft.options),
        scale=draft.scale,
        verify=draft.verify,
        right_mask=mask_of(draft.right_options),
        accepted=tuple(normal_form(form) for form in draft.accepted),
        score=draft.score,
        by_hand=by_hand,
    )


def sheet_of(kind: SurveyKind, questions: Sequence[AskedQuestion], *, anonymous: bool = False, changeable: bool = False) -> Sheet:
    """The sheet of these questions."""
    return Sheet(
        kind=kind,
        questions=tuple(questions),
        places={question.id: place for place, question in enumerate(questions)},
        rightable=sum(question.rightable for question in questions),
        anonymous=anonymous,
        changeable=changeable,
    )


def mask_of(choices: Iterable[int]) -> int:
    """The bit mask of option numbers."""
    mask = 0
    for choice in choices:
        mask |= 1 << choice
    return mask


def options_of(mask: int) -> list[int]:
    """The option numbers of a bit mask, ascending."""
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def decide_submission(sheet: Sheet, entries: Sequence[AnswerEntry]) -> Judged:
    """The submission as it is kept and counted.

    Raises NoSuchQuestion for a question that is not in this survey, and the InvalidAnswer that names what is wrong; field says where:
    answers[2].text, or questions[3] for a required question (by its place in the survey) that is not answered.
    """
    if len(entries) == 1 and len(sheet.questions) == 1:
        judged = _judge_card(sheet.questions[0], entries[0])
        if judged is not None:
            return judged
    values = _read(sheet, entries, complete=True)
    answered = False
    for place, value in enumerate(values):
        if value is not None:
            answered = True
        elif sheet.questions[place].required:
            raise AnswerRequired(field=f"questions[{place}]")
    if not answered:
        raise AnswerRequired("answer at least one question", field="answers")
    return judge(sheet, values, NO_MARKS)


def _judge_card(question: AskedQuestion, entry: AnswerEntry) -> Judged | None:
    """What most submissions are, without the general way: one option of an answer card with a right one. None for whatever is not."""
    choices = entry.choices
    if not choices or len(choices) != 1 or entry.text is not None or entry.rating is not None or entry.question_id != question.id:
        return None
    choice = choices[0]
    if not (0 <= choice < question.option_count and question.least == 1 and question.right_mask) or question.type is _COMBINED:
        return None
    mask = 1 << choice
    right = mask == question.right_mask
    return Judged([mask], [right], int(right), question.score if right else 0, 0)


def decide_draft(sheet: Sheet, entries: Sequence[AnswerEntry]) -> list[AnswerValue]:
    """What is kept of answers not submitted yet: types, options and lengths are checked, not what is still missing, nor whether a mobile
    number is whole already. Raises as decide_submission does."""
    return _read(sheet, entries, complete=False)


NO_MARKS: Mapping[QuestionId, int] = {}


def judge(sheet: Sheet, values: list[AnswerValue], marks: Mapping[QuestionId, int]) -> Judged:
    """Values of valid answers judged, with the points a host gave by hand in place of the automatic judgement."""
    rights: list[bool | None] = [None] * len(values)
    number_right = points = to_mark = 0
    for place, value in enumerate(values):
        if value is None:
            continue
        question = sheet.questions[place]
        if marks and (given := marks.get(question.id)) is not None:
            right, gained = given == question.score, given
        elif question.right_mask:
            right = (value if isinstance(value, int) else _mask_in(value)) == question.right_mask
            gained = question.score if right else 0
        elif question.by_hand:
            to_mark += 1
            continue
        elif question.accepted:
            right = isinstance(value, str) and normal_form(value) in question.accepted
            gained = question.score if right else 0
        else:
            continue
        rights[place] = right
        number_right += right
        points += gained
    return Judged(values, rights, number_right, points, to_mark)


def _mask_in(value: AnswerValue) -> int:
    return value[0] if isinstance(value, tuple) else 0


def _read(sheet: Sheet, entries: Sequence[AnswerEntry], *, complete: bool) -> list[AnswerValue]:
    """The values by place; None for what was left out or left empty."""
    values: list[AnswerValue] = [None] * len(sheet.questions)
    seen = 0
    places = sheet.places
    for number, entry in enumerate(entries):
        place = places.get(entry.question_id)
        if place is None:
            raise NoSuchQuestion(field=f"answers[{number}].question")
        if seen >> place & 1:
            raise AnsweredTwice(field=f"answers[{number}].question")
        seen |= 1 << place
        question = sheet.questions[place]
        kind = question.type
        if question.option_count and kind is not _COMBINED:
            if entry.text is not None or entry.rating is not None:
                raise _wrong(entry, number, "text", "rating")
            if entry.choices:
                values[place] = _chosen(question, entry.choices, number, complete)
        elif kind is _RATING:
            if entry.text is not None or entry.choices is not None:
                raise _wrong(entry, number, "choices", "text")
            if entry.rating is not None:
                if not 1 <= entry.rating <= question.scale:
                    raise InvalidRating(f"from 1 to {question.scale}", field=f"answers[{number}].rating")
                values[place] = 1 << entry.rating
        elif entry.rating is not None:
            raise _wrong(entry, number, "rating")
        elif kind is _COMBINED:
            mask = _chosen(question, entry.choices, number, complete) if entry.choices else 0
            text = check_answer_text(entry.text, limits.MAX_COMBINED_TEXT, f"answers[{number}].text")
            if mask or text:
                values[place] = (mask, text)
        elif entry.choices is not None:
            raise _wrong(entry, number, "choices")
        else:
            values[place] = _written(question, entry.text, f"answers[{number}].text", complete) or None
    return values


def _wrong(entry: AnswerEntry, number: int, *names: str) -> WrongAnswerType:
    name = next(name for name in names if getattr(entry, name) is not None)
    return WrongAnswerType(field=f"answers[{number}].{name}")


def _chosen(question: AskedQuestion, choices: list[int], number: int, complete: bool) -> int:
    if len(choices) == 1 and 0 <= choices[0] < question.option_count and question.least == 1:
        return 1 << choices[0]  # what most answers are
    mask = 0
    for choice in choices:
        if not 0 <= choice < question.option_count:
            raise InvalidChoice(field=f"answers[{number}].choices")
        bit = 1 << choice
        if mask & bit:
            raise InvalidChoice("an option is chosen twice", field=f"answers[{number}].choices")
        mask |= bit
    count = len(choices)
    if count > 1 and not question.multiple:
        raise InvalidChoice("choose one option only", field=f"answers[{number}].choices")
    if count > question.most:
        raise TooManyChoices(f"choose at most {question.most}", field=f"answers[{number}].choices")
    if complete and count < question.least:
        raise TooFewChoices(f"choose at least {question.least}", field=f"answers[{number}].choices")
    return mask


def _written(question: AskedQuestion, text: str | None, field: str, complete: bool) -> str:
    kind = question.type
    longest = limits.MAX_FILL_IN_ANSWER
    if kind is _FREE_FORM:
        longest = limits.MAX_TEXT_ANSWER
    elif kind is _MAIL:
        longest = limits.MAX_MAIL_LENGTH
    text = check_answer_text(text, longest, field)
    if text and complete and question.verify:
        if kind is QuestionType.MOBILE:
            return check_mobile(text, field)
        if kind is _MAIL:
            return check_mail(text, field)
        if kind is QuestionType.NAME:
            return check_name(text, field)
    return text


_Values = list[int | str | tuple[int, str] | None]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Values).decode


def encode_values(values: Sequence[AnswerValue]) -> str:
    """The JSON text in which values are kept: [5,"text",[3,"because"],null]."""
    return _encode(values).decode()


def decode_values(text: str | bytes) -> list[AnswerValue]:
    """The values behind such a text."""
    return _decode(text)
