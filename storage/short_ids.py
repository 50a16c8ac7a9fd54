"""Short ids: the end of an id that no other of its kind has, and what a short one stands for (docs/storage.md, "Ids").

Ids begin with the instant at which they were made, so that those of one import differ in their last characters only.
"""

import re
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from onelane.storage.database.engine import Session

TABLES: Mapping[str, str] = {
    "acc": "platform_accounts",
    "apr": "approvals",
    "chg": "changes",
    "cnt": "content_items",
    "con": "contacts",
    "enr": "workflow_enrollments",
    "out": "outbound_actions",
    "run": "workflow_runs",
    "sch": "scheduled_jobs",
    "sup": "suppressions",
    "tpl": "workflow_templates",
    "tsk": "tasks",
}
"""Where the ids are that people type, by what they begin with."""
_WHOLE = re.compile(rf"({'|'.join(TABLES)})_[0-9a-v]{{24}}")
_SHORT = re.compile(rf"({'|'.join(TABLES)})_([0-9a-v]{{4,23}})")
_ID_CHARS, _LEAST_CHARS, _MOST_FOUND = 28, 5, 3


def short_ids(session: Session, ids: Collection[str]) -> dict[str, str]:
    """A short form of each of these ids; one that has none is left out."""
    kinds: dict[str, list[str]] = {}
    for each in sorted(set(ids)):
        if found := _WHOLE.fullmatch(each):
            kinds.setdefault(found[1], []).append(each)
    return {each: short for kind, whole in kinds.items() for each, short in _shortened(session, kind, whole).items()}


def ids_meant(session: Session, typed: str) -> list[str]:
    """The ids that begin as this one does, or end so; at most three, and none for what is no short id."""
    found = _SHORT.fullmatch(typed)
    if found is None:
        return []
    column = _ids_of(found[1])
    fits = column.startswith(typed, autoescape=True) | column.endswith(found[2])
    return list(session.sql(sa.select(column).where(fits).order_by(column).limit(_MOST_FOUND)).scalars())


def _shortened(session: Session, kind: str, ids: Collection[str]) -> dict[str, str]:
    """With as many characters of the end as tell each of these from all others."""
    column = _ids_of(kind)
    for length in range(_LEAST_CHARS, _ID_CHARS - len(kind) - 1):
        ends = {each[-length:] for each in ids}
        alike = sa.select(sa.func.count()).where(sa.func.substr(column, _ID_CHARS + 1 - length).in_(ends))
        if len(ends) == len(ids) and session.sql(alike).scalar_one() <= len(ids):
            return {each: f"{kind}_{each[-length:]}" for each in ids}
    return {}


def _ids_of(kind: str) -> sa.ColumnClause[str]:
    table = sa.table(TABLES[kind], sa.column("id", sa.Text()))
    return table.c.id
