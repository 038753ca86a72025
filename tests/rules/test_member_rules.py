"""Join links, operators and the audit log's words, without a database."""

import re
from pathlib import Path

import msgspec
import pytest

from turnout.accounts.audit_rules import AUDIT_KINDS
from turnout.accounts.member_rules import (
    DAY,
    JoinLink,
    JoinLinkExpired,
    JoinLinkRevoked,
    JoinLinkUsed,
    LastOperator,
    NoSuchJoinLink,
    check_label,
    check_member_name,
    require_open,
    require_other_operator,
)
from turnout.accounts.rules import Host
from turnout.kernel.errors import InvalidInput, TurnoutError
from turnout.kernel.ids import AccountId, HostId, JoinLinkId

LINK = JoinLink(JoinLinkId(1), AccountId(1), "host", "", None, "", 0, DAY)
WORDS = Path(__file__).parents[2] / "web/src/i18n"


def test_a_link_is_open_until_the_instant_it_expires() -> None:
    """Not one microsecond longer."""
    assert require_open(LINK, DAY - 1) is LINK
    assert LINK.state_at(DAY) == "expired"


@pytest.mark.parametrize(
    ("link", "refusal"),
    [
        (None, NoSuchJoinLink),
        (msgspec.structs.replace(LINK, used_at=1), JoinLinkUsed),
        (msgspec.structs.replace(LINK, revoked_at=1), JoinLinkRevoked),
        (msgspec.structs.replace(LINK, expires_at=2), JoinLinkExpired),
        # what happened first is what is said
        (msgspec.structs.replace(LINK, used_at=1, expires_at=2), JoinLinkUsed),
    ],
)
def test_why_a_link_is_none(link: JoinLink | None, refusal: type[TurnoutError]) -> None:
    """Each reason has a name of its own, so that a page can say what to do."""
    with pytest.raises(refusal):
        require_open(link, 3)


@pytest.mark.parametrize(("role", "operators", "refused"), [("operator", 1, True), ("operator", 2, False), ("host", 1, False)])
def test_the_last_operator(role: str, operators: int, refused: bool) -> None:
    """Only an operator can be the last one."""
    host = Host(HostId(1), AccountId(1), "ada", "Ada", role, 0)  # type: ignore[arg-type]
    if refused:
        with pytest.raises(LastOperator):
            require_other_operator(host, operators)
    else:
        require_other_operator(host, operators)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\u202egnp.exe", "\x00", "x" * 65])
def test_names_that_are_none(name: str) -> None:
    """A name stands in one line beside those of others, and turns nothing around."""
    with pytest.raises(InvalidInput):
        check_member_name(name)


def test_a_label_may_be_empty_and_may_be_html() -> None:
    """It is shown as text, whatever is in it."""
    assert check_label("  ") == ""
    assert check_label(" <b>CRM</b> ") == "<b>CRM</b>"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_kind_of_record_has_words(language: str) -> None:
    """Those of the console, in both languages; a new kind fails here first."""
    text = (WORDS / language / "account.ts").read_text()
    missing = [
        kind
        for kind in AUDIT_KINDS
        if not re.search(rf"^ +{kind.partition('.')[0]}: {{[^}}]*\b{kind.partition('.')[2]}: '", text, re.MULTILINE)
    ]
    assert missing == []
