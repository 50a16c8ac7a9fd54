"""What the database stops goes on by itself once the database can be used again."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs, schedules
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.schedules import Schedule
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.runs.record import Counted, Json, RunEnd, StepResult
from onelane.tools.workflows.firing import fire_due, retry_due
from tests.databases import Clock, PostgresqlServer
from tests.engines import equipped

WAIT_S = 60
LARGE = "x" * 100_000


class Counting:
    """Records three large steps; what the test wants happens inside of the second one's transaction."""

    def __init__(self, inside: Callable[[], None]) -> None:
        self._inside = inside
        self.did: list[int] = []

    def prepare(self, config: Json) -> None:
        """Every config will do."""

    def run(self, execution: Execution) -> RunEnd:
        """Count to three."""
        for number in range(3):
            execution.step(
                f"count:{number}", StepType.DECISION, lambda session, number=number: self._count(session, number)
            )
        return RunEnd(RunStatus.COMPLETED)

    def _count(self, session: Session, number: int) -> StepResult:
        session.sql(sa.text("SELECT 1"))
        self.did.append(number)
        if number == 1:
            self._inside()
        return StepResult(output={"number": number, "text": LARGE}, counted=Counted(processed=1, success=1))


class Disk:
    """A disk on which a database may grow, or not."""

    def __init__(self, database: Database) -> None:
        self._is_full = False
        event.listen(database.engine, "checkout", self._limit)

    def fill_up(self) -> None:
        """Nothing grows any more on connections that are taken from now on."""
        self._is_full = True

    def free(self) -> None:
        """Everything may grow again."""
        self._is_full = False

    def _limit(self, connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={1 if self._is_full else 2**30}").close()


def run_of(database: Database, run_id: str) -> Run:
    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
        return run


def engine_of(database: Database, body: Counting) -> RunEngine:
    duties = Duties()
    dispatcher = PoolDispatcher(database, None, duties)
    return equipped(database, {WorkflowType.AGENT: body}, dispatcher=dispatcher, duties=duties)


def start(engine: RunEngine, database: Database) -> str:
    with database.write() as session:
        return engine.start(session, WorkflowType.AGENT, {}, by=None).id


def test_a_full_disk_is_told_on_the_run_which_goes_on_once_there_is_room(tmp_path: Path, migrated_sqlite: Path) -> None:
    database = Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'onelane.db')}")
    disk = Disk(database)
    body = Counting(lambda: None)
    engine = engine_of(database, body)
    reasons, claims = set[str | None](), set[str]()

    def free_once_told(row: PlainRow) -> None:
        if (row["status_reason"] or claims) and len(claims) < 3:
            reasons.add(row["status_reason"])
            claims.add(row["claim"])
            if len(claims) == 3:
                disk.free()

    run_id = start(engine, database)
    disk.fill_up()
    engine.serve()
    assert engine.wait(run_id, free_once_told, timeout_s=WAIT_S) is RunStatus.COMPLETED
    # It is told all the while, also when the run is tried again.
    assert reasons == {
        "Waits, and goes on by itself: The disk is full. Nothing was changed; free some space and try again."
    }
    run = run_of(database, run_id)
    assert (run.status_reason, run.step_count, run.attempt, run.lost_attempts) == (None, 3, 1, 0)
    engine.stop()
    database.close()


def test_a_run_whose_connection_is_ended_within_a_step_goes_on_in_the_same_attempt(
    postgresql: PostgresqlServer,
) -> None:
    url = postgresql.new_database()
    database = Database(url)
    ended: list[int] = []

    def end_connections_twice() -> None:
        if len(ended) < 2:
            ended.append(1)
            postgresql.end_connections(url)

    body = Counting(end_connections_twice)
    engine = engine_of(database, body)
    engine.serve()
    run_id = start(engine, database)
    assert engine.wait(run_id, timeout_s=WAIT_S) is RunStatus.COMPLETED
    run = run_of(database, run_id)
    assert (run.step_count, run.processed_items, run.attempt, run.lost_attempts) == (3, 3, 1, 0)
    assert body.did == [0, 1, 1, 1, 2]
    engine.stop()
    database.close()
    postgresql.drop(url)


def test_a_schedule_that_can_not_be_fired_for_want_of_the_database_says_so_to_whoever_ticks(
    sqlite_database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    engine = engine_of(sqlite_database, Counting(lambda: None))
    with sqlite_database.write() as session:
        schedule = schedules.create_schedule(session, job_type="agent", run_at=clock(), next_run_at=clock())
    read_only = True

    def limit(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute(f"PRAGMA query_only={int(read_only)}").close()

    event.listen(sqlite_database.engine, "checkout", limit)
    with pytest.raises(DatabaseUnavailable):
        fire_due(sqlite_database, engine, clock())
    read_only = False
    assert fire_due(sqlite_database, engine, clock()) == 1
    with sqlite_database.write() as session:
        fired = session.get_one(Schedule, schedule.id)
        fired.retry_at, read_only = clock(), True
        session.add(fired)
    with pytest.raises(DatabaseUnavailable):
        retry_due(sqlite_database, engine, clock())
    assert [record.message for record in caplog.records] == []
