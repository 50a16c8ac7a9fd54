"""Keep what a message said before it was edited or written anew."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("outbound_actions", sa.Column("previous_text", sa.Text(), nullable=True))
