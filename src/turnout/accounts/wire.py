"""Request and reply structs of /login and /account."""

from typing import Annotated

import msgspec

from turnout.accounts.rules import Account, EntryKey, Host, HostRole
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
    """A login. csrf_token goes back in the header X-CSRF-Token of every request that changes something and is proved by the cookie.
    recovery_codes_left: told where one was just used up, else null."""

    host: HostOut
    account: AccountName
    csrf_token: str
    expires_at: str
    recovery_codes_left: int | None = None


class LoginTicketOut(msgspec.Struct, frozen=True):
    """The password held, and a code is needed too. ticket: what POST /api/v1/login/code takes with it."""

    ticket: str
    expires_at: str


class AccountOut(msgspec.Struct, frozen=True):
    """An account. GET /api/v1/ids/{id} says how each dialect names it."""

    id: str
    name: str
    created_at: str


class EntryKeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new entry key. end_earlier: earlier keys stop working at once, because one of them became known."""

    end_earlier: bool = False


class EntryKeyOut(msgspec.Struct, frozen=True):
    """An entry key without its secret. kid: what stands in the header of a pass. works_until: null for the newest."""

    kid: str
    created_at: str
    works_until: str | None


class EntryKeysOut(msgspec.Struct, frozen=True):
    """The entry keys that work, the oldest first."""

    entry_keys: list[EntryKeyOut]


class NewEntryKeyOut(msgspec.Struct, frozen=True):
    """A new entry key, shown this once: what passes are signed with, by HS256, and the kid their header names. earlier: those that still
    work."""

    kid: str
    key: str
    created_at: str
    earlier: list[EntryKeyOut]


def kid_of(ids: IdForms, key: EntryKey) -> str:
    """What names an entry key in the header of a pass: the account, and the number of its key."""
    return f"{ids.text(Kind.ACCOUNT, key.account_id)}.{key.number}"


def entry_key_out(ids: IdForms, key: EntryKey) -> EntryKeyOut:
    """For the account's operators."""
    until = None if key.works_until is None else rfc3339(key.works_until)
    return EntryKeyOut(kid=kid_of(ids, key), created_at=rfc3339(key.created_at), works_until=until)


def login_out(
    ids: IdForms, host: Host, account: Account, *, csrf: str, expires_at: Instant, recovery_codes_left: int | None = None
) -> LoginOut:
    """A login as the host's browser gets it."""
    return LoginOut(
        host=HostOut(id=ids.text(Kind.HOST, host.id), name=host.name, login=host.login, role=host.role),
        account=AccountName(id=ids.text(Kind.ACCOUNT, account.id), name=account.name),
        csrf_token=csrf,
        expires_at=rfc3339(expires_at),
        recovery_codes_left=recovery_codes_left,
    )


def account_out(ids: IdForms, account: Account) -> AccountOut:
    """An account as its own callers get it."""
    return AccountOut(
        id=ids.text(Kind.ACCOUNT, account.id),
        name=account.name,
        created_at=rfc3339(account.created_at),
    )
