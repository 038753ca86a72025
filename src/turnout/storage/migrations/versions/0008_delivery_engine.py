"""delivery engine: settings of endpoints, their health by hour, notices, feeds

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column('name', sa.Text(), nullable=False, server_default=''),
        sa.Column('room_id', sa.BigInteger(), nullable=True),
        sa.Column('kinds', sa.Text(), nullable=False, server_default='[]'),
        sa.Column('old_secret', sa.LargeBinary(), nullable=True),
        sa.Column('old_secret_until', sa.BigInteger(), nullable=True),
        sa.Column('headers', sa.LargeBinary(), nullable=True),
        sa.Column('client_certificate', sa.LargeBinary(), nullable=True),
        sa.Column('timeout_ms', sa.BigInteger(), nullable=True),
        sa.Column('waits_ms', sa.Text(), nullable=True),
        sa.Column('calls_per_minute', sa.BigInteger(), nullable=True),
        sa.Column('concurrency', sa.BigInteger(), nullable=False, server_default='16'),
        sa.Column('ordering', sa.Text(), nullable=False, server_default='dialect'),
        sa.Column('native_tail', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('notify', sa.Text(), nullable=False, server_default=''),
        sa.Column('paused_at', sa.BigInteger(), nullable=True),
        sa.Column('disabled_at', sa.BigInteger(), nullable=True),
        sa.Column('disabled_because', sa.Text(), nullable=False, server_default=''),
    ):
        op.add_column('endpoints', column)
    op.create_table('endpoint_health',
    sa.Column('endpoint_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('failing_since', sa.BigInteger(), nullable=True),
    sa.Column('failures_in_row', sa.BigInteger(), nullable=False),
    sa.Column('breaker_until', sa.BigInteger(), nullable=True),
    sa.Column('breaker_opened', sa.BigInteger(), nullable=False),
    sa.Column('rate_from', sa.BigInteger(), nullable=False),
    sa.Column('succeeded_at', sa.BigInteger(), nullable=True),
    sa.Column('failed_at', sa.BigInteger(), nullable=True),
    sa.Column('last_explanation', sa.Text(), nullable=False),
    sa.Column('feed_number', sa.BigInteger(), nullable=False),
    sa.Column('feed_acknowledged', sa.BigInteger(), nullable=False, server_default='0'),
    sa.PrimaryKeyConstraint('endpoint_id', name=op.f('pk_endpoint_health')),
    sqlite_with_rowid=False
    )
    op.execute(
        "INSERT INTO endpoint_health (endpoint_id, failures_in_row, breaker_opened, rate_from, last_explanation, feed_number) "
        "SELECT id, 0, 0, 0, '', 0 FROM endpoints"
    )
    op.create_table('endpoint_hours',
    sa.Column('endpoint_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hour', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('accepted', sa.BigInteger(), nullable=False),
    sa.Column('failed', sa.BigInteger(), nullable=False),
    sa.Column('duration_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('endpoint_id', 'hour', name=op.f('pk_endpoint_hours')),
    sqlite_with_rowid=False
    )
    op.create_table('notices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('endpoint_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('dismissed_at', sa.BigInteger(), nullable=True),
    sa.Column('mail_to', sa.Text(), nullable=False),
    sa.Column('mail_due_at', sa.BigInteger(), nullable=True),
    sa.Column('mail_failures', sa.BigInteger(), nullable=False),
    sa.Column('mailed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('notices_of_account', 'notices', ['account_id', 'id'], unique=False)
    mail_due = sa.text('mail_due_at IS NOT NULL')
    op.create_index('mail_due', 'notices', ['mail_due_at'], unique=False, sqlite_where=mail_due, postgresql_where=mail_due)
    op.create_table('redeliveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('endpoint_id', sa.BigInteger(), nullable=False),
    sa.Column('missing', sa.Boolean(), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('to_at', sa.BigInteger(), nullable=False),
    sa.Column('states', sa.Text(), nullable=False),
    sa.Column('kinds', sa.Text(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.Column('done_id', sa.BigInteger(), nullable=False),
    sa.Column('done_number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_redeliveries'))
    )
    op.create_index('events_of_account', 'events', ['account_id', 'at', 'stream_id', 'number'], unique=False)
    op.add_column('deliveries', sa.Column('feed_number', sa.BigInteger(), nullable=True))
    op.add_column('deliveries', sa.Column('waits_for', sa.BigInteger(), nullable=True))
    op.drop_index('due_deliveries', 'deliveries')
    for name, where in (
        ('due_first_attempts', sa.text("state = 'due' AND waits_for IS NULL AND failures = 0")),
        ('due_later_attempts', sa.text("state = 'due' AND failures > 0")),
    ):
        op.create_index(name, 'deliveries', ['endpoint_id', 'due_at'], unique=False, sqlite_where=where, postgresql_where=where)
    waits = sa.text('waits_for IS NOT NULL')
    op.create_index('waiting_deliveries', 'deliveries', ['waits_for'], unique=False, sqlite_where=waits, postgresql_where=waits)
    op.create_index('deliveries_of_account', 'deliveries', ['account_id', 'created_at', 'id'], unique=False)
    op.create_index('deliveries_of_endpoint', 'deliveries', ['endpoint_id', 'created_at', 'id'], unique=False)
    finished, of_feed = sa.text('finished_at IS NOT NULL'), sa.text('feed_number IS NOT NULL')
    op.create_index('finished_deliveries', 'deliveries', ['finished_at'], unique=False, sqlite_where=finished, postgresql_where=finished)
    op.create_index('deliveries_of_feed', 'deliveries', ['endpoint_id', 'feed_number'], unique=False, sqlite_where=of_feed, postgresql_where=of_feed)
    op.add_column('attempts', sa.Column('url', sa.Text(), nullable=False, server_default=''))
    op.add_column('attempts', sa.Column('reply_headers', sa.Text(), nullable=False, server_default='{}'))
