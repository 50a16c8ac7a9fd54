"""What docs/tables.md says of tables, as data: written down once more, so that the code can't drift unnoticed."""

from dataclasses import dataclass, field

TABLES = (
    "platform_accounts",
    "contacts",
    "contact_identities",
    "workflow_templates",
    "workflow_template_steps",
    "workflow_enrollments",
    "content_items",
    "content_posts",
    "engagements",
    "tasks",
    "sync_cursors",
    "workflow_runs",
    "workflow_steps",
    "engagement_metrics",
    "scheduled_jobs",
)
"""In the order of docs/tables.md, "The fifteen tables"."""

NOW = "unixepoch()"
PLATFORMS = ("x", "linkedin", "gmail", "substack", "onelane")


@dataclass(frozen=True)
class Column:
    """A column of a table in docs/tables.md."""

    type: str
    is_null_refused: bool = False
    default: str | int | float | None = None
    words: tuple[str, ...] = ()
    refers_to: str | None = None
    on_delete: str | None = None
    """What happens with the row when the other one is deleted; a run outlives what it refers to."""


@dataclass(frozen=True)
class SpecifiedTable:
    """A table whose columns are written down here."""

    columns: dict[str, Column]
    indexes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


TEXT = Column("text")
KEY = Column("text", is_null_refused=True)
INTEGER = Column("integer")
MOMENT = Column("integer", default=NOW)
OBJECT = Column("text", default="{}")
COUNT = Column("integer", default=0)


def words(*of: str, default: str | None = None, required: bool = False) -> Column:
    return Column("text", is_null_refused=required, default=default, words=of)


def child_of(table: str) -> Column:
    return Column("text", refers_to=table, on_delete="CASCADE")


def outlives(table: str) -> Column:
    return Column("text", refers_to=table, on_delete="SET NULL")


SPELT_OUT = {
    "workflow_templates": SpecifiedTable(
        {
            "id": KEY,
            "name": Column("text", is_null_refused=True),
            "description": TEXT,
            "platform": words(*PLATFORMS),
            "template_type": words(
                "outreach",
                "engagement",
                "content",
                "nurture",
                "prospecting",
                "enrichment",
                "pruning",
                required=True,
            ),
            "status": words("draft", "active", "paused", "completed", default="draft"),
            "config": OBJECT,
            "goal_metrics": OBJECT,
            "starts_at": INTEGER,
            "ends_at": INTEGER,
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }
    ),
    "workflow_template_steps": SpecifiedTable(
        {
            "id": KEY,
            "template_id": child_of("workflow_templates"),
            "step_index": Column("integer", is_null_refused=True),
            "step_type": words(
                "connect", "message", "follow", "like", "comment", "wait", "condition", "post", required=True
            ),
            "config": OBJECT,
            "delay_hours": COUNT,
        }
    ),
    "workflow_enrollments": SpecifiedTable(
        {
            "id": KEY,
            "template_id": child_of("workflow_templates"),
            "contact_id": child_of("contacts"),
            "workflow_run_id": outlives("workflow_runs"),
            "status": words("pending", "active", "completed", "replied", "removed", default="pending"),
            "current_step_index": COUNT,
            "enrolled_at": MOMENT,
            "completed_at": INTEGER,
        }
    ),
    "workflow_runs": SpecifiedTable(
        {
            "id": KEY,
            "template_id": outlives("workflow_templates"),
            "workflow_type": words("sync", "enrich", "search", "prune", "sequence", "agent", required=True),
            "platform_account_id": outlives("platform_accounts"),
            "status": words("pending", "running", "paused", "completed", "failed", "cancelled", default="pending"),
            "total_items": INTEGER,
            "processed_items": COUNT,
            "success_items": COUNT,
            "skipped_items": COUNT,
            "error_items": COUNT,
            "config": OBJECT,
            "result": OBJECT,
            "errors": Column("text", default="[]"),
            "trigger": words("user", "scheduled", "template", default="user"),
            "model": TEXT,
            "input_tokens": COUNT,
            "output_tokens": COUNT,
            "cost_usd": Column("real", default=0),
            "parent_workflow_id": outlives("workflow_runs"),
            "started_at": INTEGER,
            "completed_at": INTEGER,
            "created_at": MOMENT,
            "updated_at": MOMENT,
        },
        indexes={
            "idx_workflow_runs_template": ["template_id"],
            "idx_workflow_runs_status": ["status"],
            "idx_workflow_runs_type": ["workflow_type"],
        },
    ),
    "workflow_steps": SpecifiedTable(
        {
            "id": KEY,
            "workflow_run_id": child_of("workflow_runs"),
            "step_index": Column("integer", is_null_refused=True),
            "step_type": words(
                "url_fetch",
                "browser_scrape",
                "web_search",
                "llm_extract",
                "contact_merge",
                "contact_create",
                "contact_archive",
                "routing_decision",
                "sync_page",
                "error",
                "thinking",
                "tool_call",
                "tool_result",
                "decision",
                "engagement_action",
                required=True,
            ),
            "status": words("pending", "running", "completed", "failed", "skipped", default="pending"),
            "contact_id": outlives("contacts"),
            "url": TEXT,
            "tool": TEXT,
            "input": OBJECT,
            "output": OBJECT,
            "error": TEXT,
            "duration_ms": INTEGER,
            "created_at": MOMENT,
        },
        indexes={"idx_workflow_steps_run": ["workflow_run_id"]},
    ),
}
"""The tables of templates, enrollments, runs and steps, as docs/tables.md has them."""

FUNCTIONS = {
    "runs": ("create_workflow_run", "update_workflow_run", "get_workflow_run", "list_workflow_runs"),
    "steps": ("create_workflow_step", "list_workflow_steps", "next_step_index"),
    "templates": (
        "create_template",
        "update_template",
        "get_template",
        "list_templates",
        "delete_template",
        "add_template_step",
    ),
    "enrollments": ("enroll_contact", "list_enrollments"),
}
"""The functions of docs/tables.md, "Queries", by the module of the noun that each is about."""
