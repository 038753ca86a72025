"""docs/socket.md says what the code does."""

import re
from pathlib import Path

from turnout.hub.protocol import ENDINGS, TooManyInFlight
from turnout.kernel import limits
from turnout.rehearsal import viewers

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "socket.md").read_text("utf-8")
WEB_CLIENT = (REPOSITORY / "web" / "src" / "live" / "protocol.ts").read_text("utf-8")


def _section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_ending_is_documented_and_no_other() -> None:
    """Code, reason and whether to come back."""
    rows = re.findall(r"^\| (\d{4}) \| `(\w+)` \|.*\| (yes|no) \|$", _section("Endings"), re.MULTILINE)

    assert rows == [(str(ending.code), ending.name, "yes" if ending.may_return else "no") for ending in ENDINGS]


def _web_list(name: str) -> list[str]:
    found = re.search(rf"^const {name}: .* = \[(.*)\]$", WEB_CLIENT, re.MULTILINE)
    assert found is not None, f"protocol.ts has no {name} on one line"
    return [one.strip().strip("'") for one in found[1].split(",")]


def test_the_page_and_both_clients_send_the_same_refused_commands_again() -> None:
    """Whoever does not send again loses an answer; whoever sends too much again never ends."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| (yes|no) \|$", _section("Answers: server → client"), re.MULTILINE)
    again = sorted(code for code, says in rows if says == "yes")

    assert len(rows) == len(re.findall(r"^\| `", _section("Answers: server → client"), re.MULTILINE)), "a row says neither yes nor no"
    assert again
    assert again == sorted(viewers.PASSING)
    assert again == sorted(_web_list("PASSING"))


def test_the_page_and_both_clients_stay_away_after_the_same_endings() -> None:
    """A client that comes back after any other final ending comes back for ever."""
    final = sorted(ending.code for ending in ENDINGS if not ending.may_return)
    not_allowed = re.search(r"notAllowed: (\d+)", WEB_CLIENT)
    assert not_allowed is not None

    assert final == sorted(viewers.FINAL_ENDINGS)
    assert final == sorted(int(code.replace("ENDING.notAllowed", not_allowed[1])) for code in _web_list("FINAL"))


def test_the_limits_are_the_codes() -> None:
    """In figures, as docs/limits.md has them."""
    section = _section("Limits")

    assert f"{limits.MAX_SOCKET_MESSAGE_BYTES:,} bytes, then 1009" in section
    assert f"{limits.MAX_IN_FLIGHT}, then `{TooManyInFlight.code}`" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES // 2:,}, then tallies" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES:,}, then 4001" in section
    assert limits.TALLY_INTERVAL_MS == 1000 // 4, "the page says four times a second"
