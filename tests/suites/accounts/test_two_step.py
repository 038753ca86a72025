"""Two-step login over HTTP: turned on and off, logged in with, and what neither a stolen password nor a stolen code opens."""

import asyncio

import pytest
import sqlalchemy as sa

from tests.fake_clock import FakeClock
from tests.suites.accounts.two_step import ask, by_code, code_of, logged_in, ticket, turned_on, wrong_code
from tests.suites.server.harness import PASSWORD, Customer, Served, create_customer, log_in, serving
from turnout.accounts.actions import LoginTry
from turnout.accounts.caller import Caller
from turnout.accounts.two_step_actions import (
    BEGIN_TWO_STEP,
    CONFIRM_TWO_STEP,
    RESET_TWO_STEP,
    BeginTwoStep,
    ConfirmTwoStep,
    ResetTwoStep,
)
from turnout.accounts.two_step_rules import CodeProof
from turnout.accounts.two_step_store import login_tickets, select_two_step
from turnout.config import Config
from turnout.kernel import limits
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit


def refusal(reply: object) -> object:
    """Its code."""
    return reply.json()["error"]["code"]  # type: ignore[attr-defined]


async def test_a_login_needs_a_code_once_it_is_on(served: Served, customer: Customer, clock: FakeClock) -> None:
    """The password alone gets a ticket and no cookie; the code makes it a login, like one without a second step."""
    secret, codes, _ = await turned_on(served, clock)
    assert len(set(codes)) == limits.RECOVERY_CODES
    served.client.cookies.clear()

    first = await log_in(served)
    assert first.json().keys() == {"ticket", "expires_at"}
    second = await by_code(served, first.json()["ticket"], code=code_of(secret, clock))

    assert second.status_code == 200, second.text
    assert second.json()["host"]["login"] == "ada"
    assert second.json()["recovery_codes_left"] is None
    assert (await served.client.get("/api/v1/account")).status_code == 200
    state = (await served.client.get("/api/v1/login/two-step")).json()
    assert (state["on"], state["recovery_codes_left"], state["has_password"]) == (True, limits.RECOVERY_CODES, True)


async def test_nothing_changes_until_a_code_confirms_it(served: Served, customer: Customer, clock: FakeClock) -> None:
    """A wrong password makes no secret; a secret whose app never showed a code locks nobody out; setting up again makes another."""
    csrf = await logged_in(served)
    assert refusal(await ask(served, "two-step/confirm", {"code": "123456"}, csrf)) == "two_step_off"
    assert refusal(await ask(served, "two-step", {"password": "wrong horse"}, csrf)) == "wrong_password"
    first = (await ask(served, "two-step", {"password": PASSWORD}, csrf)).json()
    assert first["uri"].startswith("otpauth://totp/Turnout:ada?")
    assert first["secret"] in first["uri"]
    assert (await log_in(served)).json()["host"]["login"] == "ada"
    csrf = await logged_in(served)
    second = (await ask(served, "two-step", {"password": PASSWORD}, csrf)).json()
    assert refusal(await ask(served, "two-step/confirm", {"code": code_of(first["secret"], clock)}, csrf)) == "wrong_code"
    confirmed = await ask(served, "two-step/confirm", {"code": code_of(second["secret"], clock)}, csrf)
    assert confirmed.status_code == 200
    assert refusal(await ask(served, "two-step/confirm", {"code": code_of(second["secret"], clock, steps=1)}, csrf)) == "two_step_on"
    assert refusal(await ask(served, "two-step", {"password": PASSWORD}, csrf)) == "two_step_on"


async def test_what_is_just_turned_on_is_not_set_up_anew(commit: GroupCommit, database: Database, clock: FakeClock) -> None:
    """Of two processes one turns it on while the other begins anew: whoever was told that it is on has it on, with that secret."""
    for number in range(8):
        host_id = (customer := await create_customer(commit, login=f"ada{number}")).ids.host_id
        by = Caller(customer.ids.account_id, host_id, "Ada", None, "operator")
        no_try = LoginTry("", ())
        await commit.run(BEGIN_TWO_STEP, BeginTwoStep(host_id, b"first", no_try), lane=1)
        confirm = ConfirmTwoStep(by, host_id, CodeProof(b"first", step=1), ("hash",), "")
        # lanes of different writers, as two processes would be
        confirmed, _ = await asyncio.gather(
            commit.run(CONFIRM_TWO_STEP, confirm, lane=1),
            commit.run(BEGIN_TWO_STEP, BeginTwoStep(host_id, b"second", no_try), lane=2),
            return_exceptions=True,
        )
        with database.reading() as connection:
            kept = select_two_step(connection, host_id)
        assert kept is not None
        assert (kept.sealed, kept.on_since is not None) == ((b"first", True) if confirmed is None else (b"second", False))


async def test_turning_it_on_ends_the_other_logins(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Nobody stays who was never asked for a code, but for the browser that turned it on."""
    await log_in(served)
    earlier = served.client.cookies["turnout_login"]
    await turned_on(served, clock)
    assert (await served.client.get("/api/v1/account")).status_code == 200
    assert (await served.client.get("/api/v1/account", headers={"cookie": f"turnout_login={earlier}"})).status_code == 401


async def test_a_code_is_good_once(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Nor is one of an earlier step after it, so a code read over a shoulder is worth nothing."""
    secret, _, _ = await turned_on(served, clock)
    code, earlier = code_of(secret, clock), code_of(secret, clock, steps=-1)
    assert (await by_code(served, await ticket(served), code=code)).status_code == 200
    for used in (code, earlier):
        assert refusal(await by_code(served, await ticket(served), code=used)) == "wrong_code"
    assert (await by_code(served, await ticket(served), code=code_of(secret, clock, steps=1))).status_code == 200


async def test_one_code_in_many_requests_at_once_logs_in_once(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Whoever comes second comes too late, with the same ticket and with another; so it is with a recovery code."""
    secret, codes, _ = await turned_on(served, clock)
    one, other = await ticket(served), await ticket(served)
    code = code_of(secret, clock)
    replies = await asyncio.gather(*(by_code(served, given, code=code) for given in (one, other, one, other)))
    assert sorted(reply.status_code for reply in replies) == [200, 401, 401, 401]

    one, other = await ticket(served), await ticket(served)
    replies = await asyncio.gather(*(by_code(served, given, recovery_code=codes[0]) for given in (one, other)))
    assert sorted(reply.status_code for reply in replies) == [200, 401]


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
async def test_a_clock_may_be_half_a_minute_off(served: Served, customer: Customer, clock: FakeClock, steps: int) -> None:
    """And not a whole one."""
    secret, _, _ = await turned_on(served, clock)
    clock.advance(60)
    reply = await by_code(served, await ticket(served), code=code_of(secret, clock, steps=steps))
    assert reply.status_code == (200 if abs(steps) <= 1 else 401)


async def test_a_recovery_code_is_good_once_and_says_how_many_are_left(served: Served, customer: Customer, clock: FakeClock) -> None:
    """However it is typed; new ones end the old ones."""
    secret, codes, _ = await turned_on(served, clock)
    used = await by_code(served, await ticket(served), recovery_code=f" {codes[0].upper().replace('-', ' ')} ")
    assert (used.status_code, used.json()["recovery_codes_left"]) == (200, limits.RECOVERY_CODES - 1)
    assert refusal(await by_code(served, await ticket(served), recovery_code=codes[0])) == "wrong_code"

    csrf = {"x-csrf-token": used.json()["csrf_token"]}
    wanted = {"password": PASSWORD, "code": code_of(secret, clock)}
    assert refusal(await ask(served, "two-step/recovery-codes", {**wanted, "password": "wrong horse"}, csrf)) == "wrong_password"
    renewed = await ask(served, "two-step/recovery-codes", wanted, csrf)
    assert set(renewed.json()["recovery_codes"]).isdisjoint(codes)
    assert refusal(await by_code(served, await ticket(served), recovery_code=codes[1])) == "wrong_code"
    assert (await by_code(served, await ticket(served), recovery_code=renewed.json()["recovery_codes"][0])).status_code == 200


async def test_guessing_codes_ends_also_after_a_restart(database: Database, clock: FakeClock) -> None:
    """Five wrong ones, whatever the address and the ticket, and the next is looked at after a quarter of an hour, right or wrong; each
    further one doubles the wait. A recovery code gets its owner in meanwhile, and the right code ends it."""
    config = Config(trusted_proxies=("127.0.0.1/32",))
    async with serving(database, clock, config) as served:
        await create_customer(served.runtime.commit)
        secret, codes, _ = await turned_on(served, clock)
        for _ in range(limits.MAX_CODE_FAILURES):
            assert refusal(await by_code(served, await ticket(served), code=wrong_code(secret, clock))) == "wrong_code"
    async with serving(database, clock, config) as served:
        locked = await by_code(served, await ticket(served), code=code_of(secret, clock))
        assert (locked.status_code, refusal(locked)) == (429, "too_many_wrong_codes")
        assert abs(locked.json()["error"]["retry_after_s"] - limits.FIRST_CODE_WAIT_S) <= 1
        assert (await by_code(served, await ticket(served), recovery_code=codes[0])).status_code == 200

        clock.advance(limits.FIRST_CODE_WAIT_S + 1)
        assert refusal(await by_code(served, await ticket(served), code=wrong_code(secret, clock))) == "wrong_code"
        clock.advance(limits.FIRST_CODE_WAIT_S)
        assert refusal(await by_code(served, await ticket(served), code=code_of(secret, clock))) == "too_many_wrong_codes"
        clock.advance(limits.FIRST_CODE_WAIT_S + 1)
        assert (await by_code(served, await ticket(served), code=code_of(secret, clock))).status_code == 200
        assert refusal(await by_code(served, await ticket(served), code=wrong_code(secret, clock))) == "wrong_code"
        assert (await by_code(served, await ticket(served), code=code_of(secret, clock, steps=1))).status_code == 200


async def test_guesses_at_the_same_moment_are_counted_one_by_one(served: Served, customer: Customer, clock: FakeClock) -> None:
    """However many come at once, no more codes are looked at than the limit allows."""
    secret, _, _ = await turned_on(served, clock)
    given = await ticket(served)
    wrong = wrong_code(secret, clock)
    replies = await asyncio.gather(*(by_code(served, given, code=wrong) for _ in range(limits.MAX_LOGIN_FAILURES)))
    assert sorted(map(refusal, replies)) == sorted(  # type: ignore[type-var]
        ["wrong_code"] * limits.MAX_CODE_FAILURES + ["too_many_wrong_codes"] * (limits.MAX_LOGIN_FAILURES - limits.MAX_CODE_FAILURES)
    )


async def test_guessing_recovery_codes_ends_too(served: Served, customer: Customer, clock: FakeClock) -> None:
    """After ten wrong ones even a right one is refused for a while."""
    _, codes, _ = await turned_on(served, clock)
    given = await ticket(served)
    for number in range(limits.MAX_LOGIN_FAILURES):
        reply = await served.client.post(
            "/api/v1/login/code",
            json={"ticket": given, "recovery_code": "aaaaa-aaaaa"},
            headers={"x-forwarded-for": f"192.0.2.{number}"},
        )
        assert refusal(reply) == "wrong_code"
    assert refusal(await by_code(served, given, recovery_code=codes[0])) == "too_many_login_failures"


async def test_a_ticket_is_good_for_nothing_else(served: Served, customer: Customer, clock: FakeClock) -> None:
    """It is no login as a cookie nor as a key, it ends after five minutes, after one login, and when the password changes."""
    secret, _, csrf = await turned_on(served, clock)
    cookie = {"cookie": f"turnout_login={served.client.cookies['turnout_login']}"}
    served.client.cookies.clear()
    given = await ticket(served)
    for headers in ({"cookie": f"turnout_login={given}"}, {"authorization": f"Bearer {given}"}):
        for path in ("/api/v1/login", "/api/v1/account", "/api/v1/login/two-step"):
            assert (await served.client.get(path, headers=headers)).status_code == 401
    clock.advance(limits.LOGIN_TICKET_S)
    assert refusal(await by_code(served, given, code=code_of(secret, clock))) == "login_ticket_ended"

    given = await ticket(served)
    assert (await by_code(served, given, code=code_of(secret, clock))).status_code == 200
    clock.advance(30)
    assert refusal(await by_code(served, given, code=code_of(secret, clock))) == "login_ticket_ended"

    given = await ticket(served)
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}
    changed = await served.client.put("/api/v1/login/password", json=body, headers=csrf | cookie)
    assert changed.status_code == 204, changed.text
    assert refusal(await by_code(served, given, code=code_of(secret, clock))) == "login_ticket_ended"
    assert (await log_in(served, password="another horse battery")).json().keys() == {"ticket", "expires_at"}  # two-step stays


async def test_tickets_do_not_pile_up(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Whoever has the password gets so many; a further one ends the oldest, and the newest still logs in."""
    secret, _, _ = await turned_on(served, clock)
    given = [await ticket(served) for _ in range(limits.MAX_OPEN_LOGIN_TICKETS + 1)]
    with served.runtime.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(login_tickets)).scalar_one() == limits.MAX_OPEN_LOGIN_TICKETS
    assert refusal(await by_code(served, given[0], code=code_of(secret, clock))) == "login_ticket_ended"
    assert (await by_code(served, given[-1], code=code_of(secret, clock))).status_code == 200


async def test_each_change_of_it_is_in_the_audit_log(served: Served, customer: Customer, clock: FakeClock) -> None:
    """On, by which proof a login was made, new recovery codes, off, and the command line's reset, which is none where it is not on."""
    secret, codes, csrf = await turned_on(served, clock)
    assert (await by_code(served, await ticket(served), recovery_code=codes[0])).status_code == 200
    second = await by_code(served, await ticket(served), code=code_of(secret, clock))
    csrf = {"x-csrf-token": second.json()["csrf_token"]}
    clock.advance(60)
    proof = {"password": PASSWORD, "code": wrong_code(secret, clock)}
    assert refusal(await ask(served, "two-step/off", proof, csrf)) == "wrong_code"
    made = await ask(served, "two-step/recovery-codes", proof | {"code": code_of(secret, clock)}, csrf)
    assert made.status_code == 200, made.text
    clock.advance(60)
    assert (await ask(served, "two-step/off", proof | {"code": code_of(secret, clock)}, csrf)).status_code == 204
    await turned_on(served, clock)
    reset = ResetTwoStep(customer.ids.account_id, customer.ids.host_id)
    for _ in range(2):
        await served.runtime.commit.run(RESET_TWO_STEP, reset, lane=0)
    records = (await served.client.get("/api/v1/audit", headers=customer.bearer)).json()["records"][::-1]
    assert [(one["kind"], one["actor"]["kind"], one["facts"].get("by")) for one in records[1:]] == [
        ("login.began", "member", "password"),
        ("two_step.on", "member", None),
        ("login.began", "member", "recovery_code"),
        ("login.began", "member", "code"),
        ("recovery_codes.made", "member", None),
        ("two_step.off", "member", None),
        ("login.began", "member", "password"),
        ("two_step.on", "member", None),
        ("two_step.reset", "command_line", None),
    ]
    assert {one["thing"]["name"] for one in records[1:]} == {"Ada"}


async def test_a_reset_says_what_there_was(served: Served, customer: Customer, clock: FakeClock) -> None:
    """What was set up and never confirmed was not on; it is gone all the same, and the log has a reset only where there was one."""
    reset = ResetTwoStep(customer.ids.account_id, customer.ids.host_id)
    csrf = await logged_in(served)
    begun = (await ask(served, "two-step", {"password": PASSWORD}, csrf)).json()
    assert await served.runtime.commit.run(RESET_TWO_STEP, reset, lane=0) is False
    csrf = await logged_in(served)
    assert refusal(await ask(served, "two-step/confirm", {"code": code_of(begun["secret"], clock)}, csrf)) == "two_step_off"
    await turned_on(served, clock)
    assert await served.runtime.commit.run(RESET_TWO_STEP, reset, lane=0) is True
    records = (await served.client.get("/api/v1/audit?kind=two_step.reset", headers=customer.bearer)).json()["records"]
    assert len(records) == 1


async def test_a_reset_of_what_is_just_turned_on_says_so(commit: GroupCommit) -> None:
    """Of two processes one turns it on while the command line resets it: either it was on, or nothing is left to turn on."""
    for number in range(8):
        ids = (await create_customer(commit, login=f"ada{number}")).ids
        by = Caller(ids.account_id, ids.host_id, "Ada", None, "operator")
        no_try = LoginTry("", ())
        await commit.run(BEGIN_TWO_STEP, BeginTwoStep(ids.host_id, b"sealed", no_try), lane=1)
        confirm = ConfirmTwoStep(by, ids.host_id, CodeProof(b"sealed", step=1), ("hash",), "")
        confirmed, was_on = await asyncio.gather(
            commit.run(CONFIRM_TWO_STEP, confirm, lane=1),
            commit.run(RESET_TWO_STEP, ResetTwoStep(ids.account_id, ids.host_id), lane=2),
            return_exceptions=True,
        )
        assert was_on is (confirmed is None)


async def test_turning_it_off_needs_password_and_code(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Neither alone does; afterwards the password logs in, and what was left of it is worth nothing."""
    secret, codes, csrf = await turned_on(served, clock)
    given = await ticket(served)
    code = code_of(secret, clock)
    assert refusal(await ask(served, "two-step/off", {"password": "wrong horse", "code": code}, csrf)) == "wrong_password"
    wrong = {"password": PASSWORD, "code": wrong_code(secret, clock)}
    assert refusal(await ask(served, "two-step/off", wrong, csrf)) == "wrong_code"
    assert refusal(await ask(served, "two-step/off", {"password": PASSWORD}, csrf)) == "invalid_input"
    both = {"password": PASSWORD, "code": code, "recovery_code": codes[0]}
    assert refusal(await ask(served, "two-step/off", both, csrf)) == "invalid_input"

    assert (await ask(served, "two-step/off", {"password": PASSWORD, "code": code}, csrf)).status_code == 204
    assert refusal(await by_code(served, given, recovery_code=codes[0])) == "login_ticket_ended"
    assert refusal(await ask(served, "two-step/off", {"password": PASSWORD, "code": code}, csrf)) == "two_step_off"
    assert (await log_in(served)).json()["host"]["login"] == "ada"


async def test_another_hosts_codes_open_nothing(served: Served, customer: Customer, clock: FakeClock) -> None:
    """Neither code nor recovery code of one host is good for another's ticket."""
    secret, codes, _ = await turned_on(served, clock)
    await create_customer(served.runtime.commit, login="bob", name="Bob Ltd")
    served.client.cookies.clear()
    csrf = {"x-csrf-token": (await log_in(served, login="bob")).json()["csrf_token"]}
    begun = (await ask(served, "two-step", {"password": PASSWORD}, csrf)).json()
    await ask(served, "two-step/confirm", {"code": code_of(begun["secret"], clock)}, csrf)
    clock.advance(60)
    bobs = (await log_in(served, login="bob")).json()["ticket"]
    assert refusal(await by_code(served, bobs, code=code_of(secret, clock))) == "wrong_code"
    assert refusal(await by_code(served, bobs, recovery_code=codes[0])) == "wrong_code"
    assert (await by_code(served, bobs, code=code_of(begun["secret"], clock))).json()["host"]["login"] == "bob"
