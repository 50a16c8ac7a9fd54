"""Let the mover find who has not begun yet by the index of what is due, and keep when a text was edited."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IS_ONGOING = sa.text("status IN ('pending', 'active')")


def upgrade() -> None:
    op.add_column("outbound_actions", sa.Column("edited_at", INSTANT, nullable=True))
    op.drop_index("ix_workflow_enrollments_due", "workflow_enrollments")
    op.create_index(
        "ix_workflow_enrollments_due",
        "workflow_enrollments",
        ["next_step_at"],
        sqlite_where=_IS_ONGOING,
        postgresql_where=_IS_ONGOING,
    )
    # Whoever is in a sequence that is active was never looked at before: now they are.
    op.execute(
        "UPDATE workflow_enrollments SET next_step_at = enrolled_at WHERE status IN ('pending', 'active') "
        "AND next_step_at IS NULL AND template_id IN (SELECT id FROM workflow_templates WHERE status = 'active')"
    )
