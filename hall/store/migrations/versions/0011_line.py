"""what the demonstration's operator keeps of lines: state, forwardings, families, and every change of them

Revision ID: 0011_line
Revises: 0010_fee_refunds
"""
import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0011_line'
down_revision = '0010_fee_refunds'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_line_states',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('since', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('until', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('msisdn', name=op.f('pk_bss_line_states'))
    )
    op.create_table('bss_forwardings',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('target', sa.String(length=16), nullable=False),
    sa.Column('since', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'kind', name=op.f('pk_bss_forwardings'))
    )
    op.create_table('bss_family',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('member', sa.String(length=11), nullable=False),
    sa.Column('since', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'member', name=op.f('pk_bss_family'))
    )
    op.create_table('bss_line_acts',
    sa.Column('key', sa.String(length=192), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('what', sa.String(length=32), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bss_line_acts'))
    )
    op.create_index('ix_bss_line_acts_line', 'bss_line_acts', ['msisdn', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_bss_line_acts_line', table_name='bss_line_acts')
    for name in ('bss_line_acts', 'bss_family', 'bss_forwardings', 'bss_line_states'):
        op.drop_table(name)
