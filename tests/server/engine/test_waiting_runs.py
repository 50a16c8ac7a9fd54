"""A run that waits for an instant holds no thread, and goes on by itself when that has come."""

from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RUNS_AT_ONCE, RunEngine
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs
from onelane.storage.workflows.run_changes import RunChanges
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.runs.run import WaitUntil
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import Progress, RunPage, RunWithSteps
from tests.databases import Clock
from tests.engines import equipped
from tests.server.engine.bodies import CountingBody
from tests.toolbox import toolbox

WAIT_S = 20
QUARTER = timedelta(minutes=15)
REASON = "X takes no more requests for followers for now."


class PatientBody(CountingBody):
    """Counts, and at a step waits a quarter of an hour, once for each run."""

    def __init__(self, at: int = 1) -> None:
        self.waited: set[str] = set()

        def wait(number: int, execution: Execution) -> None:
            if number == at and execution.run_id not in self.waited and execution.config.get("waits", True):
                self.waited.add(execution.run_id)
                raise WaitUntil(execution.database.clock() + QUARTER, REASON)

        super().__init__(wait)


def start(engine: RunEngine, database: Database, **config: Any) -> str:
    with database.write() as session:
        return engine.start(session, WorkflowType.AGENT, {"steps": 3, **config}, by=None).id


def run_of(database: Database, run_id: str) -> runs.Run:
    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
    assert run is not None
    return run


class Inline:
    """An engine whose work is done inline, with the clock of the test."""

    def __init__(self, database: Database, clock: Clock, body: CountingBody) -> None:
        self.dispatcher = InlineDispatcher()
        self.engine = equipped(database, {WorkflowType.AGENT: body}, dispatcher=self.dispatcher)
        self.engine.serve()
        self._clock = clock

    def pass_time(self, minutes: float) -> None:
        """Move the clock on, and do what is due then."""
        self._clock.advance(minutes=minutes)
        self.dispatcher.look()


def test_a_run_that_waits_goes_on_at_its_instant_and_not_before(database: Database, clock: Clock) -> None:
    body = PatientBody()
    inline = Inline(database, clock, body)
    began_at = clock()
    run_id = start(inline.engine, database)

    run = run_of(database, run_id)
    assert (run.status, run.waits_until, run.status_reason) == (RunStatus.PENDING, began_at + QUARTER, REASON)
    assert (run.claim, body.did) == (None, [0])
    for _ in range(14):
        inline.pass_time(minutes=1)
        assert inline.engine.sweep(lost_after_seconds=0) == 0
    assert body.did == [0]
    inline.pass_time(minutes=1)

    run = run_of(database, run_id)
    assert (run.status, run.waits_until, run.status_reason) == (RunStatus.COMPLETED, None, None)
    assert body.did == [0, 1, 2]
    assert (run.attempt, run.lost_attempts) == (1, 0)


def test_a_run_that_waits_is_paused_resumed_and_cancelled_at_once(database: Database, clock: Clock) -> None:
    body = PatientBody()
    inline = Inline(database, clock, body)
    paused, cancelled = start(inline.engine, database), start(inline.engine, database)
    with database.write() as session:
        inline.engine.pause(session, paused)
        inline.engine.cancel(session, cancelled)
    for run_id, status in ((paused, RunStatus.PAUSED), (cancelled, RunStatus.CANCELLED)):
        assert (run_of(database, run_id).status, run_of(database, run_id).waits_until) == (status, None)
    inline.pass_time(minutes=20)
    assert body.did == [0, 0]

    with database.write() as session:
        inline.engine.resume(session, paused)
    assert run_of(database, paused).status is RunStatus.COMPLETED
    assert run_of(database, cancelled).status is RunStatus.CANCELLED


@pytest.mark.parametrize(("ask", "status"), [("pause", RunStatus.PAUSED), ("cancel", RunStatus.CANCELLED)])
def test_a_run_that_was_asked_to_hold_does_not_wait_first(
    sqlite_database: Database, clock: Clock, ask: str, status: RunStatus
) -> None:
    def hold_and_wait(number: int, execution: Execution) -> None:
        with sqlite_database.write() as session:
            getattr(inline.engine, ask)(session, execution.run_id)
        raise WaitUntil(clock() + QUARTER, REASON)

    inline = Inline(sqlite_database, clock, CountingBody(hold_and_wait))
    run = run_of(sqlite_database, start(inline.engine, sqlite_database))
    assert (run.status, run.waits_until) == (status, None)


def test_whoever_looks_at_a_run_that_waits_is_told_until_when(sqlite_database: Database, clock: Clock) -> None:
    changes = RunChanges()
    with sqlite_database.read() as session:
        changes.list_changed(session)
    inline = Inline(sqlite_database, clock, PatientBody())
    run_id = start(inline.engine, sqlite_database)
    tools = toolbox(sqlite_database, run_tools, engine=inline.engine)

    shown = tools.call(RunWithSteps, "get_run", run_id=run_id)
    assert shown.waits_until == clock() + QUARTER
    assert shown.summary == f"{REASON} It goes on by itself at 2026-11-02 09:15Z. 1 done."
    assert tools.call(RunPage, "list_runs").data[0].summary == shown.summary
    assert tools.call(Progress, "get_progress", run_id=run_id).waits_until == clock() + QUARTER
    with sqlite_database.read() as session:
        assert [row["waits_until"] for row in changes.list_changed(session)] == [int((clock() + QUARTER).timestamp())]
    assert inline.engine.wait(run_id) is RunStatus.PENDING


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "onelane.db"
    database = Database(f"sqlite:///{path}")
    ensure_schema(database)
    database.close()
    return path


def test_runs_that_wait_leave_their_threads_to_others_and_outlive_their_process(file: Path, clock: Clock) -> None:
    body = PatientBody()
    database, engine = _process(file, clock, body)
    waiting = [start(engine, database) for _ in range(RUNS_AT_ONCE)]
    for run_id in waiting:
        assert engine.wait(run_id, timeout_s=WAIT_S) is RunStatus.PENDING
    quick = start(engine, database, waits=False)
    assert engine.wait(quick, timeout_s=WAIT_S) is RunStatus.COMPLETED
    engine.stop()
    database.close()

    database, engine = _process(file, clock, body)
    quick = start(engine, database, waits=False)
    assert engine.wait(quick, timeout_s=WAIT_S) is RunStatus.COMPLETED
    assert [run_of(database, run_id).status for run_id in waiting] == [RunStatus.PENDING] * RUNS_AT_ONCE
    clock.advance(minutes=15)
    _until_all_are_over(engine, database, waiting)
    assert [run_of(database, run_id).step_count for run_id in waiting] == [3] * RUNS_AT_ONCE
    engine.stop()
    database.close()


def _process(file: Path, clock: Clock, body: CountingBody) -> tuple[Database, RunEngine]:
    database, duties = Database(f"sqlite:///{file}", clock=clock), Duties()
    dispatcher = PoolDispatcher(database, file.with_name("onelane.lock"), duties)
    engine = equipped(database, {WorkflowType.AGENT: body}, dispatcher=dispatcher, duties=duties)
    engine.serve()
    return database, engine


def _until_all_are_over(engine: RunEngine, database: Database, run_ids: list[str]) -> None:
    deadline = monotonic() + WAIT_S
    while any(run_of(database, run_id).status is not RunStatus.COMPLETED for run_id in run_ids):
        engine.duties.check()
        assert monotonic() < deadline
        sleep(0.02)
