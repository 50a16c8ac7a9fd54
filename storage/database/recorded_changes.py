"""Changes: what calls and runs did to rows, so that it can be taken back (docs/tables.md, "Changes")."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from onelane.storage.database.columns import Vocabulary, enum_column, json_column, time_column
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row, among, read_rows, table_of

UNDO, REDO = "undo", "redo"
"""What a change is that takes others back, and one that takes such a one back."""
_TAKES_BACK = (UNDO, REDO)
PLACES = "sync_cursors"
"""The table of where each sync goes on, which nobody looks at."""
KEPT_DAYS = 30
"""What was changed so long ago can't be taken back any more."""
_FORGOTTEN_AT_ONCE = 200


class RowChange(Vocabulary):
    """What happened to a row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Change(Row, table=True):
    """A row of `changes`: what a call, or the execution of a run, did."""

    __tablename__ = "changes"
    __table_args__ = (
        sa.Index("ix_changes_run", "run_id"),
        sa.Index("ix_changes_created", "created_at"),
        sa.Index("ix_changes_undone", "undone_by"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    run_id: str | None = Field(default=None, sa_type=sa.Text)
    what: str = Field(sa_type=sa.Text)
    """The tool, the type of run, `undo` or `redo`."""
    undone_by: str | None = Field(default=None, sa_type=sa.Text)
    """The change that took this one back."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


class ChangedRow(Row, table=True):
    """A row of `changed_rows`: what a change did to a row, or which rows of a table it inserted."""

    __tablename__ = "changed_rows"
    __table_args__ = (
        sa.Index("ix_changed_rows_change", "change_id"),
        sa.Index("ix_changed_rows_row", "table_name", "row_id"),
    )

    id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True),
    )
    change_id: str = Field(sa_type=sa.Text)
    table_name: str = Field(sa_type=sa.Text)
    row_id: str = Field(sa_type=sa.Text)
    kind: RowChange = Field(sa_column=enum_column(RowChange, name="ck_changed_rows_kind"))
    data: str = Field(sa_column=json_column())
    """Of an update, each column with its old and new value; of a delete, the row; of inserts, the ids."""


class RowCount(NamedTuple):
    """How many rows of a table a change added, changed or deleted."""

    table: str
    kind: str
    rows: int


RecordedRow = tuple[str, str, str, Any]
"""A table, a row, what happened to it, and its data."""


def latest_changes(session: Session, *, limit: int) -> Sequence[Change]:
    """The latest changes that were not taken back, newest first."""
    query = select(Change).where(col(Change.undone_by).is_(None)).order_by(col(Change.id).desc()).limit(limit)
    return session.exec(query).all()


def last_change(session: Session) -> Change | None:
    """The latest change of what a person sees that takes nothing back, and was not taken back itself."""
    return session.exec(_to_take_back().where(_is_seen()).limit(1)).first()


def places_noted_since(session: Session, change: Change) -> Sequence[Change]:
    """What since then noted where syncs go on, and nothing else: of syncs that brought nothing. Newest first."""
    return session.exec(_to_take_back().where(col(Change.id) > change.id, sa.not_(_is_seen()))).all()


def row_counts(session: Session, change_ids: Collection[str]) -> Mapping[str, Sequence[RowCount]]:
    """How many rows of each table changes added, changed and deleted, by change."""
    table = table_of(ChangedRow)
    kind = sa.type_coerce(table.c.kind, sa.Text())
    # The ids of what was inserted stand in one row, with commas between them.
    inserted = sa.func.sum(sa.func.length(table.c.data) - sa.func.length(sa.func.replace(table.c.data, ",", "")) + 1)
    others = sa.func.count(sa.distinct(table.c.row_id))
    count = sa.case((kind == RowChange.INSERT.value, inserted), else_=others)
    query = sa.select(table.c.change_id, table.c.table_name, kind, count).group_by(
        table.c.change_id, table.c.table_name, kind
    )
    counts: dict[str, list[RowCount]] = {}
    for change_id, *of_table in read_rows(session, query.where(among(session, table.c.change_id, change_ids))):
        counts.setdefault(change_id, []).append(RowCount(*of_table))
    return counts


def get_change(session: Session, change_id: str) -> Change | None:
    """The change with this id."""
    return session.get(Change, change_id)


def changes_of_runs(session: Session, run_ids: Collection[str]) -> Sequence[Change]:
    """What these runs changed and nobody took back, newest first."""
    return session.exec(_to_take_back().where(among(session, table_of(Change).c.run_id, run_ids))).all()


def changes_between(session: Session, first: datetime, end: datetime) -> Sequence[Change]:
    """What was changed from an instant until another one and nobody took back, newest first."""
    created_at = table_of(Change).c.created_at
    return session.exec(_to_take_back().where(created_at >= first, created_at < end)).all()


def recorded_rows(session: Session, change_ids: Collection[str]) -> list[RecordedRow]:
    """What these changes did, in the order in which they did it."""
    table = table_of(ChangedRow)
    query = sa.select(table.c.table_name, table.c.row_id, sa.type_coerce(table.c.kind, sa.Text()), table.c.data)
    query = query.where(among(session, table.c.change_id, change_ids)).order_by(table.c.id)
    return [(name, row_id, kind, orjson.loads(data)) for name, row_id, kind, data in read_rows(session, query)]


def updates_by_others(
    session: Session, table_name: str, row_ids: Collection[str], change_ids: Collection[str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """What other changes than these, which still count, did to rows: the row, what did it, and the columns."""
    rows, changes = table_of(ChangedRow), table_of(Change)
    query = sa.select(rows.c.row_id, changes.c.what, rows.c.data).join(changes, changes.c.id == rows.c.change_id)
    query = query.where(
        rows.c.table_name == table_name,
        among(session, rows.c.row_id, row_ids),
        sa.not_(among(session, rows.c.change_id, change_ids)),
        changes.c.undone_by.is_(None),
        changes.c.what.not_in(_TAKES_BACK),
        sa.type_coerce(rows.c.kind, sa.Text()) == RowChange.UPDATE.value,
    )
    return [(row_id, origin, orjson.loads(data)) for row_id, origin, data in read_rows(session, query)]


def mark_undone(session: Session, changes: Collection[Change], by: Change) -> None:
    """Note that changes were taken back; what one of them had taken back counts again."""
    session.add(by)
    session.flush()
    table, ids = table_of(Change), [change.id for change in changes]
    statement = sa.update(table).where(among(session, table.c.undone_by, ids)).values(undone_by=None)
    session.sql(statement.execution_options(synchronize_session=False))
    for change in changes:
        change.undone_by = by.id
    session.flush()


def forget_changes(database: Database, *, older_than_days: int) -> None:
    """Forget what was changed so long ago, in transactions for which nobody waits long."""
    forgotten_count = _FORGOTTEN_AT_ONCE
    while forgotten_count == _FORGOTTEN_AT_ONCE:
        with database.write() as session:
            forgotten_count = _forget(session, session.now() - timedelta(days=older_than_days))


def _forget(session: Session, before: datetime) -> int:
    changes, rows = table_of(Change), table_of(ChangedRow)
    old = sa.select(changes.c.id).where(changes.c.created_at < before).order_by(changes.c.created_at)
    ids = list(session.sql(old.limit(_FORGOTTEN_AT_ONCE)).scalars())
    session.sql(sa.delete(rows).where(among(session, rows.c.change_id, ids)))
    return session.sql(sa.delete(changes).where(among(session, changes.c.id, ids))).rowcount


def _is_seen() -> sa.ColumnElement[bool]:
    """Whether a change did something besides noting where a sync goes on."""
    rows = table_of(ChangedRow)
    return sa.exists().where(rows.c.change_id == table_of(Change).c.id, rows.c.table_name != PLACES)


def _to_take_back() -> SelectOfScalar[Change]:
    query = select(Change).where(col(Change.undone_by).is_(None), col(Change.what).not_in(_TAKES_BACK))
    return query.order_by(col(Change.id).desc())
