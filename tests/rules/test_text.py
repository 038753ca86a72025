"""Text that people wrote is refused when no database keeps it and no screen shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.accounts.rules import normal_login
from turnout.kernel.errors import InvalidInput
from turnout.kernel.text import check_line, check_text
from turnout.rooms.rules import CODE_ALPHABET, CODE_LENGTH, NoSuchRoom, read_code


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a\x1bb", "\ud800", "x" * 11])
def test_what_cannot_be_kept_names_its_field(text: str) -> None:
    """Empty, too long, NUL and other control characters, half a surrogate pair."""
    with pytest.raises(InvalidInput) as refused:
        check_text(text, "title", 10)
    assert refused.value.field == "title"


@pytest.mark.parametrize(("text", "kept"), [(" 答题卡 ", "答题卡"), ("a\nb", "a\nb"), ("é👍", "é👍")])
def test_what_people_write_is_kept(text: str, kept: str) -> None:
    """Any script, line breaks, emoji; blanks around it go."""
    assert check_text(text, "title", 10) == kept


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\u2028b", "\u202e", "x\u2066y", "", "\x00"])
def test_a_title_is_one_line(text: str) -> None:
    """No line breaks, and nothing that turns round what stands beside it."""
    with pytest.raises(InvalidInput) as refused:
        check_line(text, "title", 10)
    assert refused.value.field == "title"
    assert check_line(" שלום é👍 ", "title", 10) == "שלום é👍"


@given(st.text())
def test_a_login_name_never_holds_what_postgresql_refuses(login: str) -> None:
    """Whoever types nonsense is told that name or password is wrong, not that the server failed."""
    assert "\x00" not in normal_login(login)


@given(st.text())
def test_a_typed_code_is_a_code_or_no_room(text: str) -> None:
    """A code in its stored form comes out, or NoSuchRoom; nothing else reaches the database."""
    try:
        code = read_code(text)
    except NoSuchRoom:
        return
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_ALPHABET)
