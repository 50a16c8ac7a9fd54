"""Results of tools on the command line: JSON for programs, tables and fields for people."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeGuard, cast

import typer

from onelane.server.cli.output import cell, note, put, put_fields, put_json, put_table
from onelane.tools.registry.result import Result

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def put_result(result: Result, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print what a tool returned.

    Args:
        result: what it returned
        as_json: for a program: all its data, what is empty too
        columns: what a table shows of each row that it holds, each the name of a field, or `field as heading`; without
            any, the short text
    """
    data = data_of(result)
    if as_json:
        put_json(data)
    elif columns and "next_cursor" in data:
        _put_page(data, columns, str(getattr(result, "noun", "items")))
    elif columns:
        _put_one(data, columns)
    else:
        put(result.text())


def data_of(result: Result) -> dict[str, Any]:
    """The full data of a result, as `--json` prints it."""
    return result.model_dump(mode="json")


def _put_page(data: Mapping[str, Any], columns: Sequence[str], noun: str) -> None:
    rows = data["data"]
    _put_rows(rows, columns)
    at_least = "" if data.get("total_is_exact", True) else "at least "
    note(f"{len(rows):,} of {at_least}{data['total']:,} {noun}.")
    if data["next_cursor"] is not None:
        note(f"More with --cursor {data['next_cursor']}")


def _put_one(data: Mapping[str, Any], columns: Sequence[str]) -> None:
    lists = {name: value for name, value in data.items() if _is_rows(value)}
    put_fields({name: value for name, value in data.items() if name not in lists})
    for name, rows in lists.items():
        put(f"\n{name}")
        _put_rows(rows, columns)


def _is_rows(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return isinstance(value, list) and isinstance(next(iter(cast("list[object]", value)), None), dict)


def _put_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    fields, headings = zip(*map(_named, columns), strict=True)
    put_table(headings, ([cell(row.get(field)) for field in fields] for row in rows))


def _named(column: str) -> tuple[str, str]:
    """A column's field and heading."""
    field, _, heading = column.partition(" as ")
    return field, heading or field.replace("_", " ")
