"""Who is a member, who may change one, and what a join link is. Pure.

A member is a host or operator of an account (rules.Host); a join link makes one.
"""

from typing import Literal

import msgspec

from turnout.accounts.rules import Host, HostRole
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, NotFound
from turnout.kernel.ids import AccountId, ApiKeyId, HostId, JoinLinkId
from turnout.kernel.text import check_line

JoinLinkState = Literal["open", "used", "revoked", "expired"]

DAY: Instant = 86_400 * SECOND


class NoSuchMember(NotFound):
    """There is no such member."""

    code = "no_such_member"


class LastOperator(Conflict):
    """This is the account's last operator; make another member an operator first."""

    code = "last_operator"


class TooManyMembers(Conflict):
    """The account has as many members as it may have."""

    code = "too_many_members"


class NoSuchJoinLink(NotFound):
    """There is no such join link."""

    code = "no_such_join_link"


class JoinLinkUsed(Conflict):
    """Somebody has joined by this link; it works once."""

    code = "join_link_used"


class JoinLinkRevoked(Conflict):
    """This join link was revoked."""

    code = "join_link_revoked"


class JoinLinkExpired(Conflict):
    """This join link has expired."""

    code = "join_link_expired"


class TooManyJoinLinks(Conflict):
    """The account has as many open join links as it may have; revoke one first."""

    code = "too_many_join_links"


class TooManyApiKeys(Conflict):
    """The account has as many working API keys as it may have; revoke one first."""

    code = "too_many_api_keys"


class JoinLink(msgspec.Struct, frozen=True):
    """A link by which one person becomes a member, without its secret, of which only a hash exists. label: whom it is for, as its maker
    wrote it. made_by: None where an API key or the command line made it."""

    id: JoinLinkId
    account_id: AccountId
    role: HostRole
    label: str
    made_by: HostId | None
    made_by_name: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None
    used_by: HostId | None = None
    used_by_name: str | None = None
    revoked_at: Instant | None = None

    def state_at(self, now: Instant) -> JoinLinkState:
        """What has become of it."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now >= self.expires_at else "open"


class ApiKeyMade(msgspec.Struct, frozen=True):
    """A new API key. sealed: the key itself, for whoever repeats the request that made it."""

    id: ApiKeyId
    label: str
    created_at: Instant
    sealed: bytes


def require_open(link: JoinLink | None, now: Instant) -> JoinLink:
    """The link, when somebody can join by it; raises NoSuchJoinLink, JoinLinkUsed, JoinLinkRevoked, JoinLinkExpired."""
    if link is None:
        raise NoSuchJoinLink
    state = link.state_at(now)
    if state == "used":
        raise JoinLinkUsed
    if state == "revoked":
        raise JoinLinkRevoked
    if state == "expired":
        raise JoinLinkExpired
    return link


def require_other_operator(member: Host, operators: int) -> None:
    """Raises LastOperator when the account would be left without an operator once this member is none. operators: how many there are."""
    if member.role == "operator" and operators <= 1:
        raise LastOperator


def check_label(label: str) -> str:
    """What an API key or a join link is for, without surrounding blanks, maybe empty; raises InvalidInput."""
    return check_line(label, "label", limits.MAX_LABEL_LENGTH, may_be_empty=True)


def check_member_name(name: str) -> str:
    """The name of a member without surrounding blanks; raises InvalidInput. It stands in lists beside those of others."""
    return check_line(name, "name", limits.MAX_NAME_LENGTH)
