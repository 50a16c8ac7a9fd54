"""What LinkedIn answers: the rows of its export (docs/platforms.md, "LinkedIn's snapshot")."""

from collections.abc import Iterator
from dataclasses import dataclass

from onelane.tools.platforms.formats.contact_details import full_name
from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import BadLine, Owner, PersonRecord, SkippedLine
from onelane.tools.platforms.linkedin.connections import read_connections


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A page of a part of the snapshot.

    Args:
        rows: as the export's table has them, by the names of its columns
        promises_more: whether the answer names a next page; also the last one may do so
    """

    rows: tuple[JsonObject, ...]
    promises_more: bool


def read_snapshot(body: JsonObject) -> SnapshotPage:
    """The answer of `memberSnapshotData`."""
    rows = (row for element in objects_of(body, "elements") for row in objects_of(element, "snapshotData"))
    links = objects_of(object_of(body, "paging"), "links")
    return SnapshotPage(tuple(rows), any(text_of(link, "rel") == "next" for link in links))


def connections_in(page: SnapshotPage) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """The connections of a page, as Connections.csv would give them."""
    names = tuple(dict.fromkeys(name for row in page.rows for name in row))
    columns = [" ".join(name.split()).lower() for name in names]
    rows = ((line, [text_of(row, name) for name in names]) for line, row in enumerate(page.rows, 1))
    return read_connections(columns, rows, "LinkedIn's snapshot")


def owner_in(page: SnapshotPage) -> Owner:
    """Whose snapshot it is, from its part PROFILE: it has a name and no id."""
    for row in page.rows:
        if name := full_name(text_of(row, "First Name").strip(), text_of(row, "Last Name").strip()):
            return Owner(name=name)
    return Owner()
