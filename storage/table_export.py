"""All that is kept beside the contacts, table by table, for an export of everything (docs/backups.md, "Exports")."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from onelane.storage.contact_documents import PARTS, shown_otherwise
from onelane.storage.database.engine import Session
from onelane.storage.database.idempotency import KeptAnswer
from onelane.storage.database.recorded_changes import Change, ChangedRow
from onelane.storage.database.rows import Row, table_of
from onelane.storage.metadata import ADDED, SPECIFIED
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.spending import PlatformRead, SpendingReservation
from onelane.storage.search.contact_index import IndexedContact
from onelane.storage.search.words import NameWordKey
from onelane.storage.workflows.approvals import Approval
from onelane.storage.workflows.budgets import BudgetHold
from onelane.storage.workflows.dispatches import Dispatch
from onelane.storage.workflows.run_reading.run_counts import RunCount, WeeklyRunCount

_LEFT_OUT: tuple[type[Row], ...] = (
    # In the contacts' documents.
    Contact, *PARTS.values(),
    # Made of the others.
    IndexedContact, NameWordKey, RunCount, WeeklyRunCount,
    # Of this process and this home alone: work under way, answers to repeated calls, sealed yeses.
    Dispatch, KeptAnswer, BudgetHold, Approval, SpendingReservation, PlatformRead, Change, ChangedRow,
)  # fmt: skip
_SECRET = "credentials_encrypted"
_AT_ONCE = 1_000


def exported_tables() -> list[type[Row]]:
    """The tables that an export of everything has beside the contacts."""
    return [kind for kind in (*SPECIFIED, *ADDED) if kind not in _LEFT_OUT]


def table_rows(session: Session, kind: type[Row]) -> Iterator[dict[str, Any]]:
    """The rows of a table in the order of their keys, without what is secret."""
    table = table_of(kind)
    columns = [column for column in table.columns if column.name != _SECRET]
    bare = [sa.type_coerce(column, sa.Text()).label(column.name) for column in columns]
    names = [str(column.name) for column in columns]
    query = sa.select(*bare).order_by(*table.primary_key.columns)
    for rows in session.connection().execution_options(yield_per=_AT_ONCE).execute(query).partitions():
        for row in rows:
            yield _document(kind, dict(zip(names, row, strict=True)))


def _document(kind: type[Row], document: dict[str, Any]) -> dict[str, Any]:
    for name, show in shown_otherwise(kind.__tablename__, as_text=True):
        if (value := document[name]) is not None:
            document[name] = show(value)
    return document
