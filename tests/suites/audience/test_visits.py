"""Visits against brute force (design 3.4): whatever comes, goes, dies and ends, every stay is a half-open interval with the right end."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.suites.audience.stage import Stage
from turnout.audience import queries
from turnout.audience.actions import DEAD_VISITS_PER_COMMIT, END_VISITS_OF_DEAD, EndVisitsOfDead
from turnout.audience.rules import Seat
from turnout.audience.store import visits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import ViewerId
from turnout.storage.processes import BEAT, DEAD_AFTER_S, END_PROCESS, START_PROCESS, Beat, EndProcess, StartProcess

STEPS = ("enter", "enter", "enter", "again", "leave", "beat", "pass", "pass", "sleep", "sweep", "stop", "kick", "end")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=30)


@dataclass
class Process:
    """A server's process. beat_at: its last heartbeat; over: it ended in order, or was taken for dead."""

    id: int
    beat_at: Instant
    over: bool = False


@dataclass
class Stay:
    """A visit, as it should be."""

    viewer_id: ViewerId
    process: Process
    seat: Seat
    exited_at: Instant | None = None


@dataclass
class Model:
    """What there should be in one live session."""

    stays: list[Stay] = field(default_factory=list)

    def end(self, stay: Stay, at: Instant) -> None:
        """The first end counts, and none is before the beginning."""
        if stay.exited_at is None:
            stay.exited_at = max(at, stay.seat.entered_at)

    def open(self) -> list[Stay]:
        """Those that last."""
        return [stay for stay in self.stays if stay.exited_at is None]


def compare(stage: Stage, model: Model, moments: list[Instant]) -> None:
    """Rows, and every count over them, recomputed by looking at each stay."""
    with stage.database.reading() as connection:
        rows = connection.execute(sa.select(visits).where(visits.c.live_session_id == stage.live.id)).all()
        assert {(row.id, row.viewer_id, row.process_id, row.entered_at, row.exited_at) for row in rows} == {
            (stay.seat.visit_id, stay.viewer_id, stay.process.id, stay.seat.entered_at, stay.exited_at) for stay in model.stays
        }
        assert queries.count_online(connection, stage.live.id) == len({stay.viewer_id for stay in model.open()})
        assert queries.count_viewers(connection, stage.live.id) == len({stay.viewer_id for stay in model.stays})
        for opened_at in moments[-4:]:
            for closed_at in moments[-4:]:
                if opened_at <= closed_at:
                    touching = {
                        stay.viewer_id
                        for stay in model.stays
                        if (stay.seat.entered_at < closed_at or stay.seat.entered_at <= opened_at)
                        and (stay.exited_at is None or stay.exited_at > opened_at)
                    }
                    assert queries.count_present_between(connection, stage.live.id, opened_at, closed_at) == len(touching)


def test_any_history(stage: Stage) -> None:
    """Viewers on several connections of several processes, which beat, fall silent, are swept, or end in order; kicks, and the end."""

    @settings(
        max_examples=40 if stage.database.engine_name == "sqlite" else 20,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(history=steps)
    def walk(history: list[tuple[str, int]]) -> None:
        stage.end()
        stage.start()
        play(stage, history)

    walk()


def play(stage: Stage, history: list[tuple[str, int]]) -> None:
    """One live session."""
    clock, model = stage.clock, Model()
    processes = [begin(stage) for _ in range(3)]
    moments = [clock.now()]
    for what, number in history:
        process = processes[number % len(processes)]
        if what in ("enter", "again") and not process.over:
            known = model.stays[number % len(model.stays)].viewer_id if what == "again" and model.stays else None
            outcome = stage.batch([stage.entry(viewer=known, process_id=process.id)])[0]
            if not isinstance(outcome, Exception):  # else he was kicked
                model.stays.append(Stay(outcome.viewer.id, process, outcome.seat))
        elif what == "leave" and model.stays:
            stay = model.stays[number % len(model.stays)]
            stage.leave(stay.seat)
            model.end(stay, clock.now())
        elif what == "beat":
            lives = stage.do(BEAT, Beat(process.id))
            assert lives is not process.over
            if lives:
                process.beat_at = beat_of(stage)
        elif what == "pass":
            clock.advance(0.5 + number)
        elif what == "sleep":
            clock.advance(DEAD_AFTER_S + 0.5)
        elif what == "sweep":
            sweep(stage, model, processes)
        elif what == "stop" and not process.over:
            stage.do(END_PROCESS, EndProcess(process.id))
            process.over, process.beat_at = True, beat_of(stage)
            processes.append(begin(stage))
        elif what == "kick" and model.stays:
            viewer_id = model.stays[number % len(model.stays)].viewer_id
            already = stage.batch([stage.entry(viewer=viewer_id, process_id=processes[-1].id)])[0]
            if not isinstance(already, Exception):
                model.stays.append(Stay(viewer_id, processes[-1], already.seat))
                stage.kick(viewer_id)
                for stay in model.stays:
                    if stay.viewer_id == viewer_id:
                        model.end(stay, beat_of(stage))
        elif what == "end":
            compare(stage, model, moments)
            stage.end()
            for stay in model.open():
                model.end(stay, beat_of(stage))
            compare(stage, model, moments)
            stage.start()
            model.stays.clear()
        moments.append(clock.now())
    compare(stage, model, moments)


def begin(stage: Stage) -> Process:
    """A process starts."""
    process_id = stage.do(START_PROCESS, StartProcess())
    return Process(process_id, beat_of(stage))


def beat_of(stage: Stage) -> Instant:
    """The moment of the transaction just carried out: the writer's own, which is never twice the same."""
    return stage.writer._latest


def sweep(stage: Stage, model: Model, processes: list[Process]) -> None:
    """What every process's heartbeat does beside."""
    silent_since = stage.clock.now() - DEAD_AFTER_S * SECOND
    ended = stage.do(END_VISITS_OF_DEAD, EndVisitsOfDead(silent_since))
    for process in processes:
        process.over |= process.beat_at < silent_since
    dead = [stay for stay in model.open() if stay.process.over]
    assert ended == len(dead) < DEAD_VISITS_PER_COMMIT
    for stay in dead:
        model.end(stay, stay.process.beat_at)


def test_who_entered_after_the_last_heartbeat(stage: Stage) -> None:
    """Was there for a moment: the visit ends where it began, not before."""
    process_id = stage.do(START_PROCESS, StartProcess())
    stage.clock.advance(3)
    seat = stage.enter(process_id=process_id).seat
    stage.clock.advance(DEAD_AFTER_S)
    assert stage.do(END_VISITS_OF_DEAD, EndVisitsOfDead(stage.clock.now() - DEAD_AFTER_S * SECOND)) == 1
    stay = stage.people().presences[0].stay
    assert stay.entered_at == stay.exited_at == seat.entered_at
