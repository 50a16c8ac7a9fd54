"""Keep which addresses a model made up that it wrote into contacts, so that no run takes one for a contact's."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "made_up_addresses",
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash"),
    )
