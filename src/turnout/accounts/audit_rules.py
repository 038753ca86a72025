"""The audit log's words: who did what to which thing. Pure."""

from typing import Literal, NamedTuple, get_args

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, AuditRecordId, Kind

AuditKind = Literal[
    "account.created",
    "login.began",
    "login.failed",
    "login.ended",
    "password.changed",
    "two_step.on",
    "two_step.off",
    "two_step.reset",
    "recovery_codes.made",
    "member.added",
    "member.joined",
    "member.renamed",
    "member.role_changed",
    "member.removed",
    "member.readmitted",
    "join_link.created",
    "join_link.revoked",
    "api_key.created",
    "api_key.revoked",
    "entry_key.created",
    "room.created",
    "room.changed",
    "screen_link.made",
    "screen_link.ended",
    "theme.changed",
    "live_session.started",
    "live_session.ended",
    "announcement.made",
    "announcement.withdrawn",
    "viewer.kicked",
    "viewer.blocked",
    "viewer.unblocked",
    "survey.opened",
    "survey.closed",
    "survey.published",
    "survey.settled",
    "survey.withdrawn",
    "checkin.opened",
    "checkin.closed",
    "checkin.withdrawn",
    "draw.committed",
    "draw.opened",
    "draw.closed",
    "draw.cancelled",
    "endpoint.created",
    "endpoint.changed",
    "endpoint.secret_rotated",
    "endpoint.paused",
    "endpoint.resumed",
    "endpoint.removed",
    "delivery.redelivered",
    "endpoint.redelivered",
    "submissions.exported",
    "winners.exported",
    "audit.exported",
]
"""What is in the audit log: what people with a login, API keys and the command line did. What viewers do is not."""

AUDIT_KINDS: tuple[str, ...] = get_args(AuditKind)

ActorKind = Literal["member", "api_key", "command_line"]
"""command_line: `turnout account …` on the server's own machine, by whoever may log in there."""

Fact = str | int | bool | None
"""What a record says beyond its thing: small, and never a secret."""


class Actor(NamedTuple):
    """Who did it. id: of the member or the API key. name: as it was then. address: where the request came from, or empty."""

    kind: ActorKind
    id: int | None = None
    name: str = ""
    address: str = ""


class Thing(NamedTuple):
    """What it was done to. name: as it was then."""

    kind: Kind
    id: int
    name: str = ""


class AuditPlace(NamedTuple):
    """Where in the log a record stands, or stood: pages go on from there also when it has been taken back or let go since."""

    at: Instant
    id: AuditRecordId


class AuditRecord(msgspec.Struct, frozen=True):
    """One record. It stands or falls with the change it tells of, and is never changed."""

    id: AuditRecordId
    account_id: AccountId
    at: Instant
    kind: str
    actor: Actor
    thing: Thing | None
    facts: dict[str, Fact]

    @property
    def place(self) -> AuditPlace:
        """After which the next page begins."""
        return AuditPlace(self.at, self.id)


class AuditFilter(msgspec.Struct, frozen=True):
    """Which records. actor_id: of a member or an API key. since is inclusive, until is not."""

    kind: str | None = None
    actor_id: int | None = None
    since: Instant | None = None
    until: Instant | None = None
