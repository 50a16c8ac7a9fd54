"""Takes changes back as planned (docs/storage.md, "Undo")."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from onelane.storage.database.change_log import Origin, key_of
from onelane.storage.database.engine import Session
from onelane.storage.database.recorded_changes import REDO, UNDO, Change, mark_undone
from onelane.storage.database.rows import among
from onelane.storage.outreach.outbound import action_moves
from onelane.storage.search.contact_index import index_contacts
from onelane.storage.undo.net_changes import Image, RowKey
from onelane.storage.undo.plan import Conflict, Plan, bare_table, parents_first, rows_of, values_of
from onelane.storage.workflows import due_enrollments
from onelane.storage.workflows.enrollments import StateReason

_TAKEN = "another row has by now what it had"


@dataclass(slots=True)
class Undone:
    """What was taken back.

    Args:
        removed: how many rows went
        restored: how many got old values
        returned: how many came back
        conflicts: what stays as it is
        cancelled: how many messages that had not left never will
        enrollment_ids: who is in a sequence again
    """

    removed: int = 0
    restored: int = 0
    returned: int = 0
    conflicts: list[Conflict] = field(default_factory=list[Conflict])
    cancelled: int = 0
    enrollment_ids: list[str] = field(default_factory=list[str])


def undo_changes(session: Session, plan: Plan, changes: Sequence[Change], *, by: Origin) -> Undone:
    """Take changes back.

    Args:
        session: a session that writes
        plan: what is done
        changes: what it was made for; more than one only if none of them takes others back
        by: the change that this is
    """
    outcome = _Undoing(session, plan).run()
    kind = REDO if changes[0].what == UNDO else UNDO
    mark_undone(session, changes, Change(id=by.change_id, run_id=by.run_id, what=kind, created_at=session.now()))
    return outcome


class _Undoing:
    def __init__(self, session: Session, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._done = Undone(conflicts=list(plan.conflicts))
        self._contact_ids: set[str] = set()

    def run(self) -> Undone:
        """Let rows come back, give old values, and remove.

        A key that one of these holds and another one wants is free after the others, so that what is refused is tried
        once more at the end.
        """
        self._cancel_messages()
        later = [row for name in parents_first() for row in self._bring_back(name, self._returned(name))]
        rows_to_retry = self._restore(self._plan.restored)
        self._remove()
        for name, image in later:
            if self._bring_back(name, [image]):
                self._leave((name, image[key_of(name)]), _TAKEN)
        for key in self._restore(rows_to_retry):
            self._leave(key, _TAKEN)
        self._done.enrollment_ids = [row_id for _, row_id in self._again_in_sequences()]
        index_contacts(self._session, self._contact_ids)
        due_enrollments.look_again(self._session, contact_ids=list(self._contact_ids))
        return self._done

    def _cancel_messages(self) -> None:
        """What has not left goes to nobody who is taken out."""
        ids_by_table = self._plan.removed
        if ids := ids_by_table.get("workflow_enrollments"):
            self._done.cancelled += action_moves.cancel_waiting(
                self._session, reason=StateReason.MANUAL, enrollment_ids=ids
            )
        if ids := ids_by_table.get("contacts"):
            self._done.cancelled += action_moves.cancel_waiting(
                self._session, reason=StateReason.MANUAL, contact_ids=ids
            )

    def _again_in_sequences(self) -> list[RowKey]:
        keys = [*self._plan.returned, *(key for key, old in self._plan.restored.items() if "status" in old)]
        return [key for key in keys if key[0] == "workflow_enrollments"]

    def _returned(self, name: str) -> list[Image]:
        return [image for (table, _), image in self._plan.returned.items() if table == name]

    def _bring_back(self, name: str, images: list[Image]) -> list[tuple[str, Image]]:
        """Insert rows again; those that are refused are given back."""
        if not images:
            return []
        if not self._try(lambda: self._session.connection().execute(sa.insert(bare_table(name)), images)):
            # One by one, so that one that is refused keeps no other away.
            alone = len(images) == 1
            return [(name, images[0])] if alone else [no for each in images for no in self._bring_back(name, [each])]
        self._done.returned += len(images)
        for image in images:
            self._touch(name, image)
        return []

    def _restore(self, restored: Mapping[RowKey, Image]) -> dict[RowKey, Image]:
        """Give columns their old values; what is refused."""
        alike: dict[tuple[str, tuple[str, ...]], dict[RowKey, Image]] = defaultdict(dict)
        for (name, row_id), old in restored.items():
            alike[name, tuple(sorted(old))][name, row_id] = old
        refused_rows: dict[RowKey, Image] = {}
        for (name, columns), rows in alike.items():
            refused_rows |= self._restore_alike(name, columns, rows)
        return refused_rows

    def _restore_alike(self, name: str, columns: tuple[str, ...], rows: Mapping[RowKey, Image]) -> dict[RowKey, Image]:
        table, ids = bare_table(name), [row_id for _, row_id in rows]
        before = rows_of(self._session, name, ids) if _contact_column(name) else {}
        values: dict[str, Any] = {column: sa.bindparam(f"old_{column}") for column in columns}
        statement = sa.update(table).where(table.c[key_of(name)] == sa.bindparam("row_id")).values(values)
        params = [
            {"row_id": row_id, **{f"old_{column}": old[column] for column in columns}}
            for (_, row_id), old in rows.items()
        ]
        if not self._try(lambda: self._session.connection().execute(statement, params)):
            if len(rows) == 1:
                return dict(rows)
            refused_rows: dict[RowKey, Image] = {}
            for key, old in rows.items():
                refused_rows |= self._restore_alike(name, columns, {key: old})
            return refused_rows
        self._done.restored += len(rows)
        for (_, row_id), old in rows.items():
            self._touch(name, before.get(row_id, {}))
            self._touch(name, before.get(row_id, {}) | old)
        return {}

    def _remove(self) -> None:
        for name in reversed(parents_first()):
            ids = self._plan.removed.get(name)
            if not ids:
                continue
            if (column := _contact_column(name)) is not None:
                self._contact_ids |= values_of(self._session, name, column, ids)
            table = bare_table(name)
            statement = sa.delete(table).where(among(self._session, table.c[key_of(name)], ids))
            self._done.removed += self._session.sql(statement).rowcount

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            with self._session.begin_nested():
                act()
        except IntegrityError:
            return False
        return True

    def _touch(self, name: str, image: Image) -> None:
        column = _contact_column(name)
        if column is not None and image.get(column):
            self._contact_ids.add(image[column])

    def _leave(self, key: RowKey, reason: str) -> None:
        self._done.conflicts.append(Conflict(*key, reason))


def _contact_column(name: str) -> str | None:
    """The column that names the contact whose words a row holds."""
    if name == "contacts":
        return "id"
    return "contact_id" if name in ("contact_identities", "contact_emails") else None
