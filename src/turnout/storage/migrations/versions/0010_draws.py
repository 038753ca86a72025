"""draws: their rules, prizes, entrants, winners and papers

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('draw_entrants',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entrant_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), nullable=True),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('weight', sa.BigInteger(), nullable=False),
    sa.Column('salt', sa.Text(), nullable=False),
    sa.Column('command_id', sa.Text(), nullable=False),
    sa.Column('entered_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', 'entrant_id', name=op.f('pk_draw_entrants')),
    sqlite_with_rowid=False
    )
    op.create_index(
        'listed_entrants',
        'draw_entrants',
        ['live_session_id', 'draw_id', 'external_id'],
        unique=True,
        sqlite_where=sa.text('external_id IS NOT NULL'),
        postgresql_where=sa.text('external_id IS NOT NULL'),
    )
    op.create_table('draw_forms',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('prize_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entrant_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('filled_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', 'prize_id', 'entrant_id', name=op.f('pk_draw_forms')),
    sqlite_with_rowid=False
    )
    op.create_table('draw_papers',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('proof', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', name=op.f('pk_draw_papers')),
    sqlite_with_rowid=False
    )
    op.create_table('draw_prizes',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('custom', sa.Text(), nullable=True),
    sa.Column('batch', sa.Text(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('asks', sa.Text(), nullable=False),
    sa.Column('won', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', 'id', name=op.f('pk_draw_prizes')),
    sqlite_with_rowid=False
    )
    op.create_index('prizes_by_id', 'draw_prizes', ['id'], unique=True)
    op.create_table('draw_tallies',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('entered', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', name=op.f('pk_draw_tallies')),
    sqlite_with_rowid=False
    )
    op.create_table('draw_winners',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('place', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('prize_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('entrant_id', sa.BigInteger(), nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), nullable=True),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('index', sa.BigInteger(), nullable=False),
    sa.Column('preferred', sa.Boolean(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('terminal', sa.Text(), nullable=False),
    sa.Column('extra', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('group_name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', 'place', name=op.f('pk_draw_winners')),
    sqlite_with_rowid=False
    )
    op.create_index(
        'listed_winners_of_room',
        'draw_winners',
        ['room_id', 'external_id'],
        unique=False,
        sqlite_where=sa.text('external_id IS NOT NULL'),
        postgresql_where=sa.text('external_id IS NOT NULL'),
    )
    op.create_index('winners_of_room', 'draw_winners', ['room_id', 'viewer_id'], unique=False)
    op.create_table('draws',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('host_id', sa.BigInteger(), nullable=False),
    sa.Column('host_name', sa.Text(), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('survey_id', sa.BigInteger(), nullable=True),
    sa.Column('checkin_id', sa.BigInteger(), nullable=True),
    sa.Column('weighted', sa.Boolean(), nullable=False),
    sa.Column('preferred', sa.Text(), nullable=False),
    sa.Column('repeat_winners', sa.Boolean(), nullable=False),
    sa.Column('earlier_winners', sa.Boolean(), nullable=False),
    sa.Column('entropy', sa.Text(), nullable=False),
    sa.Column('countdown_s', sa.BigInteger(), nullable=True),
    sa.Column('with_list', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('committed_at', sa.BigInteger(), nullable=True),
    sa.Column('opened_at', sa.BigInteger(), nullable=True),
    sa.Column('closes_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('finished_at', sa.BigInteger(), nullable=True),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('commitment', sa.Text(), nullable=False),
    sa.Column('commitment_sha256', sa.Text(), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=True),
    sa.Column('root', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('published_at', sa.BigInteger(), nullable=True),
    sa.Column('round', sa.BigInteger(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('entropy_found', sa.Text(), nullable=False),
    sa.Column('work_since', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('live_session_id', 'id', name=op.f('pk_draws')),
    sqlite_with_rowid=False
    )
    op.create_index(
        'draws_at_work',
        'draws',
        ['work_since'],
        unique=False,
        sqlite_where=sa.text('work_since IS NOT NULL'),
        postgresql_where=sa.text('work_since IS NOT NULL'),
    )
    op.create_index('draws_by_id', 'draws', ['id'], unique=True)
    op.create_index('draws_due', 'draws', ['state', 'closes_at'], unique=False)
    op.create_index(
        'one_draw_under_way',
        'draws',
        ['live_session_id'],
        unique=True,
        sqlite_where=sa.text("state IN ('committed', 'open', 'closing', 'closed')"),
        postgresql_where=sa.text("state IN ('committed', 'open', 'closing', 'closed')"),
    )
