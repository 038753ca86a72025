"""Whom the provider vouches for, as rows; the only file that sees them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from turnout.accounts.rules import Host
from turnout.accounts.store import HOST_COLUMNS, hosts
from turnout.kernel.clock import Instant
from turnout.kernel.ids import HostId
from turnout.storage.database import metadata

host_identities = sa.Table(
    "host_identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("host_id", sa.BigInteger, sa.ForeignKey("hosts.id"), nullable=False, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def select_host_of_identity(connection: sa.Connection, issuer: str, subject: str) -> Host | None:
    """The host whom this provider knows under this name, removed or not."""
    mine = (host_identities.c.issuer == issuer) & (host_identities.c.subject == subject)
    found = sa.select(*HOST_COLUMNS).join_from(host_identities, hosts, host_identities.c.host_id == hosts.c.id).where(mine)
    row = connection.execute(found).first()
    return Host(*row) if row else None


def insert_identity(connection: sa.Connection, *, issuer: str, subject: str, host_id: HostId, at: Instant) -> None:
    """The provider vouches for this host under this name. One that stands already stays."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"issuer": issuer, "subject": subject, "host_id": host_id, "created_at": at}
    connection.execute(insert(host_identities).values(row).on_conflict_do_nothing())


def delete_identities(connection: sa.Connection, host_id: HostId) -> bool:
    """The provider vouches for this host under no name any more; False when it never did."""
    return connection.execute(host_identities.delete().where(host_identities.c.host_id == host_id)).rowcount > 0
