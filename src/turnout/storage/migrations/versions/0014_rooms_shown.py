"""what viewers see of a room: its stream, the sites that frame it, and the account's theme

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('rooms', sa.Column('stream_url', sa.Text(), nullable=True))
    op.add_column('rooms', sa.Column('stream_origins', sa.Text(), nullable=False, server_default=''))
    op.add_column('rooms', sa.Column('embed_origins', sa.Text(), nullable=False, server_default=''))
    op.create_table('themes',
    sa.Column('account_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('accent', sa.Text(), nullable=True),
    sa.Column('logo_id', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_themes')),
    sqlite_with_rowid=False
    )
