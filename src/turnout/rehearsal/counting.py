"""What the viewers themselves know of a survey, counted from what each of them was told. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from turnout.client import native_replies
from turnout.rehearsal.answering import WITH_OPTIONS, is_right
from turnout.rehearsal.messages import Entry


class Combination(msgspec.Struct, frozen=True):
    """How many viewers chose exactly these options."""

    options: list[int]
    count: int


class RightNumber(msgspec.Struct, frozen=True):
    """How many viewers answered so many questions right."""

    number: int
    count: int


class QuestionCount(msgspec.Struct, frozen=True):
    """Of one question. counts: people per option, of a rating from 1 on; combinations: people per exact set of options; right: people who
    answered right, as far as the answer itself tells."""

    answered: int
    right: int
    counts: list[int]
    combinations: list[Combination]


class Count(msgspec.Struct, frozen=True):
    """Of one survey. answered: people with an accepted submission; refused: refused commands, by code in refusals; twice: people of whom
    more than one submission was accepted though only one may count. right: people who answered all right."""

    answered: int
    refused: int
    refusals: dict[str, int]
    twice: int
    questions: list[QuestionCount]
    right: int
    right_numbers: list[RightNumber]


class Told(msgspec.Struct, frozen=True):
    """What became of one viewer's submissions to the survey, in the order of the answers. refusals: the codes."""

    accepted: list[list[Entry]]
    refusals: list[str]


def count(survey: native_replies.Survey, told: Iterable[Told]) -> Count:
    """Counts one survey, whose right answers must be known. Of a changeable survey a viewer's last accepted submission counts, else the
    first."""
    told = list(told)
    counted = [one.accepted[-1 if survey.changeable else 0] for one in told if one.accepted]
    refusals: dict[str, int] = {}
    for one in told:
        for code in one.refusals:
            refusals[code] = refusals.get(code, 0) + 1
    numbers = [_number_right(survey.questions, entries) for entries in counted]
    judged = [question for question in survey.questions if _is_judged(question)]
    # nobody has everything right while a host has still to say so
    rightable = len(judged) + sum(bool(question.by_hand) for question in survey.questions)
    return Count(
        answered=len(counted),
        refused=sum(refusals.values()),
        refusals=refusals,
        twice=0 if survey.changeable else sum(len(one.accepted) > 1 for one in told),
        questions=[_count_question(question, counted) for question in survey.questions],
        right=sum(number == rightable for number in numbers) if judged else 0,
        right_numbers=[RightNumber(number, numbers.count(number)) for number in sorted(set(numbers))] if judged else [],
    )


def _is_judged(question: native_replies.Question) -> bool:
    """Whether right and wrong are known without a host."""
    return bool(question.right_options if question.type in WITH_OPTIONS else question.accepted)


def _number_right(questions: Sequence[native_replies.Question], entries: Sequence[Entry]) -> int:
    by_question = {entry.question: entry for entry in entries}
    return sum(bool(question.id in by_question and is_right(question, by_question[question.id])) for question in questions)


def _count_question(question: native_replies.Question, submissions: Sequence[Sequence[Entry]]) -> QuestionCount:
    given = [entry for entries in submissions for entry in entries if entry.question == question.id]
    if question.type == "rating":
        chosen = [[(entry.rating or 1) - 1] for entry in given]
        places = question.scale
    elif question.type in WITH_OPTIONS:
        chosen = [sorted(entry.choices or []) for entry in given]
        places = len(question.options)
    else:
        chosen, places = [], 0
    return QuestionCount(
        answered=len(given),
        right=sum(bool(is_right(question, entry)) for entry in given),
        counts=[sum(place in options for options in chosen) for place in range(places)],
        combinations=_combinations(chosen, 1 if question.type == "rating" else 0),
    )


def _combinations(chosen: Sequence[Sequence[int]], base: int) -> list[Combination]:
    counts: dict[tuple[int, ...], int] = {}
    for options in chosen:
        key = tuple(option + base for option in options)
        counts[key] = counts.get(key, 0) + 1
    return [Combination(list(options), people) for options, people in sorted(counts.items())]
