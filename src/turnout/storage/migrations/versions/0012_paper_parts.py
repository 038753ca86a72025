"""proof files in parts

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

PART_BYTES = 262_144


def upgrade() -> None:
    parts = op.create_table('draw_paper_parts',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('draw_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('part', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'draw_id', 'part', name=op.f('pk_draw_paper_parts')),
    sqlite_with_rowid=False
    )
    papers = sa.table('draw_papers', sa.column('live_session_id'), sa.column('draw_id'), sa.column('proof'))
    connection = op.get_bind()
    for live_session_id, draw_id in connection.execute(sa.select(papers.c.live_session_id, papers.c.draw_id)).all():
        one = papers.c.live_session_id == live_session_id, papers.c.draw_id == draw_id
        proof = bytes(connection.execute(sa.select(papers.c.proof).where(*one)).scalar_one())
        for part, start in enumerate(range(0, len(proof), PART_BYTES)):
            content = proof[start : start + PART_BYTES]
            connection.execute(parts.insert().values(live_session_id=live_session_id, draw_id=draw_id, part=part, content=content))
    op.drop_table('draw_papers')
