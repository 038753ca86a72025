"""The curve of who was there against a sweep a child could check: every instant, every visit, one after the other."""

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.suites.audience.stage import Stage
from turnout.audience import queries
from turnout.audience.attendance_rules import STEPS_S, Attendance, decide_step
from turnout.audience.store import visits
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import LiveSessionId
from turnout.rooms.rules import NoSuchLiveSession
from turnout.storage.action import Action


class Visit(NamedTuple):
    """Whose, from when, until when in seconds after the start; None: lasts."""

    viewer: int
    begins: int
    ends: int | None


_visits = st.lists(
    st.builds(
        lambda viewer, begins, length: Visit(viewer, begins, None if length is None else begins + length),
        st.integers(1, 4),
        st.integers(0, 30),
        st.one_of(st.none(), st.integers(0, 12)),
    ),
    max_size=14,
)


def online_at(stays: list[Visit], second: int) -> set[int]:
    """Who is there at this second: half-open visits."""
    return {visit.viewer for visit in stays if visit.begins <= second and (visit.ends is None or second < visit.ends)}


def put(stage: Stage, stays: list[Visit]) -> LiveSessionId:
    """A live session with exactly these visits."""
    stage.end()
    stage.start()
    start = stage.live.started_at
    rows = [
        {
            "live_session_id": stage.live.id,
            "viewer_id": visit.viewer,
            "id": number,
            "process_id": 1,
            "entered_at": start + visit.begins * SECOND,
            "exited_at": None if visit.ends is None else start + visit.ends * SECOND,
        }
        for number, visit in enumerate(stays)
    ]
    if rows:
        stage.do(Action("insert_visits", lambda tx, _: [tx.connection.execute(visits.insert(), rows)]), None)
    return stage.live.id


def follow(stage: Stage, after_s: int, step_s: int | None = None) -> Attendance:
    """The curve as it is so long after the start."""
    with stage.database.reading() as connection:
        return queries.follow_attendance(
            connection, stage.caller.account_id, stage.live.id, stage.live.started_at + after_s * SECOND, step_s
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stays=_visits, step_s=st.integers(1, 9))
def test_the_curve_is_the_sweep(stage: Stage, stays: list[Visit], step_s: int) -> None:
    """Each step's beginning and most, the peak with its first moment, how many different ones and how many are there, whatever visits
    overlap, touch, are empty or last."""
    put(stage, stays)
    until = 45
    seconds = [online_at(stays, second) for second in range(until + 1)]

    curve = follow(stage, until, step_s)

    numbers = range(until // step_s + 1)
    assert [point.at for point in curve.points] == [curve.since + number * step_s * SECOND for number in numbers]
    # what is there before the step's first second is carried into it, so that a moment between two changes is not lost
    assert [point.online for point in curve.points] == [len(seconds[max(0, n * step_s - 1)]) if n else 0 for n in numbers]
    for number, point in zip(numbers, curve.points, strict=True):
        inside = seconds[number * step_s : (number + 1) * step_s]
        assert point.most == max(point.online, *(len(people) for people in inside))
        assert point.online + point.entered - point.left == len(inside[-1])
    most = max(len(people) for people in seconds)
    assert (curve.most, curve.online, curve.viewers) == (most, len(seconds[-1]), len({visit.viewer for visit in stays}))
    first = next((second for second, people in enumerate(seconds) if most and len(people) == most), None)
    assert curve.most_at == (None if first is None else curve.since + first * SECOND)
    assert sum(point.entered for point in curve.points) == _presences(stays)


def _presences(stays: list[Visit]) -> int:
    """How often somebody came: visits of one viewer that overlap or touch are one stay."""
    count = 0
    for viewer in {visit.viewer for visit in stays}:
        until: float = -1
        for visit in sorted((visit for visit in stays if visit.viewer == viewer), key=lambda one: one.begins):
            count += visit.begins > until
            until = max(until, float("inf") if visit.ends is None else visit.ends)
    return count


def test_peaks_of_many(stage: Stage) -> None:
    """Of several live sessions at once, each its own; one that was empty has none."""
    plays = [[Visit(1, 0, 5), Visit(2, 5, 9)], [], [Visit(1, 0, 9), Visit(2, 3, 4), Visit(2, 4, 5)]]
    touching, empty, overlapping = (put(stage, stays) for stays in plays)
    with stage.database.reading() as connection:
        found = queries.list_peaks(connection, [touching, empty, overlapping])

    assert {key: most for key, (most, _) in found.items()} == {touching: 1, overlapping: 2}


def test_an_ended_live_session_keeps_its_curve(stage: Stage) -> None:
    """Until its end, and whoever stayed to the end has left with it."""
    stage.enter()
    stage.clock.advance(90)
    stage.end()
    stage.clock.advance(10_000)

    curve = follow(stage, 10_000, 60)

    assert (curve.most, curve.online, curve.viewers) == (1, 0, 1)
    assert (sum(point.entered for point in curve.points), sum(point.left for point in curve.points)) == (1, 1)
    assert len(curve.points) == 2


def test_curve_and_peak_have_the_same_edges(stage: Stage) -> None:
    """Who came before the start or left after the end, by another server's clock, counts at the edge in both."""
    put(stage, [Visit(1, -5, 70)])
    stage.clock.advance(60)
    stage.end()

    curve = follow(stage, 60, 60)

    assert (curve.most, curve.most_at) == (1, curve.since)
    assert [(point.entered, point.left) for point in curve.points] == [(1, 1)]


def test_another_account_sees_no_curve(stage: Stage) -> None:
    """It is not found."""
    other = Stage(stage.database, stage.clock)
    try:
        with stage.database.reading() as connection, pytest.raises(NoSuchLiveSession):
            queries.follow_attendance(connection, other.caller.account_id, stage.live.id, stage.clock.now(), None)
    finally:
        other.close()


@given(length_s=st.integers(0, 400_000_000))
def test_a_step_is_chosen(length_s: int) -> None:
    """However long it lasts: few enough points for a chart, and the shortest step that does it."""
    step = decide_step(0, length_s * SECOND, None)

    assert length_s // step <= 240
    shorter = [other for other in STEPS_S if other < step]
    assert not shorter or length_s // shorter[-1] >= 240


def test_a_step_that_is_too_short() -> None:
    """Refused, naming the shortest that will do, which does."""
    day = 86_400 * SECOND
    with pytest.raises(InvalidInput, match="at least 61 seconds"):
        decide_step(0, day, 10)
    assert decide_step(0, day, 61) == 61
    assert day // (61 * SECOND) < limits.MAX_ATTENDANCE_STEPS
