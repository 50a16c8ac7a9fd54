"""Keep what reading a platform costs, how much there is to read, and which words it wants of an account."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0013"
down_revision = "0012"

LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "platform_accounts", sa.Column("wants_old_words", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("platform_accounts", sa.Column("counts", sa.Text(), server_default=sa.text("'{}'"), nullable=False))
    create_spending()
    create_reservations()
    create_reads()


def create_spending() -> None:
    op.create_table(
        "platform_spending",
        _account(),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("spent_micro_usd", LARGE, server_default=sa.text("0"), nullable=False),
        sa.Column("reserved_micro_usd", LARGE, server_default=sa.text("0"), nullable=False),
        sa.Column("paid_for", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("updated_at", LARGE, server_default=unix_now(), nullable=False),
        sa.ForeignKeyConstraint(["platform_account_id"], ["platform_accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform_account_id", "month"),
    )


def create_reservations() -> None:
    op.create_table(
        "platform_reservations",
        _account(),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("micro_usd", LARGE, server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", LARGE, server_default=unix_now(), nullable=False),
        sa.ForeignKeyConstraint(["platform_account_id"], ["platform_accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform_account_id", "request_key", "day"),
    )


def create_reads() -> None:
    op.create_table(
        "platform_reads",
        _account(),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["platform_account_id"], ["platform_accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform_account_id", "resource", "resource_id"),
    )


def _account() -> "sa.Column[str]":
    return sa.Column("platform_account_id", sa.Text(), nullable=False)
