"""However a run ends, it ends wholly: nothing of it is held, open or asked any more, and everyone concerned is told."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from onelane.server.engine.client_runs import close_silent_runs
from onelane.storage.database.engine import Session
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.chat_runs import begin_chat_run
from onelane.storage.workflows.client_runs import begin_host_run, end_host_run
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.schedules import create_schedule
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.errors import Conflict
from onelane.tools.workflows.firing import fire_due, retry_due
from tests.databases import Clock, repeatable_ids
from tests.proof import FULL
from tests.server.engine.ended_runs import ACTS, PARENT, World, begin_call, faults_of

Death = tuple[int, bool] | None

acts = st.lists(st.sampled_from(ACTS), max_size=4)
deaths = st.none() | st.tuples(st.integers(0, 9), st.booleans())
driven_by_engine = st.sampled_from([WorkflowType.AGENT, WorkflowType.SYNC])


class EveryEnd(RuleBasedStateMachine):
    """Runs are started, steered, lost, left and killed, in any order."""

    migrated: Path
    """The file of a migrated database."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        file = Path(shutil.copy(self.migrated, Path(self._folder.name) / "onelane.db"))
        clock = Clock()
        self.world = World(file, clock, repeatable_ids(clock))

    def teardown(self) -> None:
        self.world.close()
        self._folder.cleanup()

    def _one(self, data: st.DataObject, *statuses: RunStatus) -> str | None:
        over = [row for is_over in (True, False) for row in self.world.rows(over=is_over)]
        ids = sorted(row["id"] for row in over if row["status"] in statuses)
        return data.draw(st.sampled_from(ids)) if ids else None

    def _steer(self, act: Callable[[Session, str], object], run_id: str | None, met: list[str], dies: Death) -> None:
        if run_id is None:
            return
        try:
            self.world.meet(lambda session: act(session, run_id), met, dies)
        except Conflict:
            self.world.database.commits_left = None

    @rule(workflow_type=driven_by_engine, met=acts, dies=deaths)
    def start(self, workflow_type: WorkflowType, met: list[str], dies: Death) -> None:
        self.world.meet(lambda session: self.world.start(session, workflow_type), met, dies)

    @rule(data=st.data(), met=acts, dies=deaths)
    def resume(self, data: st.DataObject, met: list[str], dies: Death) -> None:
        self._steer(self.world.engine.resume, self._one(data, RunStatus.PAUSED), met, dies)

    @rule(data=st.data(), met=acts, dies=deaths)
    def retry(self, data: st.DataObject, met: list[str], dies: Death) -> None:
        run_id = self._one(data, RunStatus.FAILED, RunStatus.CANCELLED)
        self._steer(self.world.engine.retry, run_id, met, dies)

    @rule(data=st.data(), dies=deaths)
    def cancel(self, data: st.DataObject, dies: Death) -> None:
        run_id = self._one(data, RunStatus.PENDING, RunStatus.RUNNING, RunStatus.PAUSED)
        self._steer(self.world.engine.cancel, run_id, [], dies)

    @rule(data=st.data(), dies=deaths)
    def pause(self, data: st.DataObject, dies: Death) -> None:
        run_id = self._one(data, RunStatus.PENDING, RunStatus.RUNNING)
        self._steer(self.world.engine.pause, run_id, [], dies)

    @rule(met=acts)
    def sweep(self, met: list[str]) -> None:
        self.world.acts.clear()
        self.world.acts.extend(met)
        self.world.sweep()

    @rule()
    def lose_until_given_up(self) -> None:
        self.world.acts.clear()
        self.world.acts.extend(["lose"] * 40)
        self.world.sweep()

    @rule(workflow_type=driven_by_engine)
    def start_and_lose_until_given_up(self, workflow_type: WorkflowType) -> None:
        self.world.meet(lambda session: self.world.start(session, workflow_type), ["lose"] * 40, None)
        self.world.sweep()

    @rule(workflow_type=driven_by_engine)
    def start_where_nobody_executes(self, workflow_type: WorkflowType) -> None:
        self.world.engine.stop()
        with self.world.database.write() as session:
            self.world.start(session, workflow_type)

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @rule(is_chat=st.booleans())
    def begin_for_a_client(self, is_chat: bool) -> None:
        with self.world.database.write() as session:
            if is_chat:
                run_id = begin_chat_run(session, {"goal": "x", "steps": 1})["id"]
            else:
                kind = WorkflowType.AGENT
                run_id = begin_host_run(session, workflow_type=kind, config={}, template_id=None).id
            runs.update_workflow_run(session, run_id, parent_workflow_id=PARENT)
            begin_call(session, run_id, "turn:0")
            steps.create_workflow_step(
                session, workflow_run_id=run_id, step_type=StepType.TOOL_CALL, status=StepStatus.RUNNING
            )

    @rule(data=st.data(), status=st.sampled_from([RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED]))
    def finish(self, data: st.DataObject, status: RunStatus) -> None:
        run_id = self._one(data, RunStatus.RUNNING)
        if run_id is not None:
            with self.world.database.write() as session:
                end_host_run(session, run_id, status=status, reason="Because.", result={"summary": "x"})

    @rule()
    def close_what_was_left(self) -> None:
        self.world.clock.advance(minutes=31)
        close_silent_runs(self.world.database, 30)

    @rule(bad=st.booleans(), met=acts)
    def fire_a_schedule(self, bad: bool, met: list[str]) -> None:
        config = '{"platformAccountId": "acc_gone"}' if bad else '{"steps": 3}'
        with self.world.database.write() as session:
            now = session.now()
            create_schedule(
                session, job_type=WorkflowType.AGENT, run_at=now, next_run_at=now, payload=config, max_retries=1
            )
        self.world.acts.clear()
        self.world.acts.extend(met)
        fire_due(self.world.database, self.world.engine, self.world.clock())
        self.world.clock.advance(minutes=2)
        retry_due(self.world.database, self.world.engine, self.world.clock())

    @invariant()
    def what_is_over_is_over_wholly(self) -> None:
        assert faults_of(self.world.database) == []


def test_a_run_that_is_over_holds_nothing_and_was_told_once_however_it_ended(migrated_sqlite: Path) -> None:
    class Here(EveryEnd):
        migrated = migrated_sqlite

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=200 if FULL else 12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
