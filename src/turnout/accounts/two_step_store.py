"""The tables of two-step login and their named statements; the only file that sees their rows."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.accounts.store import hosts
from turnout.accounts.two_step_rules import Ticket, TwoStep
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.ids import HostId
from turnout.storage.database import metadata

two_steps = sa.Table(
    "two_steps",
    metadata,
    sa.Column("host_id", sa.BigInteger, sa.ForeignKey("hosts.id"), primary_key=True, autoincrement=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),  # sealed: it must make codes
    sa.Column("on_since", sa.BigInteger),  # null until a code confirms it
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("refused_until", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("host_id", sa.BigInteger, sa.ForeignKey("hosts.id"), primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)

login_tickets = sa.Table(
    "login_tickets",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("host_id", sa.BigInteger, sa.ForeignKey("hosts.id"), nullable=False, index=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

_COLUMNS = (two_steps.c.secret, two_steps.c.on_since, two_steps.c.last_step, two_steps.c.failures, two_steps.c.refused_until)


def is_on(connection: sa.Connection, host_id: HostId) -> bool:
    """Whether the host's logins need a code."""
    found = sa.select(two_steps.c.host_id).where(two_steps.c.host_id == host_id, two_steps.c.on_since.is_not(None))
    return connection.execute(found).first() is not None


def select_two_step(connection: sa.Connection, host_id: HostId, *, lock: bool = False) -> TwoStep | None:
    """The host's two-step login, set up or on. lock: nobody else changes it until this transaction ends."""
    found = sa.select(*_COLUMNS).where(two_steps.c.host_id == host_id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return TwoStep(bytes(row[0]), *row[1:]) if row else None


def insert_two_step(connection: sa.Connection, host_id: HostId, two_step: TwoStep) -> None:
    """A new one; the one before must have been deleted."""
    values = {"last_step": two_step.last_step, "failures": two_step.failures, "refused_until": two_step.refused_until}
    connection.execute(two_steps.insert().values(host_id=host_id, secret=two_step.sealed, on_since=two_step.on_since, **values))


def turn_on(connection: sa.Connection, host_id: HostId, at: Instant) -> None:
    """It is on from now."""
    connection.execute(two_steps.update().where(two_steps.c.host_id == host_id).values(on_since=at))


def accept_step(connection: sa.Connection, host_id: HostId, step: int) -> None:
    """A code of this time step was accepted: none of it or of an earlier one is again."""
    accepted = {"last_step": step, "failures": 0, "refused_until": 0}
    connection.execute(two_steps.update().where(two_steps.c.host_id == host_id).values(accepted))


def refuse_until(connection: sa.Connection, host_id: HostId, *, failures: int, until: Instant) -> None:
    """So many codes in a row were wrong."""
    connection.execute(two_steps.update().where(two_steps.c.host_id == host_id).values(failures=failures, refused_until=until))


def delete_two_step(connection: sa.Connection, host_id: HostId) -> None:
    """Forgets the host's two-step login with its recovery codes and tickets."""
    connection.execute(recovery_codes.delete().where(recovery_codes.c.host_id == host_id))
    delete_tickets_of_host(connection, host_id)
    connection.execute(two_steps.delete().where(two_steps.c.host_id == host_id))


# ---- recovery codes


def replace_recovery_codes(connection: sa.Connection, host_id: HostId, hashes: Sequence[str]) -> None:
    """These, and none of those before."""
    connection.execute(recovery_codes.delete().where(recovery_codes.c.host_id == host_id))
    connection.execute(recovery_codes.insert(), [{"host_id": host_id, "hash": one} for one in hashes])


def use_recovery_code(connection: sa.Connection, host_id: HostId, code_hash: str) -> bool:
    """Uses it up; False when there is none such."""
    mine = (recovery_codes.c.host_id == host_id) & (recovery_codes.c.hash == code_hash)
    return connection.execute(recovery_codes.delete().where(mine)).rowcount == 1


def count_recovery_codes(connection: sa.Connection, host_id: HostId) -> int:
    """How many are left."""
    counted: int = connection.execute(sa.select(sa.func.count()).where(recovery_codes.c.host_id == host_id)).scalar_one()
    return counted


# ---- tickets


def insert_ticket(connection: sa.Connection, *, token_hash: str, host_id: HostId, at: Instant, expires_at: Instant) -> None:
    """A new ticket; those that have expired are forgotten, and the oldest of a host who has too many."""
    connection.execute(login_tickets.delete().where(login_tickets.c.expires_at <= at))
    mine = login_tickets.c.host_id == host_id
    newest = sa.select(login_tickets.c.token_hash).where(mine).order_by(login_tickets.c.expires_at.desc())
    kept = list(connection.execute(newest.limit(limits.MAX_OPEN_LOGIN_TICKETS - 1)).scalars())
    connection.execute(login_tickets.delete().where(mine, login_tickets.c.token_hash.not_in(kept)))
    connection.execute(login_tickets.insert().values(token_hash=token_hash, host_id=host_id, expires_at=expires_at))


def select_ticket(connection: sa.Connection, token_hash: str, now: Instant) -> Ticket | None:
    """The ticket of this token, unless it has expired or was used."""
    mine = (login_tickets.c.token_hash == token_hash) & (login_tickets.c.expires_at > now) & hosts.c.removed_at.is_(None)
    found = sa.select(hosts.c.id, hosts.c.account_id).join_from(login_tickets, hosts, login_tickets.c.host_id == hosts.c.id).where(mine)
    row = connection.execute(found).first()
    return Ticket(*row) if row else None


def delete_ticket(connection: sa.Connection, token_hash: str) -> bool:
    """Uses it up; False when it was."""
    return connection.execute(login_tickets.delete().where(login_tickets.c.token_hash == token_hash)).rowcount == 1


def delete_tickets_of_host(connection: sa.Connection, host_id: HostId) -> None:
    """What was proved by the password before counts no more."""
    connection.execute(login_tickets.delete().where(login_tickets.c.host_id == host_id))
