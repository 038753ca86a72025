"""points of ballots: answer cards may be anonymous

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('ballots', sa.Column('points', sa.BigInteger(), nullable=False, server_default='0'))
