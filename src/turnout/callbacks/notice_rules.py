"""What the people of an account are told, and when a mail about it is tried again. Pure."""

from enum import StrEnum

import msgspec

from turnout.dialects.contract import EndpointFacts
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import AccountId, EndpointId, NoticeId

MAIL_WAITS_S = (60.0, 300.0, 900.0, 1_800.0, 3_600.0)
"""Seconds between failed tries of one mail; the last one again and again."""

MAIL_LEASE_S = 300.0
"""Seconds for which one process has a mail to itself: longer than a mail server may take to answer every command of one mail."""


class MailState(StrEnum):
    """What became of the mail about a notice."""

    NONE = "none"  # nobody asked for one
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something the people of an account shall see until one of them dismisses it. kind: of the event it came with. mail_to: "" for nobody.
    mail_due_at: of the next try, or the end of the lease while one is under way."""

    id: NoticeId
    account_id: AccountId
    endpoint_id: EndpointId
    kind: str
    at: Instant
    facts: EndpointFacts
    dismissed_at: Instant | None
    mail_to: str
    mail_due_at: Instant | None
    mail_failures: int
    mailed_at: Instant | None

    @property
    def mail(self) -> MailState:
        """What became of its mail."""
        if self.mailed_at is not None:
            return MailState.SENT
        if self.mail_due_at is not None:
            return MailState.WAITING
        return MailState.GIVEN_UP if self.mail_to else MailState.NONE


def decide_next_mail(notice_at: Instant, failures: int, now: Instant) -> Instant | None:
    """When a mail that has now failed so often is tried again; None when it is given up."""
    due_at = now + round(MAIL_WAITS_S[min(failures, len(MAIL_WAITS_S)) - 1] * SECOND)
    return due_at if due_at <= notice_at + limits.MAIL_GIVEN_UP_S * SECOND else None


def is_stale(notice: Notice, now: Instant) -> bool:
    """Whether nobody needs its mail any more: it was dismissed, or is so old that a mail about it would only confuse."""
    return notice.dismissed_at is not None or now > notice.at + limits.MAIL_GIVEN_UP_S * SECOND
