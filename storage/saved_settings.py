"""Settings that the person changed, by their names (docs/tables.md, "Tables beside the fifteen")."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import enum_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of
from onelane.storage.workflows.enrollments import Via


class SavedSetting(Row, table=True):
    """A row of `settings`."""

    __tablename__ = "settings"

    name: str = Field(primary_key=True, sa_type=sa.Text)
    value: str = Field(sa_type=sa.Text)
    """As JSON."""
    changed_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    changed_via: Via = Field(sa_column=enum_column(Via, name="ck_settings_changed_via"))


def read_values(session: Session) -> Mapping[str, str]:
    """What was saved, as JSON, by name."""
    return dict(session.connection().execute(_VALUES).all())


def read_changes(session: Session) -> Mapping[str, datetime]:
    """When what was saved was changed, by name."""
    table = table_of(SavedSetting)
    return {row.name: row.changed_at for row in session.sql(sa.select(table.c.name, table.c.changed_at))}


def save_setting(session: Session, name: str, value: str, *, via: Via) -> None:
    """Keep a value, which is JSON, in place of the one before."""
    values = {"value": value, "changed_at": session.now(), "changed_via": via}
    statement = insert_into(session, table_of(SavedSetting)).values(name=name, **values)
    session.sql(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def forget_setting(session: Session, name: str) -> None:
    """Keep nothing under a name."""
    table = table_of(SavedSetting)
    session.sql(sa.delete(table).where(table.c.name == name))


_VALUES = sa.select(table_of(SavedSetting).c.name, table_of(SavedSetting).c.value)
"""Each call of a chat reads them, and what a text gives is looked at anew each time."""
