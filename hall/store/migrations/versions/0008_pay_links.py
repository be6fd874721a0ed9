"""short addresses of payment pages

Revision ID: 0008_pay_links
Revises: 0008_cards
"""
import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0008_pay_links'
down_revision = '0008_cards'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pay_links',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('payment_no', sa.String(length=14), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_pay_links'))
    )


def downgrade() -> None:
    op.drop_table('pay_links')
