"""A row for any table: as little as its constraints ask for, and whatever it must refer to."""

from typing import Any

import sqlalchemy as sa

from onelane.storage.database.all_tables import all_tables
from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import Session


def insert_least(session: Session, table: sa.Table, number: int = 1) -> dict[str, Any]:
    """Insert a row that says only what it has to; everything else is the database's default.

    Args:
        session: a session that writes
        table: the table
        number: tells apart several rows of one table

    Returns:
        the primary key's columns and values
    """
    values = {column.name: _value(session, column, number) for column in table.columns if _is_needed(column)}
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    session.sql(sa.text(f"INSERT INTO {table.name} ({names}) VALUES ({places})"), values)
    return {column.name: values[column.name] for column in table.primary_key}


def _is_needed(column: sa.Column[Any]) -> bool:
    return column.primary_key or not (column.nullable or column.server_default is not None)


def _value(session: Session, column: sa.Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        return _parent(session, key, number)
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    return number if isinstance(column.type, sa.Integer | UnixTime) else f"{column.name}_{number}"


def _parent(session: Session, key: sa.ForeignKey, number: int) -> Any:
    table = all_tables().tables[key.column.table.name]
    wanted = f"id_{number}"
    known = session.sql(sa.select(table.c.id).where(table.c.id == wanted)).first()
    return wanted if known else insert_least(session, table, number)["id"]
