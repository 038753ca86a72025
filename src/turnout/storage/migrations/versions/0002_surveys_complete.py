"""surveys complete: submissions of whole surveys, anonymous ballots, drafts, marks

Revision 0002, after 0001. Answers become submissions: every survey so far is an answer card of one question.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

SUBMISSIONS_FROM_ANSWERS = """
INSERT INTO submissions
  (live_session_id, survey_id, viewer_id, command_id, answered_at, answers, number_right, points, to_mark)
SELECT a.live_session_id, q.survey_id, a.viewer_id, a.command_id, a.answered_at, '[' || CAST(a.choices AS TEXT) || ']',
       CASE WHEN q.right_mask <> 0 AND a.choices = q.right_mask THEN 1 ELSE 0 END,
       CASE WHEN q.right_mask <> 0 AND a.choices = q.right_mask THEN q.score ELSE 0 END,
       0
FROM answers a JOIN questions q ON q.live_session_id = a.live_session_id AND q.id = a.question_id
"""

RIGHT_TALLIES_FROM_SUBMISSIONS = """
INSERT INTO right_tallies (live_session_id, survey_id, number, count)
SELECT s.live_session_id, s.survey_id, s.number_right, count(*)
FROM submissions s JOIN questions q ON q.live_session_id = s.live_session_id AND q.survey_id = s.survey_id
WHERE q.right_mask <> 0
GROUP BY s.live_session_id, s.survey_id, s.number_right
"""

POINTS_FROM_SUBMISSIONS = """
UPDATE survey_tallies SET points = (
  SELECT coalesce(sum(s.points), 0) FROM submissions s
  WHERE s.live_session_id = survey_tallies.live_session_id AND s.survey_id = survey_tallies.survey_id
)
"""

SETTLED_BY_THEIR_CLOSE = "UPDATE surveys SET settled_by = 'close' WHERE settled_at IS NOT NULL"


def upgrade() -> None:
    add_columns()
    create_tables()
    op.execute(SUBMISSIONS_FROM_ANSWERS)
    op.execute(RIGHT_TALLIES_FROM_SUBMISSIONS)
    op.execute(POINTS_FROM_SUBMISSIONS)
    op.execute(SETTLED_BY_THEIR_CLOSE)
    op.drop_table('answers')


def add_columns() -> None:
    for column in (
        sa.Column('revision', sa.BigInteger(), nullable=False, server_default='0'),
        sa.Column('anonymous', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('changeable', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('shuffle_questions', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('shuffle_options', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('cover', sa.BigInteger()),
        sa.Column('template_id', sa.BigInteger()),
        sa.Column('settled_by', sa.Text()),
        sa.Column('withdrawn_at', sa.BigInteger()),
        sa.Column('drafts_kept', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('burned_at', sa.BigInteger()),
    ):
        op.add_column('surveys', column)
    condition = sa.text('anonymous AND burned_at IS NULL AND opened_at IS NOT NULL')
    op.create_index(
        'sealed_surveys', 'surveys', ['live_session_id', 'id'], unique=False, sqlite_where=condition, postgresql_where=condition
    )
    for column in (
        sa.Column('picture', sa.BigInteger()),
        sa.Column('option_pictures', sa.Text(), nullable=False, server_default='[]'),
        sa.Column('least', sa.BigInteger()),
        sa.Column('most', sa.BigInteger()),
        sa.Column('verify', sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column('scale', sa.BigInteger(), nullable=False, server_default='5'),
        sa.Column('accepted', sa.Text(), nullable=False, server_default='[]'),
        sa.Column('by_hand', sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column('questions', column)
    op.add_column('survey_tallies', sa.Column('points', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('survey_tallies', sa.Column('to_mark', sa.BigInteger(), nullable=False, server_default='0'))


def create_tables() -> None:
    op.create_table('right_tallies',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'number', name=op.f('pk_right_tallies')),
    sqlite_with_rowid=False
    )
    op.create_table('submissions',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('command_id', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('number_right', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('to_mark', sa.BigInteger(), nullable=False),
    sa.Column('replaced', sa.Text(), nullable=False, server_default='[]'),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'viewer_id', name=op.f('pk_submissions')),
    sqlite_with_rowid=False
    )
    op.create_table('draft_answers',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'viewer_id', name=op.f('pk_draft_answers')),
    sqlite_with_rowid=False
    )
    op.create_table('marks',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('viewer_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('question_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('host_id', sa.BigInteger(), nullable=False),
    sa.Column('marked_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'viewer_id', 'question_id', name=op.f('pk_marks')),
    sqlite_with_rowid=False
    )
    op.create_table('ballots',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('number_right', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'id', name=op.f('pk_ballots')),
    sqlite_with_rowid=False
    )
    op.create_table('voters',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('voter', sa.Text(), nullable=False),
    sa.Column('command', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', 'voter', name=op.f('pk_voters')),
    sqlite_with_rowid=False
    )
    op.create_table('seals',
    sa.Column('live_session_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('live_session_id', 'survey_id', name=op.f('pk_seals')),
    sqlite_with_rowid=False
    )
    if op.get_bind().dialect.name == 'postgresql':
        # no seal enters the write-ahead log, nor the statistics, which are logged
        op.execute('ALTER TABLE seals SET UNLOGGED')
        op.execute('ALTER TABLE seals SET (autovacuum_enabled = false)')
        op.execute('ALTER TABLE seals ALTER COLUMN key SET STATISTICS 0')
