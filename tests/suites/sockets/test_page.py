"""docs/socket.md says what the code does."""

import json
import re
from pathlib import Path

from turnout.hub.protocol import ENDINGS, TooManyInFlight
from turnout.kernel import limits
from turnout.rehearsal import viewers

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "socket.md").read_text("utf-8")
API_PAGE = (REPOSITORY / "docs" / "api.md").read_text("utf-8")
DOCUMENT = json.loads((REPOSITORY / "docs" / "asyncapi.json").read_text("utf-8"))
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
    final = sorted({ending.code for ending in ENDINGS if not ending.may_return})
    named = dict(re.findall(r"^  (\w+): (\d+),$", WEB_CLIENT, re.MULTILINE))

    assert final == sorted(viewers.FINAL_ENDINGS)
    assert final == sorted(int(named.get(code.removeprefix("ENDING."), code)) for code in _web_list("FINAL"))


def test_the_limits_are_the_codes() -> None:
    """In figures, as docs/limits.md has them."""
    section = _section("Limits")

    assert f"{limits.MAX_SOCKET_MESSAGE_BYTES:,} bytes, then 1009" in section
    assert _rate(limits.SOCKET_MESSAGES_PER_SECOND) in section
    assert _rate(limits.ADDRESS_MESSAGES_PER_SECOND) in section
    assert f"{limits.ADDRESS_CONNECTIONS:,} to one process, then 429" in section
    assert f"too long ago ({limits.MAX_MISSED_EVENTS} events)" in _section("Coming back")
    assert f"{limits.MAX_IGNORED_REFUSALS:,} messages in a row" in _section("Endings")
    assert limits.ONLINE_INTERVAL_MS == 1000, "the page says once a second"
    assert f"{limits.MAX_IN_FLIGHT}, then `{TooManyInFlight.code}`" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES // 2:,}, then tallies" in section
    assert f"{limits.MAX_CONNECTION_BACKLOG_BYTES:,}, then 4001" in section
    assert limits.TALLY_INTERVAL_MS == 1000 // 4, "the page says four times a second"


def _rate(per_second: int) -> str:
    return f"{per_second:,} a second and {per_second * limits.MESSAGE_BURST_S:,} at once, then `too_many_requests`"


def test_every_message_is_on_the_page_and_no_other() -> None:
    """What docs/asyncapi.json has, in words."""
    said = set(re.findall(r'\{"op":"(\w+)"', PAGE))
    taken = set(re.findall(r'^\| `\{"op":"(\w+)"', _section("Commands: client → server"), re.MULTILINE))

    assert said == set(DOCUMENT["components"]["messages"]) - {"end"}
    assert taken == set(DOCUMENT["channels"]["posts"]["messages"])


def test_every_member_of_a_message_is_on_the_page() -> None:
    """By its name, and every value of an enumeration too."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for member in schema.get("properties", {}):
            assert f'"{member}"' in PAGE or f"`{member}`" in PAGE, f"{name}.{member}"


def test_every_refusal_of_a_socket_is_on_the_page_and_no_other() -> None:
    """Those that docs/api.md says come over it."""
    rows = re.findall(r"^\| `(\w+)` \|", _section("Answers: server → client"), re.MULTILINE)
    elsewhere = re.findall(r"^\| `(\w+)` \| \d+ \| S", API_PAGE, re.MULTILINE)

    # the request that opens the line is refused with it, in HTTP
    assert sorted({*rows, "too_many_connections"}) == sorted(elsewhere)
    assert len(rows) == len(set(rows))
