"""Runs that have very many steps already, as after weeks of work, and what going on with one takes."""

import sqlalchemy as sa

from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.runs.record import Counted, Json, RunEnd, StepResult
from tests.engines import equipped

NEW_STEPS, LOOKED_AT = 100, 100
_MANY = sa.text(
    "INSERT INTO workflow_steps (id, workflow_run_id, step_index, step_type, status, input, output, step_key, "
    "created_at) WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :steps) "
    "SELECT 'stp_' || :run || n, :run, n, 'contact_merge', 'completed', '{\"url\": \"https://ada.example.com/\"}', "
    '\'{"outcome": "unchanged", "pages": 3, "counted": {"processed": 1}}\', \'contact:\' || n, 1 FROM number'
)


class GoingOn:
    """Looks whether old steps are recorded, records some new ones, and gives back the last old output."""

    def prepare(self, config: Json) -> None:
        """Everything can be run."""

    def run(self, execution: Execution) -> RunEnd:
        """Go on behind what is recorded."""
        old: int = execution.config["steps"]
        for number in range(0, old, max(1, old // LOOKED_AT)):
            assert execution.recorded[f"contact:{number}"].output["pages"] == 3
        for number in range(old, old + NEW_STEPS):
            execution.step(
                f"contact:{number}",
                StepType.CONTACT_MERGE,
                lambda session: StepResult({"pages": 4}, Counted(processed=1)),
            )
        again = execution.step(f"contact:{old}", StepType.CONTACT_MERGE, lambda session: StepResult({"pages": 5}))
        return RunEnd(RunStatus.COMPLETED, result={"recorded": len(execution.recorded), "pages": again["pages"]})


def large_run(database: Database, steps: int) -> str:
    """A paused run with so many steps."""
    with database.write() as session:
        run = runs.create_workflow_run(
            session,
            workflow_type=WorkflowType.ENRICH,
            status=RunStatus.PAUSED,
            config=f'{{"steps": {steps}}}',
            started_at=session.now(),
            step_count=steps,
        )
        session.sql(_MANY, {"run": run.id, "steps": steps})
    return run.id


def resume(database: Database, run_id: str) -> None:
    """Execute the run to its end, here and now."""
    engine = equipped(database, {WorkflowType.ENRICH: GoingOn()})
    engine.serve()
    with database.write() as session:
        engine.resume(session, run_id)
