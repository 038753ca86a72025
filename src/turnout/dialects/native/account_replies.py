"""What the native API answers about members, join links, API keys and the audit log, as its client reads it."""

import msgspec


class Member(msgspec.Struct, frozen=True):
    """A person with a login of the account. role: host or operator. last_login_at: None for one who has never logged in."""

    id: str
    login: str
    name: str
    role: str
    created_at: str
    last_login_at: str | None


class JoinLink(msgspec.Struct, frozen=True):
    """A link by which one person becomes a member. state: open, used, revoked or expired."""

    id: str
    role: str
    label: str
    state: str
    made_by: str
    created_at: str
    expires_at: str
    used_at: str | None
    used_by: str | None


class NewJoinLink(msgspec.Struct, frozen=True):
    """A new join link. url: with its secret, this one time."""

    join_link: JoinLink
    url: str


class ApiKey(msgspec.Struct, frozen=True):
    """An API key without its secret. last_used_at: up to five minutes behind, None before the first use and from an older server."""

    id: str
    label: str
    created_at: str
    revoked_at: str | None
    last_used_at: str | None = None


class NewApiKey(msgspec.Struct, frozen=True):
    """A new API key. key: the key itself, this one time."""

    api_key: ApiKey
    key: str


class AuditActor(msgspec.Struct, frozen=True):
    """Who did it. kind: member, api_key or command_line."""

    kind: str
    id: str | None
    name: str
    address: str


class AuditThing(msgspec.Struct, frozen=True):
    """What it was done to."""

    id: str
    name: str


class AuditRecord(msgspec.Struct, frozen=True):
    """Who did what to which thing, when."""

    id: str
    at: str
    kind: str
    actor: AuditActor
    thing: AuditThing | None
    facts: dict[str, str | int | bool | None]
