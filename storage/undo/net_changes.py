"""What changes came to, row by row: what is between before the first and after the last (docs/storage.md, "Undo")."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from onelane.storage.database.recorded_changes import RecordedRow, RowChange

RowKey = tuple[str, str]
"""A table, and the key of a row in it."""
Image = dict[str, Any]
"""The columns of a row as it was."""


@dataclass(slots=True)
class ColumnChange:
    """What became of a column.

    Args:
        old: what it had before
        new: what it has after
        is_edited: somebody else gave it another value in between; `old` is theirs then
    """

    old: Any
    new: Any
    is_edited: bool = False


@dataclass(slots=True)
class NetChanges:
    """What changes came to."""

    inserted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    updated: dict[RowKey, dict[str, ColumnChange]] = field(default_factory=dict[RowKey, dict[str, ColumnChange]])
    deleted: dict[RowKey, Image] = field(default_factory=dict[RowKey, Image])

    @classmethod
    def of(cls, rows: Iterable[RecordedRow]) -> "NetChanges":
        """From what was recorded, in the order in which it happened."""
        net = cls()
        for table, row_id, kind, data in rows:
            if kind == RowChange.INSERT:
                net.inserted[table].update(data)
            elif kind == RowChange.UPDATE:
                net._update((table, row_id), data)
            else:
                net._delete((table, row_id), data)
        return net

    def _update(self, key: RowKey, values: dict[str, list[Any]]) -> None:
        if self._is_inserted(key):
            return
        columns = self.updated.setdefault(key, {})
        for name, (old, new) in values.items():
            change = columns.get(name)
            if change is None:
                columns[name] = ColumnChange(old, new)
            elif change.new == old:
                change.new = new
            else:
                columns[name] = ColumnChange(old, new, is_edited=True)

    def _delete(self, key: RowKey, image: Image) -> None:
        if self._is_inserted(key):
            self.inserted[key[0]].discard(key[1])
            return
        columns = self.updated.pop(key, {})
        before = {name: each.old for name, each in columns.items() if each.new == image.get(name)}
        self.deleted[key] = image | before

    def _is_inserted(self, key: RowKey) -> bool:
        return key[1] in self.inserted.get(key[0], ())
