"""the extra parameter of the link of each entry; what an attempt sent before its delivery was signed anew

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('visits', sa.Column('extra', sa.Text(), nullable=False, server_default=''))
    op.add_column('attempts', sa.Column('body', sa.LargeBinary(), nullable=True))
