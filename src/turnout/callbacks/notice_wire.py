"""What our own API says about notices. Times are RFC 3339 in UTC."""

import msgspec

from turnout.callbacks.notice_rules import MailState, Notice
from turnout.kernel.clock import rfc3339
from turnout.kernel.ids import IdForms, Kind


class NoticeEndpointView(msgspec.Struct, frozen=True):
    """The callback endpoint a notice is about, as it was then. url: null for a feed."""

    id: str
    url: str | None
    dialect: str
    name: str


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """Something the people of an account shall see until one of them dismisses it.

    kind: `callback_endpoint.disabled`. because: what was done and why, and last_explanation: the last failure, for a person. failing_since:
    the first of its failures in a row. mail_to: who is told by mail, "" for nobody; mail: `none`, `waiting`, `sent` or `given_up`.
    """

    id: str
    kind: str
    at: str
    endpoint: NoticeEndpointView
    because: str
    failing_since: str | None
    last_explanation: str
    mail_to: str
    mail: MailState


class NoticesReply(msgspec.Struct, frozen=True):
    """A page of an account's notices that nobody dismissed, newest first. next: what to send as `after` for the next page, null on the
    last."""

    notices: list[NoticeView]
    next: str | None


def notices_reply(ids: IdForms, found: list[Notice], limit: int) -> NoticesReply:
    """A page of notices; a full one says where the next begins."""
    views = [_notice_view(ids, notice) for notice in found]
    return NoticesReply(notices=views, next=views[-1].id if len(views) == limit else None)


def _notice_view(ids: IdForms, notice: Notice) -> NoticeView:
    facts = notice.facts
    return NoticeView(
        id=ids.text(Kind.NOTICE, notice.id),
        kind=notice.kind,
        at=rfc3339(notice.at),
        endpoint=NoticeEndpointView(ids.text(Kind.ENDPOINT, notice.endpoint_id), facts.url or None, facts.dialect, facts.name),
        because=facts.because,
        failing_since=None if facts.failing_since is None else rfc3339(facts.failing_since),
        last_explanation=facts.last_explanation,
        mail_to=notice.mail_to,
        mail=notice.mail,
    )
