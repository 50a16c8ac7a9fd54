"""Keep how often the person wants to be in touch with a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("rhythm_days", sa.Integer(), nullable=True))
    op.add_column("contacts", sa.Column("rhythm_from", INSTANT, nullable=True))
    has_rhythm = sa.text("rhythm_days IS NOT NULL")
    op.create_index(
        "ix_contacts_rhythm", "contacts", ["rhythm_days"], sqlite_where=has_rhythm, postgresql_where=has_rhythm
    )
