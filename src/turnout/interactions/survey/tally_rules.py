"""How answers are counted: the keys of the choice tallies, and what they say when read back. Pure."""

from collections.abc import Mapping

import msgspec

from turnout.interactions.survey.question_rules import CHOICE_TYPES, AnswerValue, AskedQuestion, QuestionType


class QuestionCounts(msgspec.Struct, frozen=True):
    """The counts of one question, read from its tally. combinations: mask of options, or 1 << rating → people; empty for types of text."""

    answered: int
    right: int
    to_mark: int
    combinations: dict[int, int]


_RIGHT, _TO_MARK = 1, 2


def tally_mask(question: AskedQuestion, value: AnswerValue, right: bool | None) -> int | None:
    """Under which key of the choice tallies this answer is counted; None when it is not, for a question left out.

    Choices and ratings: the mask, which says by itself whether it is right. Where a host may judge otherwise than the mask (texts,
    combined): the mask (0 for a text) shifted by two, plus 1 for a right answer, plus 2 for one still to mark. `counts_of` reads it back.
    """
    if value is None:
        return None
    if isinstance(value, int):
        return value
    key = value[0] << 2 if isinstance(value, tuple) else 0
    if right:
        return key | _RIGHT
    return key | _TO_MARK if question.by_hand and right is None else key


def counts_of(question_type: str, right_mask: int, tally: Mapping[int, int]) -> QuestionCounts:
    """A question's counts from its choice tallies (key → people)."""
    if question_type == QuestionType.RATING or question_type in CHOICE_TYPES:
        right = tally.get(right_mask, 0) if right_mask else 0
        return QuestionCounts(sum(tally.values()), right, 0, {mask: people for mask, people in tally.items() if people})
    answered = right = to_mark = 0
    combinations: dict[int, int] = {}
    for key, people in tally.items():
        answered += people
        right += people if key & _RIGHT else 0
        to_mark += people if key & _TO_MARK else 0
        if question_type == QuestionType.COMBINED and people:
            combinations[key >> 2] = combinations.get(key >> 2, 0) + people
    return QuestionCounts(answered, right, to_mark, combinations)
