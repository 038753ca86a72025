"""what is planned for a room's next live session

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('rooms', sa.Column('next_start_at', sa.BigInteger(), nullable=True))
    op.add_column('rooms', sa.Column('next_title', sa.Text(), nullable=False, server_default=''))
