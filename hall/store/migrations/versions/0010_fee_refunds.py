"""fees that are given back to lines, and of which charges

Revision ID: 0010_fee_refunds
Revises: 0009_waiting
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0010_fee_refunds'
down_revision = '0009_waiting'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fee_refunds',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('first', sa.String(length=7), nullable=False),
    sa.Column('last', sa.String(length=7), nullable=False),
    sa.Column('refund_fen', sa.Integer(), nullable=False),
    sa.Column('compensation_fen', sa.Integer(), nullable=False),
    sa.Column('recourse', sa.String(length=64), nullable=False),
    sa.Column('limit_fen', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.Column('changed_at', Moment(timezone=True), nullable=False),
    sa.CheckConstraint('refund_fen > 0', name=op.f('ck_fee_refunds_amount')),
    sa.CheckConstraint('compensation_fen >= 0 AND compensation_fen <= refund_fen', name=op.f('ck_fee_refunds_double')),
    sa.CheckConstraint("state IN ('waiting', 'granted', 'credited', 'refused', 'stuck')", name=op.f('ck_fee_refunds_state')),
    sa.CheckConstraint("refund_fen + compensation_fen <= limit_fen OR state IN ('waiting', 'refused') OR (decided_by IS NOT NULL AND decided_by <> asked_by)", name=op.f('ck_fee_refunds_approved')),
    sa.PrimaryKeyConstraint('msisdn', 'id', name=op.f('pk_fee_refunds'))
    )
    op.create_index('ix_fee_refunds_id', 'fee_refunds', ['id'], unique=False)
    op.create_table('fee_refund_charges',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('refund', sa.String(length=16), nullable=False),
    sa.Column('charged_fen', sa.Integer(), nullable=False),
    sa.Column('refund_fen', sa.Integer(), nullable=False),
    sa.CheckConstraint('refund_fen > 0 AND refund_fen <= charged_fen', name=op.f('ck_fee_refund_charges_amount')),
    sa.PrimaryKeyConstraint('msisdn', 'month', 'code', name=op.f('pk_fee_refund_charges'))
    )


def downgrade() -> None:
    op.drop_table('fee_refund_charges')
    op.drop_index('ix_fee_refunds_id', table_name='fee_refunds')
    op.drop_table('fee_refunds')
