"""the key of a room's screen link

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('rooms', sa.Column('screen_key_hash', sa.Text(), nullable=True))
    op.add_column('rooms', sa.Column('screen_link_at', sa.BigInteger(), nullable=True))
