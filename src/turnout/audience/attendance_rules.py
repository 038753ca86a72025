"""The curve of who was there in a live session: its steps, and its points made of the steps in which somebody came or went. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)
"""The steps that are chosen among where none is asked for."""

_POINTS = 240  # as many as a chart shows one by one


class StepChange(NamedTuple):
    """A step in which somebody came or went. number: from 0; most: at any moment after the first change in it."""

    number: int
    most: int
    entered: int
    left: int


class AttendancePoint(msgspec.Struct, frozen=True):
    """One step. at: its beginning; online: different viewers who are there then; most: at any moment of it; entered, left: how often
    somebody came or went in it."""

    at: Instant
    online: int
    most: int
    entered: int
    left: int


class Attendance(msgspec.Struct, frozen=True):
    """Who was there from `since` to `until`. viewers: different ones altogether; online: at the end; most, most_at: the peak and the first
    moment of it, None where nobody ever stayed."""

    since: Instant
    until: Instant
    step_s: int
    viewers: int
    online: int
    most: int
    most_at: Instant | None
    points: list[AttendancePoint]


def decide_step(since: Instant, until: Instant, asked_s: int | None) -> int:
    """The length of a step in seconds: the one asked for, or else the shortest that makes a chart. Raises InvalidInput where there would
    be more than limits.MAX_ATTENDANCE_STEPS of them."""
    length_s = max(0, until - since) // SECOND
    if asked_s is None:
        return next((step for step in STEPS_S if length_s // step < _POINTS), -(-length_s // _POINTS))
    if length_s // asked_s >= limits.MAX_ATTENDANCE_STEPS:
        least = length_s // limits.MAX_ATTENDANCE_STEPS + 1
        raise InvalidInput(f"so long a live session has steps of at least {least} seconds", field="step_s")
    return asked_s


def points_of(since: Instant, until: Instant, step_s: int, changes: Iterable[StepChange]) -> list[AttendancePoint]:
    """Every step from `since` to `until`, also those in which nobody came or went."""
    by_number = {change.number: change for change in changes}
    online = 0
    points = []
    for number in range((until - since) // (step_s * SECOND) + 1):
        change = by_number.get(number, StepChange(number, 0, 0, 0))
        at = since + number * step_s * SECOND
        points.append(AttendancePoint(at, online, max(online, change.most), change.entered, change.left))
        online += change.entered - change.left
    return points
