"""Members whom a provider vouches for: their roles, their number, who is linked to whom, and what the audit log says of it."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.harness.oidc_provider import Provider
from tests.suites.accounts.by_provider import HOME, go, hosts_of, open_to, refused
from tests.suites.server.harness import KEYRING, PASSWORD, Served, create_customer, log_in
from turnout.accounts import audit_store, member_actions, oidc_actions
from turnout.accounts.actions import CREATE_API_KEY, CreateApiKey, NewLogin
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.audit_rules import AuditFilter, AuditRecord
from turnout.accounts.caller import Caller
from turnout.accounts.member_rules import NoSuchMember
from turnout.accounts.oidc_rules import Person
from turnout.accounts.rules import HostRole
from turnout.accounts.store import hosts
from turnout.kernel import limits
from turnout.kernel.ids import AccountId, Kind
from turnout.storage.action import Action
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.transaction import Tx


def _rename(tx: Tx, commands: Sequence[tuple[int, str]]) -> Sequence[None]:
    for host_id, login in commands:
        tx.connection.execute(sa.update(hosts).where(hosts.c.id == host_id).values(login=login))
    return [None] * len(commands)


RENAME = Action("rename", _rename)
"""Gives a host another login name."""


async def make_join_link(served: Served, account_id: AccountId, secret: str, by: Caller | None = None) -> None:
    """One that makes an operator."""
    command = member_actions.MakeJoinLink(account_id, "operator", "", 7, hash_secret(secret), b"", by)
    await served.runtime.commit.run(member_actions.MAKE_JOIN_LINK, command, lane=account_id)


def records(database: Database, account_id: AccountId) -> list[AuditRecord]:
    """Of the audit log, the newest first."""
    with database.reading() as connection:
        return audit_store.select_records(connection, account_id, AuditFilter(), None, 100)


def operators(database: Database, account_id: AccountId) -> int:
    """How many there are."""
    return [host.role for host in hosts_of(database, account_id)].count("operator")


async def test_roles_follow_the_providers_groups(database: Database, clock: FakeClock, provider: Provider) -> None:
    """At each login, the best one counts, also of a claim within a claim; who has none of them does not get in where none is the rule. The
    last operator stays one."""
    settings = {"oidc_role": "none", "oidc_role_claim": "realm.roles", "oidc_roles": ("admins=operator", "staff=host")}
    async with open_to(database, clock, provider, **settings) as (served, account_id):
        for groups, role in ((["staff", "admins"], "operator"), (["staff"], "host"), ("admins", "operator")):
            provider.person["realm"] = {"roles": groups}
            assert (await go(served)).headers["location"] == HOME
            assert (await served.client.get("/api/v1/login")).json()["host"]["role"] == role
        for groups in ([], ["guests"], "guests", 5):
            provider.person["realm"] = {"roles": groups}
            assert refused(await go(served)) == "not_invited"
        assert len(hosts_of(database, account_id)) == 2


async def test_what_the_provider_changes_is_as_any_change_of_members(database: Database, clock: FakeClock, provider: Provider) -> None:
    """In the audit log: who joined, who got which role, and how each login was proved. Who is an operator no more leaves no open
    join link."""
    settings = {"oidc_role_claim": "groups", "oidc_roles": ("admins=operator", "staff=host")}
    async with open_to(database, clock, provider, **settings) as (served, account_id):
        provider.person["groups"] = ["admins"]
        await go(served)
        lin = hosts_of(database, account_id)[-1]
        await make_join_link(served, account_id, "secret", Caller(account_id, lin.id, lin.name, None, "operator"))
        await go(served)
        provider.person["groups"] = ["staff"]
        await go(served)
        found = [record for record in records(database, account_id) if record.actor.id == lin.id]
        assert [record.kind for record in found] == [
            "login.began",
            "member.role_changed",
            "login.began",
            "join_link.created",
            "login.began",
            "member.joined",
        ]
        assert found[0].facts == {"login": "lin@example.com", "by": "provider"}
        assert found[1].facts == {"role": "host", "before": "operator", "join_links_revoked": 1, "by": "provider"}
        assert found[-1].facts == {"login": "lin@example.com", "role": "operator", "by": "provider"}
        assert {record.thing and record.thing.name for record in (found[0], found[1], found[-1])} == {"Lin Xiao"}
        assert found[1].actor.address == "127.0.0.1"
        look = await served.client.post("/api/v1/join/look", json={"secret": "secret"})
        assert look.json()["error"]["code"] == "join_link_revoked"


async def test_two_operators_whom_the_provider_demotes_at_once(commit: GroupCommit, database: Database) -> None:
    """Both at the same moment, each by a writer of its own, as two processes would be: one stays an operator."""
    for number in range(8):
        customer = await create_customer(commit, login=f"ada{number}")
        account_id = customer.ids.account_id

        async def come(name: str, role: HostRole, lane: int, account_id: AccountId = account_id, number: int = number) -> None:
            new = NewLogin(f"{name} {number} {role}", "x", "", "")
            person = Person(f"{name} {number}", name, None, role, "https://login.example.com")
            command = oidc_actions.LogInByProvider(account_id, person, True, False, new)
            await commit.run(oidc_actions.LOG_IN_BY_PROVIDER, command, lane=lane)

        for name in ("bo", "chen"):
            await come(name, "operator", 1)
        demoted = member_actions.ChangeMember(account_id, customer.ids.host_id, role="host")
        await commit.run(member_actions.CHANGE_MEMBER, demoted, lane=1)
        await asyncio.gather(come("bo", "host", 1), come("chen", "host", 2))
        assert operators(database, account_id) == 1


async def test_a_full_account_takes_nobody_in(
    sqlite_database: Database, clock: FakeClock, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider makes no more members than a join link does; who is one already comes in."""
    async with open_to(sqlite_database, clock, provider) as (served, account_id):
        assert (await go(served)).headers["location"] == HOME
        monkeypatch.setattr(limits, "MAX_MEMBERS_PER_ACCOUNT", 2)
        assert (await go(served)).headers["location"] == HOME
        provider.person |= {"sub": "person-2", "email": "wang@example.com"}
        assert refused(await go(served)) == "too_many_members"
        assert len(hosts_of(sqlite_database, account_id)) == 2


async def test_who_was_removed_comes_back_only_when_readmitted(database: Database, clock: FakeClock, provider: Provider) -> None:
    """As a new member: what the one before made stays with that one. Nobody else is readmitted by it, nor twice."""
    async with open_to(database, clock, provider) as (served, account_id):
        commit = served.runtime.commit
        await go(served)
        ada, lin = hosts_of(database, account_id)
        for one in (ada, lin):
            with pytest.raises(NoSuchMember):
                await commit.run(oidc_actions.READMIT, oidc_actions.Readmit(account_id, one.id), lane=0)
        await commit.run(member_actions.REMOVE_MEMBER, member_actions.RemoveMember(account_id, lin.id), lane=0)
        assert refused(await go(served)) == "not_invited"
        eve = await create_customer(commit, login="eve", name="Eve Ltd")
        with pytest.raises(NoSuchMember):
            await commit.run(oidc_actions.READMIT, oidc_actions.Readmit(eve.ids.account_id, lin.id), lane=0)
        await commit.run(oidc_actions.READMIT, oidc_actions.Readmit(account_id, lin.id), lane=0)
        assert (records(database, account_id)[0].kind, records(database, account_id)[0].actor.kind) == ("member.readmitted", "command_line")
        assert (await go(served)).headers["location"] == HOME
        again = hosts_of(database, account_id)[-1]
        assert (again.login, again.id == lin.id) == (lin.login, False)
        with pytest.raises(NoSuchMember):
            await commit.run(oidc_actions.READMIT, oidc_actions.Readmit(account_id, lin.id), lane=0)


async def test_an_existing_host_is_linked_only_by_the_operators_rule(database: Database, clock: FakeClock, provider: Provider) -> None:
    """Without the rule the login name is taken; with it a verified address means that host, who keeps password, name and role, and an
    unverified one does not."""
    provider.person |= {"email": "ada@example.com"}
    async with open_to(database, clock, provider) as (served, _):
        await create_customer(served.runtime.commit, login="ada@example.com", name="Other Ltd")
        assert refused(await go(served)) == "login_taken"


async def test_linking(database: Database, clock: FakeClock, provider: Provider) -> None:
    """The rule links within the account and never into another one."""
    async with open_to(database, clock, provider, oidc_link=True) as (served, account_id):
        await create_customer(served.runtime.commit, login="eve@example.com", name="Other Ltd")
        provider.person |= {"email": "eve@example.com", "sub": "eve"}
        assert refused(await go(served)) == "login_taken"
        (ada,) = hosts_of(database, account_id)
        await served.runtime.commit.run(RENAME, (ada.id, "ada@example.com"), lane=0)
        provider.person |= {"email": "ada@example.com", "sub": "ada", "email_verified": False}
        assert (await go(served)).headers["location"] == HOME  # somebody else, under a login name nobody can choose
        assert (await served.client.get("/api/v1/login")).json()["host"]["login"].startswith("oidc-")
        provider.person |= {"sub": "ada-2", "email_verified": True}
        assert (await go(served)).headers["location"] == HOME
        who = (await served.client.get("/api/v1/login")).json()["host"]
        assert (who["id"], who["name"], who["role"]) == (KEYRING.ids.text(Kind.HOST, ada.id), "Ada", "operator")
        assert (await log_in(served, login="ada@example.com")).status_code == 200


async def test_without_password_logins_only_the_provider_lets_in(sqlite_database: Database, clock: FakeClock, provider: Provider) -> None:
    """The right password is refused in words, and so is a join link, by which somebody would choose one; the login page knows it
    beforehand."""
    async with open_to(sqlite_database, clock, provider, password_logins=False, oidc_label="Acme ID") as (served, account_id):
        await make_join_link(served, account_id, "secret")
        key = new_api_key()
        await served.runtime.commit.run(CREATE_API_KEY, CreateApiKey(account_id, hash_secret(key), "CRM"), lane=0)
        bearer = {"authorization": f"Bearer {key}"}
        own = {"secret": "secret", "login": "eve", "name": "Eve", "password": PASSWORD}
        for refusal in (
            await log_in(served),
            await served.client.post("/api/v1/join/look", json={"secret": "secret"}),
            await served.client.post("/api/v1/join", json=own),
            await served.client.post("/api/v1/join-links", json={}, headers=bearer),
        ):
            assert (refusal.status_code, refusal.json()["error"]["code"]) == (403, "password_logins_off")
        assert (await served.client.get("/api/v1/login/ways")).json()["provider"]["label"] == "Acme ID"
        assert (await go(served)).headers["location"] == HOME
