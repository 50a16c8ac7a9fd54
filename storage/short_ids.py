"""Short ids: the end of an id that no other of its kind has, and what a short one stands for (docs/storage.md, "Ids").

Ids begin with the instant at which they were made, so that those of one import differ in their last characters only.
"""

import re
from collections.abc import Collection, Iterable, Mapping

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
_ID_CHARS, _LEAST_CHARS, _MOST_FOUND, _FEW = 28, 5, 3, 20
_Ids = sa.ColumnClause[str]
_BEHIND_ALL = "w"
"""A letter behind all that ids are made of."""


def short_ids(session: Session, ids: Collection[str]) -> dict[str, str]:
    """A short form of each of these ids; one that has none is left out."""
    kinds: dict[str, list[str]] = {}
    for each in sorted(set(ids)):
        if match := _WHOLE.fullmatch(each):
            kinds.setdefault(match[1], []).append(each)
    return {each: short for kind, whole in kinds.items() for each, short in _shortened(session, kind, whole).items()}


def is_short_id(text: str) -> bool:
    """Whether this may be the beginning or the end of an id."""
    return _SHORT.fullmatch(text) is not None


def ids_meant(session: Session, texts: Iterable[str]) -> dict[str, list[str]]:
    """The ids that begin as each of these does, or end so; at most a few for each, and none for what is no short id."""
    by_kind: dict[tuple[str, int], set[str]] = {}
    parts = {each: (match[1], match[2]) for each in texts if (match := _SHORT.fullmatch(each))}
    for kind, part in parts.values():
        by_kind.setdefault((kind, len(part)), set()).add(part)
    # Each table is asked once for all parts of a length, however many there are.
    ids_by_part = {key: _with_part(session, *key, group) for key, group in by_kind.items()}
    return {each: sorted(ids_by_part[kind, len(part)].get(part, ())) for each, (kind, part) in parts.items()}


def _with_part(session: Session, kind: str, length: int, parts: Collection[str]) -> dict[str, set[str]]:
    """The ids that begin or end so, by the part that they begin or end with."""
    column, first = _ids_of(kind), len(kind) + 1
    begins, ends = _begins(column, kind, length, parts), sa.func.substr(column, _ID_CHARS + 1 - length).in_(parts)
    most = _MOST_FOUND * len(parts)
    ids: dict[str, set[str]] = {}
    # Two questions, since an index helps with the first one only.
    for fits, place in ((begins, slice(first, first + length)), (ends, slice(-length, None))):
        for each in session.sql(sa.select(column).where(fits).order_by(column).limit(most)).scalars():
            ids.setdefault(each[place], set()).add(each)
    return ids


def _begins(column: _Ids, kind: str, length: int, parts: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether an id begins with one of these: by the index for a few, by a look at each id for many."""
    starts = [f"{kind}_{part}" for part in parts]
    if len(starts) > _FEW:
        return sa.func.substr(column, 1, len(kind) + 1 + length).in_(starts)
    return sa.or_(*((column >= start) & (column < f"{start}{_BEHIND_ALL}") for start in starts))


def _shortened(session: Session, kind: str, ids: Collection[str]) -> dict[str, str]:
    """With as many characters of the end as tell each of these from all others."""
    column = _ids_of(kind)
    for length in range(_LEAST_CHARS, _ID_CHARS - len(kind) - 1):
        ends = {each[-length:] for each in ids}
        alike = sa.select(sa.func.count()).where(sa.func.substr(column, _ID_CHARS + 1 - length).in_(ends))
        if len(ends) == len(ids) and session.sql(alike).scalar_one() <= len(ids):
            return {each: f"{kind}_{each[-length:]}" for each in ids}
    return {}


def _ids_of(kind: str) -> _Ids:
    table = sa.table(TABLES[kind], sa.column("id", sa.Text()))
    return table.c.id
