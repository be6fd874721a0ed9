"""who looked at what at the desk, and a second factor for its people

Revision ID: 0022_desk_access
Revises: 0021_program_floor
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0022_desk_access'
down_revision = '0021_program_floor'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: it neither writes nor reads what is new here
APPEND_ONLY = {
    'sqlite': (
        "CREATE TRIGGER desk_access_no_update BEFORE update ON desk_access "
        "BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END",
    ),
    'postgresql': (
        "CREATE FUNCTION desk_access_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the access log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER desk_access_append_only BEFORE UPDATE ON desk_access "
        "FOR EACH ROW EXECUTE FUNCTION desk_access_append_only()",
    ),
}


def upgrade() -> None:
    op.add_column('agents', sa.Column('totp_secret', sa.String(length=64), nullable=True))
    op.add_column('agents', sa.Column('totp_step', sa.Integer(), server_default='0', nullable=False))
    op.create_table('desk_access',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=24), nullable=False),
    sa.Column('subject', sa.String(length=160), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=80), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_access'))
    )
    op.create_index('ix_desk_access_subject', 'desk_access', ['subject', 'at'], unique=False)
    op.create_index('ix_desk_access_agent', 'desk_access', ['agent', 'at'], unique=False)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('desk_access')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION desk_access_append_only()')
    with op.batch_alter_table('agents') as agents:
        agents.drop_column('totp_step')
        agents.drop_column('totp_secret')
