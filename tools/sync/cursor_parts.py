"""A cursor's JSON: a part for each thing that is read, and how many of each kind were added (docs/sync.md)."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from onelane.storage.platforms.cursors import SyncCursor
from onelane.tools.registry.runs.record import Json

FILE = "file"
"""The part of an import from a file; the parts of lists have the names of their sources."""
_ADDED = "added"


def part_of(cursor: SyncCursor | None, name: str) -> Json:
    """How far one thing was read; empty when it never was."""
    part = _parts(None if cursor is None else cursor.cursor).get(name)
    # A version before kept the file's part as text.
    return cast("Json", part) if isinstance(part, dict) else {}


def keep_part(cursor: SyncCursor, name: str, part: Mapping[str, Any]) -> None:
    """Note how far one thing was read; the other parts stay as they are."""
    _write(cursor, {name: part})


def count_added(cursor: SyncCursor, counts: Mapping[str, int]) -> None:
    """Add to how many of each kind the cursor's syncs have added."""
    before = added_until(cursor.cursor)
    _write(cursor, {_ADDED: {kind: before.get(kind, 0) + count for kind, count in counts.items()}})


def added_until(cursor: str | None) -> dict[str, int]:
    """How many of each kind a cursor says that its syncs have added."""
    return cast("dict[str, int]", _parts(cursor).get(_ADDED) or {})


def _write(cursor: SyncCursor, parts: Mapping[str, object]) -> None:
    cursor.cursor = orjson.dumps({**_parts(cursor.cursor), **parts}).decode()


def _parts(cursor: str | None) -> Json:
    return cast("Json", orjson.loads(cursor)) if cursor else {}
