"""Statements about notices and their mails."""

import msgspec
import sqlalchemy as sa

from turnout.callbacks.notice_rules import Notice
from turnout.callbacks.store import notices
from turnout.dialects.contract import EndpointFacts
from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId, EndpointId, NoticeId
from turnout.storage.transaction import Tx


def insert_notice(tx: Tx, notice: Notice) -> None:
    """A new notice."""
    row = msgspec.structs.asdict(notice) | {"facts": msgspec.json.encode(notice.facts).decode()}
    tx.connection.execute(notices.insert().values(row))


def load_notice(connection: sa.Connection, notice_id: NoticeId) -> Notice | None:
    """The notice, whoever it is for."""
    row = connection.execute(sa.select(notices).where(notices.c.id == notice_id)).first()
    return None if row is None else _notice(row)


def list_notices(connection: sa.Connection, account_id: AccountId, before: NoticeId | None, limit: int) -> list[Notice]:
    """An account's notices that nobody dismissed, newest first; `before`: those with a smaller id."""
    statement = sa.select(notices).where(notices.c.account_id == account_id, notices.c.dismissed_at.is_(None))
    if before is not None:
        statement = statement.where(notices.c.id < before)
    return [_notice(row) for row in connection.execute(statement.order_by(notices.c.id.desc()).limit(limit))]


def dismiss_notice(tx: Tx, notice_id: NoticeId) -> None:
    """Dismisses a notice; one that was dismissed stays dismissed since then."""
    tx.connection.execute(notices.update().where(notices.c.id == notice_id, notices.c.dismissed_at.is_(None)).values(dismissed_at=tx.now))


def dismiss_notices_of(tx: Tx, account_id: AccountId, endpoint_id: EndpointId) -> None:
    """Dismisses all notices about an endpoint: what they tell is so no more."""
    about = (notices.c.account_id == account_id, notices.c.endpoint_id == endpoint_id)
    tx.connection.execute(notices.update().where(*about, notices.c.dismissed_at.is_(None)).values(dismissed_at=tx.now))


def next_mail_due_at(connection: sa.Connection) -> Instant | None:
    """When the next mail is due; None when none is."""
    due_at: Instant | None = connection.execute(
        sa.select(sa.func.min(notices.c.mail_due_at)).where(notices.c.mail_due_at.is_not(None))
    ).scalar()
    return due_at


def claim_mail(tx: Tx, now: Instant, lease_until: Instant) -> Notice | None:
    """The notice whose mail has been due longest, for this claimant alone until the lease ends."""
    statement = (
        sa.select(notices)
        .where(notices.c.mail_due_at.is_not(None), notices.c.mail_due_at <= now)
        .order_by(notices.c.mail_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = tx.connection.execute(statement).first()
    if row is None:
        return None
    tx.connection.execute(notices.update().where(notices.c.id == row.id).values(mail_due_at=lease_until))
    return msgspec.structs.replace(_notice(row), mail_due_at=lease_until)


def save_mail(tx: Tx, claimed: Notice, *, due_at: Instant | None, failures: int, mailed_at: Instant | None) -> bool:
    """What came of one try, while the claim's lease is still the current one; whether it was. A later claim has a later end."""
    statement = notices.update().where(notices.c.id == claimed.id, notices.c.mail_due_at == claimed.mail_due_at)
    return tx.connection.execute(statement.values(mail_due_at=due_at, mail_failures=failures, mailed_at=mailed_at)).rowcount == 1


def _notice(row: sa.Row[tuple[object, ...]]) -> Notice:
    return Notice(
        id=NoticeId(row.id),
        account_id=AccountId(row.account_id),
        endpoint_id=EndpointId(row.endpoint_id),
        kind=row.kind,
        at=row.at,
        facts=msgspec.json.decode(row.facts, type=EndpointFacts),
        dismissed_at=row.dismissed_at,
        mail_to=row.mail_to,
        mail_due_at=row.mail_due_at,
        mail_failures=row.mail_failures,
        mailed_at=row.mailed_at,
    )
