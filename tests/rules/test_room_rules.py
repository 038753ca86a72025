"""Rooms and live sessions: titles, join codes, facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, RoomId
from turnout.rooms.codes import new_code
from turnout.rooms.rules import (
    CODE_ALPHABET,
    CODE_LENGTH,
    LiveSession,
    LiveSessionState,
    NoSuchRoom,
    check_title,
    facts_of,
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
