"""Members and join links over HTTP: who gets in, who may do what, and what is left when somebody goes."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.fake_clock import FakeClock
from tests.suites.server.harness import KEYRING, Customer, Served, create_customer
from turnout.accounts import member_actions, queries
from turnout.accounts.api_keys import hash_secret
from turnout.accounts.caller import Caller
from turnout.accounts.member_rules import LastOperator
from turnout.kernel import limits
from turnout.kernel.errors import NotAllowed
from turnout.kernel.ids import HostId, Kind
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit

BODY = {"login": "bo", "name": "Bo", "password": "a window and a staple"}


async def invite(served: Served, customer: Customer, **body: Any) -> str:
    """The secret of a new join link."""
    reply = await served.client.post("/api/v1/join-links", json=body, headers=customer.bearer)
    assert reply.status_code == 201, reply.text
    page, _, secret = reply.json()["url"].partition("#")
    assert page == f"{served.url}/console/join"
    return str(secret)


async def join(served: Served, secret: str, **changed: str) -> httpx.Response:
    """Tries to join; the reply's cookie is kept by nobody."""
    async with httpx.AsyncClient(base_url=served.url, timeout=20) as browser:
        return await browser.post("/api/v1/join", json={**BODY, **changed, "secret": secret})


def proof_of(reply: httpx.Response) -> dict[str, str]:
    """The headers of somebody who has joined."""
    assert reply.status_code == 200, reply.text
    return {"cookie": f"turnout_login={reply.cookies['turnout_login']}", "x-csrf-token": reply.json()["csrf_token"]}


async def members(served: Served, customer: Customer) -> list[dict[str, Any]]:
    """All of them, as an operator sees them."""
    found: list[dict[str, Any]] = (await served.client.get("/api/v1/members", headers=customer.bearer)).json()["members"]
    return found


def code(reply: httpx.Response) -> str:
    """Of the refusal."""
    return str(reply.json()["error"]["code"])


async def test_somebody_joins_by_a_link(served: Served, customer: Customer) -> None:
    """The link says where it leads, makes a member of its role once, who is logged in and may log in again; its secret is nowhere."""
    secret = await invite(served, customer, role="host", label="Bo <b>")
    look = await served.client.post("/api/v1/join/look", json={"secret": secret})
    assert look.json() == {"account_name": "Ada Ltd", "role": "host", "made_by": "", "expires_at": look.json()["expires_at"]}
    bo = await join(served, secret, login="BO")
    assert bo.json()["host"] | {"id": ""} == {"id": "", "name": "Bo", "login": "bo", "role": "host"}
    me = await served.client.get("/api/v1/login", headers=proof_of(bo))
    assert me.json() == bo.json()
    again = await served.client.post("/api/v1/login", json={"login": "bo", "password": BODY["password"]})
    assert again.status_code == 200
    served.client.cookies.clear()

    assert [(one["login"], one["role"], one["last_login_at"] is None) for one in await members(served, customer)] == [
        ("ada", "operator", True),
        ("bo", "host", False),
    ]
    listed = (await served.client.get("/api/v1/join-links", headers=customer.bearer)).json()["join_links"]
    assert [(link["state"], link["label"], link["used_by"]) for link in listed] == [("used", "Bo <b>", "Bo")]
    assert secret not in str(listed)
    assert code(await join(served, secret, login="cy")) == "join_link_used"


async def test_what_no_link_is_refused_by_name(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Unknown, revoked, expired: before anybody's password is hashed, and whatever else is wrong with it."""
    assert code(await join(served, "nothing")) == "no_such_join_link"
    revoked = await invite(served, customer)
    (link,) = (await served.client.get("/api/v1/join-links", headers=customer.bearer)).json()["join_links"]
    for _ in range(2):
        gone = await served.client.delete(f"/api/v1/join-links/{link['id']}", headers=customer.bearer)
        assert gone.status_code == 204
    assert code(await join(served, revoked)) == "join_link_revoked"
    short = await invite(served, customer, days=1)
    clock.advance(86_401)
    assert code(await join(served, short)) == "join_link_expired"
    assert [one["login"] for one in await members(served, customer)] == ["ada"]


async def test_a_taken_login_name_leaves_the_link_as_it_was(served: Served, customer: Customer) -> None:
    """Who chose a name that is taken, or a password too short, tries again with the same link."""
    secret = await invite(served, customer)
    assert code(await join(served, secret, login="Ada")) == "login_taken"
    assert code(await join(served, secret, password="short")) == "invalid_input"
    assert code(await join(served, secret, name="\u202eevil")) == "invalid_input"
    assert (await join(served, secret)).status_code == 200


async def test_two_people_and_one_link(served: Served, customer: Customer) -> None:
    """At the same moment: one is a member, the other is told that the link was used."""
    secret = await invite(served, customer)
    replies = await asyncio.gather(*(join(served, secret, login=f"person{number}") for number in range(4)))
    assert sorted(reply.status_code for reply in replies) == [200, 409, 409, 409]
    assert {code(reply) for reply in replies if reply.status_code == 409} == {"join_link_used"}
    assert len(await members(served, customer)) == 2


async def test_a_repeated_invitation_is_the_same_one(served: Served, customer: Customer) -> None:
    """Under one Idempotency-Key there is one link, and whoever lost the first reply gets its address after all."""
    headers = {**customer.bearer, "idempotency-key": "once"}
    first, second = [(await served.client.post("/api/v1/join-links", json={}, headers=headers)).json() for _ in range(2)]
    assert first == second
    assert (await join(served, first["url"].partition("#")[2])).status_code == 200


async def test_a_host_changes_his_own_name_and_nothing_else(served: Served, customer: Customer) -> None:
    """Everything else is for operators, and says so."""
    bo = await join(served, await invite(served, customer))
    own, ada = bo.json()["host"]["id"], (await members(served, customer))[0]["id"]
    headers = proof_of(bo)
    renamed = await served.client.patch(f"/api/v1/members/{own}", json={"name": " Bo Li "}, headers=headers)
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Bo Li")
    assert (await served.client.get("/api/v1/login", headers=headers)).json()["host"]["name"] == "Bo Li"
    for method, path, body in (
        ("PATCH", f"/members/{own}", {"role": "operator"}),
        ("PATCH", f"/members/{own}", {"name": "Bo", "role": "host"}),
        ("PATCH", f"/members/{ada}", {"name": "Ida"}),
        ("DELETE", f"/members/{ada}", None),
        ("DELETE", f"/members/{own}", None),
        ("GET", "/members", None),
        ("POST", "/join-links", {}),
        ("GET", "/join-links", None),
        ("POST", "/api-keys", {}),
        ("GET", "/api-keys", None),
        ("GET", "/audit", None),
        ("GET", "/audit/export", None),
    ):
        reply = await served.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert (reply.status_code, code(reply)) == (403, "not_allowed"), (method, path)
    assert [(one["name"], one["role"]) for one in await members(served, customer)] == [("Ada", "operator"), ("Bo Li", "host")]


async def test_who_is_removed_is_out(served: Served, customer: Customer, database: Database) -> None:
    """Logins, password and open links end with the member; the name stays readable, and the login name is free for the next."""
    bo = await join(served, await invite(served, customer, role="operator"))
    headers, own = proof_of(bo), bo.json()["host"]["id"]
    made = (await served.client.post("/api/v1/join-links", json={"role": "operator"}, headers=headers)).json()
    gone = await served.client.delete(f"/api/v1/members/{own}", headers=customer.bearer)
    assert gone.status_code == 204
    assert (await served.client.get("/api/v1/login", headers=headers)).status_code == 401
    assert (await served.client.get("/api/v1/account", headers=headers)).status_code == 401
    wrong = await served.client.post("/api/v1/login", json={"login": "bo", "password": BODY["password"]})
    assert code(wrong) == "wrong_password"
    assert code(await join(served, made["url"].partition("#")[2], login="bo2")) == "join_link_revoked"
    assert (await served.client.delete(f"/api/v1/members/{own}", headers=customer.bearer)).status_code == 404
    host_id = HostId(KEYRING.ids.parse_text(Kind.HOST, own))
    with database.reading() as connection:
        assert queries.host_name(connection, customer.ids.account_id, host_id) == "Bo"
    strange = await served.client.post("/api/v1/login", json={"login": f"removed {host_id}", "password": "-"})
    assert code(strange) == "wrong_password"
    assert (await join(served, await invite(served, customer))).status_code == 200


async def test_the_last_operator_stays(served: Served, customer: Customer) -> None:
    """An account without one could be helped by nobody but the server's own operator."""
    (ada,) = await members(served, customer)
    for reply in (
        await served.client.patch(f"/api/v1/members/{ada['id']}", json={"role": "host"}, headers=customer.bearer),
        await served.client.delete(f"/api/v1/members/{ada['id']}", headers=customer.bearer),
    ):
        assert (reply.status_code, code(reply)) == (409, "last_operator")
    assert (await members(served, customer))[0]["role"] == "operator"


@pytest.mark.parametrize("removing", [False, True])
async def test_two_operators_against_each_other(commit: GroupCommit, database: Database, *, removing: bool) -> None:
    """Each demotes or removes the other at the same moment, whatever their requests knew: one operator is left, and can go on."""
    for number in range(8):
        customer = await create_customer(commit, login=f"ada{number}")
        account_id = customer.ids.account_id
        command = member_actions.MakeJoinLink(account_id, "operator", "", 7, hash_secret(f"secret {number}"), b"")
        await commit.run(member_actions.MAKE_JOIN_LINK, command, lane=1)
        bo = await commit.run(
            member_actions.JOIN,
            member_actions.Join(account_id, hash_secret(f"secret {number}"), f"bo{number}", "Bo", "x", f"token {number}", "x", "", ""),
            lane=1,
        )
        pair = [customer.ids.host_id, bo.host.id]
        callers = [Caller(account_id, host_id, "", None, "operator") for host_id in pair]

        async def against(by: Caller, other: HostId, lane: int) -> None:
            if removing:
                await commit.run(member_actions.REMOVE_MEMBER, member_actions.RemoveMember(by.account_id, other, by), lane=lane)
            else:
                change = member_actions.ChangeMember(by.account_id, other, role="host", by=by)
                await commit.run(member_actions.CHANGE_MEMBER, change, lane=lane)

        # lanes of different writers, as two processes would be
        tries = [against(by, other, lane) for by, other, lane in zip(callers, reversed(pair), (1, 2), strict=True)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        refusals = [outcome for outcome in outcomes if outcome is not None]
        assert len(refusals) == 1
        assert isinstance(refusals[0], NotAllowed | LastOperator)
        with database.reading() as connection:
            assert [host.role for host in queries.list_hosts(connection, account_id)].count("operator") == 1


@pytest.mark.parametrize("path", ["join-links", "api-keys", "account/entry-key"])
async def test_who_is_no_operator_any_more_repeats_nothing(served: Served, customer: Customer, path: str) -> None:
    """A repeat under an Idempotency-Key gives its secret again to an operator only."""
    bo = await join(served, await invite(served, customer, role="operator"))
    headers = {**proof_of(bo), "idempotency-key": "once"}
    first = await served.client.post(f"/api/v1/{path}", json={}, headers=headers)
    assert first.status_code == 201, first.text
    assert (await served.client.post(f"/api/v1/{path}", json={}, headers=headers)).json() == first.json()
    member = f"/api/v1/members/{bo.json()['host']['id']}"
    assert (await served.client.patch(member, json={"role": "host"}, headers=customer.bearer)).status_code == 200
    again = await served.client.post(f"/api/v1/{path}", json={}, headers=headers)
    assert (again.status_code, code(again)) == (403, "not_allowed")


async def test_another_accounts_people_are_not_found(served: Served, customer: Customer) -> None:
    """Members, links and keys alike."""
    await invite(served, customer)
    (ada,) = await members(served, customer)
    (link,) = (await served.client.get("/api/v1/join-links", headers=customer.bearer)).json()["join_links"]
    key = KEYRING.ids.text(Kind.API_KEY, customer.ids.api_key_id)
    eve = await create_customer(served.runtime.commit, login="eve", name="Eve Ltd")
    for method, path in (("PATCH", f"members/{ada['id']}"), ("DELETE", f"members/{ada['id']}"), ("DELETE", f"join-links/{link['id']}")):
        reply = await served.client.request(method, f"/api/v1/{path}", json={} if method == "PATCH" else None, headers=eve.bearer)
        assert reply.status_code == 404, path
    assert (await served.client.delete(f"/api/v1/api-keys/{key}", headers=eve.bearer)).status_code == 404
    assert (await served.client.get("/api/v1/account", headers=customer.bearer)).status_code == 200


async def test_a_revoked_key_stops_at_once(served: Served, customer: Customer) -> None:
    """A new one is shown once, works, and is refused from the request after its revocation on; a key may revoke itself."""
    made = (await served.client.post("/api/v1/api-keys", json={"label": "CRM"}, headers=customer.bearer)).json()
    fresh = {"authorization": f"Bearer {made['key']}"}
    listed = await served.client.get("/api/v1/api-keys", headers=fresh)
    assert [(key["label"], key["revoked_at"]) for key in listed.json()["api_keys"]] == [("CRM", None), ("first", None)]
    assert made["key"] not in listed.text
    for _ in range(2):
        reply = await served.client.delete(f"/api/v1/api-keys/{made['api_key']['id']}", headers=customer.bearer)
        assert reply.status_code == 204
    assert (await served.client.get("/api/v1/account", headers=fresh)).status_code == 401
    first = listed.json()["api_keys"][1]["id"]
    assert (await served.client.delete(f"/api/v1/api-keys/{first}", headers=customer.bearer)).status_code == 204
    assert (await served.client.get("/api/v1/account", headers=customer.bearer)).status_code == 401


async def test_a_key_that_is_being_revoked_leaves_nothing_behind(commit: GroupCommit) -> None:
    """A request of a stolen key that passed the door just before the key was revoked makes no key of any kind, no link and no operator."""
    customer = await create_customer(commit)
    account_id, key_id = customer.ids.account_id, customer.ids.api_key_id
    by = Caller(account_id, None, "", key_id, "api_key")
    await commit.run(member_actions.REVOKE_API_KEY, member_actions.RevokeApiKey(account_id, key_id, by), lane=1)
    tries: tuple[tuple[Any, Any], ...] = (
        (member_actions.MAKE_API_KEY, member_actions.MakeApiKey(by, "", "hash", b"")),
        (member_actions.MAKE_ENTRY_KEY, member_actions.MakeEntryKey(by, b"")),
        (member_actions.MAKE_JOIN_LINK, member_actions.MakeJoinLink(account_id, "operator", "", 7, "hash", b"", by)),
        (member_actions.CHANGE_MEMBER, member_actions.ChangeMember(account_id, customer.ids.host_id, name="Eve", by=by)),
    )
    for action, command in tries:
        with pytest.raises(NotAllowed):
            await commit.run(action, command, lane=2)


async def test_there_are_limits(served: Served, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the tables by asking often: open links, working keys and members are bounded."""
    monkeypatch.setattr(limits, "MAX_OPEN_JOIN_LINKS", 1)
    monkeypatch.setattr(limits, "MAX_WORKING_API_KEYS", 2)
    monkeypatch.setattr(limits, "MAX_MEMBERS_PER_ACCOUNT", 1)
    secret = await invite(served, customer)
    assert code(await served.client.post("/api/v1/join-links", json={}, headers=customer.bearer)) == "too_many_join_links"
    assert (await served.client.post("/api/v1/api-keys", json={}, headers=customer.bearer)).status_code == 201
    assert code(await served.client.post("/api/v1/api-keys", json={}, headers=customer.bearer)) == "too_many_api_keys"
    assert code(await join(served, secret)) == "too_many_members"
