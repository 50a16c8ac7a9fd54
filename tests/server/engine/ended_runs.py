"""Runs that meet everything that can end a run, and what must be true of each that is over."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.server.engine.recovery import TOO_MANY
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.ids import Ids
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.platforms import cursors
from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.storage.platforms.cursors import SyncCursor, SyncStatus
from onelane.storage.workflows import budgets, runs, steps
from onelane.storage.workflows.budgets import Amounts, Budget, BudgetHold, Scope
from onelane.storage.workflows.runs import ONGOING, Run, RunStatus, Trigger, WorkflowType
from onelane.storage.workflows.schedules import create_schedule
from onelane.storage.workflows.steps import Step, StepStatus, StepType
from onelane.storage.workflows.tasks import OPEN, Task, TaskType, create_task
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.runs.record import Counted, Json, NewStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import ClaimLost
from onelane.tools.sync.sync_workflow import SyncResult, run_sync_workflow
from tests.databases import Clock
from tests.engines import equipped
from tests.server.engine.bodies import NotToday
from tests.server.engine.mortal import Killed, MortalDatabase

PARENT, ACCOUNT = "run_parent", "acc_mine"
SUB_TYPE = "linkedin_contacts"
STEPS = 3
ACTS = ("go", "fail", "crash", "budget", "wait", "pause", "cancel", "cancel and wait", "lose")
"""What may happen at a step."""
_OVER = "('completed', 'failed', 'cancelled')"
_OBSERVERS = (
    "CREATE TABLE told (what TEXT, id TEXT)",
    f"""CREATE TRIGGER run_ended AFTER UPDATE OF status ON workflow_runs
    WHEN NEW.status IN {_OVER} AND OLD.status NOT IN {_OVER} BEGIN INSERT INTO told VALUES ('run', NEW.id); END""",
    f"""CREATE TRIGGER run_born_over AFTER INSERT ON workflow_runs
    WHEN NEW.status IN {_OVER} BEGIN INSERT INTO told VALUES ('run', NEW.id); END""",
    """CREATE TRIGGER schedule_told AFTER UPDATE OF completed_at ON scheduled_jobs
    WHEN NEW.completed_at IS NOT NULL BEGIN INSERT INTO told VALUES ('schedule', NEW.last_run_id); END""",
    f"""CREATE TRIGGER parent_told AFTER UPDATE OF updated_at ON workflow_runs
    WHEN NEW.id = '{PARENT}' BEGIN INSERT INTO told VALUES ('parent', NEW.id); END""",
)


class World:
    """Runs on a SQLite file, a process that carries them out and may die, and the one that comes after it.

    Args:
        file: a migrated database
        clock: the time
        ids: makes ids
    """

    def __init__(self, file: Path, clock: Clock, ids: Ids) -> None:
        self._file, self._ids = file, ids
        self.clock = clock
        self.acts: deque[str] = deque()
        """What happens at the steps that come; behind its end everything goes well."""
        self.database, self.engine = self._process()
        with self.database.write() as session:
            for observer in _OBSERVERS:
                session.sql(sa.text(observer))
            runs.create_workflow_run(session, run_id=PARENT, workflow_type=WorkflowType.AGENT, status=RunStatus.PAUSED)
            now = session.now()
            account = Account(
                id=ACCOUNT,
                platform=Platform.LINKEDIN,
                account_key="me",
                display_name="Mine",
                auth_type=AuthType.FILE,
                created_at=now,
                updated_at=now,
            )
            session.add(account)
        self.engine.serve()

    def _process(self) -> tuple[MortalDatabase, RunEngine]:
        database = MortalDatabase(self._file, self.clock, self._ids)
        bodies = {WorkflowType.AGENT: _Body(self), WorkflowType.SYNC: _SyncBody(self)}
        return database, equipped(database, bodies)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def meet(self, do: Callable[[Session], object], acts: Sequence[str], dies: tuple[int, bool] | None) -> None:
        """Do something in a transaction; whatever is executed because of it meets these acts.

        Args:
            do: what is done
            acts: what happens at the steps
            dies: the process is killed at this commit, before it or right behind it
        """
        self.acts = deque(acts)
        self.database.commits_left, self.database.dies_behind = dies or (None, False)
        try:
            with self.database.write() as session:
                do(session)
            self.database.commits_left = None
        except Killed:
            self.restart()

    def restart(self) -> None:
        """Another process goes on where the dead one stopped."""
        self.database.close()
        self.database, self.engine = self._process()
        self.engine.serve()

    def sweep(self) -> None:
        """Take up what was lost, until it has gone on, was given up, or waits for a process that executes."""
        for _ in range(TOO_MANY + 2):
            if not self.engine.sweep(lost_after_seconds=0):
                return

    def start(self, session: Session, workflow_type: WorkflowType) -> str:
        """Start a run that has a schedule and a parent."""
        schedule = create_schedule(session, job_type=workflow_type, run_at=session.now(), max_retries=0)
        run = self.engine.start(
            session,
            workflow_type,
            {"steps": STEPS},
            by=None,
            schedule_id=schedule.id,
            parent_workflow_id=PARENT,
            trigger=Trigger.SCHEDULED,
        )
        schedule.last_run_id = run.id
        return run.id

    def rows(self, *, over: bool) -> list[PlainRow]:
        """The runs that are over, or not, but for the parent."""
        with self.database.read() as session:
            rows = list(plain_rows(session, sa.select(*plain(table_of(Run))), {}))
        return [row for row in rows if row["id"] != PARENT and RunStatus(row["status"]).is_over is over]


def begin_call(session: Session, run_id: str, key: str) -> None:
    """What a call under way leaves in the database: money is held here, for its parent, and for the day."""
    scopes = [Scope(f"run:{run_id}", {}), Scope(f"run:{PARENT}", {}), Scope("day:2026-11-02", {})]
    budgets.hold(session, run_id, key, scopes, Amounts(turns=1, tokens=100, usd=0.25))


class _Body:
    """Asks for something that costs, makes a call of it, and says what came of it; three times."""

    def __init__(self, world: World) -> None:
        self._world = world

    def prepare(self, config: Json) -> None:
        """Everything can be run."""

    def run(self, execution: Execution) -> RunEnd:
        """Do the steps, and meet what comes."""
        for number in range(STEPS):
            if f"call:{number}" not in execution.recorded and (ending := self._step(execution, number)) is not None:
                return ending
        return RunEnd(RunStatus.COMPLETED, result={"counted": STEPS})

    def _step(self, execution: Execution, number: int) -> RunEnd | None:
        key, run_id = f"call:{number}", execution.run_id
        with self._world.database.write() as session:
            begin_call(session, run_id, key)
        if f"open:{number}" not in execution.recorded:
            open_step = NewStep(f"open:{number}", StepType.TOOL_CALL, StepResult(status=StepStatus.RUNNING))
            execution.record(lambda session: [open_step])
        if (ending := self._meet(execution)) is not None:
            return ending

        def finish(session: Session) -> StepResult:
            budgets.settle(session, run_id, key, Amounts(turns=1, tokens=50, usd=0.125))
            steps.close_step(session, run_id, f"open:{number}", StepStatus.COMPLETED)
            return StepResult(counted=Counted(processed=2, success=1, skipped=1))

        execution.step(key, StepType.TOOL_RESULT, finish)
        return None

    def _meet(self, execution: Execution) -> RunEnd | None:
        act = self._world.acts.popleft() if self._world.acts else "go"
        if act == "fail":
            raise NotToday
        if act == "crash":
            raise KeyError(act)
        if act == "budget":
            raise BudgetStop("The budget of 3 turns for this run is used up.")
        if act == "lose":
            raise ClaimLost
        if act in ("pause", "cancel", "cancel and wait"):
            steer = self._world.engine.pause if act == "pause" else self._world.engine.cancel
            with self._world.database.write() as session:
                steer(session, execution.run_id)
        if act in ("wait", "cancel and wait"):
            _ask(self._world.database, execution.run_id)
            return RunEnd(RunStatus.PAUSED, reason="Waits for a person: may it?")
        return None


class _SyncBody(_Body):
    """The same as the sync function of a sync run, with a cursor."""

    def run(self, execution: Execution) -> RunEnd:
        """Sync; an ending that the steps came to goes before the wrapper's."""

        def prepare(session: Session) -> Json:
            runs.update_workflow_run(session, execution.run_id, platform_account_id=ACCOUNT)
            cursors.hold_cursor(session, ACCOUNT, SUB_TYPE, execution.run_id)
            return {}

        def finish(session: Session) -> Json:
            cursors.complete_cursor(session, cursors.ensure_cursor(session, ACCOUNT, SUB_TYPE))
            return {}

        def sync() -> SyncResult:
            ending = super(_SyncBody, self).run(execution)
            if ending.status is RunStatus.PAUSED:
                raise _Waits(ending)
            return SyncResult(added=STEPS)

        try:
            return run_sync_workflow(
                execution,
                self._world.database,
                sub_type=SUB_TYPE,
                input={},
                sync_function=sync,
                prepare=prepare,
                finish=finish,
            )
        except _Waits as waits:
            return waits.ending


class _Waits(Exception):
    def __init__(self, ending: RunEnd) -> None:
        self.ending = ending


def _ask(database: Database, run_id: str) -> None:
    with database.write() as session:
        key = f"approval:{run_id}:{session.new_id('x')}"
        create_task(session, task_key=key, title="May it?", task_type=TaskType.AGENT_REVIEW, workflow_run_id=run_id)


def faults_of(database: Database) -> list[str]:
    """What is not as it must be: of each run that is over, of the budgets, and of the cursor."""
    with database.read() as session:
        faults = [fault for run in _runs(session) if run["is_over"] for fault in _faults(session, run)]
        return faults + _wrong_sums(session) + _wrong_cursor(session) + _wrong_counts(session)


def _runs(session: Session) -> list[dict[str, Any]]:
    rows = [dict(row) for row in plain_rows(session, sa.select(*plain(table_of(Run))), {})]
    return [{**row, "is_over": RunStatus(row["status"]).is_over} for row in rows if row["id"] != PARENT]


def _faults(session: Session, run: dict[str, Any]) -> list[str]:
    step, hold, task = table_of(Step), table_of(BudgetHold), table_of(Task)
    rows = session.sql(sa.select(step.c.status, step.c.output).where(step.c.workflow_run_id == run["id"])).all()
    counts = [orjson.loads(output).get("counted", {}) for _, output in rows]
    ends = Counter(kind for kind, id_ in session.sql(sa.text("SELECT what, id FROM told")) if id_ == run["id"])
    checks = {
        "holds money": _count(session, hold.c.workflow_run_id == run["id"]),
        "has an open step": sum(status is StepStatus.RUNNING for status, _ in rows),
        "asks its person": _count(session, task.c.workflow_run_id == run["id"], task.c.status.in_(OPEN)),
        "has a claim or is asked to hold": run["claim"] is not None or run["control"] is not None,
        "has another number of steps": run["step_count"] != len(rows),
        "counts wrongly": run["processed_items"] != sum(each.get("processed", 0) for each in counts),
        "has no end": run["completed_at"] is None,
        "failed without a reason": run["status"] == "failed" and not (run["status_reason"] and len(run["errors"]) > 2),
        "tells its schedule otherwise than once an end": run["schedule_id"] and ends["schedule"] != ends["run"],
    }
    return [f"{run['id']} ({run['status']}) {fault}" for fault, is_so in checks.items() if is_so]


def _count(session: Session, *conditions: sa.ColumnElement[bool]) -> int:
    return session.sql(sa.select(sa.func.count()).where(*conditions)).scalar_one()


def _wrong_sums(session: Session) -> list[str]:
    """What a scope says is held is what calls under way hold there."""
    sums = Counter[str]()
    for names, amounts in session.sql(sa.select(table_of(BudgetHold).c.scopes, table_of(BudgetHold).c.amounts)):
        sums.update(dict.fromkeys(orjson.loads(names), orjson.loads(amounts)["tokens"]))
    table = table_of(Budget)
    scope_rows = session.sql(sa.select(table.c.scope, table.c.held_tokens)).all()
    return [f"{scope} says that {tokens} are held" for scope, tokens in scope_rows if tokens != sums[scope]]


def _wrong_cursor(session: Session) -> list[str]:
    """A cursor says that it is syncing only while a run does that."""
    is_syncing = _count(session, table_of(SyncCursor).c.sync_status == SyncStatus.SYNCING)
    going = [run for run in _runs(session) if run["workflow_type"] == WorkflowType.SYNC and run["status"] in ONGOING]
    return ["the cursor is syncing, and no run is"] if is_syncing and not going else []


def _wrong_counts(session: Session) -> list[str]:
    """The parent was told of each end; the numbers of runs are those of their rows."""
    counts = Counter(kind for (kind,) in session.sql(sa.text("SELECT what FROM told")))
    ends = [id_ for (id_,) in session.sql(sa.text("SELECT id FROM told WHERE what = 'run'"))]
    children = {run["id"] for run in _runs(session) if run["parent_workflow_id"] == PARENT}
    faults = [] if counts["parent"] == sum(id_ in children for id_ in ends) else ["the parent is told wrongly"]
    for status in RunStatus:
        rows = _count(session, table_of(Run).c.status == status)
        if runs.count_workflow_runs(session, status=status) != rows:
            faults.append(f"the number of {status} runs is wrong")
    return faults
