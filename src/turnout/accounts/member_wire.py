"""Request and reply structs of /members, /join-links, /join and /api-keys."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from turnout.accounts.member_rules import JoinLink, JoinLinkState
from turnout.accounts.rules import Account, ApiKey, Host, HostRole
from turnout.accounts.wire import LoginText, PasswordText
from turnout.kernel import limits
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.ids import IdForms, Kind

NameText = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_NAME_LENGTH, description="The member's name.")]
LabelText = Annotated[str, msgspec.Meta(max_length=limits.MAX_LABEL_LENGTH, description="What it is for, or for whom.")]
SecretText = Annotated[str, msgspec.Meta(min_length=1, max_length=128, description="What stands after the # of a join link.")]


class MemberOut(msgspec.Struct, frozen=True):
    """A person with a login of the account. last_login_at: null for one who has never logged in."""

    id: str
    login: str
    name: str
    role: HostRole
    created_at: str
    last_login_at: str | None


class MembersOut(msgspec.Struct, frozen=True):
    """A page of members. next: `after` for the page that follows, null on the last."""

    members: list[MemberOut]
    next: str | None


class MemberBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a member changes; what is left out stays."""

    name: NameText | UnsetType = UNSET
    role: HostRole | UnsetType = UNSET


class JoinLinkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new join link. role: what who joins by it will be. days: for which it can be used."""

    role: HostRole = "host"
    label: LabelText = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_JOIN_LINK_DAYS)] = limits.JOIN_LINK_DAYS


class JoinLinkOut(msgspec.Struct, frozen=True):
    """A join link without its secret. made_by: the name of the member who made it, empty for an API key or the command line. used_by: the
    name of the member it has made."""

    id: str
    role: HostRole
    label: str
    state: JoinLinkState
    made_by: str
    created_at: str
    expires_at: str
    used_at: str | None
    used_by: str | None


class JoinLinksOut(msgspec.Struct, frozen=True):
    """A page of join links, newest first. next: `after` for the page that follows, null on the last."""

    join_links: list[JoinLinkOut]
    next: str | None


class NewJoinLinkOut(msgspec.Struct, frozen=True):
    """A new join link. url: what to give to the person who shall join, shown this once."""

    join_link: JoinLinkOut
    url: str


class JoinLookBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has opened a join link."""

    secret: SecretText


class JoinLookOut(msgspec.Struct, frozen=True):
    """What a join link leads to."""

    account_name: str
    role: HostRole
    made_by: str
    expires_at: str


class JoinBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who joins: a login name and a password of one's own choice, and what viewers shall read."""

    secret: SecretText
    login: LoginText
    name: NameText
    password: PasswordText


class ApiKeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new API key."""

    label: LabelText = ""


class ApiKeyOut(msgspec.Struct, frozen=True):
    """An API key without its secret. revoked_at: since when it does not work, null for one that works. last_used_at: when a request last
    showed it while it worked, null before the first one; it may be up to five minutes behind, and says nothing of the time before it was
    kept."""

    id: str
    label: str
    created_at: str
    revoked_at: str | None
    last_used_at: str | None


class ApiKeysOut(msgspec.Struct, frozen=True):
    """A page of API keys, newest first. next: `after` for the page that follows, null on the last."""

    api_keys: list[ApiKeyOut]
    next: str | None


class NewApiKeyOut(msgspec.Struct, frozen=True):
    """A new API key. key: what requests show as `Authorization: Bearer …`, in this reply and never again."""

    api_key: ApiKeyOut
    key: str


def member_out(ids: IdForms, host: Host) -> MemberOut:
    """For operators, and for a member about himself."""
    return MemberOut(
        id=ids.text(Kind.HOST, host.id),
        login=host.login,
        name=host.name,
        role=host.role,
        created_at=rfc3339(host.created_at),
        last_login_at=_moment(host.last_login_at),
    )


def join_link_out(ids: IdForms, link: JoinLink, now: Instant) -> JoinLinkOut:
    """For operators."""
    return JoinLinkOut(
        id=ids.text(Kind.JOIN_LINK, link.id),
        role=link.role,
        label=link.label,
        state=link.state_at(now),
        made_by=link.made_by_name,
        created_at=rfc3339(link.created_at),
        expires_at=rfc3339(link.expires_at),
        used_at=_moment(link.used_at),
        used_by=link.used_by_name,
    )


def join_look_out(link: JoinLink, account: Account) -> JoinLookOut:
    """For whoever has the link."""
    return JoinLookOut(account_name=account.name, role=link.role, made_by=link.made_by_name, expires_at=rfc3339(link.expires_at))


def api_key_out(ids: IdForms, key: ApiKey) -> ApiKeyOut:
    """For operators."""
    return ApiKeyOut(
        id=ids.text(Kind.API_KEY, key.id),
        label=key.label,
        created_at=rfc3339(key.created_at),
        revoked_at=_moment(key.revoked_at),
        last_used_at=_moment(key.last_used_at),
    )


def _moment(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
