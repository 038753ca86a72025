"""Viewers: names and the ids of first entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.audience.rules import (
    AlreadyEntered,
    Blocked,
    InvalidPass,
    InvalidToken,
    Kicked,
    NameRequired,
    NoSuchViewer,
    NotEntered,
    PasscodeRequired,
    PassExpired,
    RoomFull,
    TokenRequired,
    TooManyWrongPasscodes,
    WrongPasscode,
    check_entry_id,
    check_name,
)
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, TurnoutError

LONGEST = limits.MAX_NAME_LENGTH


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Vera", "Vera"),
        ("  Wang \t\n Wei ", "Wang Wei"),
        ("王伟", "王伟"),
        ("a\x00b", "a b"),
        ("\u202eevil", "evil"),
        ("\ud800x", "x"),
        ("x" * LONGEST, "x" * LONGEST),
        (" " * 100 + "x", "x"),
    ],
)
def test_names(name: str, kept: str) -> None:
    """A name keeps its letters; blanks become single, and what turns a line around or cannot be shown is gone."""
    assert check_name(name) == kept


@pytest.mark.parametrize("name", [None, "", " ", "\x00", "\u200b", "\u202e", "x" * (LONGEST + 1)])
def test_refused_names(name: str | None) -> None:
    """No name, nothing to see in it, or too long."""
    with pytest.raises(NameRequired) as refused:
        check_name(name)
    assert (refused.value.code, refused.value.field) == ("name_required", "name")


@given(st.text(max_size=100))
def test_any_name(name: str) -> None:
    """A kept name can be shown, stored and kept again as it is."""
    try:
        kept = check_name(name)
    except NameRequired:
        return
    assert kept.isprintable()
    assert kept == kept.strip()
    assert 0 < len(kept) <= LONGEST
    assert check_name(kept) == kept
    kept.encode()


@pytest.mark.parametrize("length", [1, limits.MIN_ENTRY_ID_LENGTH - 1, limits.MIN_ENTRY_ID_LENGTH, limits.MAX_COMMAND_ID_LENGTH])
def test_entry_ids(length: int) -> None:
    """An id that a stranger could guess does not make a viewer."""
    entry_id = "k" * length
    if length >= limits.MIN_ENTRY_ID_LENGTH:
        assert check_entry_id(entry_id) == entry_id
    else:
        with pytest.raises(InvalidInput) as refused:
            check_entry_id(entry_id)
        assert refused.value.field == "id"


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (InvalidToken, "invalid_token", 401),
        (NameRequired, "name_required", 400),
        (NotEntered, "not_entered", 409),
        (AlreadyEntered, "already_entered", 409),
        (PasscodeRequired, "passcode_required", 401),
        (WrongPasscode, "wrong_passcode", 401),
        (TooManyWrongPasscodes, "too_many_wrong_passcodes", 429),
        (TokenRequired, "token_required", 401),
        (InvalidPass, "invalid_pass", 401),
        (PassExpired, "pass_expired", 401),
        (RoomFull, "room_full", 409),
        (Kicked, "kicked", 403),
        (Blocked, "blocked", 403),
        (NoSuchViewer, "not_found", 404),
    ],
)
def test_refusals(error: type[TurnoutError], code: str, status: int) -> None:
    """The codes that clients are told by."""
    assert (error.code, error.status) == (code, status)
    assert error().message
