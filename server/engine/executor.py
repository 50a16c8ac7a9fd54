"""The executor: claims runs and executes them (docs/engine.md, "Claims")."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

from onelane.server.engine.execution import Execution
from onelane.server.engine.heartbeat import Heartbeat
from onelane.storage.database.absence import absence_reason
from onelane.storage.database.change_log import Origin, changing
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.workflows import budgets, runs
from onelane.storage.workflows.run_ends import failed_run
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.budgets import BudgetStop, stopped_by_budget
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.telemetry import Telemetry, WatchedRun
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import ClaimLost, HoldRequested, ShuttingDown, WaitUntil

LOG = logging.getLogger(__name__)

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""So long an execution that the database has stopped waits before it goes on; the last one again and again."""


class Executor:
    """Executes runs in this process.

    Args:
        database: where runs are
        carry_out: does what a run's type says, step by step; ToolError when it can't be done
        heartbeat: says of each execution that it is alive
        hand_in: hands in a run that waits for an instant, in the given transaction
        telemetry: watches each execution
        seconds: shows how long something takes
    """

    def __init__(
        self,
        database: Database,
        carry_out: Callable[[Execution], RunEnd],
        heartbeat: Heartbeat,
        hand_in: Callable[[Session, str], None],
        telemetry: Telemetry,
        seconds: Callable[[], float],
    ) -> None:
        self._database = database
        self._carry_out = carry_out
        self._heartbeat = heartbeat
        self._hand_in = hand_in
        self._telemetry = telemetry
        self._seconds = seconds
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask everything that is executed to hold at its next step."""
        self._stopping.set()

    def work(self, kind: str, arguments: Mapping[str, Any]) -> None:
        """Carry out a job; `dispatch.Work`. What the database stops goes on as soon as it can."""
        run_id = arguments["run_id"]
        try:
            self._work(run_id, arguments["attempt"])
        except ClaimLost:
            LOG.warning("run %s: another execution has taken it over", run_id)
        finally:
            self._heartbeat.remove(run_id)

    def _work(self, run_id: str, attempt: int) -> None:
        claims: list[str] = []
        pauses = chain(PAUSES_SECONDS, repeat(PAUSES_SECONDS[-1]))
        last_reason = ""
        while (reason := self._stopped_by(run_id, attempt, claims)) is not None:
            if reason != last_reason:
                LOG.warning("run %s waits: %s", run_id, reason)
            last_reason = reason
            if self._stopping.wait(next(pauses)):
                return

    def _stopped_by(self, run_id: str, attempt: int, claims: list[str]) -> str | None:
        """Claim a run and carry it out; what is wrong with the database when that stopped it."""
        execution = None
        try:
            execution = self._claim(run_id, attempt, claims)
            if execution is not None:
                self._heartbeat.add(execution)
                with self._telemetry.run(_watched_run(execution)) as execution.watch:
                    self._execute(execution)
        except (DatabaseUnavailable, OSError) as error:
            absence = absence_reason(error)
            if absence is None:
                raise
            if execution is not None:
                # A full disk takes that much; a server that is away takes nothing.
                with suppress(DatabaseUnavailable):
                    execution.wait_for(f"Waits, and goes on by itself: {absence}")
            return absence
        return None

    def _claim(self, run_id: str, attempt: int, claims: list[str]) -> Execution | None:
        """Take a run that waits for this attempt, or that this work had taken before the database stopped it."""
        # Known before the transaction: whether one that broke off was committed, nobody can say.
        claims.append(self._database.ids.new("clm"))
        with self._database.write() as session:
            row = runs.claim_run(session, run_id, attempt, claims)
            if row is not None:
                # What an execution before this one held and did not settle: it may have been spent.
                budgets.count_lost(session, run_id)
        return None if row is None else Execution(self._database, row, claims[-1], self._stopping, self._seconds)

    def _execute(self, execution: Execution) -> None:
        try:
            execution.checkpoint()
            change_id = self._database.ids.new("chg")
            with changing(Origin(change_id, execution.workflow_type, execution.run_id)):
                end = self._carry_out(execution)
        except (HoldRequested, ShuttingDown, WaitUntil) as leave:
            self._leave(execution, leave)
        except BudgetStop as stop:
            execution.end(stopped_by_budget(stop, execution.config))
        except ToolError as error:
            execution.end(failed_run(error.message))
        except ClaimLost:
            raise
        except Exception as error:
            if absence_reason(error) is not None:
                raise
            # The outer edge of a run: what went wrong is for us, and stands in the log under the run's id.
            LOG.exception("run %s failed", execution.run_id)
            execution.end(
                failed_run(f"Something went wrong inside Onelane; its log tells more under {execution.run_id}.")
            )
        else:
            execution.end(end)

    def _leave(self, execution: Execution, leave: HoldRequested | ShuttingDown | WaitUntil) -> None:
        """Let a run be that is not over: it holds, or another execution goes on with it."""
        if isinstance(leave, HoldRequested):
            execution.hold(leave.control)
        elif isinstance(leave, ShuttingDown):
            execution.release()
        else:
            self._put_off(execution, leave)

    def _put_off(self, execution: Execution, wait: WaitUntil) -> None:
        try:
            with self._database.write() as session:
                execution.put_off(session, wait)
                self._hand_in(session, execution.run_id)
        except HoldRequested as held:
            execution.hold(held.control)
        else:
            execution.watch.ended(RunStatus.PENDING)


def _watched_run(execution: Execution) -> WatchedRun:
    is_sync = execution.workflow_type is WorkflowType.SYNC
    sub_type = str(execution.config.get("syncSubType")) if is_sync else None
    return WatchedRun(execution.run_id, execution.workflow_type, execution.attempt, execution.template_id, sub_type)
