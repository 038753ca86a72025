"""Request and reply structs of /login and /account."""

from typing import Annotated

import msgspec

from turnout.accounts.rules import Account, Host, HostRole
from turnout.kernel import limits
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.ids import IdForms, Kind

LoginText = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_NAME_LENGTH, description="The host's login name.")]
PasswordText = Annotated[str, msgspec.Meta(max_length=limits.MAX_PASSWORD_LENGTH, description="The host's password.")]


class LoginBody(msgspec.Struct, frozen=True):
    """Who logs in."""

    login: LoginText
    password: PasswordText


class PasswordBody(msgspec.Struct, frozen=True):
    """A new password, with proof of the present one."""

    current_password: PasswordText
    new_password: PasswordText


class HostOut(msgspec.Struct, frozen=True):
    """A person with a login."""

    id: str
    name: str
    login: str
    role: HostRole


class AccountName(msgspec.Struct, frozen=True):
    """The account a login belongs to."""

    id: str
    name: str


class LoginOut(msgspec.Struct, frozen=True):
    """A login. csrf_token goes back in the header X-CSRF-Token of every request that changes something and is proved by the cookie."""

    host: HostOut
    account: AccountName
    csrf_token: str
    expires_at: str


class AccountOut(msgspec.Struct, frozen=True):
    """An account. GET /api/v1/ids/{id} says how each dialect names it."""

    id: str
    name: str
    created_at: str


def login_out(ids: IdForms, host: Host, account: Account, *, csrf: str, expires_at: Instant) -> LoginOut:
    """A login as the host's browser gets it."""
    return LoginOut(
        host=HostOut(id=ids.text(Kind.HOST, host.id), name=host.name, login=host.login, role=host.role),
        account=AccountName(id=ids.text(Kind.ACCOUNT, account.id), name=account.name),
        csrf_token=csrf,
        expires_at=rfc3339(expires_at),
    )


def account_out(ids: IdForms, account: Account) -> AccountOut:
    """An account as its own callers get it."""
    return AccountOut(
        id=ids.text(Kind.ACCOUNT, account.id),
        name=account.name,
        created_at=rfc3339(account.created_at),
    )
