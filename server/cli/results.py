"""Results of tools on the command line: JSON for programs, tables and fields for people."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeGuard, cast
from zoneinfo import ZoneInfo

import typer

from onelane.server.app import Onelane
from onelane.server.cli.display.cells import Cell, Reading, in_words
from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.display.table import Column, table_lines
from onelane.server.cli.display.wrapping import terminal_width
from onelane.server.cli.output import cell, is_watched, note, put, put_fields, put_json, put_pieces, put_rows
from onelane.server.settings import read_settings
from onelane.storage.database.engine import Database
from onelane.storage.short_ids import short_ids
from onelane.tools.registry.answers.local_times import in_zone
from onelane.tools.registry.result import PageResult, Result
from onelane.tools.registry.short_ids import with_short_ids
from onelane.tools.registry.times.zones import local_zone_name

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

_READ_FIRST = ("title", "name", "contact_name", "display_name", "address")
"""Where a row has one of these, a person looks there first; what they copy comes last."""


def put_result(result: Result, *, as_json: bool) -> None:
    """Print what a tool returned: for a program all its data, what is empty too; else the short text.

    A terminal gets it in its own words; what is piped on keeps whole ids and instants.
    """
    if as_json:
        put_json(data_of(result))
    else:
        put_text(result.text())


def put_text(text: str) -> None:
    """Print a text that every door shows, with commands; a terminal gets short ids and local time too."""
    words = in_commands(text)
    put(in_zone(with_short_ids(words), _zone(), says_zone=False) if is_watched(sys.stdout) else words)


def _zone() -> ZoneInfo:
    """The person's: the one that the environment says, else this machine's."""
    zone_name = read_settings().workspace.overrides.get("time_zone")
    return ZoneInfo(str(zone_name or local_zone_name()))


def put_list(onelane: Onelane, result: Result, columns: Sequence[str], *, read_as: Sequence[str] = ()) -> None:
    """Print rows for people, and the fields beside them.

    Args:
        onelane: whose rows they are
        result: what a tool returned
        columns: what is shown of each row, each the name of a field, or `field as heading`
        read_as: what a terminal shows instead
    """
    shown_columns = [_named(column) for column in (is_watched(sys.stdout) and read_as) or columns]
    reading = reading_of(onelane)
    data = data_of(result)
    if "next_cursor" in data:
        _put_rows(reading, onelane.database, getattr(result, "data"), shown_columns)  # noqa: B009 - every page has rows, of a kind of its own
        _put_counts(result, data)
        return
    lists = {name: rows for name in data if _is_rows(rows := getattr(result, name, None))}
    fields = {name: value for name, value in data.items() if name not in lists}
    put_fields({name: _field(reading, getattr(result, name), value) for name, value in fields.items()})
    for name, rows in lists.items():
        put(f"\n{name}")
        _put_rows(reading, onelane.database, rows, shown_columns)


def reading_of(onelane: Onelane) -> Reading:
    """By what the person's clock goes."""
    with onelane.database.read() as session:
        zone_name = onelane.settings.workspace.read(session).zone_name
    return Reading(onelane.database.clock(), ZoneInfo(zone_name))


def data_of(result: Result) -> dict[str, Any]:
    """The full data of a result, as `--json` prints it."""
    return result.model_dump(mode="json")


def _put_counts(result: Result, data: Mapping[str, Any]) -> None:
    if isinstance(result, PageResult):
        note(in_commands(result.count_line()))
    else:
        note(f"{len(data['data']):,} of {data['total']:,} {getattr(result, 'noun', 'items')}.")
    if data["next_cursor"] is not None:
        note(f"More with --cursor {data['next_cursor']}")


def _is_rows(value: object) -> TypeGuard[Sequence[Result]]:
    return isinstance(value, Sequence) and isinstance(next(iter(cast("Sequence[object]", value)), None), Result)


def _field(reading: Reading, value: object, as_data: object) -> object:
    if not is_watched(sys.stdout):
        return as_data
    if isinstance(value, datetime):
        return reading.exactly(value)
    return in_words(as_data) if isinstance(as_data, str) else as_data


def _put_rows(
    reading: Reading, database: Database, rows: Sequence[Result], shown_columns: Sequence[tuple[str, str]]
) -> None:
    if not is_watched(sys.stdout):
        put_rows([cell(row.get(field)) for field, _ in shown_columns] for row in map(data_of, rows))
        return
    with database.read() as session:
        short = short_ids(session, [getattr(row, "id", "") for row in rows])
    columns = [
        Column(
            heading,
            [_cell(reading, short, getattr(row, field)) for row in rows],
            stays=field in ("id", "status"),
        )
        for field, heading in sorted(shown_columns, key=_place)
    ]
    put_pieces(table_lines(columns, terminal_width()))


def _cell(reading: Reading, short: Mapping[str, str], value: object) -> Cell:
    return reading.cell(short.get(value, value) if isinstance(value, str) else value)


def _place(column: tuple[str, str]) -> int:
    field, _ = column
    return -1 if field in _READ_FIRST else 1 if field == "id" else 0


def _named(column: str) -> tuple[str, str]:
    """A column's field and heading."""
    field, _, heading = column.partition(" as ")
    return field, heading or field.replace("_", " ")
