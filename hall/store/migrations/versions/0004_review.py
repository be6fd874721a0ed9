"""review of messages that were not understood"""

import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0004_review'
down_revision = '0003_credit'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reviews',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('task', sa.String(length=64), nullable=False),
    sa.Column('intent', sa.String(length=64), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('ranking', sa.JSON(), nullable=False),
    sa.Column('chosen', sa.String(length=64), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('verdict', sa.String(length=64), nullable=True),
    sa.Column('reviewer', sa.String(length=64), nullable=True),
    sa.Column('reviewed_at', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews'))
    )
    op.create_index('ix_reviews_state', 'reviews', ['state', 'at'], unique=False)
    op.create_table('review_acts',
    sa.Column('review', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reviewer', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=16), nullable=False),
    sa.Column('verdict', sa.String(length=64), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('review', 'version', name=op.f('pk_review_acts'))
    )


def downgrade() -> None:
    op.drop_table('review_acts')
    op.drop_index('ix_reviews_state', table_name='reviews')
    op.drop_table('reviews')
