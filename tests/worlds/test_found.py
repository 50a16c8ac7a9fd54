"""What worlds have found, each under its name."""

import logging

import pytest

from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows import schedules
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.engines import idle_engine
from tests.worlds.faults.bad_disk import BadDisk


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
