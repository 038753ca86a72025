"""What changes members, join links, API keys and entry keys. Batches of one.

Each takes the account's lock first, and looks at the caller again under it: of two operators who demote or remove each other at once, one
is an operator no more when his turn comes, and an API key that is being revoked leaves no other key or link behind.
"""

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from turnout.accounts import audit, idempotency, member_store, store
from turnout.accounts.audit_rules import Actor, Thing
from turnout.accounts.caller import Caller
from turnout.accounts.member_rules import (
    DAY,
    ApiKeyMade,
    JoinLink,
    JoinLinkUsed,
    NoSuchJoinLink,
    NoSuchMember,
    TooManyApiKeys,
    TooManyJoinLinks,
    TooManyMembers,
    require_open,
    require_other_operator,
)
from turnout.accounts.rules import ENTRY_KEY_OVERLAP, LOGIN_LIFE, EntryKey, Host, HostRole, LoginTaken
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotAllowed, NotFound, TurnoutError
from turnout.kernel.ids import AccountId, ApiKeyId, HostId, JoinLinkId, Kind
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class ChangeMember(msgspec.Struct, frozen=True):
    """A new name, checked, or another role. An operator changes any member, a host his own name. by: None for the command line."""

    account_id: AccountId
    member_id: HostId
    name: str | UnsetType = UNSET
    role: HostRole | UnsetType = UNSET
    by: Caller | None = None


class RemoveMember(msgspec.Struct, frozen=True):
    """Ends the member's logins and join links; what the member made stays. by: None for the command line."""

    account_id: AccountId
    member_id: HostId
    by: Caller | None = None


class MakeJoinLink(msgspec.Struct, frozen=True):
    """A link by which one person becomes a member. sealed: the secret, for a repeat under the idempotency key. by: None for the command
    line."""

    account_id: AccountId
    role: HostRole
    label: str
    days: int
    secret_hash: str
    sealed: bytes
    by: Caller | None = None
    once: idempotency.Once | None = None


class JoinLinkMade(msgspec.Struct, frozen=True):
    """A new link with its secret."""

    link: JoinLink
    sealed: bytes


class RevokeJoinLink(msgspec.Struct, frozen=True):
    """Nobody joins by it any more; doing it again changes nothing. by: None for the command line."""

    account_id: AccountId
    link_id: JoinLinkId
    by: Caller | None = None


class Join(msgspec.Struct, frozen=True):
    """Somebody has opened a join link and chosen a login name (normal form), a name and a password. token_hash, csrf: of the login that
    begins with it."""

    account_id: AccountId
    secret_hash: str
    login: str
    name: str
    password_hash: str
    token_hash: str
    csrf: str
    address: str
    browser: str


class Joined(msgspec.Struct, frozen=True):
    """The new member, logged in."""

    host: Host
    expires_at: Instant


class MakeApiKey(msgspec.Struct, frozen=True):
    """sealed: the key, for a repeat under the idempotency key."""

    caller: Caller
    label: str
    key_hash: str
    sealed: bytes
    once: idempotency.Once | None = None


class RevokeApiKey(msgspec.Struct, frozen=True):
    """It works no more, from the commit on; doing it again changes nothing. by: None for the command line."""

    account_id: AccountId
    api_key_id: ApiKeyId
    by: Caller | None = None


class MakeEntryKey(msgspec.Struct, frozen=True):
    """sealed: the new key (secrets.new_entry_key). end_earlier: earlier ones stop working at once, because one of them became known."""

    caller: Caller
    sealed: bytes
    end_earlier: bool = False
    once: idempotency.Once | None = None


def change_member(tx: Tx, commands: Sequence[ChangeMember]) -> Sequence[Host]:
    """The member as it is now. Raises NoSuchMember, NotAllowed, LastOperator."""
    return [_change_member(tx, command) for command in commands]


def _change_member(tx: Tx, command: ChangeMember) -> Host:
    _hold(tx, command.account_id)
    is_own_name = command.by is not None and command.by.host_id == command.member_id and command.role is UNSET
    if not is_own_name:
        _require_operator_still(tx, command.by)
    member = _member(tx, command.account_id, command.member_id)
    name = member.name if command.name is UNSET else command.name
    role = member.role if command.role is UNSET else command.role
    by, thing = command.by or command.account_id, Thing(Kind.HOST, member.id, name)
    if role != member.role:
        require_other_operator(member, member_store.count_members(tx.connection, command.account_id, "operator"))
        revoked = member_store.revoke_join_links_of(tx.connection, member.id, tx.now) if role == "host" else 0
        audit.note(tx, by, "member.role_changed", thing, role=role, before=member.role, join_links_revoked=revoked)
    if name != member.name:
        audit.note(tx, by, "member.renamed", thing, before=member.name)
    member_store.update_member(tx.connection, member.id, name=name, role=role)
    return msgspec.structs.replace(member, name=name, role=role)


def remove_member(tx: Tx, commands: Sequence[RemoveMember]) -> Sequence[None]:
    """Removes members, with their logins. Raises NoSuchMember, NotAllowed, LastOperator."""
    for command in commands:
        _hold(tx, command.account_id)
        _require_operator_still(tx, command.by)
        member = _member(tx, command.account_id, command.member_id)
        require_other_operator(member, member_store.count_members(tx.connection, command.account_id, "operator"))
        revoked = member_store.revoke_join_links_of(tx.connection, member.id, tx.now)
        member_store.remove_member(tx.connection, member.id, tx.now)
        store.delete_logins_of_host(tx.connection, member.id, except_token_hash=None)
        tx.nudge("logins", 0)  # sockets opened with them end too
        thing = Thing(Kind.HOST, member.id, member.name)
        audit.note(
            tx, command.by or command.account_id, "member.removed", thing, login=member.login, role=member.role, join_links_revoked=revoked
        )
    return [None] * len(commands)


def make_join_link(tx: Tx, commands: Sequence[MakeJoinLink]) -> Sequence[JoinLinkMade | TurnoutError]:
    """New links. Raises NotAllowed, TooManyJoinLinks."""
    return [_make_join_link_once(tx, command) for command in commands]


def _make_join_link_once(tx: Tx, command: MakeJoinLink) -> JoinLinkMade:
    _hold(tx, command.account_id)
    _require_operator_still(tx, command.by)  # of a repeat too, which is given the secret again
    return idempotency.once(tx, command.account_id, command.once, JoinLinkMade, partial(_make_join_link, tx, command))


def _make_join_link(tx: Tx, command: MakeJoinLink) -> JoinLinkMade:
    if member_store.count_open_join_links(tx.connection, command.account_id, tx.now) >= limits.MAX_OPEN_JOIN_LINKS:
        raise TooManyJoinLinks
    link = JoinLink(
        id=JoinLinkId(tx.new_id()),
        account_id=command.account_id,
        role=command.role,
        label=command.label,
        made_by=None if command.by is None else command.by.host_id,
        made_by_name="" if command.by is None else command.by.host_name,
        created_at=tx.now,
        expires_at=tx.now + command.days * DAY,
    )
    member_store.insert_join_link(tx.connection, link, command.secret_hash)
    thing = Thing(Kind.JOIN_LINK, link.id, link.label)
    audit.note(tx, command.by or command.account_id, "join_link.created", thing, role=link.role, days=command.days)
    return JoinLinkMade(link, command.sealed)


def revoke_join_link(tx: Tx, commands: Sequence[RevokeJoinLink]) -> Sequence[None]:
    """Revokes links. Raises NoSuchJoinLink, NotAllowed, JoinLinkUsed."""
    for command in commands:
        _hold(tx, command.account_id)
        _require_operator_still(tx, command.by)
        link = member_store.select_join_link(tx.connection, command.account_id, command.link_id)
        if link is None:
            raise NoSuchJoinLink
        if link.used_at is not None:
            raise JoinLinkUsed
        if member_store.revoke_join_link(tx.connection, link.id, tx.now):
            thing = Thing(Kind.JOIN_LINK, link.id, link.label)
            audit.note(tx, command.by or command.account_id, "join_link.revoked", thing, role=link.role)
    return [None] * len(commands)


def join(tx: Tx, commands: Sequence[Join]) -> Sequence[Joined]:
    """New members, each by an open link, logged in. Raises NoSuchJoinLink, JoinLinkUsed, JoinLinkRevoked, JoinLinkExpired, LoginTaken,
    TooManyMembers; the link then stays as it was."""
    return [_join(tx, command) for command in commands]


def _join(tx: Tx, command: Join) -> Joined:
    _hold(tx, command.account_id)  # of two who use one link at once, the second finds it used
    link = require_open(member_store.select_join_link_by_secret(tx.connection, command.secret_hash), tx.now)
    if member_store.count_members(tx.connection, link.account_id) >= limits.MAX_MEMBERS_PER_ACCOUNT:
        raise TooManyMembers
    host = Host(HostId(tx.new_id()), link.account_id, command.login, command.name, link.role, tx.now, last_login_at=tx.now)
    if not store.insert_host(tx.connection, host, command.password_hash):
        raise LoginTaken
    if not member_store.use_join_link(tx.connection, link.id, host.id, tx.now):
        raise JoinLinkUsed
    expires_at = tx.now + LOGIN_LIFE
    store.insert_login(
        tx.connection,
        token_hash=command.token_hash,
        host_id=host.id,
        account_id=host.account_id,
        csrf=command.csrf,
        address=command.address,
        browser=command.browser,
        at=tx.now,
        expires_at=expires_at,
    )
    actor = Actor("member", host.id, host.name, command.address)
    thing = Thing(Kind.JOIN_LINK, link.id, link.label)
    audit.note_as(tx, host.account_id, actor, "member.joined", thing, login=host.login, role=host.role)
    return Joined(host, expires_at)


def make_api_key(tx: Tx, commands: Sequence[MakeApiKey]) -> Sequence[ApiKeyMade | TurnoutError]:
    """Further API keys. Raises NotAllowed, TooManyApiKeys."""
    return [_make_api_key_once(tx, command) for command in commands]


def _make_api_key_once(tx: Tx, command: MakeApiKey) -> ApiKeyMade:
    _hold(tx, command.caller.account_id)
    _require_operator_still(tx, command.caller)  # of a repeat too, which is given the key again
    return idempotency.once(tx, command.caller.account_id, command.once, ApiKeyMade, partial(_make_api_key, tx, command))


def _make_api_key(tx: Tx, command: MakeApiKey) -> ApiKeyMade:
    account_id = command.caller.account_id
    if member_store.count_working_api_keys(tx.connection, account_id) >= limits.MAX_WORKING_API_KEYS:
        raise TooManyApiKeys
    made = ApiKeyMade(ApiKeyId(tx.new_id()), command.label, tx.now, command.sealed)
    store.insert_api_key(
        tx.connection, api_key_id=made.id, account_id=account_id, key_hash=command.key_hash, label=made.label, at=made.created_at
    )
    audit.note(tx, command.caller, "api_key.created", Thing(Kind.API_KEY, made.id, made.label))
    return made


def revoke_api_key(tx: Tx, commands: Sequence[RevokeApiKey]) -> Sequence[None]:
    """Revokes keys. Raises NotFound, NotAllowed."""
    for command in commands:
        _hold(tx, command.account_id)
        _require_operator_still(tx, command.by)
        key = member_store.select_api_key(tx.connection, command.account_id, command.api_key_id)
        if key is None:
            raise NotFound
        if key.revoked_at is None:
            # noted first: a key that revokes itself is still known by its label
            audit.note(tx, command.by or command.account_id, "api_key.revoked", Thing(Kind.API_KEY, key.id, key.label))
            store.revoke_api_key(tx.connection, account_id=command.account_id, api_key_id=key.id, at=tx.now)
    return [None] * len(commands)


def make_entry_key(tx: Tx, commands: Sequence[MakeEntryKey]) -> Sequence[list[EntryKey]]:
    """A new entry key of the caller's account; earlier ones work for ENTRY_KEY_OVERLAP more. Returns all that work, the oldest first.
    Raises NotAllowed."""
    return [_make_entry_key_once(tx, command) for command in commands]


def _make_entry_key_once(tx: Tx, command: MakeEntryKey) -> list[EntryKey]:
    _hold(tx, command.caller.account_id)  # so that two keys made at once get two numbers
    _require_operator_still(tx, command.caller)  # of a repeat too, which is given the key again
    return idempotency.once(tx, command.caller.account_id, command.once, list[EntryKey], partial(_make_entry_key, tx, command))


def _make_entry_key(tx: Tx, command: MakeEntryKey) -> list[EntryKey]:
    account_id = command.caller.account_id
    store.end_entry_keys(tx.connection, account_id, tx.now if command.end_earlier else tx.now + ENTRY_KEY_OVERLAP)
    earlier = store.select_entry_keys(tx.connection, account_id)
    key = EntryKey(account_id, len(earlier) + 1, command.sealed, tx.now, None)
    store.insert_entry_key(tx.connection, key)
    audit.note(tx, command.caller, "entry_key.created", number=key.number, end_earlier=command.end_earlier)
    return [*(one for one in earlier if one.works_at(tx.now)), key]


def _hold(tx: Tx, account_id: AccountId) -> None:
    if not store.lock_account(tx.connection, account_id):
        raise NotFound


def _member(tx: Tx, account_id: AccountId, member_id: HostId) -> Host:
    member = store.select_host(tx.connection, account_id, member_id)
    if member is None or member.removed_at is not None:
        raise NoSuchMember
    return member


def _require_operator_still(tx: Tx, by: Caller | None) -> None:
    """Raises NotAllowed for who is no operator, or was one when the request came and is none under the account's lock, and for an API key
    that was revoked since."""
    if by is None:
        return
    by.require_operator()
    if by.api_key_id is not None:
        key = member_store.select_api_key(tx.connection, by.account_id, by.api_key_id)
        if key is None or key.revoked_at is not None:
            raise NotAllowed("this API key was revoked")
    if by.host_id is not None:
        host = store.select_host(tx.connection, by.account_id, by.host_id)
        if host is None or host.removed_at is not None or host.role != "operator":
            raise NotAllowed("this is for operators of the account")


CHANGE_MEMBER: Action[ChangeMember, Host] = Action("change_member", change_member, barrier=True)
REMOVE_MEMBER: Action[RemoveMember, None] = Action("remove_member", remove_member, barrier=True)
MAKE_JOIN_LINK: Action[MakeJoinLink, JoinLinkMade] = Action("make_join_link", make_join_link, barrier=True)
REVOKE_JOIN_LINK: Action[RevokeJoinLink, None] = Action("revoke_join_link", revoke_join_link, barrier=True)
JOIN: Action[Join, Joined] = Action("join", join, barrier=True)
MAKE_API_KEY: Action[MakeApiKey, ApiKeyMade] = Action("make_api_key", make_api_key, barrier=True)
REVOKE_API_KEY: Action[RevokeApiKey, None] = Action("revoke_api_key", revoke_api_key, barrier=True)
MAKE_ENTRY_KEY: Action[MakeEntryKey, list[EntryKey]] = Action("make_entry_key", make_entry_key, barrier=True)
