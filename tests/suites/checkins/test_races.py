"""Two writers on PostgreSQL, as two processes would have: the database referees (promise 2)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import pytest

from tests.suites.checkins.hall import Hall
from tests.suites.domains.show import code_of, fresh_entry_id
from tests.suites.domains.test_races import at_once, meet, write, writers
from turnout.audience.actions import ENTER
from turnout.audience.store import visits
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM, CREATE_CHECKIN, OPEN_CHECKIN, CreateCheckIn
from turnout.interactions.checkin.rules import CheckInDraft, CheckInFacts
from turnout.storage.batch import BatchWriter
from turnout.storage.event_log import read_events


def test_confirmations_race_a_close(postgres_hall: Hall) -> None:
    """Counts frozen at the close equal the rows for ever, whichever confirmations and entries came in before it."""
    hall = postgres_hall
    viewers = hall.viewers(80)
    for _ in range(4):
        checkin_id = hall.create()

        def confirm(writer: BatchWriter, some: Sequence[Any], checkin_id: Any = checkin_id) -> list[str]:
            told: list[str] = []
            for start in range(0, len(some), 5):
                commands = [(CONFIRM, hall.confirm_command(checkin_id, viewer)) for viewer in some[start : start + 5]]
                told += [code_of(outcome) for outcome in write(writer, commands)]
            return told

        def enter(writer: BatchWriter) -> list[str]:
            return [code_of(write(writer, [(ENTER, hall.enter_command(fresh_entry_id()))])[0]) for _ in range(5)]

        def close(writer: BatchWriter, checkin_id: Any = checkin_id) -> list[str]:
            return [code_of(write(writer, [(CLOSE_CHECKIN, hall.move_command(checkin_id))])[0])]

        with writers(hall, 4) as (one, two, three, four):
            told = at_once(
                [partial(confirm, one, viewers[:50]), partial(confirm, two, viewers[30:]), partial(enter, three), partial(close, four)]
            )
        assert told[3] == ["accepted"]
        assert set(told[0] + told[1]) <= {"accepted", "too_late"}
        expected, confirmed, unexpected = hall.counts(checkin_id)
        accepted = (told[0] + told[1]).count("accepted")
        assert accepted - 20 <= confirmed <= accepted  # twenty viewers were sent for twice
        assert unexpected == 0
        with hall.database.reading() as connection:
            closes = [event for event in read_events(connection, hall.live.id, 0, 1000) if event.kind == "checkin.closed"]
        frozen = msgspec.json.decode(closes[-1].facts, type=CheckInFacts)
        assert (frozen.expected, frozen.confirmed) == (expected, confirmed)
        assert frozen == hall.checkin(checkin_id)


def test_an_entry_meets_an_opening(postgres_hall: Hall) -> None:
    """Whichever comes first, the viewer is expected: present at the opening, or an entrant while it is open."""
    hall = postgres_hall
    for entry_first in (True, False):
        checkin_id = hall.create(opens=False)
        entry = (ENTER, hall.enter_command(fresh_entry_id()))
        opening = (OPEN_CHECKIN, hall.move_command(checkin_id))
        before = len(hall.enter(1)) + len({row["viewer_id"] for row in _visits(hall)}) - 1
        first, second = (entry, opening) if entry_first else (opening, entry)
        outcomes = meet(hall, first, second)
        assert {code_of(outcome) for outcome in outcomes} == {"accepted"}
        assert hall.counts(checkin_id) == (before + 1, 0, 0)
        hall.move(CLOSE_CHECKIN, checkin_id)


def test_an_entry_meets_a_close(postgres_hall: Hall) -> None:
    """An entry under way is counted before the close freezes the counts; one that comes after it is not."""
    hall = postgres_hall
    checkin_id = hall.create()
    entry, close = (ENTER, hall.enter_command(fresh_entry_id())), (CLOSE_CHECKIN, hall.move_command(checkin_id))
    meet(hall, entry, close)
    assert hall.checkin(checkin_id).expected == 1
    assert hall.counts(checkin_id) == (1, 0, 0)
    checkin_id = hall.create()
    meet(hall, (CLOSE_CHECKIN, hall.move_command(checkin_id)), (ENTER, hall.enter_command(fresh_entry_id())))
    assert hall.checkin(checkin_id).expected == 1
    assert hall.counts(checkin_id) == (1, 0, 0)


def test_two_taps_of_one_viewer_meet(postgres_hall: Hall) -> None:
    """On two processes: one counts, the other is told that it did."""
    hall = postgres_hall
    (viewer,) = hall.viewers(1)
    checkin_id = hall.create()
    commands = [(CONFIRM, hall.confirm_command(checkin_id, viewer, command_id)) for command_id in ("a", "b")]
    outcomes = meet(hall, *commands)
    assert [code_of(outcome) for outcome in outcomes] == ["accepted", "already_checked_in"]
    assert hall.counts(checkin_id) == (1, 1, 0)


def test_one_person_enters_twice_at_once(postgres_hall: Hall) -> None:
    """Somebody on the list who enters on two processes at once is expected once."""
    hall = postgres_hall
    hall.enter_signed("staff-2")
    checkin_id = hall.of_list("staff-1", "staff-2")
    outcomes = meet(hall, (ENTER, hall.signed_command("staff-1")), (ENTER, hall.signed_command("staff-1")))
    assert outcomes[0].viewer.id == outcomes[1].viewer.id
    assert hall.counts(checkin_id) == (2, 0, 0)
    assert [person.external_id for person in hall.people(checkin_id) if person.viewer_id is None] == []


@pytest.mark.parametrize("count", [2, 4])
def test_one_of_several_openings_stands(postgres_hall: Hall, count: int) -> None:
    """However many hosts start a check-in at once, one is open; the others are told."""
    hall = postgres_hall
    command = CreateCheckIn(hall.caller, hall.live.id, CheckInDraft("There?"))
    with writers(hall, count) as made:
        told = at_once([partial(_create, writer, command) for writer in made])
    assert sorted(told) == ["accepted", *["another_checkin_open"] * (count - 1)]


def _create(writer: BatchWriter, command: CreateCheckIn) -> str:
    return code_of(write(writer, [(CREATE_CHECKIN, command)])[0])


def _visits(hall: Hall) -> list[dict[str, Any]]:
    return hall.rows(visits)
