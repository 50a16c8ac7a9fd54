"""Keep what whoever wrote the settings of a run, a schedule or a template had been given before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("workflow_runs", "scheduled_jobs", "workflow_templates")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("tainted_by", sa.Text(), server_default=sa.text("'[]'"), nullable=False))
