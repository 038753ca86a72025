"""two-step login, hosts whom a provider vouches for, and where a login comes from

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('logins', sa.Column('address', sa.Text(), nullable=True))
    op.add_column('logins', sa.Column('browser', sa.Text(), nullable=True))
    op.create_table(
        'two_steps',
        sa.Column('host_id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('on_since', sa.BigInteger(), nullable=True),
        sa.Column('last_step', sa.BigInteger(), nullable=False),
        sa.Column('failures', sa.BigInteger(), nullable=False),
        sa.Column('refused_until', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['host_id'], ['hosts.id'], name=op.f('fk_two_steps_host_id')),
        sa.PrimaryKeyConstraint('host_id', name=op.f('pk_two_steps')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'recovery_codes',
        sa.Column('host_id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('hash', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['host_id'], ['hosts.id'], name=op.f('fk_recovery_codes_host_id')),
        sa.PrimaryKeyConstraint('host_id', 'hash', name=op.f('pk_recovery_codes')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'login_tickets',
        sa.Column('token_hash', sa.Text(), nullable=False),
        sa.Column('host_id', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['host_id'], ['hosts.id'], name=op.f('fk_login_tickets_host_id')),
        sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_login_tickets')),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f('ix_login_tickets_expires_at'), 'login_tickets', ['expires_at'])
    op.create_index(op.f('ix_login_tickets_host_id'), 'login_tickets', ['host_id'])
    op.create_table(
        'host_identities',
        sa.Column('issuer', sa.Text(), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('host_id', sa.BigInteger(), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['host_id'], ['hosts.id'], name=op.f('fk_host_identities_host_id')),
        sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_host_identities')),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f('ix_host_identities_host_id'), 'host_identities', ['host_id'])
