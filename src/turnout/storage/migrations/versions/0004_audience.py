"""audience: room settings, viewers of the customer's own, kicks and blocks, where connections come from

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('entry_keys',
    sa.Column('account_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('works_until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_entry_keys_account_id_accounts')),
    sa.PrimaryKeyConstraint('account_id', 'number', name=op.f('pk_entry_keys')),
    sqlite_with_rowid=False
    )
    op.create_table('wrong_passcodes',
    sa.Column('room_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('room_id', 'subject', 'id', name=op.f('pk_wrong_passcodes')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_wrong_passcodes_at'), 'wrong_passcodes', ['at'], unique=False)
    for column in (
        sa.Column('entry', sa.Text(), nullable=False, server_default='open'),
        sa.Column('passcode_proof', sa.Text(), nullable=True),
        sa.Column('sealed_passcode', sa.LargeBinary(), nullable=True),
        sa.Column('viewer_limit', sa.BigInteger(), nullable=True),
        sa.Column('entry_version', sa.BigInteger(), nullable=False, server_default='0'),
    ):
        op.add_column('rooms', column)
    for column in (
        sa.Column('role', sa.Text(), nullable=False, server_default='attendee'),
        sa.Column('external_id', sa.Text(), nullable=True),
        sa.Column('phone', sa.Text(), nullable=True),
        sa.Column('email', sa.Text(), nullable=True),
        sa.Column('group_name', sa.Text(), nullable=True),
        sa.Column('extra', sa.Text(), nullable=True),
        sa.Column('entry_version', sa.BigInteger(), nullable=False, server_default='0'),
        sa.Column('signed_for', sa.BigInteger(), nullable=True),
        sa.Column('kicked_from', sa.BigInteger(), nullable=True),
        sa.Column('blocked_at', sa.BigInteger(), nullable=True),
        sa.Column('blocked_by', sa.BigInteger(), nullable=True),
        sa.Column('removed_at', sa.BigInteger(), nullable=True),
    ):
        op.add_column('viewers', column)
    blocked, removed = sa.text('blocked_at IS NOT NULL'), sa.text('removed_at IS NOT NULL')
    op.create_index('blocked_viewers', 'viewers', ['room_id', 'id'], unique=False, sqlite_where=blocked, postgresql_where=blocked)
    op.create_index('removed_viewers', 'viewers', ['removed_at'], unique=False, sqlite_where=removed, postgresql_where=removed)
    rebuild_visits()


def rebuild_visits() -> None:
    """Visits of one viewer stand together, and SQLite finds the open ones of a live session without reading the others."""
    if op.get_bind().dialect.name == 'postgresql':
        op.add_column('visits', sa.Column('address', sa.Text(), nullable=False, server_default=''))
        op.add_column('visits', sa.Column('user_agent', sa.Text(), nullable=False, server_default=''))
        op.drop_constraint('pk_visits', 'visits', type_='primary')
        op.create_primary_key('pk_visits', 'visits', ['live_session_id', 'viewer_id', 'id'])
        op.drop_index('visits_of_viewer', 'visits')
        op.drop_index('open_visits', 'visits')
    else:
        op.create_table('new_visits',
        sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('viewer_id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('process_id', sa.BigInteger(), nullable=False),
        sa.Column('entered_at', sa.BigInteger(), nullable=False),
        sa.Column('exited_at', sa.BigInteger(), nullable=True),
        sa.Column('address', sa.Text(), nullable=False, server_default=''),
        sa.Column('user_agent', sa.Text(), nullable=False, server_default=''),
        sa.PrimaryKeyConstraint('live_session_id', 'viewer_id', 'id', name=op.f('pk_visits')),
        sqlite_with_rowid=False
        )
        op.execute("""
            INSERT INTO new_visits (live_session_id, viewer_id, id, process_id, entered_at, exited_at)
            SELECT live_session_id, viewer_id, id, process_id, entered_at, exited_at FROM visits
        """)
        op.drop_table('visits')
        op.rename_table('new_visits', 'visits')
    still_open = sa.text('exited_at IS NULL')
    op.create_index(
        'open_visits', 'visits', ['live_session_id', 'exited_at', 'viewer_id', 'process_id'], unique=False,
        sqlite_where=still_open, postgresql_where=still_open
    )
