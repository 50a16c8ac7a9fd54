"""Keep what whoever wrote settings of runs had been given before, and number the changes of approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("workflow_runs", "scheduled_jobs", "workflow_templates")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("tainted_by", sa.Text(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("approvals", sa.Column("change_number", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_approvals_change", "approvals", ["change_number"])
