"""docs/socket.md says what the code does."""

import re
from pathlib import Path

from turnout.hub.protocol import ENDINGS, TooManyInFlight
from turnout.kernel import limits

PAGE = (Path(__file__).parents[3] / "docs" / "socket.md").read_text()


def _section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_ending_is_documented_and_no_other() -> None:
    """Code, reason and whether to come back."""
    rows = re.findall(r"^\| (\d{4}) \| `(\w+)` \|.*\| (yes|no) \|$", _section("Endings"), re.MULTILINE)

    assert rows == [(str(ending.code), ending.name, "yes" if ending.may_return else "no") for ending in ENDINGS]


def test_the_limits_are_the_codes() -> None:
    """In figures, as docs/limits.md has them."""
    section = _section("Limits")

    assert f"{limits.MAX_SOCKET_MESSAGE_BYTES:,} bytes, then 1009" in section
    assert f"{limits.MAX_IN_FLIGHT}, then `{TooManyInFlight.code}`" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES // 2:,}, then tallies" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES:,}, then 4001" in section
    assert limits.TALLY_INTERVAL_MS == 1000 // 4, "the page says four times a second"
