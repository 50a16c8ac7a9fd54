"""LinkedIn's data export: Connections.csv by itself, or the zip as downloaded, with messages and invitations.

Formats: docs/formats.md; how to ask LinkedIn for it: https://www.linkedin.com/help/linkedin/answer/a1339364.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contact_details import full_name
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import BadLine, Item, Owner, excerpt
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.linkedin.connections import (
    connection_columns,
    could_be_any_list,
    find_connections_by_addresses,
    is_connections_header,
    read_connections,
)
from onelane.tools.platforms.linkedin.messages import (
    find_owner_profile,
    is_invitations_header,
    is_messages_header,
    read_invitations,
    read_messages,
)
from onelane.tools.platforms.linkedin.unknown_columns import columns_not_read, with_known_columns
from onelane.tools.platforms.linkedin.unknown_tables import find_table_by_cells

_MAX_FILES_TO_TRY = 100

_ADVICE = (
    "In LinkedIn open Settings & Privacy, Data privacy, Get a copy of your data, choose Connections, and import the "
    "file that LinkedIn sends."
)


@dataclass(frozen=True, slots=True)
class _Files:
    """The tables of an export that say something about people, and whose export it is."""

    tables: dict[str, Table]
    owner: Owner
    copies: tuple[str, ...] = ()
    """Further files of the same kinds, which are not read."""


@export_format(
    "linkedin_contacts",
    label="LinkedIn connections",
    platform="linkedin",
    expectation="LinkedIn's Connections.csv, or the zip that it comes in",
    advice=_ADVICE,
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """Connections, and from a zip or folder also who wrote to whom and who invited whom; never a message's text."""
    files = _locate(archive)
    if not files.tables:
        return None
    counts = [table.count() for table in files.tables.values()]
    notes = sorted({f" ({table.encoding.note})" for table in files.tables.values() if table.encoding.note})
    notes += _columns_note(files.tables.get("connections"))
    return Contents(
        label="LinkedIn " + ", ".join(files.tables) + "".join(notes),
        platform="linkedin",
        read=_read,
        members=tuple(table.member for table in files.tables.values()),
        owner=None if files.owner == Owner() else files.owner,
        total_items=None if None in counts else sum(count or 0 for count in counts),
        copies=files.copies,
        is_part="connections" not in files.tables,
        is_guess=archive.kind == "file"
        and "connections" in files.tables
        and could_be_any_list(files.tables["connections"]),
    )


def _columns_note(connections: Table | None) -> list[str]:
    names = columns_not_read(connections) if connections else ()
    return [f" (columns that are not known, and not read: {excerpt(', '.join(names))})"] if names else []


def _read(archive: Archive) -> Iterator[Item]:
    files = _locate(archive)
    for name, table in files.tables.items():
        if name == "connections":
            yield from read_connections(table.columns, table.rows(), table.member.basename)
        elif name == "messages":
            yield from read_messages(table, files.owner)
        else:
            yield from read_invitations(table, files.owner)


def _locate(archive: Archive) -> _Files:
    tables, copies = (_sole_table(archive), []) if archive.kind == "file" else _tables(archive)
    if connections := tables.get("connections"):
        tables["connections"] = with_known_columns(connections)
    name, email = _owner_name(archive), _owner_email(archive)
    if not {"messages", "invitations"} & tables.keys():
        return _Files(tables, Owner(name=name, email=email), tuple(copies))
    profile = find_owner_profile(tables.get("messages"), tables.get("invitations"), name)
    slug = profile.slug if profile else None
    return _Files(tables, Owner(slug, slug, name, email), tuple(copies))


def _sole_table(archive: Archive) -> dict[str, Table]:
    (member,) = archive.members
    for name, knows in _HEADERS.items():
        if table := find_table(member, knows, is_private=name != "connections"):
            return {name: table}
    for name in _HEADERS:
        if table := find_table_by_cells(member, name):
            return {name: table}
    table = find_connections_by_addresses(member)
    return {"connections": table} if table else {}


def _tables(archive: Archive) -> tuple[dict[str, Table], list[str]]:
    """The first table of each kind, and the names of the files that hold another one."""
    tables: dict[str, Table] = {}
    copies: list[str] = []
    for name, knows in _HEADERS.items():
        for member in archive.members_named(rf"{name}.*\.csv")[:MOST_LOOKED_INTO]:
            table = find_table(member, knows, is_private=name != "connections")
            if table is None and name == "connections":
                table = find_connections_by_addresses(member)
            if table is not None and tables.setdefault(name, table) is not table:
                copies.append(member.name)
    more_tables = {
        name: table for name in _HEADERS.keys() - tables.keys() if (table := _table_by_content(archive, name))
    }
    return {name: table for name in _HEADERS if (table := tables.get(name) or more_tables.get(name))}, copies


def _table_by_content(archive: Archive, name: str) -> Table | None:
    """A table in a file of another name, as in an export in another language."""
    # `learning_coach_messages.csv` and its like are talks with LinkedIn's machines.
    members = archive.members_named(r"(?!.+_messages).*\.csv")[:_MAX_FILES_TO_TRY]
    is_private = name != "connections"
    tables = (find_table(member, _HEADERS[name], is_private=is_private) for member in members)
    more_tables = (find_table_by_cells(member, name) for member in members)
    return next((table for table in chain(tables, more_tables) if table), None)


_HEADERS = {
    "connections": is_connections_header,
    "messages": is_messages_header,
    "invitations": is_invitations_header,
}


def _owner_name(archive: Archive) -> str | None:
    for member in _members_beside(archive, r"(?:profil\w*|perfil)\.csv"):
        if table := find_table(member, lambda header: connection_columns(header).first_name >= 0):
            at = connection_columns(table.columns)
            for entry in table.rows():
                if not isinstance(entry, BadLine):
                    cells = [*entry[1], ""]
                    return full_name(cells[at.first_name].strip(), cells[at.last_name].strip()) or None
    return None


def _owner_email(archive: Archive) -> str | None:
    rows = list(_rows_beside(archive, r"email[ _]addresses\.csv", "email address"))
    rows.sort(key=lambda row: row.get("primary", "").lower() != "yes")
    return rows[0]["email address"] or None if rows else None


def _rows_beside(archive: Archive, pattern: str, column: str) -> Iterator[dict[str, str]]:
    """The rows of one of the small tables that come in the zip."""
    for member in _members_beside(archive, pattern):
        if table := find_table(member, lambda header: column in header):
            for entry in table.rows():
                if not isinstance(entry, BadLine):
                    yield {name: cell.strip() for name, cell in zip(table.columns, entry[1], strict=True)}


def _members_beside(archive: Archive, pattern: str) -> list[Member]:
    return archive.members_named(pattern)[:MOST_LOOKED_INTO] if archive.kind != "file" else []
