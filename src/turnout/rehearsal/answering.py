"""How a simulated viewer makes up its mind: what it answers to each type of question and how long it takes. Chance is handed in."""

import math
import random
import unicodedata
from collections.abc import Sequence

from turnout.client import native_replies
from turnout.rehearsal.messages import Entry
from turnout.rehearsal.pieces import Language

Leaning = list[float]
"""How tempting each option is to the crowd: of a single choice the share of people, of a multiple choice the probability of each. Of a
rating: of each from 1 on. Of a fill-in: of a right and of a wrong text. Of other texts: nothing."""

WITH_OPTIONS = frozenset({"choice", "true_false", "picture_choice", "combined"})
"""Types of questions whose answers are options."""

SHORTEST_THOUGHT_S = 1.2
LONGEST_THOUGHT_S = 40.0
_MEDIAN_THOUGHT_S = 6.0
_SPREAD = 0.6  # of the logarithm: most people within half and double the median
_ANSWERS_OPTIONAL = 0.7  # share of viewers who answer a question that may be left out

_OPINIONS: dict[Language, tuple[str, ...]] = {
    "zh": (
        "讲得很清楚，谢谢！",
        "可以再慢一点",
        "多一些练习",
        "很好 👍",
        "例子很实用",
        "希望能看回放",
        "后半段有点快，前面很好",
        "想多听听实际操作",
    ),
    "en": (
        "Very clear, thank you!",
        "A bit slower, please",
        "More exercises",
        "Great 👍",
        "The examples helped a lot",
        "Will there be a recording?",
        "The second half was fast, the first was fine",
        "I would like to see it done once",
    ),
}
_WRONG_TEXTS: dict[Language, tuple[str, ...]] = {"zh": ("不知道", "上海", "忘了", "?"), "en": ("no idea", "London", "I forgot", "?")}


def lean(chance: random.Random, question: native_replies.Question) -> Leaning:
    """A crowd's leaning: most are right where something is right, and every crowd is different."""
    if question.type == "rating":
        middle = chance.uniform(0.5, 1.0) * question.scale
        pull = [math.exp(-(((rating - middle) / 1.5) ** 2)) for rating in range(1, question.scale + 1)]
        return [one / sum(pull) for one in pull]
    if question.type == "fill_in":
        share = chance.uniform(0.5, 0.8)
        return [share, 1 - share]
    if question.type not in WITH_OPTIONS:
        return []
    right = set(question.right_options or ())
    options = range(len(question.options))
    if question.multiple:
        if not right:
            return [chance.uniform(0.15, 0.7) for _ in options]
        return [chance.uniform(0.65, 0.9) if option in right else chance.uniform(0.08, 0.3) for option in options]
    pull = [chance.gammavariate(1.2, 1.0) + 0.05 for _ in options]
    if right:
        # what the right option does not get is shared out among the others by their pull
        share = chance.uniform(0.5, 0.8)
        others = sum(pull[option] for option in options if option not in right) or 1.0
        return [share if option in right else (1 - share) * pull[option] / others for option in options]
    return [one / sum(pull) for one in pull]


def answer_all(
    chance: random.Random, questions: Sequence[native_replies.Question], leanings: Sequence[Leaning], name: str = "Viewer"
) -> list[Entry]:
    """What one viewer answers to a survey: every required question, most of the others, at least one. name: the viewer's own."""
    answered = [question.required or chance.random() < _ANSWERS_OPTIONAL for question in questions]
    if not any(answered):
        answered[0] = True
    return [
        answer_one(chance, question, leaning, name)
        for question, leaning, wanted in zip(questions, leanings, answered, strict=True)
        if wanted
    ]


def answer_one(chance: random.Random, question: native_replies.Question, leaning: Leaning, name: str) -> Entry:
    """What one viewer answers to one question."""
    match question.type:
        case "rating":
            return Entry(question.id, rating=chance.choices(range(1, question.scale + 1), weights=leaning)[0])
        case "fill_in":
            return Entry(question.id, text=_fill_in(chance, question, leaning))
        case "free_form":
            return Entry(question.id, text=chance.choice(_OPINIONS[_language(question)]))
        case "name":
            return Entry(question.id, text=name)
        case "mobile":
            return Entry(question.id, text=f"13{chance.randrange(10**9):09d}")
        case "mail":
            return Entry(question.id, text=f"viewer{chance.randrange(10**6)}@example.com")
        case "combined":
            text = chance.choice(_OPINIONS[_language(question)]) if chance.random() < 0.5 else None
            return Entry(question.id, choices=_choose(chance, question, leaning), text=text)
        case _:
            return Entry(question.id, choices=_choose(chance, question, leaning))


def _fill_in(chance: random.Random, question: native_replies.Question, leaning: Leaning) -> str:
    accepted = question.accepted or []
    if not accepted or chance.random() > leaning[0]:
        return chance.choice(_WRONG_TEXTS[_language(question)])
    right = chance.choice(accepted)
    # people type blanks and capitals as they please
    return chance.choice((right, f" {right} ", right.upper(), right.replace(" ", "  ")))


def _language(question: native_replies.Question) -> Language:
    """The language a question is asked in is the one it is answered in, whatever the crowd's names."""
    return "zh" if any("CJK UNIFIED" in unicodedata.name(letter, "") for letter in question.title) else "en"


def _choose(chance: random.Random, question: native_replies.Question, leaning: Leaning) -> list[int]:
    options = range(len(question.options))
    if not question.multiple:
        return chance.choices(options, weights=leaning)
    chosen = [option for option in options if chance.random() < leaning[option]] or chance.choices(options, weights=leaning)
    rest = [option for option in options if option not in chosen]
    chance.shuffle(rest)
    while len(chosen) < (question.least or 1):
        chosen.append(rest.pop())
    while len(chosen) > (question.most or len(options)):
        chosen.remove(chance.choice(chosen))
    return sorted(chosen)


def is_right(question: native_replies.Question, entry: Entry) -> bool | None:
    """Whether the answer is right, found without the server's help; None where nothing is right or wrong by itself."""
    if question.type in WITH_OPTIONS and question.right_options:
        return sorted(entry.choices or []) == sorted(question.right_options)
    if question.type == "fill_in" and question.accepted:
        return _plain(entry.text or "") in {_plain(form) for form in question.accepted}
    return None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_quick(survey: native_replies.Survey) -> bool:
    """Whether one touch answers the survey."""
    return len(survey.questions) == 1


def thought_s(chance: random.Random, questions: int = 1) -> float:
    """How long one viewer looks at so many questions before answering, in seconds."""
    one = min(LONGEST_THOUGHT_S, max(SHORTEST_THOUGHT_S, chance.lognormvariate(math.log(_MEDIAN_THOUGHT_S), _SPREAD)))
    return min(LONGEST_THOUGHT_S, one * (1 + 0.35 * (questions - 1)))
