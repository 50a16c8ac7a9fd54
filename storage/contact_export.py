"""Reads everything that is kept of one contact, table by table."""

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.contact_references import columns_that_refer_to_contacts
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact

Kept = Mapping[str, list[dict[str, Any]]]
_JSON_BEGINS = ("{", "[")


def read_everything(session: Session, contact_id: str) -> Kept:
    """The rows of a contact by table, with JSON columns as what they hold; tables without any are left out."""
    own = table_of(Contact)
    rows_by_table = {own.name: _rows(session, own, own.c.id == contact_id)}
    for column in columns_that_refer_to_contacts():
        rows_by_table[column.table.name] = _rows(session, column.table, column == contact_id)
    return {name: rows for name, rows in rows_by_table.items() if rows}


def _rows(session: Session, table: sa.FromClause, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = session.sql(sa.select(table).where(which).order_by(table.c.id)).mappings()
    return [{str(name): _value(value) for name, value in row.items()} for row in rows]


def _value(value: object) -> object:
    """What a column holds; a text that is JSON is what it says, whoever wrote it."""
    if not isinstance(value, str) or not value.startswith(_JSON_BEGINS):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
