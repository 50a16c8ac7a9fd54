"""Add what agents need: who drives a run, what it may spend, sources of values, ready-made templates, hosts."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0003"
down_revision = "0002"

NOW = unix_now()
DOLLARS: sa.types.TypeEngine[float] = sa.REAL[float]().with_variant(sa.Double[float](), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # As SQL, for Alembic adds no CHECK to a column that it adds.
    op.execute(
        "ALTER TABLE workflow_runs ADD COLUMN driver TEXT DEFAULT 'engine' NOT NULL "
        "CONSTRAINT ck_workflow_runs_driver CHECK (driver IN ('engine', 'host', 'chat'))"
    )
    op.add_column("contacts", sa.Column("enriched_at", INSTANT, nullable=True))
    op.add_column("workflow_templates", sa.Column("system_key", sa.Text(), nullable=True))
    op.add_column("workflow_templates", sa.Column("content_hash", sa.Text(), nullable=True))
    op.create_index("ix_workflow_templates_system_key", "workflow_templates", ["system_key"], unique=True)
    create_ready_templates()
    create_contact_sources()
    create_budgets()
    create_web_hosts()


def create_ready_templates() -> None:
    op.create_table(
        "ready_templates",
        sa.Column("system_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=True),
        sa.Column("loaded_at", INSTANT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["workflow_templates.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("system_key"),
    )


def create_contact_sources() -> None:
    op.create_table(
        "contact_sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("workflow_run_id", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.CheckConstraint("method IN ('structured', 'model', 'search', 'person')", name="ck_contact_sources_method"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workflow_run_id"], ["workflow_runs.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_sources_value", "contact_sources", ["contact_id", "field", "url"], unique=True)
    op.create_index("ix_contact_sources_run", "contact_sources", ["workflow_run_id"])


def create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text(), nullable=False),
        *(
            sa.Column(f"{state}_{unit}", LARGE, server_default=sa.text("0"), nullable=False)
            for state in ("spent", "held")
            for unit in ("turns", "tokens", "tool_calls", "sends", "ms")
        ),
        sa.Column("spent_usd", DOLLARS, server_default=sa.text("0"), nullable=False),
        sa.Column("held_usd", DOLLARS, server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "budget_holds",
        sa.Column("workflow_run_id", sa.Text(), nullable=False),
        sa.Column("hold_key", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("amounts", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["workflow_run_id"], ["workflow_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_run_id", "hold_key"),
    )


def create_web_hosts() -> None:
    op.create_table(
        "web_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_turn_ms", LARGE, server_default=sa.text("0"), nullable=False),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.Column("robots_read_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
