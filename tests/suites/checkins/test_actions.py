"""What becomes of check-ins: who is expected, who counts, what is refused, how they end."""

from typing import Any

import msgspec
import pytest

from tests.suites.checkins.hall import Hall
from tests.suites.domains.show import Command, fresh_entry_id
from turnout.audience.actions import ENTER
from turnout.interactions.checkin import queries
from turnout.interactions.checkin.actions import CLOSE_CHECKIN, CONFIRM, EDIT_CHECKIN, OPEN_CHECKIN, WITHDRAW_CHECKIN, EditCheckIn
from turnout.interactions.checkin.rules import AnotherCheckInOpen, CheckInDraft, CheckInFacts, ExpectedPerson, Expects, Late
from turnout.interactions.lifecycle import State, WrongState
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import CheckInId, ViewerId
from turnout.rooms.actions import END_LIVE_SESSION, EndLiveSession
from turnout.rooms.rules import LiveSessionOver
from turnout.storage.event_log import read_events


def test_those_present_are_expected(hall: Hall) -> None:
    """Who is there at the opening, once for two connections; nobody who has left."""
    (stays, again), gone = hall.viewers(2), hall.enter()[0]
    hall.do(*_enter_again(hall, again))
    hall.leave(gone.viewer.id, gone.seat.visit_id)

    checkin_id = hall.create()

    assert {person.viewer_id for person in hall.people(checkin_id)} == {stays, again}
    assert hall.counts(checkin_id) == (2, 0, 0)
    facts = hall.checkin(checkin_id)
    assert (facts.state, facts.expected, facts.confirmed, facts.rate) == (State.OPEN, 2, 0, 0)


def test_a_tap_confirms_once(hall: Hall) -> None:
    """A repeat of the command is accepted again, also after the close; another command is refused; whoever comes too late is told so."""
    early, late = hall.viewers(2)
    checkin_id = hall.create(time_limit_s=30)

    assert hall.confirm(checkin_id, early, "a") == "accepted"
    assert hall.confirm(checkin_id, early, "a") == "accepted"
    assert hall.confirm(checkin_id, early, "b") == "already_checked_in"
    assert hall.counts(checkin_id) == (2, 1, 0)
    assert hall.checkin(checkin_id).rate == 50
    hall.clock.advance(31)
    assert hall.confirm(checkin_id, late) == "too_late"
    hall.move(CLOSE_CHECKIN, checkin_id)
    assert hall.confirm(checkin_id, late) == "too_late"
    assert hall.confirm(checkin_id, early, "a") == "accepted"
    assert hall.confirm(CheckInId(checkin_id + 1_000_000), early) == "not_found"
    assert hall.counts(checkin_id) == (2, 1, 0)


def test_one_batch_keeps_one_of_a_kind(hall: Hall) -> None:
    """Several taps of one viewer in one commit: the first counts, the same command again is accepted, another is not."""
    (viewer,) = hall.viewers(1)
    checkin_id = hall.create()
    commands = [(CONFIRM, hall.confirm_command(checkin_id, viewer, command_id)) for command_id in ("a", "a", "b")]

    outcomes = hall.batch(commands)

    assert [getattr(outcome, "code", "accepted") for outcome in outcomes] == ["accepted", "accepted", "already_checked_in"]
    assert hall.counts(checkin_id) == (1, 1, 0)


def test_a_late_entrant_is_expected(hall: Hall) -> None:
    """Who enters while it is open is expected from then on, though he does nothing; who came back is not counted twice."""
    (there,) = hall.viewers(1)
    checkin_id = hall.create()
    late, later = hall.viewers(2)
    hall.do(*_enter_again(hall, there))

    assert hall.counts(checkin_id) == (3, 0, 0)
    assert hall.confirm(checkin_id, late) == "accepted"
    assert hall.counts(checkin_id) == (3, 1, 0)
    hall.move(CLOSE_CHECKIN, checkin_id)
    hall.viewers(1)
    assert hall.counts(checkin_id) == (3, 1, 0)
    assert [person.viewer_id for person in hall.people(checkin_id, confirmed=False)] == [there, later]


def test_a_late_entrant_may_count_apart(hall: Hall) -> None:
    """Where late entrants are not expected their confirmations leave the rate alone."""
    (there,) = hall.viewers(1)
    checkin_id = hall.create(late=Late.NOT_EXPECTED)
    late, _ = hall.viewers(2)

    assert [hall.confirm(checkin_id, viewer) for viewer in (there, late)] == ["accepted", "accepted"]

    assert hall.counts(checkin_id) == (1, 1, 1)
    assert hall.checkin(checkin_id).rate == 100
    assert [(person.viewer_id, person.expected) for person in hall.people(checkin_id)] == [(there, True), (late, False)]


def test_who_is_on_the_list_is_expected(hall: Hall) -> None:
    """By viewer, by external id of who has been here, of who comes while it is open, of who never comes; a stranger counts apart."""
    (listed, stranger), known = hall.viewers(2), hall.enter_signed("staff-1", "Wang")
    checkin_id = hall.of_list(listed, "staff-1", "staff-2", "staff-3")
    assert hall.counts(checkin_id) == (4, 0, 0)

    comes = hall.enter_signed("staff-2", "Li")
    hall.enter_signed("staff-9", "Nobody's")
    for viewer in (listed, known, comes, stranger):
        assert hall.confirm(checkin_id, viewer) == "accepted"

    assert hall.counts(checkin_id) == (4, 3, 1)
    people = {person.name: person for person in hall.people(checkin_id)}
    never = people["Name of staff-3"]
    assert (never.viewer_id, never.external_id, never.confirmed_at, never.expected) == (None, "staff-3", None, True)
    assert (people["Li"].external_id, people["Li"].viewer_id, people["Li"].expected) == ("staff-2", comes, True)
    assert [person.expected for person in people.values() if person.viewer_id == stranger] == [False]
    assert sum(person.expected for person in people.values()) == 4


def test_a_draft_is_edited(hall: Hall) -> None:
    """All of it anew; its list stays unless another is given, or it is no longer one of a list; what was opened is not edited."""
    checkin_id = hall.of_list("staff-1", "staff-2", opens=False)

    def edit(*, keeps_list: bool, **draft: Any) -> Any:
        command = EditCheckIn(hall.caller, hall.live.id, checkin_id, CheckInDraft("Other", **draft), keeps_list)
        return hall.batch([(EDIT_CHECKIN, command)])[0]

    assert edit(keeps_list=True, expects=Expects.LIST, time_limit_s=30) is None
    facts = hall.checkin(checkin_id)
    assert (facts.title, facts.time_limit_s, facts.expected) == ("Other", 30, 2)
    people = [ExpectedPerson(external_id=name) for name in ("x", "y", "z", "x")]
    assert edit(keeps_list=False, expects=Expects.LIST, people=people) is None
    assert {person.external_id for person in hall.people(checkin_id)} == {"x", "y", "z"}
    assert hall.counts(checkin_id) == (3, 0, 0)
    assert edit(keeps_list=True, expects=Expects.PRESENT) is None
    assert hall.counts(checkin_id) == (0, 0, 0)
    assert edit(keeps_list=True, expects=Expects.LIST).field == "people"
    hall.move(OPEN_CHECKIN, checkin_id)
    assert edit(keeps_list=True).code == "not_a_draft"


def test_who_is_on_the_list_twice_is_expected_once(hall: Hall) -> None:
    """The same person by viewer id and by external id, the same external id twice."""
    known = hall.enter_signed("staff-1")
    checkin_id = hall.of_list(known, "staff-1", "staff-1", "staff-2", "staff-2", known)
    assert hall.counts(checkin_id) == (2, 0, 0)


def test_a_prepared_check_in(hall: Hall) -> None:
    """A draft takes nothing, counts no entrants, and is told to no viewer; opened, it expects those present then."""
    (viewer,) = hall.viewers(1)
    checkin_id = hall.create(opens=False)
    assert hall.confirm(checkin_id, viewer) == "checkin_not_open"
    hall.viewers(1)
    with hall.database.reading() as connection:
        assert queries.list_for_snapshot(connection, hall.live.id, drafts=False) == []
        assert [facts.checkin_id for facts in queries.list_for_snapshot(connection, hall.live.id, drafts=True)] == [checkin_id]
        assert queries.list_changed(connection, hall.live.id, {}) == []

    hall.move(OPEN_CHECKIN, checkin_id)

    assert hall.counts(checkin_id) == (2, 0, 0)
    with pytest.raises(WrongState):
        hall.move(OPEN_CHECKIN, checkin_id)


def test_one_is_open_at_a_time(hall: Hall) -> None:
    """The next one can be opened once it is closed or withdrawn."""
    first = hall.create()
    second = hall.create(opens=False)
    for attempt in (lambda: hall.create(), lambda: hall.move(OPEN_CHECKIN, second)):
        with pytest.raises(AnotherCheckInOpen):
            attempt()
    hall.move(CLOSE_CHECKIN, first)
    hall.move(OPEN_CHECKIN, second)
    hall.move(WITHDRAW_CHECKIN, second)
    assert hall.checkin(hall.create()).state is State.OPEN


def test_it_closes_when_its_time_is_over(hall: Hall) -> None:
    """At the moment it should have, however late that is noticed; once."""
    checkin_id = hall.create(time_limit_s=10)
    opened_at = hall.checkin(checkin_id).opened_at
    assert opened_at is not None
    hall.overdue(checkin_id)
    assert hall.checkin(checkin_id).state is State.OPEN
    hall.clock.advance(3_600)
    with hall.database.reading() as connection:
        assert queries.list_due(connection, hall.clock.now()) == [(hall.live.id, checkin_id)]
        assert queries.next_due(connection) == opened_at + 10 * SECOND
    hall.overdue(checkin_id)
    facts = hall.checkin(checkin_id)
    assert (facts.state, facts.closed_by, facts.closed_at) == (State.CLOSED, "time_limit", opened_at + 10 * SECOND)
    hall.overdue(checkin_id)
    with pytest.raises(WrongState):
        hall.move(CLOSE_CHECKIN, checkin_id)
    with pytest.raises(WrongState):
        hall.move(WITHDRAW_CHECKIN, checkin_id)


def test_it_closes_with_the_live_session(hall: Hall) -> None:
    """In the same commit; and nothing is made in a live session that is over."""
    hall.viewers(2)
    checkin_id, draft = hall.create(), hall.create(opens=False)
    hall.do(END_LIVE_SESSION, EndLiveSession(hall.caller, hall.live.id))
    facts = hall.checkin(checkin_id)
    assert (facts.state, facts.closed_by, facts.expected) == (State.CLOSED, "live_session_end", 2)
    for attempt in (lambda: hall.create(), lambda: hall.move(OPEN_CHECKIN, draft)):
        with pytest.raises(LiveSessionOver):
            attempt()


def test_a_withdrawn_one_counts_nowhere(hall: Hall) -> None:
    """Neither its people nor its counts are told any more, and it takes nothing."""
    (viewer,) = hall.viewers(1)
    checkin_id = hall.create()
    hall.confirm(checkin_id, viewer)
    hall.move(WITHDRAW_CHECKIN, checkin_id)
    facts = hall.checkin(checkin_id)
    assert (facts.state, facts.withdrawn_from, facts.expected, facts.confirmed) == (State.WITHDRAWN, State.OPEN, 0, 0)
    assert hall.people(checkin_id) == []
    assert hall.confirm(checkin_id, viewer, "other") == "checkin_not_open"
    with hall.database.reading() as connection:
        assert queries.list_own(connection, hall.live.id, [viewer]) == {}
        assert queries.list_roll_calls(connection, hall.caller.account_id, hall.live.id, 0, 50) == (0, [])


def test_events_freeze_the_counts(hall: Hall) -> None:
    """Opened, closed and withdrawn are events with the counts of their moment."""
    (viewer,) = hall.viewers(1)
    checkin_id = hall.create()
    hall.confirm(checkin_id, viewer)
    hall.move(CLOSE_CHECKIN, checkin_id)
    hall.move(WITHDRAW_CHECKIN, hall.create(opens=False))
    with hall.database.reading() as connection:
        events = [event for event in read_events(connection, hall.live.id, 0, 100) if event.kind.startswith("checkin.")]
    told = [msgspec.json.decode(event.facts, type=CheckInFacts) for event in events]
    assert [event.kind for event in events] == ["checkin.opened", "checkin.closed", "checkin.drafted", "checkin.withdrawn"]
    assert [(facts.expected, facts.confirmed) for facts in told] == [(1, 0), (1, 1), (0, 0), (0, 0)]
    assert told[1] == hall.checkin(checkin_id)


def test_what_a_viewer_is_told(hall: Hall) -> None:
    """Every viewer's own confirmations, of what a snapshot shows."""
    one, other = hall.viewers(2)
    first = hall.create()
    hall.confirm(first, one)
    hall.move(CLOSE_CHECKIN, first)
    second = hall.create()
    hall.confirm(second, one)
    with hall.database.reading() as connection:
        own = queries.list_own(connection, hall.live.id, [one, other])
    assert [confirmed.checkin_id for confirmed in own[one]] == [first, second]
    assert other not in own


def test_people_in_pages(hall: Hall) -> None:
    """Every one once, whatever the length of a page; the roll calls of a live session are all of them, the newest first."""
    hall.viewers(5)
    first = hall.create()
    hall.move(CLOSE_CHECKIN, first)
    hall.viewers(2)
    second = hall.create()
    whole = hall.people(second)
    paged = []
    after: int | None = None
    while page := hall.people(second, after=after, limit=3):
        paged += page
        after = page[-1].cursor
    assert paged == list(whole)
    with hall.database.reading() as connection:
        account_id = hall.caller.account_id
        total, everybody = queries.list_roll_calls(connection, account_id, hall.live.id, 0, 500)
        parts = [queries.list_roll_calls(connection, account_id, hall.live.id, offset, 4)[1] for offset in range(0, 16, 4)]
    assert total == len(everybody) == 12
    assert [one.checkin_id for one in everybody] == [second] * 7 + [first] * 5
    assert [one for part in parts for one in part] == everybody


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * (limits.MAX_TITLE_LENGTH + 1)}, "title"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"time_limit_s": limits.MAX_TIME_LIMIT_S + 1}, "time_limit_s"),
        ({"expects": Expects.LIST}, "people"),
        ({"people": [ExpectedPerson(external_id="a")]}, "people"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson()]}, "people[0]"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson(ViewerId(1), "a")]}, "people[0]"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson(external_id=" ")]}, "people[0].external_id"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson(ViewerId(1))]}, "people[0].viewer"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson(external_id="a")], "late": Late.NOT_EXPECTED}, "late"),
        ({"expects": Expects.LIST, "people": [ExpectedPerson(external_id="a")] * (limits.MAX_EXPECTED_PEOPLE + 1)}, "people"),
    ],
)
def test_what_cannot_be_held(hall: Hall, draft: dict[str, object], field: str) -> None:
    """Each by the name of its field."""
    with pytest.raises(InvalidInput) as refusal:
        hall.create(**draft)
    assert refusal.value.field == field


def test_a_viewer_of_another_room_is_nobody(hall: Hall) -> None:
    """On a list stand viewers of this room alone."""
    other = Hall(hall.database, hall.clock)
    (stranger,) = other.viewers(1)
    other.close()
    with pytest.raises(InvalidInput):
        hall.of_list(stranger)


def _enter_again(hall: Hall, viewer_id: ViewerId) -> Command:
    return ENTER, hall.enter_command(fresh_entry_id(), None, viewer_id)
