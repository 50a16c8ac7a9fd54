"""Keep what calls and runs change, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

from onelane.storage.database.columns import unix_now

revision = "0014"
down_revision = "0013"

TRACKED = (
    "contacts",
    "contact_identities",
    "contact_emails",
    "contact_sources",
    "workflow_templates",
    "workflow_template_steps",
    "template_versions",
    "workflow_enrollments",
    "content_items",
    "content_posts",
    "engagements",
    "engagement_metrics",
    "tasks",
    "sync_cursors",
    "scheduled_jobs",
)
REFERENCES = {
    "inbound_messages": ("contact_id",),
    "outbound_actions": ("contact_id", "enrollment_id", "template_id", "template_version_id"),
    "ready_templates": ("template_id",),
    "suppressions": ("contact_id",),
    "workflow_runs": ("schedule_id", "template_id"),
    "workflow_steps": ("contact_id",),
}
KEYS = {"ready_templates": "system_key"}


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "changes",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("created_at", whole, nullable=False, server_default=unix_now()),
    )
    op.create_index("ix_changes_run", "changes", ["run_id"])
    op.create_index("ix_changes_created", "changes", ["created_at"])
    op.create_index("ix_changes_undone", "changes", ["undone_by"])
    op.create_table(
        "changed_rows",
        sa.Column("id", whole, sa.Identity(), primary_key=True),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, server_default=sa.text("'{}'")),
        sa.CheckConstraint("kind IN ('insert', 'update', 'delete')", name="ck_changed_rows_kind"),
    )
    op.create_index("ix_changed_rows_change", "changed_rows", ["change_id"])
    op.create_index("ix_changed_rows_row", "changed_rows", ["table_name", "row_id"])
    if op.get_bind().dialect.name == "postgresql":
        create_triggers()


def create_triggers() -> None:
    """On SQLite each connection makes its own (storage/database/change_log.py)."""
    for function in (ON_INSERT, ON_UPDATE, ON_DELETE):
        op.execute(sa.text(function))
    for table in TRACKED:
        trigger(table, "INSERT", "REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT", "onelane_log_insert()")
        trigger(table, "UPDATE", "FOR EACH ROW", "onelane_log_update('id')")
        trigger(table, "DELETE", "FOR EACH ROW", "onelane_log_delete()")
    for table, columns in REFERENCES.items():
        given = ", ".join(f"'{word}'" for word in (KEYS.get(table, "id"), *columns))
        trigger(table, f"UPDATE OF {', '.join(columns)}", "FOR EACH ROW", f"onelane_log_update({given})")


def trigger(table: str, event: str, each: str, function: str) -> None:
    name = f"onelane_{event.split(maxsplit=1)[0].lower()}_{table}"
    op.execute(
        sa.text(f"CREATE TRIGGER {name} AFTER {event} ON {table} {each} WHEN ({IS_ON}) EXECUTE FUNCTION {function}")
    )


IS_ON = "coalesce(current_setting('onelane.change', true), '') <> ''"
ON_INSERT = """
CREATE FUNCTION onelane_log_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
SELECT current_setting('onelane.change'), TG_TABLE_NAME, '', 'insert', CAST(jsonb_agg(id) AS text)
FROM inserted HAVING count(*) > 0;
RETURN NULL; END $$
"""
# With columns named behind the key, only these are kept.
ON_UPDATE = """
CREATE FUNCTION onelane_log_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
SELECT current_setting('onelane.change'), TG_TABLE_NAME, to_jsonb(OLD) ->> TG_ARGV[0], 'update',
CAST(jsonb_object_agg(key, jsonb_build_array(before.value, after.value)) AS text)
FROM jsonb_each(to_jsonb(OLD)) AS before JOIN jsonb_each(to_jsonb(NEW)) AS after USING (key)
WHERE before.value <> after.value AND (TG_NARGS = 1 OR key = ANY (TG_ARGV)) HAVING count(*) > 0;
RETURN NULL; END $$
"""
ON_DELETE = """
CREATE FUNCTION onelane_log_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
VALUES (current_setting('onelane.change'), TG_TABLE_NAME, OLD.id, 'delete', CAST(to_jsonb(OLD) AS text));
RETURN NULL; END $$
"""
