"""The rules of draws alone: what can be one, what a list, a salt and a form may hold, and which move leads where."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.interactions.draw.codes import code_of, entrant_of
from turnout.interactions.draw.draft_checks import check_draft, check_entrants, check_form, check_salt, is_word
from turnout.interactions.draw.moves import (
    UNDER_WAY,
    TooLate,
    decide_add,
    decide_cancel,
    decide_closed_at,
    decide_closes_at,
    decide_commit,
    decide_entry,
    decide_open,
    may_give_up,
    require_time_for_form,
)
from turnout.interactions.draw.rules import (
    CustomKind,
    DrawDraft,
    DrawNotOpen,
    DrawState,
    Form,
    FormField,
    ListedEntrant,
    NoEntryNeeded,
    PreferredWinner,
    Prize,
    PrizeType,
    Who,
    is_public,
    may_show_names,
)
from turnout.interactions.lifecycle import WrongState
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import CheckInId, EntrantId, IdForms, SurveyId, ViewerId

CUP = Prize("Cup", 1)
DRAFT = DrawDraft("Who?", [CUP])
POINTS = Prize("Points", 1, PrizeType.CUSTOM, CustomKind.POINTS, "B-7", 500)
instants = st.integers(0, 2**50)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * (limits.MAX_TITLE_LENGTH + 1)}, "title"),
        ({"prizes": []}, "prizes"),
        ({"prizes": [CUP] * (limits.MAX_PRIZES + 1)}, "prizes"),
        ({"prizes": [Prize("Cup", limits.MAX_PRIZE_COUNT)] * 6}, "prizes"),
        ({"prizes": [CUP, Prize("", 1)]}, "prizes[1].name"),
        ({"prizes": [Prize("Cup", 0)]}, "prizes[0].count"),
        ({"prizes": [Prize("Cup", limits.MAX_PRIZE_COUNT + 1)]}, "prizes[0].count"),
        ({"prizes": [Prize("Cup", 1, PrizeType.CUSTOM)]}, "prizes[0].custom"),
        ({"prizes": [Prize("Cup", 1, PrizeType.VIRTUAL, CustomKind.COUPON)]}, "prizes[0].custom"),
        ({"prizes": [Prize("Cup", 1, PrizeType.CUSTOM, CustomKind.POINTS)]}, "prizes[0].points"),
        ({"prizes": [msgspec.structs.replace(POINTS, points=0)]}, "prizes[0].points"),
        ({"prizes": [msgspec.structs.replace(POINTS, points=limits.MAX_POINTS + 1)]}, "prizes[0].points"),
        ({"prizes": [Prize("Cup", 1, points=5)]}, "prizes[0].points"),
        ({"prizes": [Prize("Cup", 1, batch="B-7")]}, "prizes[0].batch"),
        ({"prizes": [msgspec.structs.replace(POINTS, batch="b" * (limits.MAX_BATCH_LENGTH + 1))]}, "prizes[0].batch"),
        ({"who": Who.WORD}, "word"),
        ({"who": Who.WORD, "word": "w" * (limits.MAX_WORD_LENGTH + 1)}, "word"),
        ({"word": "yes"}, "word"),
        ({"who": Who.ANSWERED}, "survey"),
        ({"survey_id": SurveyId(1)}, "survey"),
        ({"who": Who.CHECKED_IN}, "checkin"),
        ({"checkin_id": CheckInId(1)}, "checkin"),
        ({"entrants": [ListedEntrant(ViewerId(1))]}, "entrants"),
        ({"weighted": True}, "weighted"),
        ({"who": Who.LIST, "entrants": [ListedEntrant()]}, "entrants[0]"),
        ({"preferred": [PreferredWinner(1, ViewerId(1))]}, "preferred[0].prize"),
        ({"preferred": [PreferredWinner(-1, ViewerId(1))]}, "preferred[0].prize"),
        ({"preferred": [PreferredWinner(0)]}, "preferred[0]"),
        ({"preferred": [PreferredWinner(0, ViewerId(1), "a")]}, "preferred[0]"),
        ({"preferred": [PreferredWinner(0, external_id=" ")]}, "preferred[0].external_id"),
        ({"preferred": [PreferredWinner(0, ViewerId(1)), PreferredWinner(0, ViewerId(1))]}, "preferred[1]"),
        ({"preferred": [PreferredWinner(0, ViewerId(1)), PreferredWinner(0, ViewerId(2))]}, "preferred"),
        ({"preferred": [PreferredWinner(0, ViewerId(one)) for one in range(limits.MAX_PREFERRED + 1)]}, "preferred"),
        ({"countdown_s": 0}, "countdown_s"),
        ({"countdown_s": limits.MAX_TIME_LIMIT_S + 1}, "countdown_s"),
    ],
)
def test_what_is_no_draw(changes: dict[str, Any], field: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as refused:
        check_draft(msgspec.structs.replace(DRAFT, **changes))
    assert refused.value.field == field


def test_what_is_one() -> None:
    """Without blanks around its texts, what a prize asks for once and in the order of forms; people in their places."""
    prizes = [msgspec.structs.replace(POINTS, name=" Points ", asks=[FormField.PHONE, FormField.NAME, FormField.PHONE])]
    people = [ListedEntrant(external_id=" a ", name=" Ann "), ListedEntrant(ViewerId(1)), ListedEntrant(external_id="a", name="Ann")]
    draft = check_draft(DrawDraft(" Who? ", prizes, Who.LIST, entrants=people, preferred=[PreferredWinner(0, external_id=" a ")]))
    assert (draft.title, draft.prizes[0].name, draft.prizes[0].asks) == ("Who?", "Points", [FormField.NAME, FormField.PHONE])
    ann = ListedEntrant(None, "a", "Ann")
    assert draft.entrants == [ann, ListedEntrant(ViewerId(1)), ann]
    assert draft.preferred == [PreferredWinner(0, None, "a")]


@pytest.mark.parametrize(
    ("one", "weighted", "field"),
    [
        (ListedEntrant(ViewerId(1), "a"), False, "entrants[1]"),
        (ListedEntrant(external_id="x" * (limits.MAX_EXTERNAL_ID_LENGTH + 1)), False, "entrants[1].external_id"),
        (ListedEntrant(ViewerId(1), name="x" * (limits.MAX_NAME_LENGTH + 1)), False, "entrants[1].name"),
        (ListedEntrant(ViewerId(1), weight=2), False, "entrants[1].weight"),
        (ListedEntrant(ViewerId(7), weight=2), True, "entrants[1].weight"),
        (ListedEntrant(ViewerId(7), name="Zed"), True, "entrants[1].name"),
        (ListedEntrant(ViewerId(1), weight=-1), True, "entrants[1].weight"),
        (ListedEntrant(ViewerId(1), weight=limits.MAX_WEIGHT + 1), True, "entrants[1].weight"),
    ],
)
def test_who_cannot_be_on_a_list(one: ListedEntrant, weighted: bool, field: str) -> None:
    """The place and the field are named."""
    with pytest.raises(InvalidInput) as refused:
        check_entrants([ListedEntrant(ViewerId(7)), one], weighted=weighted)
    assert refused.value.field == field


def test_a_list_comes_in_parts() -> None:
    """No more at once than one request may bring."""
    with pytest.raises(InvalidInput):
        check_entrants([ListedEntrant(ViewerId(one)) for one in range(limits.MAX_ENTRANTS_AT_ONCE + 1)], weighted=False)


@given(st.binary(max_size=32))
def test_salts(salt: bytes) -> None:
    """Up to 32 bytes in hex, in either case."""
    assert check_salt(salt.hex().upper()) == salt.hex()


@given(st.text(alphabet="0123456789abcdefAFxyz ", max_size=70))
def test_what_is_no_salt(text: str) -> None:
    """Whatever is taken is hex, even and short; the rest is refused by its field."""
    if re.fullmatch("(?:[0-9a-fA-F]{2}){0,32}", text):
        assert check_salt(text) == text.lower()
        return
    with pytest.raises(InvalidInput) as refused:
        check_salt(text)
    assert refused.value.field == "salt"


@pytest.mark.parametrize(
    ("said", "word", "same"),
    [("  YES ", "yes", True), ("ｙｅｓ", "yes", True), ("中 奖", "中  奖", True), ("yes!", "yes", False), ("", "yes", False)],
)
def test_words(said: str, word: str, *, same: bool) -> None:
    """Width, letter case and blanks make no difference."""
    assert is_word(said, word) is same


@given(state=st.sampled_from(DrawState), now=instants, seconds=st.none() | st.integers(1, 1_000))
def test_moves(state: DrawState, now: int, seconds: int | None) -> None:
    """Each from where it may be made, and from nowhere else."""
    if state is DrawState.DRAFT:
        decide_commit(state)
        decide_add(state, Who.LIST)
    else:
        with pytest.raises(WrongState):
            decide_commit(state)
        with pytest.raises(WrongState):
            decide_add(state, Who.LIST)
    if state in (DrawState.DRAFT, DrawState.COMMITTED):
        assert decide_open(state, now, seconds) == (None if seconds is None else now + seconds * SECOND)
    else:
        with pytest.raises(WrongState):
            decide_open(state, now, seconds)
    if state in (DrawState.DRAFT, DrawState.CLOSED) or state in UNDER_WAY:
        decide_cancel(state, None, now)
    else:
        with pytest.raises(WrongState):
            decide_cancel(state, None, now)


@given(now=instants, closes_at=st.none() | instants, countdown_s=st.integers(0, limits.MAX_TIME_LIMIT_S))
def test_countdowns(now: int, closes_at: int | None, countdown_s: int) -> None:
    """Entries end now without one, and where an earlier one is over; they never end later than a countdown that is."""
    over = closes_at is not None and closes_at <= now
    after = decide_closes_at(DrawState.OPEN, now, closes_at, countdown_s)
    assert after == (None if over or not countdown_s else now + countdown_s * SECOND)
    assert decide_closed_at(now, closes_at) == (closes_at if over else now)
    for wrong in (-1, limits.MAX_TIME_LIMIT_S + 1):
        with pytest.raises(InvalidInput):
            decide_closes_at(DrawState.OPEN, now, closes_at, wrong)


@given(state=st.sampled_from(DrawState), who=st.sampled_from(Who), closes_at=st.none() | instants, received_at=instants)
def test_what_is_late(state: DrawState, who: Who, closes_at: int | None, received_at: int) -> None:
    """Only what is open takes entries, only those received before its countdown is over, and only where viewers enter."""
    late = closes_at is not None and received_at >= closes_at
    if who not in (Who.TAP, Who.WORD):
        with pytest.raises(NoEntryNeeded):
            decide_entry(state, who, closes_at, received_at)
    elif state is DrawState.OPEN and not late:
        decide_entry(state, who, closes_at, received_at)
    else:
        with pytest.raises(DrawNotOpen):
            decide_entry(state, who, closes_at, received_at)


def test_nobody_wishes_for_other_winners() -> None:
    """From the time of its round on a draw cannot be cancelled; and long after it, it may be given up."""
    decided_at = 1_767_600_000
    decide_cancel(DrawState.CLOSED, decided_at, decided_at * SECOND - 1)
    with pytest.raises(WrongState):
        decide_cancel(DrawState.CLOSED, decided_at, decided_at * SECOND)
    late = (decided_at + limits.ENTROPY_PATIENCE_S) * SECOND
    assert may_give_up(DrawState.CLOSED, decided_at, late)
    assert not may_give_up(DrawState.CLOSED, decided_at, late - 1)
    assert not may_give_up(DrawState.CANCELLED, decided_at, late)


def test_forms_have_their_time() -> None:
    """So many days after the draw, and no more."""
    until = 5 + limits.FORM_DAYS * 86_400 * SECOND
    require_time_for_form(5, until - 1)
    with pytest.raises(TooLate):
        require_time_for_form(5, until)


@given(asks=st.lists(st.sampled_from(FormField), unique=True))
def test_forms(asks: list[FormField]) -> None:
    """What is asked and nothing else; a full form fits only where all of it is asked."""
    full = {"name": "Sina", "phone": "13800138000", "address": "7 Elm Road"}
    asked = Form(**{one.value: full[one.value] for one in asks})
    assert check_form(asked, asks) == asked
    if len(asks) < len(full):
        with pytest.raises(InvalidInput):
            check_form(Form(**full), asks)
    if asks:
        with pytest.raises(InvalidInput):
            check_form(Form(), asks)


@given(number=st.integers(0, 2**53 - 1), viewer=st.booleans())
def test_codes(number: int, *, viewer: bool) -> None:
    """One code for each, from which entrant and viewer are known again."""
    ids = IdForms(bytes(range(32)))
    viewer_id = ViewerId(number) if viewer else None
    code = code_of(ids, EntrantId(number), viewer_id)
    assert code.startswith("vw_" if viewer else "en_")
    assert entrant_of(ids, code) == (number, viewer_id)


@pytest.mark.parametrize(
    ("state", "entrants", "winners"),
    [
        (DrawState.DRAFT, False, False),
        (DrawState.COMMITTED, False, False),
        (DrawState.OPEN, False, False),
        (DrawState.CLOSING, True, False),
        (DrawState.CLOSED, True, False),
        (DrawState.DRAWN, True, True),
        (DrawState.CANCELLED, False, False),
        (DrawState.TIMED_OUT, False, False),
    ],
)
def test_whose_names_a_hall_reads(state: DrawState, *, entrants: bool, winners: bool) -> None:
    """Who takes part once entries have ended, who has won once that is known; of what came to nothing nobody. Viewers know of all but a
    draft."""
    assert (may_show_names(state, "entrants"), may_show_names(state, "winners")) == (entrants, winners)
    assert is_public(state) is (state is not DrawState.DRAFT)
