"""Keep the settings that the person changed, and let runs be listed by how long they took and what they cost."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0011"
down_revision = "0010"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HANDS = ("cli", "rest", "dashboard", "elicitation", "mcp", "agent", "onelane")


def upgrade() -> None:
    create_settings()
    # The database reckons it, so that it can't differ from what it is reckoned from. PostgreSQL has indexes on it only
    # where it is stored, and SQLite adds to a table only what is not.
    is_stored = True if op.get_bind().dialect.name == "postgresql" else None
    took = sa.Computed("completed_at - started_at", persisted=is_stored)
    op.add_column("workflow_runs", sa.Column("duration_seconds", INSTANT, took, nullable=True))
    op.create_index("ix_workflow_runs_duration", "workflow_runs", ["duration_seconds", "id"])
    op.create_index("ix_workflow_runs_cost", "workflow_runs", ["cost_usd", "id"])


def create_settings() -> None:
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
