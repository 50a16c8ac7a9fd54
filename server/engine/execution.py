"""An execution of a run: its steps are its memory, and each is one commit (docs/engine.md, "Steps")."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.workflows import steps
from onelane.storage.workflows.recorded_steps import RecordedSteps
from onelane.storage.workflows.run_ends import CANCELLED, IS_CLAIMED, end_run, pause_run
from onelane.storage.workflows.runs import Control, Run, RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.ports.telemetry import RunWatch
from onelane.tools.registry.runs.record import Counted, Json, NewStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import ClaimLost, HoldRequested, ShuttingDown, WaitUntil

LOOK_SECONDS = 0.5
"""An execution that has recorded nothing for so long looks whether it was asked to hold."""


class Execution:
    """One claim on a run; implements `tools.registry.run.Run`. Everything that it records is fenced off by the claim.

    Args:
        database: where the run is
        row: the run as it was claimed
        claim: the token of this execution
        stopping: set when the process stops
        seconds: shows how long something takes
    """

    def __init__(
        self,
        database: Database,
        row: RowMapping,
        claim: str,
        stopping: threading.Event,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.database = database
        self.run_id: str = row["id"]
        self.workflow_type = WorkflowType(row["workflow_type"])
        self.template_id: str | None = row["template_id"]
        self.schedule_id: str | None = row["schedule_id"]
        self.attempt: int = row["attempt"]
        self.started_at = datetime.fromtimestamp(row["started_at"], UTC)
        self.config: Json = orjson.loads(row["config"])
        self._claim = claim
        self._stopping = stopping
        self._control: str | None = row["control"]
        self._seconds = seconds
        self._looked_at = seconds()
        self._recorded = RecordedSteps(database, self.run_id, row["step_count"])
        self.watch = RunWatch()
        """Is told how it goes on; whoever executes it may set another."""
        self._is_told_to_wait = row["status_reason"] is not None
        self._run_changes: Json = {}
        """What this execution has written into the run's columns, so that it does not write the same again."""

    @property
    def recorded(self) -> RecordedSteps:
        """The steps that have a key, by it, in their order."""
        return self._recorded

    def step(
        self,
        key: str,
        step_type: StepType,
        work: Callable[[Session], StepResult],
        *,
        tool: str | None = None,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the column's name (docs/tables.md, "Steps")
    ) -> Json:
        """See `Run.step`."""
        earlier_step = self._recorded.get(key)
        if earlier_step is not None:
            return earlier_step.output
        self.checkpoint()
        start_seconds = perf_counter()
        with self.database.write() as session:
            result = work(session)
            duration_ms = round((perf_counter() - start_seconds) * 1000)
            entry = NewStep(key, step_type, result, tool, None if input is None else dict(input), duration_ms)
            self._append(session, [entry])
        self._remember([entry])
        return result.output

    def record(self, work: Callable[[Session], Sequence[NewStep]], *, is_durable: bool = False) -> None:
        """See `Run.record`."""
        with self.database.write(is_durable=is_durable) as session:
            entries = work(session)
            self._append(session, entries)
        self._remember(entries)

    def _remember(self, entries: Sequence[NewStep]) -> None:
        for entry in entries:
            self._run_changes |= entry.done.run_changes
        self._is_told_to_wait = False
        self._recorded.remember(entries)
        self.watch.recorded(entries)

    def outputs(self, prefix: str) -> list[Json]:
        """What came of the recorded steps whose keys begin so, in order."""
        return [step.output for _, step in self._recorded.among(prefix)]

    def checkpoint(self) -> None:
        """End here if somebody asked for it; see `step` for what is raised."""
        if self._stopping.is_set():
            raise ShuttingDown
        if self._seconds() - self._looked_at > LOOK_SECONDS:
            self._look()
        if self._control is not None:
            raise HoldRequested(Control(self._control))

    def _look(self) -> None:
        table = table_of(Run)
        with self.database.read() as session:
            query = sa.select(sa.type_coerce(table.c.control, sa.Text()), table.c.claim)
            row = session.sql(query.where(table.c.id == self.run_id)).one_or_none()
        if row is None or row[1] != self._claim:
            raise ClaimLost
        self._control = row[0]
        self._looked_at = self._seconds()

    def beat(self) -> None:
        """Say that this execution is alive; a step that takes long is not lost."""
        table = table_of(Run)
        with self.database.write() as session:
            is_own_run = (table.c.id == self.run_id) & (table.c.claim == self._claim)
            session.sql(sa.update(table).where(is_own_run).values(heartbeat_at=session.now()))

    def wait_for(self, reason: str) -> None:
        """Show why the run stands still; it keeps its claim, and the next one takes the reason away."""
        with self.database.write() as session:
            self._change(session, {"status_reason": reason})

    def release(self) -> None:
        """Give the run back, so that the next process goes on with it at once."""
        with self.database.write() as session:
            self._change(session, {"claim": None, "status": RunStatus.PENDING})
        self.watch.ended(RunStatus.PENDING)

    def put_off(self, session: Session, wait: WaitUntil) -> None:
        """Give the run back until an instant, in the given transaction.

        Raises:
            ClaimLost: another execution owns the run
            HoldRequested: the run was asked to pause or cancel meanwhile, and does not wait first
        """
        at = max(wait.at, session.now() + _SHORTEST_WAIT)
        # Whole seconds are kept; half of one too early would be refused again.
        at += timedelta(microseconds=-at.microsecond % 1_000_000)
        changes = {"claim": None, "status": RunStatus.PENDING, "status_reason": wait.reason, "waits_until": at}
        control = self._change(session, changes)
        if control is not None:
            raise HoldRequested(Control(control))

    def hold(self, control: Control) -> None:
        """Pause the run, or end it as cancelled; what is recorded stays."""
        self.end(CANCELLED if control is Control.CANCEL else RunEnd(RunStatus.PAUSED))

    def end(self, ending: RunEnd) -> None:
        """Close the run with all that it leaves, or let it hold when the ending says so, in one commit.

        Raises:
            ClaimLost: another execution owns the run
        """
        with self.database.write() as session:
            status = self._end(session, ending)
        self.watch.ended(status)

    def _end(self, session: Session, ending: RunEnd) -> RunStatus:
        """Close the run within the given transaction; the status that it has now."""
        if ending.status is RunStatus.PAUSED:
            if pause_run(session, self.run_id, ending.reason, IS_CLAIMED, claimed=self._claim):
                return RunStatus.PAUSED
            # It was asked to cancel meanwhile, and does not wait for that until somebody resumes it.
            ending = CANCELLED
        if not end_run(session, self.run_id, ending, IS_CLAIMED, claimed=self._claim):
            raise ClaimLost
        return ending.status

    def _append(self, session: Session, entries: Sequence[NewStep]) -> None:
        if not entries:
            return
        changes: Json = {"status_reason": None} if self._is_told_to_wait else {}
        for entry in entries:
            changes |= entry.done.run_changes
            if entry.done.counted is not None:
                entry.done.output["counted"] = {name: getattr(entry.done.counted, name) for name in _COUNTERS}
        if not changes.items() <= self._run_changes.items():
            self._change(session, changes)
        first = self._advance(session, entries)
        steps.record_steps(session, self.run_id, first, entries)

    def _advance(self, session: Session, entries: Sequence[NewStep]) -> int:
        """Count steps into the run while it is still ours; the first one's index."""
        values = {"run": self.run_id, "claim": self._claim, "now": int(session.now().timestamp())}
        counts = [entry.done.counted for entry in entries if entry.done.counted is not None]
        sums = {name: sum(getattr(each, name) for each in counts) for name in _COUNTERS}
        row = session.sql(_ADVANCE, {**values, **sums, "steps": len(entries)}).one_or_none()
        if row is None:
            raise ClaimLost
        self._control = row[1]
        self._looked_at = self._seconds()
        return row[0] - len(entries)

    def _change(self, session: Session, changes: Mapping[str, Any]) -> str | None:
        """Change the run while it is still ours; what it was asked to do."""
        table, now = table_of(Run), session.now()
        is_own_run = (table.c.id == self.run_id) & (table.c.claim == self._claim)
        values = {**changes, "updated_at": now, "heartbeat_at": now}
        control = sa.type_coerce(table.c.control, sa.Text())
        row = session.sql(sa.update(table).where(is_own_run).values(values).returning(control)).one_or_none()
        if row is None:
            raise ClaimLost
        return row[0]


_SHORTEST_WAIT = timedelta(seconds=1)
_COUNTERS = tuple(each.name for each in fields(Counted))

# As text, for it runs once a step: SQLAlchemy spends longer on looking at a built statement than SQLite on doing it.
_ADVANCE = sa.text(
    "UPDATE workflow_runs SET processed_items = processed_items + :processed, "
    "success_items = success_items + :success, skipped_items = skipped_items + :skipped, "
    "error_items = error_items + :error, step_count = step_count + :steps, lost_attempts = 0, "
    "heartbeat_at = :now, updated_at = :now WHERE id = :run AND claim = :claim RETURNING step_count, control"
)
