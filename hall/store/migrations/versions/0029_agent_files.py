"""links to files that agents send to customers

Revision ID: 0029_agent_files
Revises: 0028_aside
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0029_agent_files'
down_revision = '0028_aside'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: it makes and opens the kinds that it knows

CHECK = 'ck_document_links_kind'
COLUMNS = 'code, kind, msisdn, ref, conversation, created_at, expires_at, opened_at'


def upgrade() -> None:
    _allow("kind IN ('details', 'puk', 'invoice', 'export', 'file')")


def downgrade() -> None:
    op.execute("DELETE FROM document_links WHERE kind = 'file'")
    _allow("kind IN ('details', 'puk', 'invoice', 'export')")


def _allow(kinds: str) -> None:
    if op.get_bind().dialect.name != 'sqlite':
        op.drop_constraint(op.f(CHECK), 'document_links', type_='check')
        op.create_check_constraint(op.f(CHECK), 'document_links', kinds)
        return
    op.execute('ALTER TABLE document_links RENAME TO document_links_before')
    op.create_table('document_links',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('created_at', Moment(timezone=True), nullable=False),
    sa.Column('expires_at', Moment(timezone=True), nullable=False),
    sa.Column('opened_at', Moment(timezone=True), nullable=True),
    sa.CheckConstraint(kinds, name=op.f(CHECK)),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_document_links'))
    )
    op.execute(f'INSERT INTO document_links ({COLUMNS}) SELECT {COLUMNS} FROM document_links_before')
    op.drop_table('document_links_before')
