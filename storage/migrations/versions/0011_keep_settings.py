"""Keep the settings that the person changed."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0011"
down_revision = "0010"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HANDS = ("cli", "rest", "dashboard", "elicitation", "mcp", "agent", "onelane")


def upgrade() -> None:
    words = ", ".join(f"'{word}'" for word in HANDS)
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, server_default=unix_now(), nullable=False),
        sa.Column("changed_via", sa.Text(), nullable=False),
        sa.CheckConstraint(f"changed_via IN ({words})", name="ck_settings_changed_via"),
        sa.PrimaryKeyConstraint("name"),
    )
