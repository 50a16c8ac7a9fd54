"""Keep who is in which list of an account, so that a relation can end."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "account_relations",
        sa.Column("platform_account_id", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("seen_in", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["platform_account_id"], ["platform_accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["identity_id"], ["contact_identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform_account_id", "relation", "identity_id"),
    )
    op.create_index("ix_account_relations_identity", "account_relations", ["identity_id"])
