"""Keep the date of a letter, the same at every attempt to send it, and what tells the attempts apart."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    instant = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("outbound_actions", sa.Column("dated_at", instant, nullable=True))
    op.add_column("outbound_actions", sa.Column("sending_claim", sa.Text(), nullable=True))
