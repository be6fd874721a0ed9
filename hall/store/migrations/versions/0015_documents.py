"""links to what is looked at on a page; invoices of the demonstration's operator

Revision ID: 0015_documents
Revises: 0014_tickets
"""
import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0015_documents'
down_revision = '0014_tickets'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = hall.store.tables.base.Moment
    op.create_table('document_links',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('created_at', moment(timezone=True), nullable=False),
    sa.Column('expires_at', moment(timezone=True), nullable=False),
    sa.Column('opened_at', moment(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('details', 'puk', 'invoice')", name=op.f('ck_document_links_kind')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_document_links'))
    )
    op.create_table('bss_invoices',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('of', sa.String(length=40), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('tax_number', sa.String(length=20), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('issued_at', moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'of', name=op.f('pk_bss_invoices'))
    )


def downgrade() -> None:
    op.drop_table('bss_invoices')
    op.drop_table('document_links')
