"""Two writers on PostgreSQL, as two processes would have: the database referees (promise 2)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.suites.domains.show import code_of
from tests.suites.domains.test_races import at_once, write, writers
from tests.suites.draws.hall import Hall, drawn_of
from turnout.interactions.draw.rules import DrawState
from turnout.interactions.draw.winner_store import draw_winners
from turnout.kernel.ids import DrawId
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.storage.batch import BatchWriter


def test_entries_race_a_close(postgres_hall: Hall) -> None:
    """Whoever was accepted stands in the list that the close has fixed, and nobody else."""
    hall = postgres_hall
    viewers = hall.viewers(80)
    for _ in range(4):
        draw_id = hall.create()

        def enter(writer: BatchWriter, some: Sequence[Any], draw_id: DrawId = draw_id) -> list[str]:
            told: list[str] = []
            for start in range(0, len(some), 5):
                commands = [(hall.actions.enter_draw, hall.enter_draw_command(draw_id, viewer)) for viewer in some[start : start + 5]]
                told += [code_of(outcome) for outcome in write(writer, commands)]
            return told

        def close(writer: BatchWriter, draw_id: DrawId = draw_id) -> list[str]:
            return [code_of(write(writer, [(hall.actions.close_draw, hall.move_command(draw_id))])[0])]

        with writers(hall, 3) as (one, two, three):
            told = at_once([partial(enter, one, viewers[:50]), partial(enter, two, viewers[30:]), partial(close, three)])
        assert told[2] == ["accepted"]
        assert set(told[0] + told[1]) <= {"accepted", "draw_not_open"}
        accepted = {viewer for viewer, code in zip([*viewers[:50], *viewers[30:]], told[0] + told[1], strict=True) if code == "accepted"}
        assert hall.entered(draw_id) == accepted
        closing = [drawn_of(event) for event in hall.events() if event.kind == "draw.closing"][-1]
        assert closing.entered == len(accepted)
        hall.publish(draw_id)
        hall.cancel(draw_id)


def test_two_hosts_commit_at_once(postgres_hall: Hall) -> None:
    """One of two draws gets under way, the other is told so."""
    hall = postgres_hall
    for _ in range(5):
        drafts = [hall.create(opens=False) for _ in range(2)]

        def commit(writer: BatchWriter, draw_id: DrawId) -> str:
            return code_of(write(writer, [(hall.actions.open_draw, hall.move_command(draw_id))])[0])

        with writers(hall, 2) as both:
            told = at_once([partial(commit, writer, draw_id) for writer, draw_id in zip(both, drafts, strict=True)])
        assert sorted(told) == ["accepted", "another_draw_open"]
        hall.cancel(drafts[told.index("accepted")])


def test_two_keepers_decide_at_once(postgres_hall: Hall) -> None:
    """Two processes publish and decide the same draw: one root, the same winners, once."""
    hall = postgres_hall
    for _ in range(3):
        draw_id = hall.create()
        for viewer in hall.viewers(6):
            hall.take_part(draw_id, viewer)
        hall.close_entries(draw_id)

        def run(writer: BatchWriter, action: Any, command: Any) -> str:
            return code_of(write(writer, [(action, command)])[0])

        root = hall.publish_command(draw_id)
        with writers(hall, 2) as both:
            assert at_once([partial(run, writer, hall.actions.publish_root, root) for writer in both]) == ["accepted"] * 2
        decided = hall.decide_command(draw_id)
        with writers(hall, 2) as both:
            assert at_once([partial(run, writer, hall.actions.decide_draw, decided) for writer in both]) == ["accepted"] * 2
        assert hall.facts_of(draw_id).state is DrawState.DRAWN
        assert len([row for row in hall.rows(draw_winners) if row["draw_id"] == draw_id]) == 2
        kinds = hall.kinds()
        assert kinds[-6:] == ["committed", "opened", "closing", "closed", "drawn", "prize_drawn"]


def test_a_draw_meets_the_end_of_its_live_session(postgres_hall: Hall) -> None:
    """Whichever comes first: it was opened and has timed out, or it was refused and stays a draft."""
    hall = postgres_hall
    for _ in range(5):
        draw_id = hall.create(opens=False)

        def run(writer: BatchWriter, action: Any, command: Any) -> str:
            return code_of(write(writer, [(action, command)])[0])

        with writers(hall, 2) as (one, two):
            told = at_once(
                [
                    partial(run, one, hall.actions.open_draw, hall.move_command(draw_id)),
                    partial(run, two, END_LIVE_SESSION, EndLiveSession(hall.caller, hall.live.id)),
                ]
            )
        assert told[1] == "accepted"
        expected = {"accepted": DrawState.TIMED_OUT, "live_session_ended": DrawState.DRAFT}
        assert hall.facts_of(draw_id).state is expected[told[0]]
        hall.start()
