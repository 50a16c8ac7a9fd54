"""Let runs wait for an instant, keep a second sync of the same from starting, and know which run holds a cursor."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IS_PENDING_OR_RUNNING = sa.text("status IN ('pending', 'running')")


def upgrade() -> None:
    op.add_column("workflow_runs", sa.Column("waits_until", INSTANT, nullable=True))
    op.add_column("workflow_runs", sa.Column("exclusive_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_workflow_runs_exclusive",
        "workflow_runs",
        ["exclusive_key"],
        unique=True,
        sqlite_where=_IS_PENDING_OR_RUNNING,
        postgresql_where=_IS_PENDING_OR_RUNNING,
    )
    op.add_column("dispatches", sa.Column("due_at", INSTANT, nullable=True))
    op.add_column("sync_cursors", sa.Column("run_id", sa.Text(), nullable=True))
    # Nobody knows of which run these are; one that goes on says so again with its next page.
    op.execute("UPDATE sync_cursors SET sync_status = 'idle' WHERE sync_status = 'syncing'")
