"""Find templates by their name without reading all of them, as each new one does."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    # SQLite compares by the index only where both have the same collation.
    column = "name COLLATE NOCASE" if op.get_bind().dialect.name == "sqlite" else "name"
    op.execute(f"CREATE INDEX ix_workflow_templates_name ON workflow_templates ({column})")
