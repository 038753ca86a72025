"""Accounts, keys and hosts, as the command line makes them."""

from pathlib import Path

import pytest

from tests.suites.server.harness import KEYRING, PASSWORD, create_customer
from turnout.accounts import actions, member_actions, queries
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.caller import Caller
from turnout.accounts.rules import LoginTaken
from turnout.accounts.secrets import new_account, new_password, open_dialect_key
from turnout.kernel.errors import InvalidInput, NotAllowed, NotFound
from turnout.kernel.ids import AccountId
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit


async def test_an_account_begins_with_an_operator_and_a_key(database: Database, commit: GroupCommit) -> None:
    """Everything the operator was shown works, and the sealed key opens to what was shown."""
    customer = await create_customer(commit)
    account_id = customer.ids.account_id
    with database.reading() as connection:
        assert [account.name for account in queries.list_accounts(connection)] == ["Ada Ltd"]
        host = queries.default_host(connection, account_id)
        assert (host.id, host.login, host.role) == (customer.ids.host_id, "ada", "operator")
        caller = queries.caller_of_api_key(connection, hash_secret(customer.secrets.api_key))
        assert caller == Caller(account_id, None, "", customer.ids.api_key_id, "api_key")
        assert caller is not None
        assert queries.host_of(connection, caller) == (host.id, "Ada")
        sealed = queries.dialect_key_of(connection, account_id, "vendor")
        assert sealed is not None
        assert open_dialect_key(KEYRING, "vendor", sealed) == customer.secrets.dialect_keys["vendor"]


async def test_no_secret_is_in_the_file(sqlite_database: Database, sqlite_path: Path) -> None:
    """Whoever gets the database file, but not the secret key, can neither log in nor sign."""
    group_commit = GroupCommit(sqlite_database, _Now(), lambda nudges: None)
    await group_commit.start()
    customer = await create_customer(group_commit)
    await group_commit.stop()
    written = b"".join(path.read_bytes() for path in sqlite_path.parent.glob("turnout.db*"))
    assert b"Ada Ltd" in written
    for secret in (customer.secrets.api_key, customer.secrets.dialect_keys["vendor"], PASSWORD):
        assert secret.encode() not in written


class _Now:
    def now(self) -> int:
        return 1_767_600_000_000_000


async def test_a_login_name_exists_once(commit: GroupCommit, database: Database) -> None:
    """Also across accounts; the account that could not have it does not exist either."""
    customer = await create_customer(commit)
    with pytest.raises(LoginTaken):
        await create_customer(commit, login="ADA", name="Other Ltd")
    host = actions.CreateHost(customer.ids.account_id, "ada", "Ada", "host", "x")
    with pytest.raises(LoginTaken):
        await commit.run(actions.CREATE_HOST, host, lane=0)
    with database.reading() as connection:
        assert len(queries.list_accounts(connection)) == 1


async def test_nothing_reaches_into_another_account(commit: GroupCommit, database: Database) -> None:
    """What belongs to another account is not found, and stays as it is."""
    ada = await create_customer(commit)
    eve = await create_customer(commit, login="eve", name="Eve Ltd")
    eves = eve.ids.account_id
    with pytest.raises(NotFound):
        await commit.run(member_actions.REVOKE_API_KEY, member_actions.RevokeApiKey(eves, ada.ids.api_key_id), lane=0)
    with pytest.raises(NotFound):
        await commit.run(actions.SET_PASSWORD, actions.SetPassword(eves, ada.ids.host_id, "x"), lane=0)
    with pytest.raises(NotFound):
        await commit.run(actions.CREATE_API_KEY, actions.CreateApiKey(AccountId(999), hash_secret(new_api_key()), "x"), lane=0)
    with database.reading() as connection:
        with pytest.raises(NotFound):
            queries.find_host(connection, eves, ada.ids.host_id)
        assert queries.caller_of_api_key(connection, hash_secret(ada.secrets.api_key)) is not None
        found = queries.find_host_for_login(connection, "ada")
        assert found is not None
        assert found[1] != "x"


async def test_revoking_twice_keeps_the_first_moment(commit: GroupCommit, database: Database) -> None:
    """The list says since when a key has not worked."""
    customer = await create_customer(commit)
    revoke = member_actions.RevokeApiKey(customer.ids.account_id, customer.ids.api_key_id)
    await commit.run(member_actions.REVOKE_API_KEY, revoke, lane=0)
    with database.reading() as connection:
        first = queries.list_api_keys(connection, customer.ids.account_id)
    await commit.run(member_actions.REVOKE_API_KEY, revoke, lane=0)
    with database.reading() as connection:
        assert queries.list_api_keys(connection, customer.ids.account_id) == first
        assert first[0].revoked_at is not None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"host_login": "a b"}, "login"),
        ({"host_name": "\n"}, "host_name"),
        ({"host_password": "short"}, "host_password"),
    ],
)
def test_an_account_that_cannot_be_one_names_the_field(changed: dict[str, str], field: str) -> None:
    """The command line shows the operator which value to change."""
    given = {"name": "Ada Ltd", "host_login": "ada", "host_name": "Ada", "host_password": PASSWORD} | changed
    with pytest.raises(InvalidInput) as refused:
        new_account(KEYRING, [], **given)
    assert refused.value.field == field


def test_made_up_passwords_differ() -> None:
    """And are long enough to be kept."""
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert {len(password) for password in made} == {23}


def test_a_host_is_no_operator() -> None:
    """An API key may do what an operator may."""
    Caller(AccountId(1), None, "", None, "api_key").require_operator()
    with pytest.raises(NotAllowed):
        Caller(AccountId(1), None, "", None, "host").require_operator()
