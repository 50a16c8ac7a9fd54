"""Add what outreach needs: frozen templates, outbound actions, suppressions, inbound messages, the switch."""

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0006"
down_revision = "0005"

NOW = unix_now()
INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOORS = ("cli", "rest", "dashboard", "elicitation")
HANDS = (*DOORS, "mcp", "agent", "onelane")
GATES = (
    "switch", "state", "reply", "suppression", "consent", "archived", "template_window", "policy", "account", "inbox",
    "window", "cap", "spacing", "exclusivity", "missing_data", "approval", "undo", "budget",
)  # fmt: skip
REASONS = (
    "reply", "bounce_hard", "unsubscribed", "suppressed", "out_of_office", "missing_field", "no_channel",
    "goal_reached", "manual", "breaker", "template_ended", "account_needs_reauth", "contact_archived",
    "contact_erased", "rejected",
)  # fmt: skip
TASK_TYPES = ("manual", "agent_review", "follow_up", "content_review", "merge_proposal", "outreach")
DRIVERS = ("engine", "host", "chat", "mover")


def upgrade() -> None:
    create_template_versions()
    create_outbound_actions()
    create_suppressions()
    create_inbound_messages()
    create_outbound_switch()
    extend_accounts()
    extend_contacts()
    extend_tasks()
    extend_enrollments()
    extend_engagements()
    change_check("workflow_runs", "driver", DRIVERS)


def create_template_versions() -> None:
    op.create_table(
        "template_versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("steps", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("approved_via", sa.Text(), nullable=True),
        check("template_versions", "approved_via", DOORS),
        sa.ForeignKeyConstraint(["template_id"], ["workflow_templates.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_template_versions_number", "template_versions", ["template_id", "version"], unique=True)


def create_outbound_actions() -> None:
    outlived = {
        "enrollment_id": "workflow_enrollments",
        "contact_id": "contacts",
        "template_id": "workflow_templates",
        "template_version_id": "template_versions",
        "workflow_run_id": "workflow_runs",
        "platform_account_id": "platform_accounts",
    }
    texts = ("variant", "from_address", "to_address", "subject", "body_text", "body_html", "in_reply_to", "message_id")
    op.create_table(
        "outbound_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action_key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in outlived),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channel", "transport", "step_type")),
        sa.Column("step_index", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in texts),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'awaiting_approval'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.Column(name, INSTANT, nullable=True) for name in ("not_before", "expires_at", "approved_at")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("approved_via", "approved_hash")),
        *(sa.Column(name, INSTANT, nullable=True) for name in ("sending_at", "final_dot_at", "sent_at")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("provider_id", "thread_id")),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("error_class", "error")),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        check(
            "outbound_actions",
            "status",
            (
                "awaiting_approval", "approved", "rejected", "expired", "cancelled", "sending", "sent", "failed",
                "uncertain",
            ),
        ),
        check("outbound_actions", "approved_via", DOORS),
        check("outbound_actions", "error_class", ("retry_later", "quota", "blocked", "refused", "signed_out")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], ondelete="SET NULL")
            for name, table in outlived.items()
        ),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_outbound_actions_key", "outbound_actions", ["action_key"], unique=True)
    op.create_index("ix_outbound_actions_message_id", "outbound_actions", ["message_id"], unique=True)
    for name, columns in {
        "sending": ["platform_account_id", "sending_at"],
        "due": ["status", "not_before"],
        "contact": ["contact_id"],
        "enrollment": ["enrollment_id", "step_index"],
        "template": ["template_id", "id"],
        "version": ["template_version_id"],
        "run": ["workflow_run_id"],
    }.items():
        op.create_index(f"ix_outbound_actions_{name}", "outbound_actions", columns)


def create_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_via", sa.Text(), nullable=True),
        check("suppressions", "reason", ("unsubscribed", "bounce_hard", "complaint", "manual", "erased")),
        check("suppressions", "lifted_via", DOORS),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    where = sa.text("lifted_at IS NULL")
    op.create_index(
        "ix_suppressions_address",
        "suppressions",
        ["channel", "address_hash"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_suppressions_contact", "suppressions", ["contact_id"])


def create_inbound_messages() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform_account_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("reference_ids", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("from_address", "to_address", "subject")),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("headers", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("own_text", sa.Text(), nullable=True),
        sa.Column("dsn", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("outbound_action_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("classifier_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["platform_account_id"], ["platform_accounts.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["outbound_action_id"], ["outbound_actions.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_inbound_messages_key", "inbound_messages", ["platform_account_id", "message_id"], unique=True)
    op.create_index("ix_inbound_messages_contact", "inbound_messages", ["contact_id", "sent_at"])
    op.create_index("ix_inbound_messages_action", "inbound_messages", ["outbound_action_id"])
    op.create_index("ix_inbound_messages_created", "inbound_messages", ["created_at"])


def create_outbound_switch() -> None:
    op.create_table(
        "outbound_switch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'on'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("changed_via", sa.Text(), nullable=True),
        sa.Column("last_seen_at", INSTANT, nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        check("outbound_switch", "state", ("on", "stopped")),
        check("outbound_switch", "reason", ("manual", "clock_went_back", "restored_copy", "key_changed")),
        check("outbound_switch", "changed_via", HANDS),
        sa.PrimaryKeyConstraint("id"),
    )


def extend_accounts() -> None:
    for name in ("transport", "sender_name", "signature", "inbound"):
        op.add_column("platform_accounts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("platform_accounts", sa.Column("limits", sa.Text(), server_default=sa.text("'{}'"), nullable=False))
    for name in ("inbox_read_at", "paused_until"):
        op.add_column("platform_accounts", sa.Column(name, INSTANT, nullable=True))
    add_word("platform_accounts", "pause_reason", ("quota", "blocked", "signed_out", "manual"))


def extend_contacts() -> None:
    for name in ("time_zone", "country", "consent_basis"):
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("consent_at", INSTANT, nullable=True))


def extend_engagements() -> None:
    op.add_column("engagements", sa.Column("outbound_action_id", sa.Text(), nullable=True))
    refer("engagements", {"outbound_action_id": "outbound_actions"})
    op.create_index("ix_engagements_action", "engagements", ["outbound_action_id"], unique=True)


def extend_tasks() -> None:
    op.add_column("tasks", sa.Column("outbound_action_id", sa.Text(), nullable=True))
    add_word("tasks", "outcome", ("done", "skipped"))
    op.add_column("tasks", sa.Column("snoozed_until", INSTANT, nullable=True))
    refer("tasks", {"outbound_action_id": "outbound_actions"})
    change_check("tasks", "task_type", TASK_TYPES)
    op.create_index("ix_tasks_action", "tasks", ["outbound_action_id"])


def extend_enrollments() -> None:
    table = "workflow_enrollments"
    referred = {"template_version_id": "template_versions", "platform_account_id": "platform_accounts"}
    for name in referred:
        op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    for name in ("next_step_at", "claimed_until", "paused_until"):
        op.add_column(table, sa.Column(name, INSTANT, nullable=True))
    add_word(table, "waiting_for", GATES)
    for name, start in {"epoch": 0, "entry": 1}.items():
        op.add_column(table, sa.Column(name, sa.Integer(), server_default=sa.text(str(start)), nullable=False))
    op.add_column(table, sa.Column("seed", INSTANT, server_default=sa.text("0"), nullable=False))
    op.add_column(table, sa.Column("is_exclusive", sa.Boolean(), server_default=sa.false(), nullable=False))
    add_word(table, "enrolled_via", HANDS)
    refer(table, referred)
    change_check(table, "state_reason", REASONS)
    fill_enrollments()
    op.create_index("ix_workflow_enrollments_entry", table, ["template_id", "contact_id", "entry"], unique=True)
    create_partial_index("exclusive", "contact_id", "status IN ('pending', 'active') AND is_exclusive", unique=True)
    create_partial_index("due", "next_step_at", "status = 'active'", unique=False)
    op.create_index("ix_workflow_enrollments_version", table, ["template_version_id"])


def fill_enrollments() -> None:
    # Who has entered a template twice has two entries of it; who is in several sequences stays in them, and the oldest
    # one keeps further ones away.
    op.execute(
        "UPDATE workflow_enrollments SET entry = (SELECT count(*) FROM workflow_enrollments AS earlier "
        "WHERE earlier.template_id = workflow_enrollments.template_id "
        "AND earlier.contact_id = workflow_enrollments.contact_id AND earlier.id <= workflow_enrollments.id)"
    )
    op.execute(
        "UPDATE workflow_enrollments SET is_exclusive = true WHERE id IN (SELECT min(enrolled.id) "
        "FROM workflow_enrollments AS enrolled JOIN workflow_templates AS t ON t.id = enrolled.template_id "
        "WHERE enrolled.status IN ('pending', 'active') AND t.template_type IN ('outreach', 'engagement', 'nurture') "
        "GROUP BY enrolled.contact_id)"
    )


def create_partial_index(name: str, column: str, condition: str, *, unique: bool) -> None:
    where = sa.text(condition)
    op.create_index(
        f"ix_workflow_enrollments_{name}",
        "workflow_enrollments",
        [column],
        unique=unique,
        sqlite_where=where,
        postgresql_where=where,
    )


def check(table: str, column: str, words: Sequence[str]) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition_of(column, words), name=f"ck_{table}_{column}")


def condition_of(column: str, words: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def add_word(table: str, column: str, words: Sequence[str]) -> None:
    # As SQL, for Alembic adds no CHECK to a column that it adds.
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} TEXT "
        f"CONSTRAINT ck_{table}_{column} CHECK ({condition_of(column, words)})"
    )


def refer(table: str, targets: Mapping[str, str]) -> None:
    """Let columns refer to other tables, whose rows may go before theirs."""
    if op.get_bind().dialect.name != "sqlite":
        for column, target in targets.items():
            op.create_foreign_key(None, table, target, [column], ["id"], ondelete="SET NULL")
        return
    keys = "".join(
        f", FOREIGN KEY({column}) REFERENCES {target} (id) ON DELETE SET NULL" for column, target in targets.items()
    )
    remake_in_sqlite(table, r"\)\s*$", f"{keys})")


def change_check(table: str, column: str, words: Sequence[str]) -> None:
    """Let a column take these words."""
    name, condition = f"ck_{table}_{column}", condition_of(column, words)
    if op.get_bind().dialect.name == "sqlite":
        remake_in_sqlite(
            table, rf"CONSTRAINT {name} CHECK \(\w+ IN \([^()]*\)\)", f"CONSTRAINT {name} CHECK ({condition})"
        )
    else:
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.text(condition))


def remake_in_sqlite(table: str, before: str, after: str) -> None:
    # The table is made anew from its own text, so that its indexes and triggers stay as they are.
    # Source: https://www.sqlite.org/lang_altertable.html#otheralter
    made = {(kind, name): sql for kind, name, sql in objects_of(table)}
    statement, count = re.subn(before, after, made.pop(("table", table)))
    if count != 1:
        raise RuntimeError(f"{table} is not as it was made")
    op.execute(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE new_{table}", statement, count=1))
    op.execute(f"INSERT INTO new_{table} SELECT * FROM {table}")  # noqa: S608 - names that stand above
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
    for sql in made.values():
        op.execute(sql)


def objects_of(table: str) -> list[tuple[str, str, str]]:
    """The table, its indexes and its triggers, as they were made; what SQLite made by itself has no text."""
    found = op.get_bind().exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    )
    return [(kind, name, sql) for kind, name, sql in found]
