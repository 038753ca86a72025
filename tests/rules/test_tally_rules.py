"""How answers are counted: whatever is answered and marked, the counts say what the answers say."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.survey.question_rules import (
    CHOICE_TYPES,
    AnswerEntry,
    AskedQuestion,
    QuestionDraft,
    QuestionType,
    SurveyKind,
    asked_question,
    decide_submission,
    judge,
    sheet_of,
)
from turnout.interactions.survey.tally_rules import counts_of, tally_mask
from turnout.kernel.ids import QuestionId

T = QuestionType


def asked(type: QuestionType = T.CHOICE, *, id: int = 1, by_hand: bool = False, **settings: Any) -> AskedQuestion:  # noqa: A002
    """A question; with three options where its type has some."""
    if type in (*CHOICE_TYPES, T.COMBINED):
        settings.setdefault("options", ["A", "B", "C"])
    return asked_question(QuestionId(id), QuestionDraft(type=type, **settings), by_hand=by_hand)


def entries_for(question: AskedQuestion) -> st.SearchStrategy[AnswerEntry | None]:
    """Valid answers to a question, or none."""
    chosen = st.lists(
        st.integers(0, max(0, question.option_count - 1)), min_size=question.least, max_size=max(1, question.most), unique=True
    )
    texts = st.sampled_from(["x", "Y", "essay"])
    if question.type in CHOICE_TYPES:
        given_: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"choices": chosen})
    elif question.type is T.COMBINED:
        given_ = st.fixed_dictionaries({"choices": chosen, "text": st.none() | texts}) | st.fixed_dictionaries({"text": texts})
    elif question.type is T.RATING:
        given_ = st.fixed_dictionaries({"rating": st.integers(1, question.scale)})
    else:
        given_ = st.fixed_dictionaries({"text": texts})
    return st.none() | given_.map(lambda arguments: AnswerEntry(question.id, **arguments))


PAPER = sheet_of(
    SurveyKind.EXAM,
    [
        asked(right_options=[1], score=2),
        asked(id=2, multiple=True, least=2, right_options=[0, 2], score=3),
        asked(T.COMBINED, id=3, score=4, by_hand=True),
        asked(T.COMBINED, id=4, right_options=[1], multiple=True, score=1),
        asked(T.FILL_IN, id=5, accepted=["X"], score=5),
        asked(T.FREE_FORM, id=6, score=6, by_hand=True),
        asked(T.RATING, id=7),
    ],
)
submissions = st.tuples(*(entries_for(question) for question in PAPER.questions)).map(
    lambda entries: [one for one in entries if one is not None]
)


@given(st.lists(st.tuples(submissions.filter(bool), st.dictionaries(st.sampled_from([3, 4, 5, 6]), st.integers(0, 6)))))
def test_counts_say_what_the_answers_say(given_: list[tuple[list[AnswerEntry], dict[int, int]]]) -> None:
    """The counts read back from the tallies are those of the answers counted one by one, marks included; an answer goes in by itself and
    out again by itself."""
    tallies: list[Counter[int]] = [Counter() for _ in PAPER.questions]
    final = []
    for entries, marks in given_:
        judged = decide_submission(PAPER, entries)
        assert msgspec.structs.astuple(judge(PAPER, judged.values, {})) == msgspec.structs.astuple(judged)
        marked = judge(PAPER, judged.values, {QuestionId(key): points for key, points in marks.items()})
        final.append(marked)
        for place, question in enumerate(PAPER.questions):
            for state, step in ((judged, 1), (judged, -1), (marked, 1)):
                key = tally_mask(question, state.values[place], state.rights[place])
                if key is not None:
                    tallies[place][key] += step
    for place, question in enumerate(PAPER.questions):
        counts = counts_of(question.type.value, question.right_mask, tallies[place])
        values_here = [one.values[place] for one in final if one.values[place] is not None]
        assert counts.answered == len(values_here)
        assert counts.right == sum(one.rights[place] is True for one in final)
        assert counts.to_mark == sum(one.rights[place] is None and one.values[place] is not None for one in final) * question.by_hand
        masks = [value if isinstance(value, int) else value[0] for value in values_here if isinstance(value, int | tuple)]
        assert counts.combinations == Counter(masks)


@given(submissions.filter(bool), st.randoms())
def test_the_order_of_answers_does_not_matter(entries: list[AnswerEntry], chance: Any) -> None:
    """A submission is a set of answers: shuffled questions are judged alike."""
    shuffled = list(entries)
    chance.shuffle(shuffled)

    assert decide_submission(PAPER, shuffled) == decide_submission(PAPER, entries)
