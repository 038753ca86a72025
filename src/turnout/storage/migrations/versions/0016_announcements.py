"""announcements; the live sessions of an account and of a room, the one started last first

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('announcements',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('host_id', sa.BigInteger(), nullable=False),
    sa.Column('host_name', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('live_session_id', 'id', name=op.f('pk_announcements')),
    sqlite_with_rowid=False
    )
    op.create_index('announcements_by_time', 'announcements', ['live_session_id', 'made_at', 'id'], unique=False)
    op.create_index('live_sessions_of_account', 'live_sessions', ['account_id', 'started_at', 'id'], unique=False)
    op.drop_index('live_sessions_of_room', table_name='live_sessions')
    op.create_index('live_sessions_of_room', 'live_sessions', ['room_id', 'started_at', 'id'], unique=False)
