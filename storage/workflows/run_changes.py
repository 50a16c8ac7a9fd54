"""Finds the runs that changed since the last look.

There is no index on `updated_at`, for every step of every run would have to write it. What can change is found without
one: runs that are not over are few and have an index, and those that were not over a moment ago are known by their ids.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.workflows.runs import Run, RunStatus

_OVERLAP_SECONDS = 5
"""Other processes' clocks, and transactions that were under way, may be so far behind."""
_IDS_IN_ONE_QUERY = 500
_OPEN = [status for status in RunStatus if not status.is_over]


class RunChanges:
    """Tells which runs look different than when it was asked last. One caller at a time."""

    def __init__(self) -> None:
        self._open: set[str] | None = None
        self._last_rows: dict[str, PlainRow] = {}
        self._since = 0

    def list_changed(self, session: Session) -> list[PlainRow]:
        """Runs that changed, as they are now, each once; none when asked for the first time."""
        is_first = self._open is None
        if self._open is None:
            self._open = {row["id"] for row in plain_rows(session, _OPEN_IDS, {})}
        self._since, since = int(session.now().timestamp()) - _OVERLAP_SECONDS, self._since
        rows = plain_rows(session, _MOVING, {"since": self._since if is_first else since})
        changed_runs = [row for row in (*rows, *self._list_ended(session)) if self._is_news(row)]
        self._forget(since)
        return [] if is_first else changed_runs

    def _list_ended(self, session: Session) -> Iterator[PlainRow]:
        for ids in _portions(self._open or ()):
            yield from plain_rows(session, _ENDED, {"ids": ids})

    def _is_news(self, row: PlainRow) -> bool:
        is_news = self._last_rows.get(row["id"]) != row
        self._last_rows[row["id"]] = row
        if self._open is not None:
            (self._open.discard if RunStatus(row["status"]).is_over else self._open.add)(row["id"])
        return is_news

    def _forget(self, since: int) -> None:
        """What is over and was told long ago is not found again, so that it need not be remembered."""
        self._last_rows = {
            run_id: row
            for run_id, row in self._last_rows.items()
            if run_id in (self._open or ()) or max(row["updated_at"], row["created_at"]) >= since
        }


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    every = list(ids)
    for start in range(0, len(every), _IDS_IN_ONE_QUERY):
        yield every[start : start + _IDS_IN_ONE_QUERY]


_RUNS = table_of(Run)
# Heartbeats tell only that an execution lives; a change of them is none to whoever watches.
_COLUMNS: list[sa.ColumnElement[Any]] = plain(_RUNS, without=frozenset({"heartbeat_at", "claim"}))
_OPEN_IDS = sa.select(_RUNS.c.id).where(_RUNS.c.status.in_(_OPEN))
_MOVING = sa.select(*_COLUMNS).where(
    (_RUNS.c.status == RunStatus.RUNNING)
    | (
        _RUNS.c.status.in_([RunStatus.PENDING, RunStatus.PAUSED])
        & (_RUNS.c.updated_at >= sa.bindparam("since", type_=sa.BigInteger()))
    )
    | (_RUNS.c.created_at >= sa.bindparam("since", type_=sa.BigInteger()))
)
_ENDED = sa.select(*_COLUMNS).where(_RUNS.c.id.in_(sa.bindparam("ids", expanding=True)), _RUNS.c.status.not_in(_OPEN))
