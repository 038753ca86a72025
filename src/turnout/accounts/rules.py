"""What an account, a host and a login are, and when a try to log in is refused: pure."""

import unicodedata
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import Literal, NamedTuple

import msgspec

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotAllowed, NotLoggedIn, TooManyRequests
from turnout.kernel.ids import AccountId, ApiKeyId, HostId

HostRole = Literal["host", "operator"]

LOGIN_LIFE: Instant = limits.LOGIN_DAYS * 86_400 * SECOND
"""How long a login lasts, in microseconds."""

ENTRY_KEY_OVERLAP: Instant = limits.ENTRY_KEY_OVERLAP_S * SECOND
"""How long an earlier entry key still works, in microseconds."""

FAILURE_WINDOW: Instant = limits.LOGIN_FAILURE_WINDOW_S * SECOND
"""How long a failed login counts, in microseconds."""


LOGIN_ID_LENGTH = 24
"""Letters of what names a login."""


class Account(msgspec.Struct, frozen=True):
    """A customer organisation."""

    id: AccountId
    name: str
    created_at: Instant


class ApiKey(msgspec.Struct, frozen=True):
    """An API key without its secret, of which only a hash exists. last_used_at: as key_use.py keeps it, None before the first use."""

    id: ApiKeyId
    account_id: AccountId
    label: str
    created_at: Instant
    revoked_at: Instant | None
    last_used_at: Instant | None


class Host(msgspec.Struct, frozen=True):
    """A person with a login: a member of the account. removed_at: who was removed logs in no more, and stays what others refer to."""

    id: HostId
    account_id: AccountId
    login: str
    name: str
    role: HostRole
    created_at: Instant
    last_login_at: Instant | None = None
    removed_at: Instant | None = None


class EntryKey(msgspec.Struct, frozen=True):
    """A key with which the customer's own login signs passes (docs/entry.md); the account's keys are numbered from 1.

    sealed: the key itself (secrets.open_entry_key). works_until: None for the newest, which works until another is made.
    """

    account_id: AccountId
    number: int
    sealed: bytes
    created_at: Instant
    works_until: Instant | None

    def works_at(self, now: Instant) -> bool:
        """Whether what it signs is believed."""
        return self.works_until is None or now < self.works_until


class OwnLogin(msgspec.Struct, frozen=True):
    """One of a host's logins. address, browser: None for one made before they were kept."""

    token_hash: str
    created_at: Instant
    expires_at: Instant
    address: str | None
    browser: str | None

    @property
    def id(self) -> str:
        """What names it to its host: enough of the hash to be unique, from which nothing of the token is found."""
        return self.token_hash[:LOGIN_ID_LENGTH]


class WrongPassword(NotLoggedIn):
    """The login name or the password is wrong."""

    code = "wrong_password"


class PasswordLoginsOff(NotAllowed):
    """Passwords log nobody in here; log in with the provider."""

    code = "password_logins_off"


class LoginTaken(Conflict):
    """This login name is taken."""

    code = "login_taken"


class TooManyLoginFailures(TooManyRequests):
    """Too many failed logins; try again later."""

    code = "too_many_login_failures"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


def check_name(name: str, field: str) -> str:
    """The name of a person or an account without surrounding blanks; raises InvalidInput naming the field when it is empty, too long or
    holds control characters."""
    name = name.strip()
    if not 1 <= len(name) <= limits.MAX_NAME_LENGTH:
        raise InvalidInput(f"a name has 1 to {limits.MAX_NAME_LENGTH} characters", field=field)
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise InvalidInput("a name has no control characters", field=field)
    return name


def normal_login(login: str) -> str:
    """The login name as it is stored and compared: one Unicode form, letter case folded, no surrounding blanks, and without the characters
    that no database keeps."""
    kept = "".join(letter for letter in login if unicodedata.category(letter) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFKC", kept).casefold().strip()


def check_login(login: str) -> str:
    """The normal form of a new login name; raises InvalidInput when it is empty, too long or has blanks or control characters in it."""
    normal = normal_login(login)
    if not 1 <= len(normal) <= limits.MAX_NAME_LENGTH:
        raise InvalidInput(f"a login name has 1 to {limits.MAX_NAME_LENGTH} characters", field="login")
    if any(letter.isspace() or unicodedata.category(letter) in ("Cc", "Cs") for letter in normal):
        raise InvalidInput("a login name has no blanks", field="login")
    return normal


def check_password(password: str, field: str = "password") -> str:
    """The password, when it is long enough to keep; raises InvalidInput."""
    if not limits.MIN_PASSWORD_LENGTH <= len(password) <= limits.MAX_PASSWORD_LENGTH:
        raise InvalidInput(f"a password has {limits.MIN_PASSWORD_LENGTH} to {limits.MAX_PASSWORD_LENGTH} characters", field=field)
    return password


class Subject(NamedTuple):
    """What failed logins are counted under, and how many of them are too many."""

    text: str
    most: int


def login_subjects(login: str, address: str) -> tuple[Subject, Subject, Subject]:
    """What a failed login under this name from this address counts under: the name from there, tightly; the address, more loosely, since
    an office shares one; the name from anywhere, so loosely that knowing it does not suffice to lock its owner out. The name is whatever
    somebody typed, so it stands last: no name makes the text of another's."""
    name, place = f"login:{normal_login(login)}", address_subject(address)
    return (
        Subject(f"{place} {name}", limits.MAX_LOGIN_FAILURES),
        Subject(place, limits.MAX_ADDRESS_LOGIN_FAILURES),
        Subject(name, limits.MAX_NAME_LOGIN_FAILURES),
    )


def address_subject(address: str) -> str:
    """What failed logins from this address are counted under: an IPv4 address, or the /64 network of an IPv6 one, since whoever has one
    address of a /64 has them all. Text that is no address is counted as it is."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{address}"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"address:{parsed.ipv4_mapped}"
        return f"address:{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return f"address:{parsed}"


def refuse_locked_out(failures: Sequence[Instant], most: int, now: Instant) -> None:
    """Raises TooManyLoginFailures when the failures of one subject within the window have reached so many; it says in whole seconds when
    the first of them that matters stops counting. A refused try is no failure, so waiting always ends."""
    counting = sorted(at for at in failures if at > now - FAILURE_WINDOW)
    if len(counting) >= most:
        until = counting[len(counting) - most] + FAILURE_WINDOW
        raise TooManyLoginFailures(retry_after_s=seconds_until(until, now))


def seconds_until(until: Instant, now: Instant) -> int:
    """Whole seconds after which that moment has come; at least one."""
    return max(1, -((now - until) // SECOND))
