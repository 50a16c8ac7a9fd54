"""Let what goes out be a draft of the person's, and not only a step of a sequence."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("outbound_actions", sa.Column("content_item_id", sa.Text(), nullable=True))
    op.create_index("ix_outbound_actions_content", "outbound_actions", ["content_item_id", "id"])
