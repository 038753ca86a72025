"""Which submissions a host wants to see, and in which order. Pure."""

from enum import StrEnum

import msgspec

from turnout.kernel.ids import QuestionId


class Result(StrEnum):
    """right: everything is that can be; wrong: something is not."""

    RIGHT = "right"
    WRONG = "wrong"


class Sort(StrEnum):
    """What submissions are ordered by; among equals, and by viewer, it is the order in which viewers first entered the room."""

    VIEWER = "viewer"
    ANSWERED_AT = "answered_at"
    POINTS = "points"
    RIGHT = "right"


class SubmissionFilter(msgspec.Struct, frozen=True):
    """search: part of the viewer's name or of the customer's own id. points_from, points_to: the least and the most. question, choice: only
    who chose this option (numbered from 0), or gave this rating; without a choice: who answered the question at all."""

    search: str = ""
    result: Result | None = None
    points_from: int | None = None
    points_to: int | None = None
    question: QuestionId | None = None
    choice: int | None = None
    sort: Sort = Sort.VIEWER
    descending: bool = False

    @property
    def is_plain(self) -> bool:
        """Everybody, in the usual order."""
        return self == EVERYBODY


EVERYBODY = SubmissionFilter()


class Place(msgspec.Struct, frozen=True):
    """Where a page ends. value: what the last submission is ordered by; None in the order of viewers. id: its viewer's, or its ballot's."""

    value: int | None
    id: int
