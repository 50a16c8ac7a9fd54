"""Runs start, hold, go on, end and begin anew, on both databases."""

from collections.abc import Callable

import orjson
import pytest

from onelane.server.engine.dispatch import RUNS
from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.workflows import budgets, dispatches, runs, steps
from onelane.storage.workflows.budgets import Amounts, BudgetHold, Scope
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.runs.run import ClaimLost
from tests.databases import Clock
from tests.engines import equipped
from tests.server.engine.bodies import CountingBody, NotToday, failing_at

CHAT = Caller(Face.MCP)
Started = Callable[[CountingBody], RunEngine]


@pytest.fixture
def serving(database: Database) -> Started:
    def serve(body: CountingBody) -> RunEngine:
        engine = equipped(database, {WorkflowType.AGENT: body})
        engine.serve()
        return engine

    return serve


def start(engine: RunEngine, database: Database, count: int = 3) -> str:
    with database.write() as session:
        return engine.start(session, WorkflowType.AGENT, {"steps": count}, by=None).id


def run_of(database: Database, run_id: str) -> Run:
    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
        return run


def steps_of(database: Database, run_id: str) -> list[tuple[int, str, str]]:
    with database.read() as session:
        rows = steps.list_workflow_steps(session, run_id)
    return [(row["step_index"], row["step_type"], row["status"]) for row in rows]


def test_a_run_records_each_step_once_and_ends_completed(database: Database, serving: Started) -> None:
    body = CountingBody()
    run_id = start(serving(body), database)

    run = run_of(database, run_id)
    assert run.status is RunStatus.COMPLETED
    assert orjson.loads(run.result) == {"counted": 3}
    assert (run.processed_items, run.success_items, run.step_count) == (3, 3, 3)
    assert steps_of(database, run_id) == [(n, "decision", "completed") for n in range(3)]
    assert run.started_at is not None
    assert run.completed_at is not None


def test_a_run_handed_in_but_rolled_back_never_was(database: Database, serving: Started) -> None:
    body = CountingBody()
    engine = serving(body)

    def start_and_change_my_mind() -> None:
        with database.write() as session:
            engine.start(session, WorkflowType.AGENT, {"steps": 3}, by=None)
            raise NotToday

    with pytest.raises(NotToday):
        start_and_change_my_mind()
    with database.read() as session:
        assert runs.count_workflow_runs(session) == 0
    assert body.did == []


def test_a_run_that_was_asked_to_pause_holds_at_its_next_step_and_resumes_there(
    database: Database, serving: Started
) -> None:
    def pause_once(number: int, execution: Execution) -> None:
        if number == 1 and execution.attempt == 1:
            with database.write() as session:
                engine.pause(session, execution.run_id)

    body = CountingBody(pause_once)
    engine = serving(body)
    run_id = start(engine, database)

    assert run_of(database, run_id).status is RunStatus.PAUSED
    done_before = len(body.did)
    assert done_before < 3
    with database.write() as session:
        engine.resume(session, run_id)
    assert run_of(database, run_id).status is RunStatus.COMPLETED
    assert body.did == [0, 1, 2]


def test_a_cancelled_run_keeps_what_it_has_and_says_so(database: Database, serving: Started) -> None:
    def cancel(number: int, execution: Execution) -> None:
        if number == 1:
            with database.write() as session:
                engine.cancel(session, execution.run_id)

    engine = serving(CountingBody(cancel))
    run = run_of(database, start(engine, database, 5))

    assert run.status is RunStatus.CANCELLED
    assert run.status_reason is not None
    assert "kept" in run.status_reason
    assert 0 < run.step_count < 5
    assert run.processed_items == run.step_count


def test_a_pending_run_is_paused_and_cancelled_at_once(database: Database) -> None:
    body = CountingBody()
    engine = equipped(database, {WorkflowType.AGENT: body})
    run_id = start(engine, database)
    with database.write() as session:
        assert engine.pause(session, run_id).status is RunStatus.PAUSED
    with database.write() as session:
        assert engine.cancel(session, run_id).status is RunStatus.CANCELLED
    engine.serve()
    assert body.did == []


def test_a_failed_run_tells_the_reason_in_a_step_and_retries_where_it_ended(
    database: Database, serving: Started
) -> None:
    body = failing_at(2, NotToday())
    engine = serving(body)
    run_id = start(engine, database)

    failed = run_of(database, run_id)
    assert failed.status is RunStatus.FAILED
    assert failed.status_reason == "Not today. Try again tomorrow."
    assert steps_of(database, run_id)[-1] == (2, "error", "failed")

    with database.write() as session:
        engine.retry(session, run_id)
    assert run_of(database, run_id).status is RunStatus.COMPLETED
    assert body.did == [0, 1, 2]
    assert [index for index, _, _ in steps_of(database, run_id)] == [0, 1, 2, 3]


def test_an_internal_error_of_a_run_is_logged_and_not_shown(
    database: Database, serving: Started, caplog: pytest.LogCaptureFixture
) -> None:
    run = run_of(database, start(serving(failing_at(0, KeyError("secret"))), database))

    assert run.status is RunStatus.FAILED
    assert "secret" not in (run.status_reason or "") + run.errors
    assert run.id in caplog.text


def test_the_loser_of_a_race_is_told_so(database: Database, serving: Started) -> None:
    engine = serving(CountingBody())
    run_id = start(engine, database)
    with database.write() as session:
        for act in (engine.pause, engine.cancel, engine.resume, engine.retry):
            with pytest.raises(Conflict, match="completed"):
                act(session, run_id)
        with pytest.raises(NotFound):
            engine.pause(session, "run_nobody")


def test_an_execution_that_lost_its_claim_writes_nothing_more(database: Database, serving: Started) -> None:
    def steal(number: int, execution: Execution) -> None:
        if number == 1 and execution.attempt == 1:
            with database.write() as session:
                runs.update_workflow_run(session, execution.run_id, claim="somebody else")

    body = CountingBody(steal)
    run = run_of(database, start(serving(body), database))

    assert (run.status, run.step_count, run.processed_items) == (RunStatus.RUNNING, 1, 1)
    assert run.claim == "somebody else"


def test_a_fork_begins_with_the_first_steps_of_another_run(database: Database, serving: Started) -> None:
    body = CountingBody()
    engine = serving(body)
    run_id = start(engine, database, 4)
    body.did.clear()
    with database.write() as session:
        fork_id = engine.fork(session, run_id, steps=3, config={"steps": 5}, by=CHAT).id

    fork = run_of(database, fork_id)
    assert (fork.status, fork.step_count, fork.processed_items) == (RunStatus.COMPLETED, 5, 5)
    assert fork.forked_from_id == run_id
    assert body.did == [3, 4]


def test_a_fork_of_more_steps_than_there_are_is_refused(database: Database, serving: Started) -> None:
    engine = serving(CountingBody())
    run_id = start(engine, database)
    with pytest.raises(BadRequest, match="has 3 steps"), database.write() as session:
        engine.fork(session, run_id, steps=4, config=None, by=CHAT)


def test_a_lost_run_is_taken_up_and_goes_on_behind_its_last_step(database: Database, serving: Started) -> None:
    def die_once(number: int, execution: Execution) -> None:
        if number == 2 and execution.attempt == 1:
            raise ClaimLost  # leaves the run as a killed process does: running, with nobody at it

    body = CountingBody(die_once)
    engine = serving(body)
    run_id = start(engine, database)
    assert run_of(database, run_id).status is RunStatus.RUNNING

    assert engine.sweep(lost_after_seconds=0) == 1
    run = run_of(database, run_id)
    assert (run.status, run.attempt, run.lost_attempts) == (RunStatus.COMPLETED, 2, 0)
    assert body.did == [0, 1, 2]


def test_a_run_that_waits_in_line_is_not_lost_and_one_that_is_in_no_line_comes_back_into_it(
    database: Database, clock: Clock
) -> None:
    dispatcher = PoolDispatcher(database, None, Duties())
    engine = equipped(database, {WorkflowType.AGENT: CountingBody()}, dispatcher=dispatcher)
    run_id = start(engine, database)
    clock.advance(minutes=5)
    assert engine.sweep() == 0

    with database.write() as session:
        dispatches.forget(session, f"{run_id}:1")
    assert engine.sweep() == 1
    with database.read() as session:
        assert dispatches.has_any(session, RUNS)


def test_a_run_that_ends_its_process_again_and_again_waits_for_a_person(
    database: Database, clock: Clock, serving: Started
) -> None:
    def die_at_work(number: int, execution: Execution) -> None:
        if execution.attempt <= 11:
            clock.advance(seconds=2)
            execution.beat()
            raise ClaimLost

    engine = serving(CountingBody(die_at_work))
    run_id = start(engine, database)
    while engine.sweep(lost_after_seconds=0):
        pass
    run = run_of(database, run_id)
    assert (run.status, run.attempt, run.completed_at) == (RunStatus.PAUSED, 11, None)
    assert "resume the run" in (run.status_reason or "")

    with database.write() as session:
        engine.resume(session, run_id)
    assert run_of(database, run_id).status is RunStatus.COMPLETED


def test_executions_that_were_stopped_before_they_did_anything_hardly_count_as_lost(
    database: Database, serving: Started
) -> None:
    def die_right_away(number: int, execution: Execution) -> None:
        if execution.attempt <= 40:
            raise ClaimLost

    engine = serving(CountingBody(die_right_away))
    run_id = start(engine, database)
    while engine.sweep(lost_after_seconds=0):
        pass
    run = run_of(database, run_id)
    assert (run.status, run.attempt, run.lost_attempts) == (RunStatus.COMPLETED, 41, 0)


def test_a_run_that_ends_its_processes_in_no_time_waits_for_a_person_as_well(
    database: Database, serving: Started
) -> None:
    def die(number: int, execution: Execution) -> None:
        raise ClaimLost

    engine = serving(CountingBody(die))
    run_id = start(engine, database)
    while engine.sweep(lost_after_seconds=0):
        pass
    run = run_of(database, run_id)
    assert run.status is RunStatus.PAUSED
    assert "resume the run" in (run.status_reason or "")


@pytest.mark.parametrize("ends_by", ["recovery", "cancel"])
def test_a_run_that_ends_after_its_process_was_killed_counts_what_it_held_as_spent(
    database: Database, serving: Started, ends_by: str
) -> None:
    day = Scope("day:2026-11-02", {})
    calls: list[int] = []

    def hold_and_die(number: int, execution: Execution) -> None:
        with database.write() as session:
            budgets.hold(session, execution.run_id, "turn:0", [day], Amounts(turns=1, usd=0.5))
        calls.append(number)
        raise ClaimLost

    engine = serving(CountingBody(hold_and_die))
    run_id = start(engine, database)
    if ends_by == "cancel":
        # It waits for a process that executes, and is cancelled there.
        with database.write() as session:
            runs.update_workflow_run(session, run_id, status=RunStatus.PENDING, claim=None)
            assert engine.cancel(session, run_id).status is RunStatus.CANCELLED
    while ends_by == "recovery" and engine.sweep(lost_after_seconds=0):
        pass

    assert run_of(database, run_id).status is (RunStatus.CANCELLED if ends_by == "cancel" else RunStatus.PAUSED)
    with database.read() as session:
        left = budgets.get_budget(session, day.name)
        assert left is not None
        assert (left.held_turns, left.held_usd) == (0, 0.0)
        assert (left.spent_turns, left.spent_usd) == (len(calls), 0.5 * len(calls))
        assert session.sql(table_of(BudgetHold).select()).all() == []


def test_the_hold_of_a_lost_execution_counts_as_spent(database: Database, serving: Started) -> None:
    held = Amounts(turns=1, tokens=500, usd=0.25)

    def die_in_a_call(number: int, execution: Execution) -> None:
        if execution.attempt <= 2:
            with database.write() as session:
                budgets.hold(session, execution.run_id, "turn:0", [Scope(f"run:{execution.run_id}", {})], held)
            raise ClaimLost

    engine = serving(CountingBody(die_in_a_call))
    run_id = start(engine, database)
    while engine.sweep(lost_after_seconds=0):
        pass
    with database.read() as session:
        budget = budgets.get_budget(session, f"run:{run_id}")
    assert budget is not None
    assert (budget.spent_turns, budget.spent_tokens, budget.spent_usd) == (2, 1000, 0.5)
    assert (budget.held_turns, budget.held_tokens, budget.held_usd) == (0, 0, 0)
    assert run_of(database, run_id).status is RunStatus.COMPLETED


def test_a_type_of_run_that_nothing_carries_out_is_refused(database: Database, serving: Started) -> None:
    engine = serving(CountingBody())
    with pytest.raises(BadRequest, match="can be started"), database.write() as session:
        engine.start(session, WorkflowType.PRUNE, {}, by=None)


def test_the_counters_of_runs_by_kind_agree_with_the_runs(database: Database, serving: Started) -> None:
    engine = serving(failing_at(1, NotToday()))
    for _ in range(3):
        start(engine, database)
    with database.read() as session:
        for status in RunStatus:
            counted = runs.count_workflow_runs(session, status=status)
            rows = session.sql(table_of(Run).select().where(table_of(Run).c.status == status)).all()
            assert counted == len(rows), status
