"""How a simulated viewer makes up its mind: what it chooses and how long it takes. Chance is handed in."""

import math
import random
from collections.abc import Sequence

from turnout.client import native_replies

Leaning = list[float]
"""How tempting each option is to the crowd: of a single choice the share of people, of a multiple choice the probability of each."""

SHORTEST_THOUGHT_S = 1.2
LONGEST_THOUGHT_S = 40.0
_MEDIAN_THOUGHT_S = 6.0
_SPREAD = 0.6  # of the logarithm: most people within half and double the median


def lean(chance: random.Random, question: native_replies.Question) -> Leaning:
    """A crowd's leaning: most are right where something is right, and every crowd is different."""
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


def choose(chance: random.Random, leaning: Leaning, *, multiple: bool) -> list[int]:
    """The options one viewer chooses, at least one, ascending."""
    options = range(len(leaning))
    if multiple:
        chosen = [option for option in options if chance.random() < leaning[option]]
        if chosen:
            return chosen
    return chance.choices(options, weights=leaning)


def thought_s(chance: random.Random) -> float:
    """How long one viewer looks at a question before answering, in seconds."""
    return min(LONGEST_THOUGHT_S, max(SHORTEST_THOUGHT_S, chance.lognormvariate(math.log(_MEDIAN_THOUGHT_S), _SPREAD)))


def combinations(chosen: Sequence[Sequence[int]]) -> dict[tuple[int, ...], int]:
    """How many viewers chose exactly which options."""
    counts: dict[tuple[int, ...], int] = {}
    for choices in chosen:
        key = tuple(sorted(choices))
        counts[key] = counts.get(key, 0) + 1
    return counts
