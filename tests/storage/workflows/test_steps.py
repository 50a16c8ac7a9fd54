"""Steps of a run: in order, without a gap, whoever appends them."""

import pytest
from sqlalchemy.exc import IntegrityError

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.steps import RunGone, StepStatus, StepType
from tests.databases import Clock
from tests.proof import FULL
from tests.storage.races import race

WRITERS, STEPS_EACH = (8, 25) if FULL else (4, 25)


def test_processes_that_append_to_one_run_at_once_leave_no_gap_and_no_double(database: Database) -> None:
    run_id = new_run(database)

    race(database, "append_steps", run_id, str(STEPS_EACH), processes=WRITERS)

    with database.read() as session:
        indexes = [step["step_index"] for step in steps.list_workflow_steps(session, run_id)]
        assert indexes == list(range(WRITERS * STEPS_EACH))
        assert steps.next_step_index(session, run_id) == WRITERS * STEPS_EACH


def test_a_step_that_was_rolled_back_leaves_no_gap(database: Database) -> None:
    run_id = new_run(database)
    with database.write() as session:
        append(session, run_id)
    with database.read() as session:
        append(session, run_id)  # What a reading session changes is not kept.
    with database.write() as session:
        assert append(session, run_id).step_index == 1


def test_indexes_taken_for_a_batch_belong_to_nobody_else(database: Database) -> None:
    run_id = new_run(database)
    with database.write() as session:
        assert steps.take_step_index(session, run_id, 10) == 0
        assert append(session, run_id).step_index == 10


def test_the_same_step_of_the_plan_is_recorded_once(database: Database) -> None:
    run_id = new_run(database)
    with database.write() as session:
        append(session, run_id, step_key="page:1")
    with pytest.raises(IntegrityError), database.write() as session:
        append(session, run_id, step_key="page:1")
    with database.read() as session:
        assert len(steps.list_workflow_steps(session, run_id)) == 1


def test_a_step_of_a_run_that_is_gone_is_refused(database: Database) -> None:
    with pytest.raises(RunGone, match="run_unknown"), database.write() as session:
        append(session, "run_unknown")


def test_a_step_comes_back_as_it_was_written(database: Database, clock: Clock) -> None:
    run_id = new_run(database)
    with database.write() as session:
        written = steps.create_workflow_step(
            session,
            workflow_run_id=run_id,
            step_type=StepType.URL_FETCH,
            status=StepStatus.FAILED,
            url="https://example.test/",
            input='{"depth": 1}',
            error="It did not answer.",
            duration_ms=1200,
        )
    with database.read() as session:
        (read,) = steps.list_workflow_steps(session, run_id)
    assert read["id"] == written.id
    assert (read["step_type"], read["status"], read["error"]) == ("url_fetch", "failed", "It did not answer.")
    assert (read["input"], read["output"], read["duration_ms"]) == ('{"depth": 1}', "{}", 1200)
    assert read["created_at"] == clock().timestamp()


def test_steps_are_read_in_portions_from_where_one_was(database: Database) -> None:
    run_id = new_run(database)
    with database.write() as session:
        for _ in range(5):
            append(session, run_id)
    with database.read() as session:
        portion = steps.list_workflow_steps(session, run_id, after_index=1, limit=2)
    assert [step["step_index"] for step in portion] == [2, 3]


def new_run(database: Database) -> str:
    with database.write() as session:
        return runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT).id


def append(session: Session, run_id: str, step_key: str | None = None) -> steps.Step:
    return steps.create_workflow_step(session, workflow_run_id=run_id, step_type=StepType.DECISION, step_key=step_key)
