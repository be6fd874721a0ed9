"""money: what is ordered"""

import sqlalchemy as sa
from alembic import op

revision = '0002_money'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('product', sa.String(length=16), server_default='data', nullable=False))
        batch_op.add_column(sa.Column('face_fen', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('face_fen')
        batch_op.drop_column('product')
