"""The engine: starts, controls and forks runs, and has them executed (docs/engine.md)."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any

import orjson
from sqlmodel import col

from onelane.server.engine.client_runs import cancel_hosted, refuse_hosted
from onelane.server.engine.dispatch import RUNS, Dispatcher
from onelane.server.engine.duties import Duties, ExecutionLost
from onelane.server.engine.execution import Execution
from onelane.server.engine.executor import Executor
from onelane.server.engine.fork import copy_steps
from onelane.server.engine.heartbeat import Heartbeat
from onelane.server.engine.recovery import job_id, next_attempt, recover, submit
from onelane.server.engine.sequence_control import (
    cancel_sequence_run,
    pause_sequence_run,
    refuse_sequence_run,
    resume_sequence_run,
)
from onelane.server.engine.waiting import RunWaits, stands_still
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.chat_runs import give_up_chat_run
from onelane.storage.workflows.run_ends import CANCELLED, end_run, pause_run
from onelane.storage.workflows.run_reading.exclusive_runs import run_at_work_on
from onelane.storage.workflows.runs import Control, Run, RunStatus, Trigger, WorkflowType
from onelane.tools.registry.context import Caller
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.gate import taint
from onelane.tools.registry.import_files import seal_config
from onelane.tools.registry.ports.telemetry import NoTelemetry, Telemetry
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Toolbox

RUNS_AT_ONCE = 4
GENERATIONS = 4
"""So many runs may be above a run: its parent, that one's parent, and so on."""
LOST_AFTER_SECONDS = 20
"""A run whose execution has not been heard of for so long is lost, and is taken up again."""


class RunEngine:
    """Implements `tools.context.Engine`.

    Args:
        database: where runs are
        dispatcher: how they come to be executed
        run_types: what each type of run does
        duties: the background duties of this process
        telemetry: watches each execution
        seconds: shows how long something takes
    """

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher,
        run_types: RunTypes,
        duties: Duties | None = None,
        telemetry: Telemetry | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.run_types = run_types
        self._database = database
        self._dispatcher = dispatcher
        self._toolbox: Toolbox | None = None
        self._on_lead: list[Callable[[], None]] = []
        self.duties = duties or Duties()
        self.heartbeat = Heartbeat(self.duties)
        self._executor = Executor(
            database, self._carry_out, self.heartbeat, self._hand_in, telemetry or NoTelemetry(), seconds
        )
        self._stopping = threading.Event()
        self._waits = RunWaits(database, self.duties, self._stopping)
        self._is_served = False
        self._is_brief = False
        self._missed_a_sweep = False

    def equip(self, toolbox: Toolbox) -> None:
        """Let runs work with these tools, which in turn need the engine; before the first run is started."""
        self._toolbox = toolbox

    def start(
        self,
        session: Session,
        workflow_type: WorkflowType,
        config: Mapping[str, Any],
        *,
        by: Caller | None,
        template_id: str | None = None,
        platform_account_id: str | None = None,
        parent_workflow_id: str | None = None,
        schedule_id: str | None = None,
        trigger: Trigger = Trigger.USER,
        total_items: int | None = None,
        run_id: str | None = None,
    ) -> Run:
        """Create a run and hand it in for execution; see `tools.context.Engine`."""
        settings = self.check(workflow_type, config, by=by)
        _check_generation(session, parent_workflow_id)
        exclusive_key = self.run_types.to_start(workflow_type).exclusive_key(settings)
        _refuse_second(session, exclusive_key)
        run = runs.create_workflow_run(
            session,
            run_id=run_id,
            workflow_type=workflow_type,
            config=orjson.dumps(settings).decode(),
            template_id=template_id,
            platform_account_id=platform_account_id or (exclusive_key and settings.get("platformAccountId")),
            exclusive_key=exclusive_key,
            parent_workflow_id=parent_workflow_id,
            schedule_id=schedule_id,
            trigger=trigger,
            total_items=total_items,
            tainted_by=self._tainted_by(session, by, template_id),
            heartbeat_at=session.now(),
            attempt=1,
        )
        submit(session, self._dispatcher, run)
        return run

    def taint(self, session: Session, by: Caller) -> str:
        """What whoever writes settings has been given so far; see `tools.context.Engine`."""
        return taint.as_text(self._required_toolbox().registry.gate.has_read(session, by))

    def check(self, workflow_type: WorkflowType, config: Mapping[str, Any], *, by: Caller | None) -> dict[str, Any]:
        """Look at what a run would be started with; see `tools.context.Engine`."""
        run_type, toolbox = self.run_types.to_start(workflow_type), self._required_toolbox()
        settings = seal_config(run_type.with_kept_names(config), by, toolbox.services.import_dirs)
        settings = run_type.complete(settings, toolbox)
        run_type.validate(settings, toolbox)
        return settings

    def pause(self, session: Session, run_id: str) -> Run:
        """Hold a run at its next step; a sequence at once."""
        sequence_run = pause_sequence_run(session, run_id)
        if sequence_run is not None:
            return sequence_run
        refuse_hosted(session, run_id, "paused")
        if pause_run(session, run_id, None, col(Run.status) == RunStatus.PENDING):
            return self._taken_back(session, run_id)
        return _request(session, run_id, Control.PAUSE)

    def resume(self, session: Session, run_id: str) -> Run:
        """Let a paused run go on, also a chat that was left with a question: Onelane goes on with that by itself."""
        sequence_run = resume_sequence_run(session, run_id)
        if sequence_run is not None:
            return sequence_run
        give_up_chat_run(session, run_id)
        return self._run_again(session, run_id, [RunStatus.PAUSED], "resumed")

    def retry(self, session: Session, run_id: str) -> Run:
        """Let a failed or cancelled run go on where it ended."""
        return self._run_again(session, run_id, [RunStatus.FAILED, RunStatus.CANCELLED], "retried")

    def cancel(self, session: Session, run_id: str) -> Run:
        """End a run at its next step; a sequence, and one that nobody here executes, at once."""
        sequence_run = cancel_sequence_run(session, run_id)
        if sequence_run is not None:
            return sequence_run
        if cancel_hosted(session, run_id):
            return _run(session, run_id)
        if end_run(session, run_id, CANCELLED, col(Run.status).in_([RunStatus.PENDING, RunStatus.PAUSED])):
            return self._taken_back(session, run_id)
        return _request(session, run_id, Control.CANCEL)

    def fork(
        self,
        session: Session,
        run_id: str,
        *,
        steps: int,
        config: Mapping[str, Any] | None,
        by: Caller,
        parent_workflow_id: str | None = None,
    ) -> Run:
        """Start a new run that begins with the first steps of another."""
        source = _run(session, run_id)
        refuse_hosted(session, run_id, "forked")
        refuse_sequence_run(session, run_id, "forked")
        if steps > source.step_count:
            raise BadRequest(f"Run {run_id} has {source.step_count} steps; a fork can't begin with {steps} of them.")
        changes = seal_config(config or {}, by, self._required_toolbox().services.import_dirs)
        fork = self.start(
            session,
            source.workflow_type,
            {**orjson.loads(source.config), **changes},
            by=None,
            template_id=source.template_id,
            platform_account_id=source.platform_account_id,
            parent_workflow_id=parent_workflow_id,
            total_items=source.total_items,
        )
        copy_steps(session, source, fork, steps)
        fork.tainted_by = taint.join(fork.tainted_by, source.tainted_by, self.taint(session, by))
        return fork

    def when_leading(self, action: Callable[[], None]) -> None:
        """Do this once this process executes, such as starting the clock."""
        self._on_lead.append(action)

    def serve(self, *, is_brief: bool = False) -> None:
        """Begin executing as soon as this process may; does not block.

        Args:
            is_brief: this process ends with the run that it waits for, and imports what is asked for only
        """
        self._is_brief = is_brief
        self._is_served = True
        self._dispatcher.start(self._executor.work, {RUNS: RUNS_AT_ONCE}, on_lead=self._lead)

    def hold(self) -> None:
        """Let what is executed hold at its next step, for the process is about to stop; does not block."""
        self.heartbeat.stop()
        self._executor.stop()

    def stop(self) -> None:
        """Stop executing: runs hold at their next step and go on in the process that executes next."""
        self._stopping.set()
        self.hold()
        self._dispatcher.stop()
        self.duties.stop(within_s=0.3)

    def sweep(self, *, lost_after_seconds: int = LOST_AFTER_SECONDS) -> int:
        """Take up runs whose execution was lost; how many.

        Raises:
            DatabaseUnavailable: it is away. The first sweep after that takes up nothing, for hearts could not beat
                meanwhile.
        """
        try:
            return self._sweep_once(lost_after_seconds)
        except DatabaseUnavailable:
            self._missed_a_sweep = True
            raise

    def _sweep_once(self, lost_after_seconds: int) -> int:
        with self._database.write() as session:
            if self._missed_a_sweep and lost_after_seconds > 0:
                runs.count_workflow_runs(session, status=RunStatus.PENDING)
                self._missed_a_sweep = False
                return 0
            heard_before = session.now() - timedelta(seconds=lost_after_seconds)
            return recover(session, self._dispatcher, heard_before=heard_before, executing_ids=self.heartbeat.run_ids)

    def wait(
        self,
        run_id: str,
        on_progress: Callable[[PlainRow], None] = lambda row: None,
        timeout_s: float | None = None,
    ) -> RunStatus:
        """Wait until a run is over, paused or waits for an instant, here or in another process.

        Args:
            run_id: the run
            on_progress: told the run's row whenever it was looked at
            timeout_s: give up waiting after so many seconds; the run goes on

        Returns:
            The state that the run is in then.

        Raises:
            ExecutionLost: this process can't carry anything out any more
            DatabaseUnavailable: the database is still away when the time is over
        """
        return RunStatus(self._waits.row(run_id, on_progress, timeout_s)["status"])

    def await_end(self, run_id: str, timeout_s: float) -> bool:
        """Wait a while until a run stands still; see `tools.context.Engine`."""
        try:
            return self._is_served and stands_still(self._waits.row(run_id, lambda row: None, timeout_s))
        except (ExecutionLost, DatabaseUnavailable):
            # The run is started; how far it comes is seen later.
            return False

    def _lead(self) -> None:
        if not self._is_brief:
            # Here and not in `serve`, so that what a server is asked meanwhile does not wait for it.
            self.run_types.load()
            self._required_toolbox().registry.load()
        if self._stopping.is_set():
            # Meanwhile another process may execute, and what it does was not left by one that is gone.
            return
        # On SQLite one process executes, so that whatever is running now was left by one that is gone.
        alone = self._database.dialect == "sqlite"
        self.sweep(lost_after_seconds=0 if alone else LOST_AFTER_SECONDS)
        self.heartbeat.start()
        for action in self._on_lead:
            action()

    def _tainted_by(self, session: Session, by: Caller | None, template_id: str | None) -> str:
        """What whoever wrote the settings of a new run had been given: who starts it, and who wrote its template."""
        template = None if template_id is None else templates.get_template(session, template_id)
        of_template = [] if template is None else [template.tainted_by]
        return taint.join(*of_template, *([] if by is None else [self.taint(session, by)]))

    def _run_again(self, session: Session, run_id: str, from_any: list[RunStatus], verb: str) -> Run:
        refuse_hosted(session, run_id, verb)
        refuse_sequence_run(session, run_id, verb)
        fresh = {"completed_at": None, "status_reason": None, "control": None, "lost_attempts": 0}
        run = _run(session, run_id)
        if run.status in from_any:
            _refuse_second(session, run.exclusive_key)
        is_requeued = runs.change_status(session, run_id, from_any=from_any, to=RunStatus.PENDING, **fresh)
        if not is_requeued:
            states = " or ".join(from_any)
            raise Conflict(f"Run {run_id} is {run.status}; only a {states} run can be {verb}.")
        next_attempt(session, self._dispatcher, run)
        return run

    def _hand_in(self, session: Session, run_id: str) -> None:
        submit(session, self._dispatcher, _run(session, run_id))

    def _taken_back(self, session: Session, run_id: str) -> Run:
        run = _run(session, run_id)
        self._dispatcher.cancel(session, job_id(run))
        return run

    def _carry_out(self, execution: Execution) -> RunEnd:
        return self.run_types.to_start(execution.workflow_type).carry_out(execution, self._required_toolbox())

    def _required_toolbox(self) -> Toolbox:
        if self._toolbox is None:
            raise RuntimeError("The engine has no tools for its runs yet: call equip().")
        return self._toolbox


def _check_generation(session: Session, parent_workflow_id: str | None) -> None:
    """Runs that start runs that start runs come to an end."""
    older = parent_workflow_id
    for _ in range(GENERATIONS):
        row = None if older is None else runs.read_run(session, older)
        if row is None:
            return
        older = row["parent_workflow_id"]
    raise Conflict(f"Runs may start runs {GENERATIONS} deep and no deeper. Do the work in this run.")


def _refuse_second(session: Session, exclusive_key: str | None) -> None:
    """What has a thing for itself does not begin while another one is at work on it."""
    first = None if exclusive_key is None else run_at_work_on(session, exclusive_key)
    if first is not None:
        raise Conflict(
            f"Run {first} is at work on the same already. Look how far it is (get_run, onelane runs show). Wait for "
            "it, or cancel it.",
            details={"run_id": first},
        )


def _request(session: Session, run_id: str, control: Control) -> Run:
    from_any = [RunStatus.RUNNING]
    is_requested = runs.change_status(session, run_id, from_any=from_any, to=RunStatus.RUNNING, control=control)
    run = _run(session, run_id)
    if is_requested or (control is Control.PAUSE and run.status is RunStatus.PAUSED):
        return run
    raise Conflict(f"Run {run_id} is {run.status} already, so it can't be asked to {control}.")


def _run(session: Session, run_id: str) -> Run:
    run = runs.get_workflow_run(session, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}. list_runs shows the latest ones.")
    return run
