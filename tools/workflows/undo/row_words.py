"""What rows are called when people read that they go, come back or stay."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onelane.storage.database import recorded_changes
from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import Session
from onelane.storage.database.recorded_changes import PLACES, RowChange, RowCount
from onelane.storage.metadata import METADATA
from onelane.storage.undo.plan import rows_of
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.result import when

_NOUNS: Mapping[str, str] = {
    "contacts": "contact",
    "contact_identities": "profile",
    "contact_emails": "address",
    "contact_sources": "source of a value",
    "workflow_templates": "template",
    "workflow_template_steps": "step of a template",
    "template_versions": "version of a template",
    "workflow_enrollments": "enrollment",
    "content_items": "draft or post",
    "content_posts": "published post",
    "engagements": "exchange",
    "engagement_metrics": "figure of a post",
    "tasks": "task",
    "sync_cursors": "place of a sync",
    "scheduled_jobs": "schedule",
}
_NAMES = ("name", "title", "display_name", "address", "email", "platform_handle", "subject", "data_type", "label")
"""Columns that say what a row is, the plainest first."""
_OF_CONTACT = ("contact_id", "related_contact_id")
_VERBS = {RowChange.INSERT: "added", RowChange.UPDATE: "changed", RowChange.DELETE: "deleted"}
_MOST_TABLES = 3
_NAME_LENGTH, _VALUE_LENGTH = 80, 60


def noun_of(table: str) -> str:
    """What a row of this table is called; one of a table that only refers to others is a record."""
    return _NOUNS.get(table, "record")


def one_of(table: str) -> str:
    """One of them: an address, a profile."""
    noun = noun_of(table)
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def number_of(count: int, table: str) -> str:
    """So many of them: 1 address, 3 addresses."""
    noun = noun_of(table)
    head, _, rest = noun.partition(" of ")
    if count != 1:
        head = f"{head}es" if head.endswith("s") else "drafts or posts" if head == "draft or post" else f"{head}s"
    return f"{count:,} {head}{f' of {rest}' if rest else ''}"


def words_of_changes(session: Session, change_ids: Collection[str]) -> Mapping[str, str]:
    """What changes did, in a few words each: `added 3 contacts, 2 addresses`."""
    counts = recorded_changes.row_counts(session, change_ids)
    return {change_id: _words_of(counts.get(change_id, ())) for change_id in change_ids}


def _words_of(counts: Sequence[RowCount]) -> str:
    parts: list[str] = []
    for kind, verb in _VERBS.items():
        of_kind = {each.table: each.rows for each in counts if each.kind == kind}
        amounts = [number_of(of_kind[table], table) for table in _NOUNS if table in of_kind and table != PLACES]
        if amounts:
            parts.append(f"{verb} {', '.join(amounts[:_MOST_TABLES])}")
    return "; ".join(parts) or "nothing new"


def name_of(row: Mapping[str, Any]) -> str:
    """What a row says that it is; empty where it has no name of its own."""
    return next((one_line(str(row[name]))[:_NAME_LENGTH] for name in _NAMES if row.get(name)), "")


def contact_names(session: Session, rows: Collection[Mapping[str, Any]]) -> Mapping[str, str]:
    """The names of the contacts to which rows belong."""
    ids = {row[name] for row in rows for name in _OF_CONTACT if row.get(name)}
    return {contact_id: name_of(row) for contact_id, row in rows_of(session, "contacts", ids).items()}


def owner_of(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The contact to which a row belongs; empty where it belongs to none that is there."""
    return next((names[row[each]] for each in _OF_CONTACT if row.get(each) in names), "")


def column_words(table: str, name: str, value: object) -> str:
    """A column with its value, in a line: an instant as people read it, and none as nothing."""
    if isinstance(value, int) and isinstance(METADATA.tables[table].columns[name].type, UnixTime):
        value = when(datetime.fromtimestamp(value, UTC))
    text = "nothing" if value in (None, "", "[]", "{}") else one_line(str(value))[:_VALUE_LENGTH]
    return f"{name.replace('_', ' ')}: {text}"
