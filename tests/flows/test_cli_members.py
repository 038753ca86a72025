"""turnout account …: people, keys and the audit log, where nobody can log in to look or to help."""

from pathlib import Path

import pytest

from tests.flows.test_cli import Here


@pytest.fixture
def here(tmp_path: Path) -> Here:
    """A data folder of its own."""
    return Here(tmp_path / "installation")


def test_people_and_what_was_done(here: Here) -> None:
    """An invitation, the members, a role given back and taken, a removal: with --json, and each a record by the command line."""
    made = here.run("account", "create", "Acme", "--login", "lin")
    account = made["id"]
    invited = here.run("account", "invite", account, "--role", "operator", "--label", "Wang", "--days", "1")
    assert invited["url"].startswith("/console/join#")
    assert invited["role"] == "operator"
    assert here.run("account", "invite", account, "--days", "31", status=1)["error"]["field"] == "days"
    here.run("account", "add-host", account, "wang")
    assert [(one["login"], one["role"]) for one in here.run("account", "members", account)["members"]] == [
        ("lin", "operator"),
        ("wang", "host"),
    ]
    assert here.run("account", "set-role", "lin", "host", status=1)["error"]["code"] == "last_operator"
    assert here.run("account", "set-role", "wang", "operator")["role"] == "operator"
    assert here.run("account", "remove-member", "lin")["removed"]
    assert here.run("account", "remove-member", "lin", status=1)["error"]["code"] == "not_found"
    gone = here.run("account", "audit", account, "--kind", "member.removed")["records"][0]["thing"]["id"]
    assert here.run("account", "readmit", account, gone, status=1)["error"]["code"] == "no_such_member"  # never came by the provider
    assert [key["label"] for key in here.run("account", "keys", account)["api_keys"]] == ["first"]
    records = here.run("account", "audit", account)["records"]
    assert [record["kind"] for record in records] == [
        "member.removed",
        "member.role_changed",
        "member.added",
        "join_link.created",
        "account.created",
    ]
    assert {record["actor"]["kind"] for record in records} == {"command_line"}
    assert len(here.run("account", "audit", account, "--kind", "member.added")["records"]) == 1
    assert here.run("account", "audit", account, "--kind", "nothing", status=1)["error"]["field"] == "kind"
