"""what a draw waits for whose entropy does not come; a draw that waits for it holds up no other

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('draws', sa.Column('waiting_since', sa.BigInteger(), nullable=True))
    op.add_column('draws', sa.Column('waiting_problem', sa.Text(), nullable=False, server_default=''))
    op.drop_index('one_draw_under_way', table_name='draws')
    op.create_index(
        'one_draw_under_way',
        'draws',
        ['live_session_id'],
        unique=True,
        sqlite_where=sa.text("state IN ('committed', 'open', 'closing')"),
        postgresql_where=sa.text("state IN ('committed', 'open', 'closing')"),
    )
