"""Limits of what hosts read of their live sessions. A part of kernel/limits.py, which is what others import."""

MAX_NAMED_UNDER_WAY = 10
"""Open interactions that the list of live sessions names of each, the newest."""

FIGURES_KEPT = 10_000
"""Live sessions of which one process remembers the figures in that list."""

MAX_POINTS_ASKED = 1_000_000
"""Most points by which submissions can be picked: more than any exam has."""

MAX_CHOICE_ASKED = 62
"""Most that the number of a choice can be by which submissions are picked."""
