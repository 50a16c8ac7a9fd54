"""The change log: what each change did to the rows that can be taken back (docs/storage.md, "Change log").

Triggers write it, in the transaction that changes. Whoever changes something says only what it is a part of
(`changing`); no query knows of the log.
"""

import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from onelane.storage.database.all_tables import all_tables

TRACKED = (
    "contacts",
    "contact_identities",
    "contact_emails",
    "contact_sources",
    "workflow_templates",
    "workflow_template_steps",
    "template_versions",
    "workflow_enrollments",
    "content_items",
    "content_posts",
    "engagements",
    "engagement_metrics",
    "tasks",
    "sync_cursors",
    "scheduled_jobs",
)
"""The tables whose rows can be taken back."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A change: all that a call, or the execution of a run, does in one transaction or many.

    Args:
        change_id: its id
        what: the tool, or the type of run
        run_id: the run that it belongs to
    """

    change_id: str
    what: str
    run_id: str | None


class Transaction(Protocol):
    """A session, as far as the log needs it."""

    def now(self) -> datetime:
        """The current instant."""
        ...

    def connection(self) -> Connection:
        """Its connection."""
        ...

    def flush(self) -> None:
        """Write what waits."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do this once it is committed."""
        ...


_ORIGIN: ContextVar[Origin | None] = ContextVar("origin of changes", default=None)


@contextmanager
def changing(origin: Origin) -> Generator[None]:
    """Log what is changed until this ends."""
    token = _ORIGIN.set(origin)
    try:
        yield
    finally:
        _ORIGIN.reset(token)


@contextmanager
def logged(session: Transaction) -> Generator[None]:
    """Log what a transaction changes, if it is a part of something; nothing is committed.

    What the triggers are told is of the transaction too, and goes when that is rolled back.
    """
    origin = _ORIGIN.get()
    if origin is None:
        yield
        return
    by_dialect = _logged_on_sqlite if session.connection().dialect.name == "sqlite" else _logged_on_postgresql
    with by_dialect(session, origin):
        yield
        session.flush()


def current_origin() -> Origin | None:
    """What changes are a part of; None where they are not logged."""
    return _ORIGIN.get()


@cache
def references() -> Mapping[str, tuple[str, ...]]:
    """The columns of other tables that say which row of a tracked one is meant, by their table.

    They follow what is merged and deleted, so that they are all that is logged of such a table.
    """
    columns_by_table: dict[str, tuple[str, ...]] = {}
    for table in all_tables().sorted_tables:
        keys = [key for key in table.foreign_keys if key.column.table.name in TRACKED and not key.parent.unique]
        # A row without a key of one column goes with what it refers to.
        if keys and table.name not in TRACKED and len(table.primary_key.columns) == 1:
            columns_by_table[table.name] = tuple(sorted(key.parent.name for key in keys))
    return columns_by_table


def key_of(table: str) -> str:
    """The column by which a row is named in the log."""
    (column,) = all_tables().tables[table].primary_key.columns
    return column.name


@contextmanager
def _logged_on_postgresql(session: Transaction, origin: Origin) -> Generator[None]:
    connection = session.connection()
    connection.execute(sa.text("SELECT set_config('onelane.change', :id, true)"), {"id": origin.change_id})
    yield
    connection.execute(_CHANGE_ON_POSTGRESQL, _values(origin, session.now()))


@contextmanager
def _logged_on_sqlite(session: Transaction, origin: Origin) -> Generator[None]:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    _teach(session, driver)
    driver.execute(_BEGIN, (origin.change_id,)).close()
    yield
    _note_inserts(driver, origin.change_id)
    driver.execute(_CHANGE, _values(origin, session.now())).close()
    driver.execute(_END).close()


def _values(origin: Origin, now: datetime) -> dict[str, object]:
    return {"id": origin.change_id, "run_id": origin.run_id, "what": origin.what, "now": int(now.timestamp())}


def _note_inserts(driver: sqlite3.Connection, change_id: str) -> None:
    # Lower than at the start where the last rows were deleted: new ones got their numbers.
    ends = driver.execute(_ENDS).fetchone()
    for table, before, after in zip(TRACKED, ends[: len(TRACKED)], ends[len(TRACKED) :], strict=True):
        if after > before:
            driver.execute(_INSERTED.format(table=table), (change_id, before)).close()


def _teach(session: Transaction, driver: sqlite3.Connection) -> None:
    """Give a connection its triggers, which go with it: so they fit the tables, whatever a migration did to these."""
    info = session.connection().info
    if _NOW in info:
        return
    columns = ", ".join(f"{table} INTEGER NOT NULL DEFAULT 0" for table in TRACKED)
    driver.execute(f"CREATE TEMP TABLE {_NOW} (change_id TEXT, {columns})").close()
    driver.execute(f"INSERT INTO temp.{_NOW} DEFAULT VALUES").close()
    for trigger in _triggers():
        driver.execute(trigger).close()
    # Not before they are committed: a transaction that is rolled back takes its triggers along.
    session.after_commit(lambda: info.update({_NOW: True}))


@cache
def _triggers() -> tuple[str, ...]:
    triggers: list[str] = []
    for table in TRACKED:
        columns = [column.name for column in all_tables().tables[table].columns]
        whole = ", ".join(f"'{column}', OLD.\"{column}\"" for column in columns)
        is_old = _IS_OLD.format(table=table)
        triggers.append(_ON_UPDATE.format(table=table, of="", when=is_old, key="id", pairs=_pairs(columns)))
        triggers.append(_ON_DELETE.format(table=table, when=is_old, whole=whole))
    for table, columns in references().items():
        of = f"OF {', '.join(columns)}"
        triggers.append(_ON_UPDATE.format(table=table, of=of, when=_IS_ON, key=key_of(table), pairs=_pairs(columns)))
    return tuple(triggers)


def _pairs(columns: list[str] | tuple[str, ...]) -> str:
    return " UNION ALL ".join(_PAIR.format(column=column) for column in columns)


# The names of tables and columns are our own.
_NOW = "onelane_now"
_IS_ON = "(SELECT change_id FROM onelane_now) IS NOT NULL"
_IS_OLD = "(SELECT change_id FROM onelane_now) IS NOT NULL AND OLD.rowid <= (SELECT {table} FROM onelane_now)"
"""What the same transaction has inserted needs no image."""
_PAIR = 'SELECT \'{column}\' AS name, OLD."{column}" AS old, NEW."{column}" AS new'
_ON_UPDATE = """
CREATE TEMP TRIGGER onelane_update_{table} AFTER UPDATE {of} ON main.{table} WHEN {when} BEGIN
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
SELECT change_id, '{table}', OLD.{key}, 'update', data FROM onelane_now,
(SELECT json_group_object(name, json_array(old, new)) AS data FROM ({pairs}) WHERE old IS NOT new)
WHERE data <> '{{}}'; END
"""
_ON_DELETE = """
CREATE TEMP TRIGGER onelane_delete_{table} AFTER DELETE ON main.{table} WHEN {when} BEGIN
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
SELECT change_id, '{table}', OLD.id, 'delete', json_object({whole}) FROM onelane_now;
UPDATE onelane_now SET {table} = min({table}, (SELECT coalesce(max(rowid), 0) FROM {table})); END
"""
_INSERTED = """
INSERT INTO changed_rows (change_id, table_name, row_id, kind, data)
SELECT ?, '{table}', '', 'insert', json_group_array(id) FROM main.{table} WHERE rowid > ?
"""
_HIGHEST = [f"(SELECT coalesce(max(rowid), 0) FROM main.{table})" for table in TRACKED]  # noqa: S608 - our own names
_ENDS = f"SELECT {', '.join((*TRACKED, *_HIGHEST))} FROM temp.onelane_now"  # noqa: S608 - our own names
_BEFORE = ", ".join(f"{table} = {highest}" for table, highest in zip(TRACKED, _HIGHEST, strict=True))
_BEGIN = f"UPDATE temp.onelane_now SET change_id = ?, {_BEFORE}"  # noqa: S608 - our own names
_END = "UPDATE temp.onelane_now SET change_id = NULL"
# A call or a run that has many transactions is one change.
_CHANGE = """
INSERT INTO changes (id, run_id, what, created_at) SELECT :id, :run_id, :what, :now
WHERE EXISTS (SELECT 1 FROM changed_rows WHERE change_id = :id) ON CONFLICT DO NOTHING
"""
_CHANGE_ON_POSTGRESQL = sa.text(_CHANGE.replace(":now", "CAST(:now AS BIGINT)"))
