"""check-ins: who is expected, who has confirmed, and their counts

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('checkins',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('host_id', sa.BigInteger(), nullable=False),
    sa.Column('host_name', sa.Text(), nullable=False),
    sa.Column('expects', sa.Text(), nullable=False),
    sa.Column('late', sa.Text(), nullable=False),
    sa.Column('show_counts', sa.Boolean(), nullable=False),
    sa.Column('time_limit_s', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=True),
    sa.Column('closes_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('live_session_id', 'id', name=op.f('pk_checkins')),
    sqlite_with_rowid=False
    )
    op.create_index('checkins_due', 'checkins', ['state', 'closes_at'], unique=False)
    op.create_index(
        'one_open_checkin',
        'checkins',
        ['live_session_id'],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table('checkin_people',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('checkin_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('expected', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'checkin_id', 'person_id', name=op.f('pk_checkin_people')),
    sqlite_with_rowid=False
    )
    op.create_index(
        'awaited_people',
        'checkin_people',
        ['live_session_id', 'checkin_id', 'external_id'],
        unique=True,
        sqlite_where=sa.text('external_id IS NOT NULL'),
        postgresql_where=sa.text('external_id IS NOT NULL'),
    )
    op.create_table('checkin_confirmations',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('checkin_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('command_id', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'checkin_id', 'viewer_id', name=op.f('pk_checkin_confirmations')),
    sqlite_with_rowid=False
    )
    op.create_table('checkin_tallies',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('checkin_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=False),
    sa.Column('confirmed', sa.BigInteger(), nullable=False),
    sa.Column('unexpected', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'checkin_id', name=op.f('pk_checkin_tallies')),
    sqlite_with_rowid=False
    )
