"""The logical dump of a database: all that it says, without what tells how that came about."""

from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.metadata import METADATA

LEFT_OUT = {
    "changes", "changed_rows", "tool_answers", "dispatches", "run_contacts", "workflow_runs", "workflow_run_counts",
    "workflow_run_weekly_counts", "contact_name_keys",
}  # fmt: skip
"""What tells that something was done, and by which words names may be spelt."""


def dump(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables but those that are history, and of the index what it knows of whom."""
    tables = [each.name for each in METADATA.sorted_tables if each.name not in LEFT_OUT]
    queries = {name: f"SELECT * FROM {name}" for name in tables}
    queries["contact_search"] = "SELECT contact_id, score, is_archived FROM contact_search"
    with database.read() as session:
        return {name: sorted(map(str, session.sql(sa.text(query)))) for name, query in queries.items()}
