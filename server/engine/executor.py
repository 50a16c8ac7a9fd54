"""The executor: claims runs, carries them out, and keeps their hearts beating (docs/engine.md, "Claims")."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.database.rows import plain, table_of
from onelane.storage.workflows.runs import ONGOING, Driver, Run, RunStatus
from onelane.tools.registry.budgets import BudgetStop, run_budget
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.record import Json, RunEnd
from onelane.tools.registry.run import ClaimLost, HoldRequested, ShuttingDown

LOG = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5


class Executor:
    """Carries out runs in this process.

    Args:
        database: where runs are
        carry_out: does what a run's type says, step by step; ToolError when it can't be done
    """

    def __init__(self, database: Database, carry_out: Callable[[Execution], RunEnd]) -> None:
        self._database = database
        self._carry_out = carry_out
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._executions: dict[str, Execution] = {}
        self._heart: threading.Thread | None = None

    @property
    def executing(self) -> frozenset[str]:
        """The ids of the runs that this process carries out right now."""
        with self._guard:
            return frozenset(self._executions)

    def start(self) -> None:
        """Keep the hearts of what is executed beating, without blocking."""
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, name="onelane-heartbeat", daemon=True)
            self._heart.start()

    def stop(self) -> None:
        """Ask everything that is executed to hold at its next step."""
        self._stopping.set()

    def work(self, kind: str, arguments: Mapping[str, Any]) -> None:
        """Carry out a job; `dispatch.Work`."""
        execution = self._claim(arguments["run_id"], arguments["attempt"])
        if execution is None:
            return
        with self._guard:
            self._executions[execution.run_id] = execution
        try:
            self._execute(execution)
        except ClaimLost:
            LOG.warning("run %s: another execution has taken it over", execution.run_id)
        finally:
            with self._guard:
                self._executions.pop(execution.run_id, None)

    def _claim(self, run_id: str, attempt: int) -> Execution | None:
        table = table_of(Run)
        with self._database.write() as session:
            now, claim = session.now(), session.new_id("clm")
            statement = (
                sa.update(table)
                .where(
                    table.c.id == run_id,
                    table.c.attempt == attempt,
                    table.c.status.in_(ONGOING),
                    table.c.driver == Driver.ENGINE,
                )
                .values(
                    status=RunStatus.RUNNING,
                    claim=claim,
                    heartbeat_at=now,
                    updated_at=now,
                    started_at=sa.func.coalesce(table.c.started_at, sa.literal(now, table.c.started_at.type)),
                )
                .returning(*plain(table))
            )
            row = session.sql(statement).mappings().one_or_none()
        return None if row is None else Execution(self._database, row, claim, self._stopping)

    def _execute(self, execution: Execution) -> None:
        try:
            execution.checkpoint()
            ending = self._carry_out(execution)
        except HoldRequested as held:
            execution.hold(held.control)
        except ShuttingDown:
            execution.release()
        except BudgetStop as stop:
            execution.end(_stopped(stop, execution.config))
        except ToolError as error:
            execution.end(_failed(error.message))
        except (ClaimLost, DatabaseUnavailable):
            raise
        except Exception:
            # The outer edge of a run: what went wrong is for us, and stands in the log under the run's id.
            LOG.exception("run %s failed", execution.run_id)
            execution.end(_failed(f"Something went wrong inside Onelane; its log tells more under {execution.run_id}."))
        else:
            execution.end(ending)

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_SECONDS):
            with self._guard:
                executions = list(self._executions.values())
            for execution in executions:
                try:
                    execution.beat()
                except DatabaseUnavailable as error:
                    LOG.warning("no heartbeat for %s: %s", execution.run_id, error)


def _stopped(stop: BudgetStop, config: Json) -> RunEnd:
    """A run whose budget is used up keeps what it has; whether that is its end, its config says."""
    if run_budget(config).then == "pause":
        return RunEnd(RunStatus.PAUSED, reason=f"{stop.message} Resume it with a larger budget.")
    return RunEnd(RunStatus.COMPLETED, result={"message": stop.message}, reason=stop.message)


def _failed(message: str) -> RunEnd:
    return RunEnd(RunStatus.FAILED, errors=[message], reason=message, error_steps=[message])
