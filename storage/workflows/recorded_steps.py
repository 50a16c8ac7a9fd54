"""What a run has recorded under keys: a small run's steps are kept in memory, a large one's are asked for.

See docs/engine.md, "Keys".
"""

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.workflows.steps import NewStep, RecordedStep, Step, StepType

KEPT = 4000
"""A run with more steps than this is large; so many of its latest ones are kept all the same."""
_PORTION = 500
"""So many steps are in memory at once while a large run is gone through."""


class RecordedSteps(Mapping[str, RecordedStep]):
    """The steps of a run that have a key, by it, in their order.

    Args:
        database: where the run is
        run_id: the run
        step_count: how many steps it has
    """

    def __init__(self, database: Database, run_id: str, step_count: int) -> None:
        self._database = database
        self._run_id = run_id
        self._is_large = step_count > KEPT
        # Most runs are executed once, and then there is nothing to read at their beginning.
        self._kept: dict[str, RecordedStep] = dict(self._read("")) if 0 < step_count <= KEPT else {}

    def remember(self, new: Sequence[NewStep]) -> None:
        """Know of steps that were recorded just now."""
        for step in new:
            if step.key is not None:
                result = step.done
                self._kept[step.key] = RecordedStep(
                    step.step_type, result.status, step.tool, step.input or {}, result.output, result.error
                )
        while len(self._kept) > KEPT:
            self._is_large = True
            del self._kept[next(iter(self._kept))]

    def among(self, prefix: str) -> Iterator[tuple[str, RecordedStep]]:
        """The steps whose keys begin so, in order."""
        if self._is_large:
            return self._read(prefix)
        return (each for each in list(self._kept.items()) if each[0].startswith(prefix))

    def count(self, step_type: StepType) -> int:
        """How many of them are of this type."""
        if not self._is_large:
            return sum(step.step_type is step_type for step in self._kept.values())
        return self._count_rows(_STEPS.c.step_type == step_type)

    def __getitem__(self, key: str) -> RecordedStep:
        step = self._kept.get(key)
        if step is not None or not self._is_large:
            return self._kept[key]
        with self._database.read() as session:
            row = session.connection().execute(_ONE, {"run": self._run_id, "key": key}).one_or_none()
        if row is None:
            raise KeyError(key)
        return _step(row)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._read("")) if self._is_large else iter(self._kept)

    def __len__(self) -> int:
        return self._count_rows(sa.true()) if self._is_large else len(self._kept)

    def items(self) -> ItemsView[str, RecordedStep]:
        """The steps with their keys, a portion at a time."""
        return _Items(self)

    def values(self) -> ValuesView[RecordedStep]:
        """The steps, a portion at a time."""
        return _Values(self)

    def _count_rows(self, condition: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).where(_STEPS.c.workflow_run_id == self._run_id, condition)
        with self._database.read() as session:
            return session.sql(query.where(_STEPS.c.step_key.is_not(None))).scalar_one()

    def _read(self, prefix: str) -> Iterator[tuple[str, RecordedStep]]:
        query = sa.select(_STEPS.c.step_index, _STEPS.c.step_key, *_KEPT_COLUMNS).where(
            _STEPS.c.workflow_run_id == self._run_id, self._begins(prefix)
        )
        after = -1
        while rows := self._portion(query.where(_STEPS.c.step_index > after)):
            for _, key, *row in rows:
                yield key, _step(row)
            after = rows[-1][0]

    def _portion(self, query: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        with self._database.read() as session:
            return session.sql(query.order_by(_STEPS.c.step_index).limit(_PORTION)).all()

    def _begins(self, prefix: str) -> sa.ColumnElement[bool]:
        if not prefix:
            return _STEPS.c.step_key.is_not(None)
        if self._database.dialect == "sqlite":
            # Unlike LIKE, a range is looked up in the index of keys.
            return (_STEPS.c.step_key >= prefix) & (_STEPS.c.step_key < prefix[:-1] + chr(ord(prefix[-1]) + 1))
        return _STEPS.c.step_key.startswith(prefix, autoescape=True)


class _Items(ItemsView[str, RecordedStep]):
    def __init__(self, steps: RecordedSteps) -> None:
        super().__init__(steps)
        self._steps = steps

    def __iter__(self) -> Iterator[tuple[str, RecordedStep]]:
        return self._steps.among("")


class _Values(ValuesView[RecordedStep]):
    def __init__(self, steps: RecordedSteps) -> None:
        super().__init__(steps)
        self._steps = steps

    def __iter__(self) -> Iterator[RecordedStep]:
        return (step for _, step in self._steps.among(""))


def _step(row: Sequence[Any]) -> RecordedStep:
    step_type, status, tool, arguments, output, error = row
    return RecordedStep(step_type, status, tool, orjson.loads(arguments), orjson.loads(output), error)


_STEPS = table_of(Step)
_KEPT_COLUMNS = (
    _STEPS.c.step_type,
    _STEPS.c.status,
    _STEPS.c.tool,
    _STEPS.c.input,
    _STEPS.c.output,
    _STEPS.c.error,
)
_ONE = sa.select(*_KEPT_COLUMNS).where(
    _STEPS.c.workflow_run_id == sa.bindparam("run"), _STEPS.c.step_key == sa.bindparam("key")
)
