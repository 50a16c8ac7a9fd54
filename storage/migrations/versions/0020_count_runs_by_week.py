"""Count the runs of each week on SQLite, so that a page in the middle of a long list costs what the first one does."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

COUNT = """
INSERT INTO workflow_run_weekly_counts (week, workflow_type, status, run_count)
SELECT created_at / 604800, workflow_type, status, count(*) FROM workflow_runs
GROUP BY created_at / 604800, workflow_type, status
"""
ADD = """
INSERT INTO workflow_run_weekly_counts (week, workflow_type, status, run_count)
VALUES (NEW.created_at / 604800, NEW.workflow_type, NEW.status, 1)
ON CONFLICT (week, workflow_type, status) DO UPDATE SET run_count = run_count + 1;
"""
REMOVE = """
UPDATE workflow_run_weekly_counts SET run_count = run_count - 1
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status;
DELETE FROM workflow_run_weekly_counts
WHERE week = OLD.created_at / 604800 AND workflow_type = OLD.workflow_type AND status = OLD.status AND run_count = 0;
"""
CHANGES = "UPDATE OF status, workflow_type, created_at"


def upgrade() -> None:
    op.create_table(
        "workflow_run_weekly_counts",
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("workflow_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("run_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("week", "workflow_type", "status"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(COUNT)
        op.execute(f"CREATE TRIGGER trg_run_weeks_insert AFTER INSERT ON workflow_runs BEGIN {ADD} END")
        op.execute(f"CREATE TRIGGER trg_run_weeks_delete AFTER DELETE ON workflow_runs BEGIN {REMOVE} END")
        op.execute(f"CREATE TRIGGER trg_run_weeks_update AFTER {CHANGES} ON workflow_runs BEGIN {REMOVE} {ADD} END")
