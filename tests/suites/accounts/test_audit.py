"""The audit log: what leaves a record, what does not, and for how long."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import KEYRING, PASSWORD, Customer, Served, create_customer, log_in
from turnout.accounts import audit
from turnout.accounts.audit_retention import AuditRetention
from turnout.kernel import limits
from turnout.kernel.errors import Overloaded
from turnout.kernel.ids import AuditRecordId, Kind
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


def _take_back(tx: Tx, commands: Sequence[AuditRecordId]) -> Sequence[None]:
    for record_id in commands:
        audit.take_back(tx, record_id)
    return [None] * len(commands)


TAKE_BACK = Action("take_back", _take_back)
"""Unwrites a record."""


async def records(served: Served, customer: Customer, query: str = "") -> list[dict[str, Any]]:
    """What the account reads, newest first."""
    reply = await served.client.get(f"/api/v1/audit{query}", headers=customer.bearer)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["records"]
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    """Of these records."""
    return [record["kind"] for record in found]


async def test_a_record_says_who_did_what_and_from_where(served: Served, customer: Customer) -> None:
    """An API key by its label, a member by the name and the address, the command line as such; and no record holds a secret."""
    await served.client.post("/api/v1/api-keys", json={"label": "CRM"}, headers={**customer.bearer, "x-forwarded-for": "198.51.100.7"})
    await log_in(served, x_forwarded_for="198.51.100.8")
    key, login, account = (await records(served, customer))[1], (await records(served, customer))[0], (await records(served, customer))[2]
    assert (login["kind"], login["actor"]["name"], login["actor"]["address"]) == ("login.began", "Ada", "198.51.100.8")
    assert (key["kind"], key["actor"]["kind"], key["actor"]["name"], key["actor"]["address"], key["thing"]["name"]) == (
        "api_key.created",
        "api_key",
        "first",
        "198.51.100.7",
        "CRM",
    )
    assert (account["kind"], account["actor"]["kind"], account["actor"]["id"]) == ("account.created", "command_line", None)
    text = str(await records(served, customer))
    assert "tk_" not in text
    assert PASSWORD not in text


async def test_what_did_not_happen_leaves_no_record(served: Served, customer: Customer) -> None:
    """Refused, changed nothing, or a repeat under one Idempotency-Key: the log has what there was, once."""
    before = len(await records(served, customer))
    headers = {**customer.bearer, "idempotency-key": "once"}
    for _ in range(2):
        made = await served.client.post("/api/v1/api-keys", json={"label": "CRM"}, headers=headers)
    own = (await served.client.get("/api/v1/members", headers=customer.bearer)).json()["members"][0]["id"]
    assert (await served.client.patch(f"/api/v1/members/{own}", json={"name": "Ada"}, headers=customer.bearer)).status_code == 200
    assert (await served.client.patch(f"/api/v1/members/{own}", json={"role": "host"}, headers=customer.bearer)).status_code == 409
    for _ in range(2):
        await served.client.delete(f"/api/v1/api-keys/{made.json()['api_key']['id']}", headers=customer.bearer)
    found = await records(served, customer)
    assert kinds(found[: len(found) - before]) == ["api_key.revoked", "api_key.created"]


async def test_failed_logins_are_in_it(served: Served, customer: Customer) -> None:
    """With the address they came from; a login that worked was no failure, and an unknown login name is in nobody's log."""
    await log_in(served, password="wrong horse battery", x_forwarded_for="203.0.113.9")
    await log_in(served, login="nobody", password="wrong horse battery")
    await log_in(served)
    found = await records(served, customer)
    assert kinds(found)[:2] == ["login.began", "login.failed"]
    assert kinds(found).count("login.failed") == 1
    assert (found[1]["actor"]["address"], found[1]["facts"]) == ("203.0.113.9", {"login": "ada"})


async def test_strangers_do_not_fill_it(served: Served, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one login name that is guessed at on and on only the first failures of a while are written down."""
    monkeypatch.setattr(limits, "MAX_NOTED_LOGIN_FAILURES", 3)
    for number in range(5):
        reply = await log_in(served, password="wrong horse battery", x_forwarded_for=f"203.0.113.{number}")
        assert reply.json()["error"]["code"] == "wrong_password"
    assert kinds(await records(served, customer)).count("login.failed") == 3


async def test_a_login_that_somebody_ends_is_in_it(served: Served, customer: Customer) -> None:
    """One's own other logins: each way of ending them, and only where there was one."""
    for _ in range(3):
        reply = await log_in(served)
    csrf = {"x-csrf-token": reply.json()["csrf_token"]}
    other = next(one for one in (await served.client.get("/api/v1/login/logins")).json()["logins"] if not one["current"])
    assert (await served.client.delete(f"/api/v1/login/logins/{other['id']}", headers=csrf)).status_code == 204
    for _ in range(2):
        assert (await served.client.delete("/api/v1/login/logins", headers=csrf)).status_code == 204
    found = await records(served, customer)
    assert [record["kind"] for record in found[:3]] == ["login.ended", "login.ended", "login.began"]
    assert [record["facts"] for record in found[:3]] == [{"others": 1}, {"others": 1}, {"login": "ada", "by": "password"}]


async def test_a_page_goes_on_where_its_last_record_is_gone(served: Served, customer: Customer) -> None:
    """A failed try that was none after all is taken back between two pages; what came before it is still listed."""
    for number in range(3):
        await served.client.post("/api/v1/api-keys", json={"label": f"{number}"}, headers=customer.bearer)
    every = await records(served, customer)
    page = (await served.client.get("/api/v1/audit?limit=2", headers=customer.bearer)).json()
    gone = AuditRecordId(KEYRING.ids.parse_text(Kind.AUDIT_RECORD, page["records"][-1]["id"]))
    await served.runtime.commit.run(TAKE_BACK, gone, lane=0)
    assert await records(served, customer, f"?after={page['next']}") == every[2:]
    for wrong in ("au_x.1", page["records"][0]["id"], f"{page['records'][0]['id']}.-1", f"{page['next']}{'9' * 20}"):
        assert (await served.client.get("/api/v1/audit", params={"after": wrong}, headers=customer.bearer)).status_code in (400, 404)


async def test_an_export_goes_on_where_a_record_is_gone(served: Served, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read page by page, and the last record of a page may go before the next is read."""
    monkeypatch.setattr(limits, "MAX_PAGE_LENGTH", 2)
    read, reads = served.runtime.database.read_long, 0
    for number in range(3):
        await served.client.post("/api/v1/api-keys", json={"label": f"{number}"}, headers=customer.bearer)

    async def losing(query: Any) -> Any:
        nonlocal reads
        page = await read(query)
        reads += 1
        if reads == 1:
            await served.runtime.commit.run(TAKE_BACK, page[-1].id, lane=0)
        return page

    monkeypatch.setattr(served.runtime.database, "read_long", losing)
    file = await served.client.get("/api/v1/audit/export", headers=customer.bearer)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == ["api_key.created"] * 3 + ["account.created"]


async def test_an_export_that_is_refused_is_no_file(served: Served, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has too much to do says so in place of half a file, and no export is written down."""

    async def refuse(query: Any) -> Any:
        raise Overloaded

    monkeypatch.setattr(served.runtime.database, "read_long", refuse)
    assert (await served.client.get("/api/v1/audit/export", headers=customer.bearer)).status_code == 503
    assert "audit.exported" not in kinds(await records(served, customer))


async def test_filters_pages_and_the_file(served: Served, customer: Customer, clock: FakeClock) -> None:
    """By kind, by who, by time; page by page each record once; and as CSV, in which a hostile name is text."""
    for number in range(5):
        clock.advance(1)
        await served.client.post("/api/v1/api-keys", json={"label": f'=cmd|"{number}"'}, headers=customer.bearer)
    every = await records(served, customer)
    paged: list[dict[str, Any]] = []
    after = ""
    while True:
        reply = (await served.client.get(f"/api/v1/audit?limit=2{after}", headers=customer.bearer)).json()
        paged += reply["records"]
        if reply["next"] is None:
            break
        after = f"&after={reply['next']}"
    assert paged == every
    assert [record["at"] for record in every] == sorted((record["at"] for record in every), reverse=True)
    assert kinds(await records(served, customer, "?kind=account.created")) == ["account.created"]
    actor = every[0]["actor"]["id"]
    assert len(await records(served, customer, f"?actor={actor}")) == 5
    assert len(await records(served, customer, f"?from={every[1]['at']}")) == 2
    assert len(await records(served, customer, f"?to={every[1]['at']}")) == len(every) - 2
    wrong = await served.client.get("/api/v1/audit?kind=nothing", headers=customer.bearer)
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "kind")

    file = await served.client.get("/api/v1/audit/export?kind=api_key.created", headers=customer.bearer)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["thing"] for row in rows] == [f'\'=cmd|"{number}"' for number in reversed(range(5))]
    assert kinds(await records(served, customer))[0] == "audit.exported"


async def test_nobody_reads_another_accounts_log(served: Served, customer: Customer) -> None:
    """Nor finds a page of it by an id of its records."""
    eve = await create_customer(served.runtime.commit, login="eve", name="Eve Ltd")
    mine = await records(served, customer)
    assert len(await records(served, eve)) == 1
    page = (await served.client.get("/api/v1/audit?limit=1", headers=customer.bearer)).json()
    assert [record["id"] for record in await records(served, eve, f"?after={page['next']}")] != [mine[0]["id"]]
    assert {record["thing"]["name"] for record in await records(served, eve, f"?after={page['next']}")} <= {"Eve Ltd"}


async def test_records_go_after_two_years(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Not a day before; what is younger stays."""
    retention = AuditRetention(served.runtime)
    clock.advance(limits.AUDIT_DAYS * 86_400 - 1)
    assert await retention.let_go() == 0
    await served.client.post("/api/v1/api-keys", json={}, headers=customer.bearer)
    clock.advance(86_400)
    assert await retention.let_go() == 1
    assert kinds(await records(served, customer)) == ["api_key.created"]
