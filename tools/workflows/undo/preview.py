"""What taking changes back would do, as people read it before they say yes."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.refusals import refusing_names
from onelane.storage.undo.net_changes import Image, RowKey
from onelane.storage.undo.plan import Conflict, Plan, parents_first, plan_undo, rows_of
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, Result, when
from onelane.tools.workflows.undo.row_words import (
    column_words,
    contact_names,
    name_of,
    noun_of,
    number_of,
    one_of,
    owner_of,
)
from onelane.tools.workflows.undo.scope import Scope

MOST_LISTED = 100
_MOST_LISTED = 5


class Deed(StrEnum):
    """What becomes of a row."""

    REMOVE = "remove"
    RESTORE = "restore"
    BRING_BACK = "bring_back"


class RowsOfTable(Result):
    """How many rows of a table that concerns."""

    table: str
    noun: str
    remove: int
    restore: int
    bring_back: int


class RowToUndo(Result):
    """A row, and what becomes of it."""

    deed: Deed
    table: str
    row_id: str
    noun: str
    name: str
    columns: Sequence[str]
    """Of one that gets old values: the column, what it has and what it gets."""


class LeftAlone(Result):
    """A row that stays as it is, and why."""

    table: str
    row_id: str
    noun: str
    name: str
    why: str

    def text(self) -> str:
        """One line."""
        return f"{self.noun} {self.name or self.row_id}: {self.why}"


class SentMessage(Result):
    """A message that has left."""

    id: str
    to: str
    at: Instant | None

    def text(self) -> str:
        """One line."""
        return f"{self.id} to {self.to}, {when(self.at)}"


class UndoPreview(Result):
    """What would be taken back, what stays, and what was sent."""

    what: str
    """What `undo` is called with."""
    name: str
    changes: int
    tables: Sequence[RowsOfTable]
    rows: Sequence[RowToUndo]
    left_alone: Sequence[LeftAlone]
    left_alone_count: int
    sent: Sequence[SentMessage]
    sent_count: int
    refusing: Sequence[str]
    """The first who refuse letters, of which nothing would be known any more."""
    refusing_count: int

    def text(self) -> str:
        """What is done, then what stays."""
        deeds = (("removes", "remove"), ("gives old values to", "restore"), ("brings back", "bring_back"))
        parts = [f"{verb} {amount}" for verb, deed in deeds if (amount := _counts(self.tables, deed))]
        lines = [f"Taking back {self.name} {'; '.join(parts) if parts else 'changes nothing'}."]
        lines += _refusing_lines(self.refusing, self.refusing_count)
        lines += sent_lines(self.sent, self.sent_count) + left_lines(self.left_alone, self.left_alone_count)
        return "\n".join(lines)


def preview_of(ctx: Context, scope: Scope, what: str) -> UndoPreview:
    """What taking this back would do, as things stand."""
    session = ctx.session
    plan = plan_undo(session, scope.change_ids)
    messages, sent_count = sent_of(session, scope, plan)
    refusing = refusing_names(session, _forgotten_refusals(plan))
    return UndoPreview(
        what=what,
        name=scope.name,
        changes=len(scope.changes),
        tables=_tables(plan),
        rows=_rows(session, plan),
        left_alone=left_alone(session, plan.conflicts),
        left_alone_count=len(plan.conflicts),
        sent=messages,
        sent_count=sent_count,
        refusing=refusing[:MOST_LISTED],
        refusing_count=len(refusing),
    )


def left_alone(session: Session, conflicts: Sequence[Conflict]) -> list[LeftAlone]:
    """The first rows that stay, with their names."""
    first_conflicts = conflicts[:MOST_LISTED]
    names = _row_names(session, [(each.table, each.row_id) for each in first_conflicts])
    return [
        LeftAlone(
            table=each.table,
            row_id=each.row_id,
            noun=noun_of(each.table),
            name=names.get((each.table, each.row_id), ""),
            why="; ".join(filter(None, [each.why, each.held_by and f"still has {one_of(each.held_by)}"])),
        )
        for each in first_conflicts
    ]


def sent_of(session: Session, scope: Scope, plan: Plan) -> tuple[list[SentMessage], int]:
    """The messages that have left because of these changes, the first of them, and how many they are."""
    enrollment_ids = plan.inserted.get("workflow_enrollments", set())
    actions = outbound_actions.list_sent_by(session, run_ids=scope.run_ids, enrollment_ids=enrollment_ids)
    first_actions = actions[:MOST_LISTED]
    return [SentMessage(id=each.id, to=each.to_address or "", at=each.sent_at) for each in first_actions], len(actions)


def sent_lines(messages: Sequence[SentMessage], count: int) -> list[str]:
    """What is said of messages that have left."""
    if not count:
        return []
    head = "1 message was sent, and stays sent:" if count == 1 else f"{count:,} messages were sent, and stay sent:"
    return [head, *_list_lines([each.text() for each in messages], count)]


def left_lines(rows: Sequence[LeftAlone], count: int) -> list[str]:
    """What is said of rows that stay."""
    if not count:
        return []
    head = "1 entry stays as it is:" if count == 1 else f"{count:,} entries stay as they are:"
    return [head, *_list_lines([each.text() for each in rows], count)]


def _refusing_lines(names: Sequence[str], count: int) -> list[str]:
    if not count:
        return []
    head = "1 contact refuses" if count == 1 else f"{count:,} contacts refuse"
    return [f"{head} letters, which would not be on record any more:", *_list_lines(list(map(one_line, names)), count)]


def _forgotten_refusals(plan: Plan) -> set[str]:
    """The contacts of which what they refuse is taken back, if they do."""
    changed = {
        row_id for (table, row_id), old in plan.restored.items() if table == "contacts" and "consent_basis" in old
    }
    return changed | plan.removed.get("contacts", set())


def _list_lines(lines: Sequence[str], count: int) -> list[str]:
    more = [f"- and {count - _MOST_LISTED:,} more"] if count > _MOST_LISTED else []
    return [*(f"- {line}" for line in lines[:_MOST_LISTED]), *more]


def _counts(tables: Sequence[RowsOfTable], deed: str) -> str:
    return ", ".join(number_of(count, each.table) for each in tables if (count := getattr(each, deed)))


def _tables(plan: Plan) -> list[RowsOfTable]:
    names = [*parents_first(), *sorted({table for table, _ in plan.restored} - set(parents_first()))]
    tables = [
        RowsOfTable(
            table=name,
            noun=noun_of(name),
            remove=len(plan.removed.get(name, ())),
            restore=sum(table == name for table, _ in plan.restored),
            bring_back=sum(table == name for table, _ in plan.returned),
        )
        for name in names
    ]
    return [each for each in tables if each.remove or each.restore or each.bring_back]


def _rows(session: Session, plan: Plan) -> list[RowToUndo]:
    first_deeds = [each for name in parents_first() for each in _deeds(plan, name)][:MOST_LISTED]
    present = _row_names(session, [key for _, key in first_deeds])
    return [_row(session, plan, deed, key, present) for deed, key in first_deeds]


def _deeds(plan: Plan, name: str) -> Iterator[tuple[Deed, RowKey]]:
    yield from ((Deed.REMOVE, (name, row_id)) for row_id in sorted(plan.removed.get(name, ())))
    yield from ((Deed.RESTORE, key) for key in plan.restored if key[0] == name)
    yield from ((Deed.BRING_BACK, key) for key in plan.returned if key[0] == name)


def _row(session: Session, plan: Plan, deed: Deed, key: RowKey, names: dict[RowKey, str]) -> RowToUndo:
    old: Image = plan.restored.get(key, {}) if deed is Deed.RESTORE else {}
    columns = [column_words(key[0], name, value) for name, value in old.items() if name != "updated_at"]
    name = name_of(plan.returned[key]) if deed is Deed.BRING_BACK else names.get(key, "")
    return RowToUndo(deed=deed, table=key[0], row_id=key[1], noun=noun_of(key[0]), name=name, columns=columns)


def _row_names(session: Session, keys: Sequence[RowKey]) -> dict[RowKey, str]:
    """What rows are called, with the contact that they belong to."""
    rows: dict[RowKey, Image] = {}
    for table in {table for table, _ in keys}:
        ids = [row_id for name, row_id in keys if name == table]
        rows |= {(table, row_id): row for row_id, row in rows_of(session, table, ids).items()}
    owners = contact_names(session, list(rows.values()))
    parts = {key: [each for each in (name_of(row), owner_of(row, owners)) if each] for key, row in rows.items()}
    return {key: " of ".join(each) for key, each in parts.items()}
