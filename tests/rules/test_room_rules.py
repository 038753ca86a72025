"""Rooms and live sessions: titles, join codes, facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.rooms.codes import new_code
from turnout.rooms.rules import (
    CODE_ALPHABET,
    CODE_LENGTH,
    Entry,
    LiveSession,
    LiveSessionState,
    NoSuchRoom,
    Room,
    RoomChanges,
    check_passcode,
    check_title,
    decide_settings,
    facts_of,
    is_planned,
    normal_passcode,
    read_code,
)

LONGEST = "x" * limits.MAX_TITLE_LENGTH
codes = st.text(st.sampled_from(CODE_ALPHABET), min_size=CODE_LENGTH, max_size=CODE_LENGTH)


@pytest.mark.parametrize(
    ("given_title", "kept"),
    [
        ("Great hall", "Great hall"),
        ("  Great hall\n", "Great hall"),
        ("大厅", "大厅"),
        ("x" * limits.MAX_TITLE_LENGTH, "x" * limits.MAX_TITLE_LENGTH),
    ],
)
def test_titles(given_title: str, kept: str) -> None:
    """A title is kept without the blanks around it, up to the limit."""
    assert check_title(given_title) == kept


@pytest.mark.parametrize("title", ["", "   ", "\n\t", LONGEST + "x", "a\x00b", "\x1b[31m", "\ud800"])
def test_refused_titles(title: str) -> None:
    """Empty, too long, or with what no screen shows: refused, naming the field."""
    with pytest.raises(InvalidInput) as refused:
        check_title(title)
    assert refused.value.field == "title"


@given(codes, st.lists(st.tuples(st.integers(0, CODE_LENGTH), st.sampled_from("- ")), max_size=4), st.booleans())
def test_codes_as_people_type_them(code: str, extras: list[tuple[int, str]], upper: bool) -> None:
    """Blanks, dashes and capitals do not matter."""
    typed = code.upper() if upper else code
    for place, extra in extras:
        typed = typed[:place] + extra + typed[place:]
    assert read_code(typed) == code


@given(st.text(max_size=12))
def test_any_text_as_a_code(text: str) -> None:
    """What is read is a code; what is none is refused as NoSuchRoom, and in no other way."""
    try:
        code = read_code(text)
    except NoSuchRoom:
        return
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_ALPHABET)


def test_new_codes() -> None:
    """A new code can be read back, has no letter that looks like another, and is not the last one."""
    made = [new_code() for _ in range(200)]
    assert all(read_code(code) == code for code in made)
    assert not set("".join(made)) & set("01ilo")
    assert len(set(made)) == len(made)


def test_facts() -> None:
    """The facts of an event say all of the live session as it was."""
    live_session = LiveSession(
        id=LiveSessionId(1),
        room_id=RoomId(2),
        account_id=AccountId(3),
        host_id=HostId(4),
        host_name="Lin",
        title="Monday",
        state=LiveSessionState.ENDED,
        started_at=5,
        ended_at=6,
    )
    facts = facts_of(live_session)
    assert facts.live_session_id == 1
    for name in LiveSession.__struct_fields__:
        if name != "id":
            assert getattr(facts, name) == getattr(live_session, name)


DAY = 24 * 3600 * SECOND
NOW = 1_000 * DAY

ROOM = Room(id=RoomId(1), account_id=AccountId(2), code="abcd2345", title="Room", created_at=0)


def test_what_is_left_out_stays() -> None:
    """A change of one setting leaves the others, and nobody is asked anew for a title or a limit."""
    settled = decide_settings(ROOM, RoomChanges(title=" Hall ", viewer_limit=5), NOW)
    assert (settled.title, settled.viewer_limit, settled.entry, settled.entry_version) == ("Hall", 5, Entry.OPEN, 0)
    assert decide_settings(settled, RoomChanges(), NOW) == settled
    assert decide_settings(settled, RoomChanges(viewer_limit=None), NOW).viewer_limit is None


def test_every_change_of_who_gets_in_is_a_version() -> None:
    """Of the way in, and of the passcode; setting the same again is none."""
    locked = decide_settings(ROOM, RoomChanges(entry=Entry.PASSCODE, passcode_proof="p", sealed_passcode=b"s"), NOW)
    assert locked.entry_version == 1
    assert decide_settings(locked, RoomChanges(entry=Entry.PASSCODE, passcode_proof="p", sealed_passcode=b"t"), NOW).entry_version == 1
    assert decide_settings(locked, RoomChanges(passcode_proof="q", sealed_passcode=b"s"), NOW).entry_version == 2
    assert decide_settings(locked, RoomChanges(entry=Entry.TOKEN), NOW).entry_version == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (RoomChanges(title=" "), "title"),
        (RoomChanges(title=LONGEST + "x"), "title"),
        (RoomChanges(viewer_limit=0), "viewer_limit"),
        (RoomChanges(viewer_limit=-1), "viewer_limit"),
        (RoomChanges(viewer_limit=limits.MAX_VIEWER_LIMIT + 1), "viewer_limit"),
        (RoomChanges(entry=Entry.PASSCODE), "passcode"),
        (RoomChanges(next_start_at=NOW - 1), "next_start_at"),
        (RoomChanges(next_start_at=NOW + limits.MAX_DAYS_AHEAD * DAY + 1), "next_start_at"),
        (RoomChanges(next_title=LONGEST + "x"), "next_title"),
        (RoomChanges(next_title="two\nlines"), "next_title"),
        (RoomChanges(entry=Entry.PASSCODE, passcode_proof=None, sealed_passcode=None), "passcode"),
    ],
)
def test_refused_settings(changes: RoomChanges, field: str) -> None:
    """Each by the name of its field."""
    with pytest.raises(InvalidInput) as refused:
        decide_settings(ROOM, changes, NOW)
    assert refused.value.field == field


def test_what_is_planned() -> None:
    """From now to a year ahead; once set it stays when its time has passed, and is of interest for another day."""
    planned = decide_settings(ROOM, RoomChanges(next_start_at=NOW, next_title=" Part two "), NOW)
    assert (planned.next_start_at, planned.next_title) == (NOW, "Part two")
    assert decide_settings(ROOM, RoomChanges(next_start_at=NOW + limits.MAX_DAYS_AHEAD * DAY), NOW).next_start_at
    later = decide_settings(planned, RoomChanges(title="Hall", next_start_at=NOW), NOW + DAY)
    assert (later.title, later.next_start_at) == ("Hall", NOW)
    assert [is_planned(planned, NOW + DAY), is_planned(planned, NOW + DAY + 1), is_planned(ROOM, NOW)] == [True, False, False]
    none = decide_settings(planned, RoomChanges(next_start_at=None, next_title=""), NOW)
    assert (none.next_start_at, none.next_title) == (None, "")


def test_a_passcode_cannot_be_taken_away_while_it_is_asked_for() -> None:
    """First another way in, then none; both in one change will do."""
    locked = decide_settings(ROOM, RoomChanges(entry=Entry.PASSCODE, passcode_proof="p", sealed_passcode=b"s"), NOW)
    none = {"passcode_proof": None, "sealed_passcode": None}
    with pytest.raises(InvalidInput):
        decide_settings(locked, RoomChanges(**none), NOW)
    assert decide_settings(locked, RoomChanges(entry=Entry.OPEN, **none), NOW).passcode_proof is None


@pytest.mark.parametrize("passcode", ["1234", "x" * limits.MAX_PASSCODE_LENGTH, " 1234 ", "１２３４", "四个字吧", "a b c"])
def test_passcodes(passcode: str) -> None:
    """Four to thirty-two characters in one Unicode form, however they are typed later."""
    kept = check_passcode(passcode)
    assert limits.MIN_PASSCODE_LENGTH <= len(kept) <= limits.MAX_PASSCODE_LENGTH
    assert normal_passcode(passcode) == normal_passcode(kept) == kept


@pytest.mark.parametrize("passcode", ["", "123", "  12  ", "x" * (limits.MAX_PASSCODE_LENGTH + 1), "12\x0034", "12\n34"])
def test_refused_passcodes(passcode: str) -> None:
    """Too short, too long, or with what nobody can type."""
    with pytest.raises(InvalidInput) as refused:
        check_passcode(passcode)
    assert refused.value.field == "passcode"
