"""What taking changes back would do, and what stays because somebody changed it since (docs/storage.md, "Undo")."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.all_tables import all_tables
from onelane.storage.database.change_log import TRACKED, key_of
from onelane.storage.database.engine import Session
from onelane.storage.database.recorded_changes import recorded_rows, updates_by_others
from onelane.storage.database.rows import among, plain_rows
from onelane.storage.outreach.inbound_messages import InboundMessage
from onelane.storage.outreach.outbound.outbound_actions import LEFT, OutboundAction
from onelane.storage.undo.net_changes import ColumnChange, Image, NetChanges, RowKey

_DERIVED: Mapping[str, frozenset[str]] = {
    "contacts": frozenset({"updated_at", "enrichment_score"}),
    "contact_identities": frozenset({"updated_at", "last_synced_at"}),
    "scheduled_jobs": frozenset(
        {
            "updated_at", "status", "started_at", "completed_at", "retry_count", "error", "last_triggered_at",
            "next_run_at", "retry_at", "last_run_id",
        }
    ),
}  # fmt: skip
"""What follows from the rest, or from time passing: where that is another by now, it is no conflict."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stays as it is.

    Args:
        table: where the row stands
        row_id: which one
        why: what somebody did since, in words
        held_by: the table of a row that stays and refers to it; nothing where none does
    """

    table: str
    row_id: str
    why: str
    held_by: str | None = None


@dataclass(slots=True)
class Plan:
    """What is done to take changes back.

    Args:
        removed: the rows that go
        restored: the columns that get their old values
        returned: the rows that come back
        conflicts: what stays
        inserted: the rows that the changes had inserted, whether they go or stay
    """

    removed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    restored: dict[RowKey, Image] = field(default_factory=dict[RowKey, Image])
    returned: dict[RowKey, Image] = field(default_factory=dict[RowKey, Image])
    conflicts: list[Conflict] = field(default_factory=list[Conflict])
    inserted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def plan_undo(session: Session, change_ids: Collection[str]) -> Plan:
    """What taking these changes back would do, as things stand. Nothing is changed."""
    return _Planning(session, change_ids).plan()


def parents_first() -> list[str]:
    """The tables whose rows can be taken back, each behind those that it refers to."""
    return [table.name for table in all_tables().sorted_tables if table.name in TRACKED]


def rows_of(session: Session, table: str, keys: Collection[str]) -> dict[str, Image]:
    """The rows with these keys as they are, with values as the driver has them."""
    if not keys:
        return {}
    bare, key = bare_table(table), key_of(table)
    rows = plain_rows(session, sa.select(bare).where(among(session, bare.c[key], keys)), {})
    return {row[key]: dict(row) for row in rows}


def values_of(session: Session, table: str, column: str, keys: Collection[str]) -> set[str]:
    """What a column of the rows with these keys holds, but for nulls; the whole rows of an import take long to read."""
    bare = bare_table(table)
    query = sa.select(bare.c[column]).where(among(session, bare.c[key_of(table)], keys), bare.c[column].is_not(None))
    return set(session.connection().execute(query).scalars())


def bare_table(name: str) -> sa.TableClause:
    """A table whose columns have no types, so that values stay as the log has them."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(str(column.name)) for column in all_tables().tables[name].columns]
    return sa.table(name, *columns)


class _Planning:
    def __init__(self, session: Session, change_ids: Collection[str]) -> None:
        self._session = session
        self._change_ids = change_ids
        self._net = NetChanges.of(recorded_rows(session, change_ids))
        self._plan = Plan()

    def plan(self) -> Plan:
        """Each part in turn; what is removed depends on what is restored."""
        self._return_deleted()
        self._restore_updated()
        self._remove_inserted()
        return self._plan

    def _return_deleted(self) -> None:
        present_rows = self._present(self._net.deleted)
        self._plan.returned = {key: image for key, image in self._net.deleted.items() if key not in present_rows}

    def _restore_updated(self) -> None:
        present_rows = self._present(self._net.updated)
        for key, columns in self._net.updated.items():
            if key not in present_rows:
                self._leave(key, "it is there no more")
                continue
            present = present_rows[key]
            edited = [name for name, each in columns.items() if _is_edited(key[0], name, each, present[name])]
            if edited:
                self._leave(key, f"changed since: {', '.join(edited)}")
            old = {
                name: each.old for name, each in columns.items() if present[name] == each.new and each.old != each.new
            }
            if old:
                self._plan.restored[key] = old

    def _remove_inserted(self) -> None:
        for name in parents_first():
            if ids := self._net.inserted.get(name):
                self._plan.inserted[name] = values_of(self._session, name, key_of(name), ids)
        reasons: dict[RowKey, str] = {}
        holders: dict[RowKey, str] = {}
        for name, ids in self._plan.inserted.items():
            reasons |= self._edited_by_others(name, ids)
            holders |= self._referred_to(name, ids)
        for key in reasons | holders:
            holder = holders.get(key)
            whys = filter(None, [reasons.get(key), None if holder is None else _WHY.get(holder)])
            self._plan.conflicts.append(Conflict(*key, "; ".join(whys), None if holder in _WHY else holder))
        staying_keys = self._with_family(set(reasons | holders))
        for name, ids in self._plan.inserted.items():
            if removable_ids := {each for each in ids if (name, each) not in staying_keys}:
                self._plan.removed[name] = removable_ids

    def _edited_by_others(self, name: str, ids: Collection[str]) -> dict[RowKey, str]:
        reasons: dict[RowKey, str] = {}
        for row_id, origin, columns in updates_by_others(self._session, name, ids, self._change_ids):
            if edited := [column for column in columns if not _is_derived(name, column)]:
                reasons[name, row_id] = f"changed since: {', '.join(edited)} ({origin})"
        return reasons

    def _referred_to(self, name: str, ids: Collection[str]) -> dict[RowKey, str]:
        """Rows to which others refer that stay, and people with whom words were exchanged: by whose table they do."""
        holders: dict[RowKey, str] = {}
        for child, key in _references_to(name):
            bare = bare_table(child)
            column = bare.c[key.parent.name]
            query = sa.select(column, bare.c.id).where(among(self._session, column, ids))
            if child == OutboundAction.__tablename__:
                query = query.where(bare.c.status.in_([each.value for each in LEFT]))
            for row_id, child_id in self._session.sql(query):
                if not self._goes(child, child_id, key.parent.name):
                    holders[name, row_id] = child
        return holders

    def _goes(self, child: str, child_id: str, column: str) -> bool:
        """Whether a row does not refer any more once the changes are taken back."""
        return child_id in self._plan.inserted.get(child, ()) or column in self._plan.restored.get(
            (child, child_id), {}
        )

    def _with_family(self, staying_keys: set[RowKey]) -> set[RowKey]:
        """With a row stays what it belongs to, and with that all that belongs to it."""
        if not staying_keys:
            return staying_keys
        for name in reversed(parents_first()):
            ids = {row_id for table, row_id in staying_keys if table == name}
            for row_id, row in rows_of(self._session, name, ids).items():
                staying_keys |= {parent for parent in self._parents(name, row) if parent[1] != row_id}
        for name in parents_first():
            for row_id, row in rows_of(self._session, name, self._plan.inserted.get(name, ())).items():
                if any(parent in staying_keys for parent in self._parents(name, row, only_owners=True)):
                    staying_keys.add((name, row_id))
        return staying_keys

    def _parents(self, name: str, row: Image, *, only_owners: bool = False) -> Iterator[RowKey]:
        """The rows that the changes inserted to which a row refers."""
        for key in all_tables().tables[name].foreign_keys:
            parent = key.column.table.name
            is_asked_for = not only_owners or key.ondelete == "CASCADE"
            if is_asked_for and row[key.parent.name] in self._plan.inserted.get(parent, ()):
                yield parent, row[key.parent.name]

    def _present(self, keys: Collection[RowKey]) -> dict[RowKey, Image]:
        ids: dict[str, list[str]] = defaultdict(list)
        for table, row_id in keys:
            ids[table].append(row_id)
        rows_by_table = {table: rows_of(self._session, table, each) for table, each in ids.items()}
        return {(table, row_id): row for table, rows in rows_by_table.items() for row_id, row in rows.items()}

    def _leave(self, key: RowKey, reason: str) -> None:
        self._plan.conflicts.append(Conflict(*key, reason))


_WHY = {OutboundAction.__tablename__: "a message has left", InboundMessage.__tablename__: "an answer has come"}


def _is_edited(table: str, column: str, change: ColumnChange, present: object) -> bool:
    """Whether somebody has given a column another value, in between or since."""
    is_another = present not in (change.old, change.new)
    return not _is_derived(table, column) and (is_another or change.is_edited)


def _is_derived(table: str, column: str) -> bool:
    return column in _DERIVED.get(table, ("updated_at",))


def _references_to(name: str) -> Iterator[tuple[str, sa.ForeignKey]]:
    for child in (*TRACKED, *_WHY):
        for key in all_tables().tables[child].foreign_keys:
            if key.column.table.name == name and child != name:
                yield child, key
