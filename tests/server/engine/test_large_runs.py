"""A run with very many steps goes on as a small one does, and its steps stay in the database."""

import tracemalloc

import orjson

from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.recorded_steps import KEPT, RecordedSteps
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from tests.server.engine.large_runs import NEW_STEPS, large_run, resume

STEPS = 20_000


def test_a_large_run_goes_on_behind_its_last_step(database: Database) -> None:
    run_id = large_run(database, STEPS)
    resume(database, run_id)

    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
    assert run is not None
    assert (run.status, run.step_count, run.processed_items) == ("completed", STEPS + NEW_STEPS, NEW_STEPS)
    assert orjson.loads(run.result) == {"recorded": STEPS + NEW_STEPS, "pages": 4}


def test_a_large_run_keeps_only_its_latest_steps_in_memory(sqlite_database: Database) -> None:
    resume(sqlite_database, large_run(sqlite_database, 10))
    run_id = large_run(sqlite_database, STEPS)
    tracemalloc.start()
    resume(sqlite_database, run_id)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All of them take over 15 MB.
    assert peak < 4_000_000


def test_a_run_that_grows_large_tells_the_same_steps_in_the_same_order(database: Database) -> None:
    run_id = large_run(database, 600)
    small = RecordedSteps(database, run_id, 600)
    large = RecordedSteps(database, run_id, KEPT + 1)

    assert list(large.items()) == list(small.items())
    assert list(large) == list(small)
    assert list(large.values()) == list(small.values())
    assert len(large) == len(small) == 600
    assert list(large.among("contact:59")) == list(small.among("contact:59"))
    assert [key for key, _ in small.among("contact:59")] == ["contact:59", *(f"contact:{n}" for n in range(590, 600))]
    assert large.count(StepType.CONTACT_MERGE) == small.count(StepType.CONTACT_MERGE) == 600
    assert "contact:7" in large
    assert large.get("contact:none") is None

    small.remember([NewStep(f"new:{n}", StepType.DECISION, StepResult({"n": n})) for n in range(KEPT)])
    assert small["contact:7"] == large["contact:7"]
    assert small[f"new:{KEPT - 1}"].output == {"n": KEPT - 1}
