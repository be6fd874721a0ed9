"""service passwords of the demonstration's operator

Revision ID: 0012_passwords
Revises: 0011_line
"""
import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0012_passwords'
down_revision = '0011_line'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_passwords',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('hash', sa.String(length=128), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('changed_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', name=op.f('pk_bss_passwords'))
    )


def downgrade() -> None:
    op.drop_table('bss_passwords')
