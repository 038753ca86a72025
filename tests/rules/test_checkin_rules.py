"""The rules of check-ins alone: whole percent, lateness, lists."""

from unicodedata import category

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.checkin.rules import (
    CheckInDraft,
    CheckInNotOpen,
    ExpectedPerson,
    Expects,
    Late,
    TooLate,
    check_draft,
    decide_closed_at,
    decide_open,
    decide_open_for_confirming,
    decide_withdraw,
    expects_entrant,
    is_public,
    may_show_names,
    percent,
)
from turnout.interactions.lifecycle import State, WrongState
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import ViewerId

counts = st.integers(0, 100_000)
instants = st.integers(0, 2**50)
NOTHING_TAKEN = {State.DRAFT: CheckInNotOpen, State.WITHDRAWN: CheckInNotOpen, State.CLOSED: TooLate}


@given(part=counts, more=counts)
def test_percent_is_the_nearest_whole_one(part: int, more: int) -> None:
    """Within a half, a half rounded up, 0 of nobody, 100 of all."""
    whole = part + more
    rate = percent(part, whole)
    assert 0 <= rate <= 100
    if whole:
        assert 2 * (rate * whole - 100 * part) <= whole
        assert 2 * (100 * part - rate * whole) < whole
    else:
        assert rate == 0


@pytest.mark.parametrize(("part", "whole", "rate"), [(0, 0, 0), (1, 2, 50), (1, 3, 33), (2, 3, 67), (1, 200, 1), (1, 201, 0), (7, 7, 100)])
def test_percent_of_some(part: int, whole: int, rate: int) -> None:
    """Halves are rounded up."""
    assert percent(part, whole) == rate


@given(state=st.sampled_from(State), closes_at=st.none() | instants, received_at=instants)
def test_what_is_late(state: State, closes_at: int | None, received_at: int) -> None:
    """Only what is open takes confirmations, and only those received before its time is over."""
    late = closes_at is not None and received_at >= closes_at
    if state is State.OPEN and not late:
        decide_open_for_confirming(state, closes_at, received_at)
        return
    with pytest.raises(NOTHING_TAKEN.get(state, TooLate)):
        decide_open_for_confirming(state, closes_at, received_at)


@given(now=instants, limit=st.none() | st.integers(1, 86_400), later=instants)
def test_it_closes_no_later_than_it_should(now: int, limit: int | None, later: int) -> None:
    """At the host's moment, or at the end of its time where that came first."""
    closes_at = decide_open(State.DRAFT, now, limit)
    assert closes_at == (None if limit is None else now + limit * SECOND)
    closed_at = decide_closed_at(State.OPEN, now + later, closes_at)
    assert closed_at == (now + later if closes_at is None else min(now + later, closes_at))


@pytest.mark.parametrize("state", State)
def test_what_can_be_withdrawn(state: State) -> None:
    """A draft, and what is open; a close is final."""
    if state in (State.DRAFT, State.OPEN):
        assert decide_withdraw(state) is State.WITHDRAWN
    else:
        with pytest.raises(WrongState):
            decide_withdraw(state)


@given(state=st.sampled_from(State), expects=st.sampled_from(Expects), late=st.sampled_from(Late))
def test_whom_entering_makes_expected(state: State, expects: Expects, late: Late) -> None:
    """Who enters while a check-in of those present is open and counts late entrants."""
    assert expects_entrant(state, expects, late) == ((state, expects, late) == (State.OPEN, Expects.PRESENT, Late.COUNTED))


_people = st.lists(
    st.builds(ExpectedPerson, viewer_id=st.integers(1, 5).map(ViewerId))
    | st.sampled_from(["a", " a", "b ", "c"]).map(lambda name: ExpectedPerson(external_id=name, name=f" {name.strip()} Wang ")),
    min_size=1,
    max_size=12,
)


@given(people=_people)
def test_everybody_on_the_list_stays_in_his_place(people: list[ExpectedPerson]) -> None:
    """Whatever blanks there are around ids; what has been checked is not changed by a second look; and nobody has two names."""
    draft = check_draft(CheckInDraft(" There? ", expects=Expects.LIST, people=people))
    assert draft.title == "There?"
    keys = [(person.viewer_id, person.external_id) for person in draft.people]
    assert keys == [(person.viewer_id, person.external_id and person.external_id.strip()) for person in people]
    assert check_draft(draft) == draft
    again = [*people, msgspec.structs.replace(people[0], name="Another")]
    with pytest.raises(InvalidInput, match="another name") as refused:
        check_draft(CheckInDraft("There?", expects=Expects.LIST, people=again))
    assert refused.value.field == f"people[{len(people)}].name"


@given(text=st.text(max_size=3))
def test_a_list_of_anything_is_taken_or_refused(text: str) -> None:
    """By the name of the field."""
    draft = CheckInDraft("x", expects=Expects.LIST, people=[ExpectedPerson(external_id=text)])
    if not text.strip() or any(category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in text.strip()):
        with pytest.raises(InvalidInput) as refusal:
            check_draft(draft)
        assert refusal.value.field == "people[0].external_id"
    else:
        assert check_draft(draft).people[0].external_id == text.strip()


@pytest.mark.parametrize("state", State)
def test_a_hall_reads_names_where_it_reads_counts(state: State) -> None:
    """Of what was opened alone, and only where the host shows the counts."""
    opened = state in (State.OPEN, State.CLOSED, State.SETTLED)
    assert is_public(state) is opened
    assert may_show_names(state, show_counts=True) is opened
    assert may_show_names(state, show_counts=False) is False
