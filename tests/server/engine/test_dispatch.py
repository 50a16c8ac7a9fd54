"""Many processes may hand in work on one SQLite file; the one that holds the lock does it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.storage.database.engine import Database
from onelane.storage.database.file_lock import FileLock
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from tests.engines import equipped
from tests.server.engine.bodies import CountingBody, WaitingBody

WAIT_S = 20


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'onelane.db'}")
    ensure_schema(database)
    yield database
    database.close()


def engine_of(database: Database, body: CountingBody) -> RunEngine:
    assert database.path is not None
    duties = Duties()
    dispatcher = PoolDispatcher(database, database.path.with_name("onelane.lock"), duties)
    return equipped(database, {WorkflowType.AGENT: body}, dispatcher=dispatcher, duties=duties)


def start(engine: RunEngine, database: Database, count: int = 3) -> str:
    with database.write() as session:
        return engine.start(session, WorkflowType.AGENT, {"steps": count}, by=None).id


def test_a_job_that_one_process_submits_is_executed_by_another(database: Database) -> None:
    body = CountingBody()
    executing, submitting = engine_of(database, body), engine_of(database, CountingBody())
    executing.serve()
    assert submitting.wait(start(submitting, database), timeout_s=WAIT_S) is RunStatus.COMPLETED
    assert body.did == [0, 1, 2]
    executing.stop()


def test_the_next_process_takes_over_when_the_one_that_executes_ends(database: Database) -> None:
    first, second = WaitingBody(at=1), CountingBody()
    leaving, staying = engine_of(database, first), engine_of(database, second)
    leaving.serve()
    run_id = start(leaving, database)
    assert first.reached.wait(WAIT_S)
    staying.serve()
    first.go_on.set()
    leaving.stop()

    assert staying.wait(run_id, timeout_s=WAIT_S) is RunStatus.COMPLETED
    assert first.did + second.did == [0, 1, 2]
    staying.stop()


def test_a_run_is_paused_from_a_process_that_does_not_execute_it(database: Database) -> None:
    body = WaitingBody(at=1)
    executing, asking = engine_of(database, body), engine_of(database, CountingBody())
    executing.serve()
    run_id = start(executing, database, 50)
    assert body.reached.wait(WAIT_S)
    with database.write() as session:
        asking.pause(session, run_id)
    body.go_on.set()

    assert asking.wait(run_id, timeout_s=WAIT_S) is RunStatus.PAUSED
    assert len(body.did) < 50
    with database.write() as session:
        asking.resume(session, run_id)
    assert asking.wait(run_id, timeout_s=WAIT_S) is RunStatus.COMPLETED
    assert body.did == list(range(50))
    executing.stop()


def test_a_lock_is_held_by_one_at_a_time_and_tells_by_whom(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.acquire()
    assert not other.acquire()
    assert other.holder_pid() is not None
    one.release()
    assert other.acquire()
    other.release()
