"""How guessing passwords ends, and that it locks out nobody who is not guessing."""

import asyncio

from tests.fake_clock import FakeClock
from tests.suites.server.harness import Customer, Served, create_customer, log_in, serving
from turnout.accounts import actions
from turnout.accounts.rules import TooManyLoginFailures
from turnout.config import Config
from turnout.kernel import limits
from turnout.storage.database import Database

WRONG = "wrong horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"


async def count_failures(served: Served, login: str, address: str, count: int) -> list[object]:
    """Counts so many tries whose password is never looked at; returns what became of each."""
    commit = served.runtime.commit
    command = actions.RecordLoginFailure(login, address)
    tries = (commit.run(actions.RECORD_LOGIN_FAILURE, command, lane=actions.LOGIN_LANE) for _ in range(count))
    return list(await asyncio.gather(*tries, return_exceptions=True))


async def test_failures_lock_a_name_at_an_address_also_after_a_restart(database: Database, clock: FakeClock) -> None:
    """After the limit even the right password is refused there, until the time that the refusal named; a restart forgives nothing. The
    owner of the name, who is elsewhere, gets in meanwhile, and so do others at that address."""
    config = Config(trusted_proxies=("127.0.0.1/32",))
    async with serving(database, clock, config) as served:
        await create_customer(served.runtime.commit)
        await create_customer(served.runtime.commit, login="bob", name="Bob Ltd")
        for _ in range(limits.MAX_LOGIN_FAILURES):
            assert (await log_in(served, password=WRONG, x_forwarded_for=HERE)).status_code == 401
        clock.advance(60)
    async with serving(database, clock, config) as served:
        locked = await log_in(served, x_forwarded_for=HERE)
        assert locked.status_code == 429
        error = locked.json()["error"]
        assert error["code"] == "too_many_login_failures"
        assert limits.LOGIN_FAILURE_WINDOW_S - 60 <= error["retry_after_s"] + 1 <= limits.LOGIN_FAILURE_WINDOW_S - 58
        assert locked.headers["retry-after"] == str(error["retry_after_s"])
        assert (await log_in(served, x_forwarded_for=ELSEWHERE)).status_code == 200
        assert (await log_in(served, x_forwarded_for=HERE)).status_code == 429  # a login elsewhere forgives nothing here
        assert (await log_in(served, login="bob", x_forwarded_for=HERE)).status_code == 200

        clock.advance(error["retry_after_s"])
        assert (await log_in(served, x_forwarded_for=HERE)).status_code == 200


async def test_failures_lock_an_address(served: Served, customer: Customer) -> None:
    """Guessing many names from one address ends too; another address goes on. A whole IPv6 /64 is one address."""
    for number in range(limits.MAX_ADDRESS_LOGIN_FAILURES):
        (counted,) = await count_failures(served, f"guess{number}", f"2001:db8:1:2::{number:x}", 1)
        assert isinstance(counted, actions.LoginTry)
    assert (await log_in(served, x_forwarded_for="2001:db8:1:2:ffff::1")).status_code == 429
    assert (await log_in(served, x_forwarded_for="2001:db8:1:3::1")).status_code == 200


async def test_failures_from_everywhere_lock_a_name(served: Served, customer: Customer) -> None:
    """A name that many addresses guess at together is locked at last; other names are not."""
    places = limits.MAX_NAME_LOGIN_FAILURES // limits.MAX_LOGIN_FAILURES
    for number in range(places):
        assert (await log_in(served, x_forwarded_for=ELSEWHERE)).status_code == 200
        counted = await count_failures(served, "ADA", f"192.0.2.{number}", limits.MAX_LOGIN_FAILURES)
        assert [type(one) for one in counted] == [actions.LoginTry] * limits.MAX_LOGIN_FAILURES
    assert (await log_in(served, x_forwarded_for=ELSEWHERE)).status_code == 429
    (other,) = await count_failures(served, "bob", ELSEWHERE, 1)
    assert isinstance(other, actions.LoginTry)


async def test_a_made_up_name_counts_against_nobody_else(served: Served, customer: Customer) -> None:
    """A name that is written like what we count under is a name of its own: it locks nobody, at whatever address."""
    for name in (
        f"ada address:{HERE}",
        f"ada login:ada address:{HERE}",
        f"{HERE} login:ada",
        f"address:{HERE} login:ada",
        f"address:{HERE}",
    ):
        counted = await count_failures(served, name, ELSEWHERE, limits.MAX_LOGIN_FAILURES)
        assert [type(one) for one in counted] == [actions.LoginTry] * limits.MAX_LOGIN_FAILURES
    assert (await log_in(served, x_forwarded_for=HERE)).status_code == 200


async def test_success_clears_the_names_failures_there_but_not_the_addresses(served: Served, customer: Customer) -> None:
    """Whoever proves the password starts anew; an attacker's address does not get its count back by a login of its own."""
    almost = limits.MAX_LOGIN_FAILURES - 1
    for _ in range(2):
        assert [type(one) for one in await count_failures(served, "ada", HERE, almost)] == [actions.LoginTry] * almost
        assert (await log_in(served, x_forwarded_for=HERE)).status_code == 200

    left = limits.MAX_ADDRESS_LOGIN_FAILURES - 2 * almost
    for number in range(left):
        await count_failures(served, f"guess{number}", HERE, 1)
    (refused,) = await count_failures(served, "another", HERE, 1)
    assert isinstance(refused, TooManyLoginFailures)


async def test_guesses_at_the_same_moment_are_counted_one_by_one(served: Served, customer: Customer) -> None:
    """No more passwords are looked at than the limit allows, however many tries come at once."""
    tries = [log_in(served, password=WRONG, x_forwarded_for=HERE) for _ in range(3 * limits.MAX_LOGIN_FAILURES)]
    statuses = [reply.status_code for reply in await asyncio.gather(*tries)]
    assert sorted(statuses) == [401] * limits.MAX_LOGIN_FAILURES + [429] * 2 * limits.MAX_LOGIN_FAILURES


async def test_an_unknown_name_is_locked_like_a_known_one(served: Served, customer: Customer) -> None:
    """From the lock nobody learns which login names exist."""
    for login in ("ada", "nobody"):
        await count_failures(served, login, HERE, limits.MAX_LOGIN_FAILURES)
    known, unknown = [await log_in(served, login=login, x_forwarded_for=HERE) for login in ("ada", "nobody")]
    assert (known.status_code, known.json()["error"]["message"]) == (429, unknown.json()["error"]["message"])
    assert unknown.status_code == 429
