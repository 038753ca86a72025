"""Questions that the random walk asks, and for each what somebody may send and what must become of it, written down by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from turnout.interactions.survey.rules import QuestionDraft, QuestionType, SurveyDraft, SurveyKind
from turnout.kernel import limits

Value = int | str | tuple[int, str] | None


@dataclass(frozen=True)
class Try:
    """What is sent for a question: choices, text, rating. value: what is kept, or else error is its code. draft: what is kept of it when it
    is only saved and not submitted, where that differs."""

    sent: dict[str, Any]
    value: Value = None
    error: str | None = None
    draft: Value = None

    def outcome(self, *, complete: bool) -> tuple[Value, str | None]:
        """The value kept, or the code of the error."""
        return (self.value, self.error) if complete or self.draft is None else (self.draft, None)


@dataclass(frozen=True)
class Item:
    """A question: its draft, what may be sent, and how it is judged. right: the values that are right (combined: the masks). by_hand: a
    host marks it. markable: a host may mark it, be it against the automatic judgement."""

    draft: QuestionDraft
    tries: tuple[Try, ...]
    right: tuple[Value, ...] = ()
    by_hand: bool = False
    markable: bool = False

    @property
    def rightable(self) -> bool:
        """Whether an answer can be right."""
        return bool(self.right) or self.by_hand

    def is_right(self, value: Value, mark: int | None) -> bool | None:
        """Whether this answer is right; None where it was not given, where nothing is right, and where a host must say."""
        if value is None:
            return None
        if mark is not None:
            return mark == self.draft.score
        return (value[0] if isinstance(value, tuple) else value) in self.right if self.right else None

    def points(self, value: Value, mark: int | None) -> int:
        """What the answer gives."""
        return mark if mark is not None else self.draft.score if self.is_right(value, None) else 0


def item(type_: QuestionType, tries: Sequence[Try], right: Sequence[Value] = (), *, by_hand: bool = False, **settings: Any) -> Item:
    """A question with its settings."""
    draft = QuestionDraft(title="?", type=type_, **settings)
    overruled = type_ in (QuestionType.FILL_IN, QuestionType.COMBINED) and bool(draft.score)
    return Item(draft, tuple(tries), tuple(right), by_hand, by_hand or overruled)


OPTIONS = list("ABCD")
EMPTY = Try({"choices": []})
BLANK = Try({"text": "  "})
TEXT_FOR_CHOICE = Try({"text": "B"}, error="wrong_answer_type")
RATING_FOR_TEXT = Try({"rating": 1}, error="wrong_answer_type")
CHOICE_FOR_TEXT = Try({"choices": [0]}, error="wrong_answer_type")
A, B, C, D = (Try({"choices": [index]}, 1 << index) for index in range(4))
BEYOND = Try({"choices": [4]}, error="invalid_choice")
BEFORE = Try({"choices": [-1]}, error="invalid_choice")
TWICE = Try({"choices": [1, 1]}, error="invalid_choice")
BOTH = Try({"choices": [0, 1]}, error="invalid_choice")


def choice(right: int | None = None, **settings: Any) -> Item:
    """One of four."""
    tries = (A, B, B, C, D, BOTH, EMPTY, BEYOND, BEFORE, TWICE, TEXT_FOR_CHOICE)
    right_options = [] if right is None else [right]
    return item(
        QuestionType.CHOICE, tries, [1 << index for index in right_options], options=OPTIONS, right_options=right_options, **settings
    )


def any_number(*right: int, **settings: Any) -> Item:
    """Any number of four."""
    tries = (A, B, Try({"choices": [0, 1]}, 3), Try({"choices": [2, 1]}, 6), Try({"choices": [1, 2, 3]}, 14), EMPTY, BEYOND, TWICE)
    masks = [sum(1 << index for index in right)] if right else []
    return item(QuestionType.CHOICE, tries, masks, options=OPTIONS, right_options=list(right), multiple=True, **settings)


def some(*right: int, **settings: Any) -> Item:
    """Two or three of four."""
    few = Try({"choices": [2]}, error="too_few_choices", draft=4)
    many = Try({"choices": [0, 1, 2, 3]}, error="too_many_choices")
    tries = (Try({"choices": [0, 1]}, 3), Try({"choices": [2, 1]}, 6), Try({"choices": [0, 1, 2]}, 7), few, many, EMPTY, BEYOND, TWICE)
    masks = [sum(1 << index for index in right)] if right else []
    bounds = {"multiple": True, "least": 2, "most": 3}
    return item(QuestionType.CHOICE, tries, masks, options=OPTIONS, right_options=list(right), **bounds, **settings)


def true_false(right: int, **settings: Any) -> Item:
    """True or false."""
    tries = (A, B, B, Try({"choices": [2]}, error="invalid_choice"), BOTH)
    return item(QuestionType.TRUE_FALSE, tries, [1 << right], right_options=[right], **settings)


def rating(**settings: Any) -> Item:
    """One to four."""
    tries = [Try({"rating": stars}, 1 << stars) for stars in range(1, 5)]
    tries += [Try({"rating": stars}, error="invalid_rating") for stars in (0, 5)]
    return item(QuestionType.RATING, [*tries, CHOICE_FOR_TEXT], scale=4, **settings)


def written(type_: QuestionType = QuestionType.FREE_FORM, *, by_hand: bool = False, **settings: Any) -> Item:
    """A text."""
    longest = limits.MAX_TEXT_ANSWER if type_ is QuestionType.FREE_FORM else limits.MAX_FILL_IN_ANSWER
    tries = [Try({"text": "because"}, "because"), Try({"text": ' so\n"it" is\\ '}, 'so\n"it" is\\'), Try({"text": "因为"}, "因为"), BLANK]
    tries += [RATING_FOR_TEXT, CHOICE_FOR_TEXT]
    tries += [Try({"text": "x" * (longest + 1)}, error="answer_too_long"), Try({"text": "a\x00b"}, error="invalid_text")]
    return item(type_, tries, by_hand=by_hand, **settings)


def fill_in(**settings: Any) -> Item:
    """A blank with two right forms."""
    tries = (
        Try({"text": "paris"}, "paris"),
        Try({"text": " Ｐａｒｉｓ "}, "Ｐａｒｉｓ"),
        Try({"text": "Rome"}, "Rome"),
        BLANK,
        RATING_FOR_TEXT,
    )
    return item(QuestionType.FILL_IN, tries, ("paris", "Ｐａｒｉｓ"), accepted=["Paris", "Paname"], **settings)


def combined(right: int | None = None, *, by_hand: bool = False, **settings: Any) -> Item:
    """Options and words."""
    tries = (
        Try({"choices": [0], "text": "first"}, (1, "first")),
        Try({"choices": [1]}, (2, "")),
        Try({"text": "none of these"}, (0, "none of these")),
        Try({"choices": [], "text": ""}),
        Try({"choices": [0, 1], "text": "both"}, error="invalid_choice"),
        RATING_FOR_TEXT,
    )
    right_options = [] if right is None else [right]
    masks = [1 << index for index in right_options]
    return item(QuestionType.COMBINED, tries, masks, by_hand=by_hand, options=OPTIONS, right_options=right_options, **settings)


def person(type_: QuestionType, good: str, bad: str, **settings: Any) -> Item:
    """A name, mobile number or mail address."""
    tries = (Try({"text": good}, good), Try({"text": bad}, error=f"invalid_{type_.value}", draft=bad), BLANK, CHOICE_FOR_TEXT)
    return item(type_, tries, **settings)


@dataclass(frozen=True)
class Paper:
    """A survey that can be asked."""

    draft: SurveyDraft
    items: tuple[Item, ...]


def paper(kind: SurveyKind, *items: Item, **settings: Any) -> Paper:
    """A survey of these questions."""
    return Paper(SurveyDraft(title=kind.value, kind=kind, questions=[each.draft for each in items], **settings), items)


MOBILE = person(QuestionType.MOBILE, "13800138000", "12")
MAIL = person(QuestionType.MAIL, "a@b.cn", "a@")
NAME = person(QuestionType.NAME, "Li Lei", "Li\nLei", required=True)

CARD = paper(SurveyKind.ANSWER_CARD, choice(1, score=10), publish_on_close=False)
LIMITED_CARD = paper(SurveyKind.ANSWER_CARD, any_number(1, 2, score=3), time_limit_s=2)
OPEN_CARD = paper(SurveyKind.ANSWER_CARD, true_false(0), changeable=True, time_limit_s=2)
SECRET_CARD = paper(SurveyKind.ANSWER_CARD, any_number(1, 2, score=3), anonymous=True, publish_on_close=False)
VOTE = paper(SurveyKind.VOTE, some(required=True), rating(), changeable=True)
SECRET_VOTE = paper(SurveyKind.VOTE, choice(), rating(), anonymous=True)
LIMITED_SECRET = paper(SurveyKind.QUESTIONNAIRE, written(), any_number(), anonymous=True, time_limit_s=2, publish_on_close=False)
QUESTIONNAIRE = paper(SurveyKind.QUESTIONNAIRE, NAME, MOBILE, MAIL, written(), combined(), written(QuestionType.FILL_IN))
CHANGEABLE = paper(SurveyKind.QUESTIONNAIRE, choice(), written(), combined(), rating(required=True), changeable=True)
EXAM = paper(
    SurveyKind.EXAM,
    choice(1, score=5),
    true_false(0, score=2),
    fill_in(score=3),
    written(by_hand=True, score=4),
    combined(0, score=2),
    combined(by_hand=True, score=3),
    written(QuestionType.FILL_IN, by_hand=True, score=1),
    rating(),
)
SMALL_EXAM = paper(SurveyKind.EXAM, fill_in(score=3), written(by_hand=True, score=4), changeable=True, publish_on_close=False)
QUICK_EXAM = paper(SurveyKind.EXAM, choice(2, score=1), fill_in(score=1), time_limit_s=2)

PAPERS = (
    CARD,
    LIMITED_CARD,
    OPEN_CARD,
    SECRET_CARD,
    VOTE,
    SECRET_VOTE,
    LIMITED_SECRET,
    QUESTIONNAIRE,
    CHANGEABLE,
    EXAM,
    SMALL_EXAM,
    QUICK_EXAM,
)
"""Every kind, every type but pictures, with every setting that changes what answers do."""
