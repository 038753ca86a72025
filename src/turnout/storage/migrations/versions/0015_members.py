"""members who come by join links and may be removed, and the audit log

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('hosts', sa.Column('last_login_at', sa.BigInteger(), nullable=True))
    op.add_column('hosts', sa.Column('removed_at', sa.BigInteger(), nullable=True))
    op.create_table('join_links',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('secret_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('made_by', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.Column('used_by', sa.BigInteger(), nullable=True),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("role IN ('host', 'operator')", name=op.f('ck_join_links_role')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_join_links_account_id')),
    sa.ForeignKeyConstraint(['made_by'], ['hosts.id'], name=op.f('fk_join_links_made_by')),
    sa.ForeignKeyConstraint(['used_by'], ['hosts.id'], name=op.f('fk_join_links_used_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_join_links')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_join_links_secret_hash'))
    )
    op.create_index('join_links_of_account', 'join_links', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_join_links_made_by'), 'join_links', ['made_by'], unique=False)
    op.create_table('audit_records',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('actor_kind', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('actor_name', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('thing_kind', sa.Text(), nullable=True),
    sa.Column('thing_id', sa.BigInteger(), nullable=True),
    sa.Column('thing_name', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_records'))
    )
    op.create_index('audit_records_of_account', 'audit_records', ['account_id', 'at', 'id'], unique=False)
    op.create_index(op.f('ix_audit_records_at'), 'audit_records', ['at'], unique=False)
