"""Add approvals: what a call asks its person; which contacts a run changed; who planted a schedule."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0005"
down_revision = "0004"

NOW = unix_now()
INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_approvals()
    op.create_table(
        "run_contacts",
        sa.Column("workflow_run_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("touch", sa.Text(), nullable=False),
        sa.CheckConstraint("touch IN ('created', 'filled', 'changed')", name="ck_run_contacts_touch"),
        sa.ForeignKeyConstraint(["workflow_run_id"], ["workflow_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_run_id", "contact_id"),
    )
    # No foreign keys: a planter that was deleted with its history is still who planted it.
    op.add_column("workflow_runs", sa.Column("planted_by_run_id", sa.Text(), nullable=True))
    op.add_column("scheduled_jobs", sa.Column("planted_by_run_id", sa.Text(), nullable=True))


def create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workflow_run_id", sa.Text(), nullable=True),
        sa.Column("call_key", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_via", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.CheckConstraint("answer IN ('allowed', 'refused')", name="ck_approvals_answer"),
        sa.CheckConstraint(
            "answered_via IN ('cli', 'rest', 'dashboard', 'elicitation')", name="ck_approvals_answered_via"
        ),
        sa.ForeignKeyConstraint(["workflow_run_id"], ["workflow_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_approvals_call", "approvals", ["workflow_run_id", "call_key"])
