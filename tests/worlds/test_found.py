"""What worlds have found, each under its name."""

import logging

import pytest
import sqlalchemy as sa

from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows import budgets, schedules
from onelane.storage.workflows.runs import WorkflowType, create_workflow_run
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.engines import idle_engine
from tests.worlds.chance import Chance
from tests.worlds.faults.bad_disk import BadDisk
from tests.worlds.faults.crashes import Disk


def test_a_schedule_that_meets_a_bad_disk_is_told_by_the_clock_and_fires_later(
    sqlite_database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_database.write() as session:
        schedules.create_schedule(
            session, job_type="prune", cron_expression="0 * * * *", timezone="UTC", run_at=clock(), next_run_at=clock()
        )
    engine = idle_engine(sqlite_database, [WorkflowType.PRUNE])
    disk = BadDisk(lambda key, words: None)
    disk.watch(sqlite_database)
    disk.fail("read-only", 1)
    with pytest.raises(DatabaseUnavailable):
        fire_due(sqlite_database, engine, clock())
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert fire_due(sqlite_database, engine, clock()) == 1


def test_what_a_call_may_cost_is_still_held_after_a_power_cut(sqlite_database: Database, clock: Clock) -> None:
    assert sqlite_database.path is not None
    disk = Disk(sqlite_database.path, Chance(1))
    disk.loses_all = True
    disk.watch(sqlite_database)
    with sqlite_database.write(is_durable=True) as session:
        run_id = create_workflow_run(session, workflow_type=WorkflowType.AGENT).id
    RunBudgetKeeper(sqlite_database).hold(run_id, "turn:1", 1_000, 2_000, "claude-sonnet-4-5")
    disk.crash(sqlite_database, "power", is_power_cut=True)
    with Database(f"sqlite:///{sqlite_database.path}", clock=clock).read() as session:
        kept = budgets.get_budget(session, f"run:{run_id}")
    assert kept is not None
    assert (kept.held_turns, kept.held_tokens) == (1, 3_000)


def test_no_later_power_cut_takes_what_was_on_the_disk_before(sqlite_database: Database, clock: Clock) -> None:
    assert sqlite_database.path is not None
    disk = Disk(sqlite_database.path, Chance(1))
    disk.loses_all = True
    database = sqlite_database
    for life, is_power_cut in enumerate((True, False, True)):
        disk.watch(database)
        with database.write(is_durable=life == 0) as session:
            create_workflow_run(session, workflow_type=WorkflowType.AGENT)
        disk.crash(database, f"life/{life}", is_power_cut=is_power_cut)
        database = Database(f"sqlite:///{sqlite_database.path}", clock=clock)
    with database.read() as session:
        assert session.sql(sa.text("SELECT count(*) FROM workflow_runs")).scalar_one() == 1
