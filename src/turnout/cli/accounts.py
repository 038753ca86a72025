"""turnout account …: accounts, their hosts and their API keys. Works beside a running server, which sees the change at once."""

import sys
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from cyclopts import App, Parameter
from rich.table import Table

from turnout.accounts import actions, member_actions, queries
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.passwords import hash_password
from turnout.accounts.rules import Account, HostRole, check_login, check_name, check_password
from turnout.accounts.secrets import new_account, new_password
from turnout.accounts.two_step_actions import RESET_TWO_STEP, ResetTwoStep
from turnout.callbacks.actions import CREATE_ENDPOINT, SECRET_PURPOSE, CreateEndpoint
from turnout.callbacks.endpoint_rules import check_dialect, check_url
from turnout.cli.office import AccountText, Office, open_office, show
from turnout.cli.options import ANYWHERE, Place
from turnout.cli.output import AsJson, Output
from turnout.compose import SIGNED_DIALECTS, callback_dialects
from turnout.dialects.contract import CallbackDialect
from turnout.dialects.csslcloud import ids as csslcloud_ids
from turnout.dialects.quanshi import ids as quanshi_ids
from turnout.dialects.volcengine import ids as volcengine_ids
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, ApiKeyId, HostId, IdForms, Kind

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - the outcome of an Action[C, O]
T = TypeVar("T")

app = App(name="account", help="Accounts, their people, their API keys and their audit log.", result_action="return_value")
for _command in ("invite", "members", "set_role", "remove_member", "readmit", "keys", "audit"):
    app.command(f"turnout.cli.account_people:{_command}")

Password = Annotated[
    str | None,
    Parameter(
        allow_leading_hyphen=True,  # else a lone - would be no value
        help="The host's password; made up when left out. `-` reads it from standard input.",
    ),
]


@app.command
def create(
    name: Annotated[str, Parameter(help="The account's name.")],
    /,
    *,
    login: Annotated[str | None, Parameter(help="Login name of its first host; made from the account's name when left out.")] = None,
    password: Password = None,
    callback_url: Annotated[
        tuple[str, ...], Parameter(help="Send callbacks to this URL in every vendor's dialect that has them; the API has more settings.")
    ] = (),
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Create an account with a host, an API key and a CC key. The secrets are shown this once."""
    for url in callback_url:
        check_url(url, may_be_private=place.load().dangerous_allow_private_callbacks)
    with open_office(place, makes_all=True) as office:
        command, secrets = new_account(
            office.runtime.keyring,
            SIGNED_DIALECTS,
            name=name,
            host_login=_login_for(name) if login is None else login,
            host_name=name,
            host_password=_given_password(password),
        )
        created = office.write(actions.CREATE_ACCOUNT, command)
        callbacks = [added for url in callback_url for added in _add_endpoints(office, created.account_id, url)]
        account = {
            "id": office.ids.text(Kind.ACCOUNT, created.account_id),
            "name": name,
            "api_key": secrets.api_key,
            "api_key_id": office.ids.text(Kind.API_KEY, created.api_key_id),
            "host_id": office.ids.text(Kind.HOST, created.host_id),
            "host_login": secrets.host_login,
            "host_password": secrets.host_password,
            "callbacks": callbacks,
            "csslcloud": csslcloud_ids.forms(office.ids, Kind.ACCOUNT, created.account_id) | {"api_key": secrets.dialect_keys["csslcloud"]},
            "quanshi": quanshi_ids.forms(office.ids, Kind.ACCOUNT, created.account_id)
            | quanshi_ids.forms(office.ids, Kind.HOST, created.host_id),
            "volcengine": volcengine_ids.forms(office.ids, Kind.ACCOUNT, created.account_id),
        }
    show(json, account, "Keep these: secrets are shown this once.")
    return 0


def _login_for(name: str) -> str:
    return "-".join(name.split())


def _given_password(password: str | None) -> str | None:
    """The password, None for one to be made up. Raises InvalidInput where there is none."""
    if password is not None and password.startswith("--"):
        raise InvalidInput("no password is given; one that begins with -- is read from standard input, --password -", field="password")
    if password != "-":  # noqa: S105 - a sign, not a password
        return password
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise InvalidInput("there is no password on standard input", field="password")
    return given


def _add_endpoints(office: Office, account_id: AccountId, url: str) -> list[dict[str, str | None]]:
    """One in each vendor's dialect, signed with a secret where the dialect makes one. A receiver is written for one, and would refuse ours,
    which goes on trying for three days."""
    dialects = callback_dialects(office.runtime, lambda: office.runtime.base_url)
    vendors = [name for name, dialect in dialects.items() if not dialect.heeds_replies]
    return [_add_endpoint(office, account_id, url, check_dialect(name, {}, dialects)) for name in vendors]


def _add_endpoint(office: Office, account_id: AccountId, url: str, dialect: CallbackDialect) -> dict[str, str | None]:
    secret = dialect.new_secret()
    sealed = None if secret is None else office.runtime.keyring.seal(secret.encode(), SECRET_PURPOSE)
    made = office.write(
        CREATE_ENDPOINT, CreateEndpoint(account_id=account_id, url=url, dialect=dialect.name, secret=sealed, options={}, once=None)
    )
    return {"id": office.ids.text(Kind.ENDPOINT, made.id), "url": url, "dialect": dialect.name, "secret": secret}


@app.command(name="list")
def list_(*, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """List accounts with their hosts and API keys. Secrets are not kept, so none are shown."""
    with open_office(place) as office:
        accounts = office.read(lambda connection: [_listed(connection, office.ids, one) for one in queries.list_accounts(connection)])
    if json:
        Output(True).document({"accounts": accounts})
        return 0
    table = Table(box=None)
    for heading in ("Account", "Name", "Hosts", "API keys", "CC userid", "Quanshi customerCode"):
        table.add_column(heading, overflow="fold")
    for account in accounts:
        keys = [key["id"] for key in account["api_keys"] if key["revoked_at"] is None]
        logins = ", ".join(host["login"] for host in account["hosts"])
        table.add_row(
            account["id"], account["name"], logins, "\n".join(keys), account["csslcloud"]["userid"], account["quanshi"]["customerCode"]
        )
    Output(False).person.print(table if accounts else "There are no accounts. Make one: turnout account create NAME")
    return 0


def _listed(connection: sa.Connection, ids: IdForms, account: Account) -> dict[str, Any]:
    return {
        "id": ids.text(Kind.ACCOUNT, account.id),
        "name": account.name,
        "created_at": rfc3339(account.created_at),
        "hosts": [
            {"id": ids.text(Kind.HOST, host.id), "login": host.login, "name": host.name, "role": host.role}
            for host in queries.list_hosts(connection, account.id)
        ],
        "api_keys": [
            {
                "id": ids.text(Kind.API_KEY, key.id),
                "label": key.label,
                "created_at": rfc3339(key.created_at),
                "revoked_at": None if key.revoked_at is None else rfc3339(key.revoked_at),
                "last_used_at": None if key.last_used_at is None else rfc3339(key.last_used_at),
            }
            for key in queries.list_api_keys(connection, account.id)
        ],
        "csslcloud": csslcloud_ids.forms(ids, Kind.ACCOUNT, account.id),
        "quanshi": quanshi_ids.forms(ids, Kind.ACCOUNT, account.id),
        "volcengine": volcengine_ids.forms(ids, Kind.ACCOUNT, account.id),
    }


@app.command(name="add-host")
def add_host(
    account: AccountText,
    login: Annotated[str, Parameter(help="Login name, for all accounts of this server only once.")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="What viewers and callbacks call the host; the login name when left out.")] = None,
    role: Annotated[HostRole, Parameter(help="An operator also manages callbacks.")] = "host",
    password: Password = None,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Add a person who runs live sessions."""
    with open_office(place) as office:
        secret = check_password(_given_password(password) or new_password())
        host = office.write(
            actions.CREATE_HOST,
            actions.CreateHost(
                account_id=office.account_id(account),
                login=check_login(login),
                name=check_name(login if name is None else name, "name"),
                role=role,
                password_hash=hash_password(secret),
            ),
        )
        shown = {
            "id": office.ids.text(Kind.HOST, host.id),
            "host_login": host.login,
            "host_password": secret,
            "name": host.name,
            "role": host.role,
            "quanshi": quanshi_ids.forms(office.ids, Kind.HOST, host.id),
        }
    show(json, shown, "Keep the password: it is shown this once.")
    return 0


@app.command(name="new-key")
def new_key(
    account: AccountText,
    /,
    *,
    label: Annotated[str, Parameter(help="What the key is for.")] = "",
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Make a further API key; the others go on working."""
    with open_office(place) as office:
        key = new_api_key()
        key_id = office.write(actions.CREATE_API_KEY, actions.CreateApiKey(office.account_id(account), hash_secret(key), label))
        shown = {"id": office.ids.text(Kind.API_KEY, key_id), "label": label, "api_key": key}
    show(json, shown, "Keep the key: it is shown this once.")
    return 0


@app.command(name="revoke-key")
def revoke_key(
    account: AccountText,
    key: Annotated[str, Parameter(help="The key's id, ak_…, as `turnout account list` shows it.")],
    /,
    *,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Revoke an API key; it stops working at once."""
    with open_office(place) as office:
        key_id = ApiKeyId(office.ids.parse_text(Kind.API_KEY, key))
        office.write(member_actions.REVOKE_API_KEY, member_actions.RevokeApiKey(office.account_id(account), key_id))
    show(json, {"id": key, "revoked": True}, "The key works no more.")
    return 0


@app.command(name="set-password")
def set_password(
    login: Annotated[str, Parameter(help="The host's login name.")],
    /,
    *,
    password: Password = None,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Set a host's password, and end the host's logins."""
    with open_office(place) as office:
        secret = check_password(_given_password(password) or new_password())
        host = office.host_of_login(login)
        office.write(
            actions.SET_PASSWORD,
            actions.SetPassword(account_id=host.account_id, host_id=HostId(host.id), password_hash=hash_password(secret)),
        )
        shown = {"id": office.ids.text(Kind.HOST, host.id), "host_login": host.login, "host_password": secret}
    show(json, shown, "Keep the password: it is shown this once.")
    return 0


@app.command(name="reset-two-step")
def reset_two_step(
    login: Annotated[str, Parameter(help="The host's login name.")],
    /,
    *,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Turn two-step login off for a host who has lost phone and recovery codes, and end the host's logins."""
    with open_office(place) as office:
        host = office.host_of_login(login)
        was_on = office.write(RESET_TWO_STEP, ResetTwoStep(host.account_id, host.id))
        shown = {"id": office.ids.text(Kind.HOST, host.id), "host_login": host.login, "was_on": was_on}
    show(json, shown, "The password alone logs in now. Be sure of whom you did this for.")
    return 0
