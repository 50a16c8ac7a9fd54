"""Short ways to read an export in a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import BadLine, Item, MessageRecord, PersonRecord, PostRecord, SkippedLine

ItemT = TypeVar("ItemT", PersonRecord, PostRecord, MessageRecord, BadLine, SkippedLine)


def read(sub_type: str, path: Path) -> list[Item]:
    """All items of an export."""
    return list(open_export(sub_type, path).items())


def only(kind: type[ItemT], items: Sequence[Item]) -> list[ItemT]:
    """The items of one kind."""
    return [item for item in items if isinstance(item, kind)]


def people(sub_type: str, path: Path) -> list[PersonRecord]:
    """The people of an export in which nothing is wrong."""
    items = read(sub_type, path)
    assert only(BadLine, items) == []
    return only(PersonRecord, items)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A file with exactly this text."""
    path.write_bytes(text.encode(encoding))
    return path
