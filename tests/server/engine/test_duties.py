"""What runs in the background is begun again when it fails; when that does not help, the process ends."""

import errno
import sys
import threading
from pathlib import Path

import httpx2
import pytest

from onelane.server.engine.dispatch.pool import DISPATCH, PoolDispatcher
from onelane.server.engine.duties import Duties, ExecutionLost, InOrder, needs_new_process
from onelane.server.engine.scheduler import RecurringJob, Scheduler
from onelane.server.http.asgi import create_web_app
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from tests.engines import equipped
from tests.server.engine.bodies import CountingBody
from tests.server.houses import house
from tests.server.http.web_servers import serving

WAIT_S = 60


class Trouble:
    """Raises what it was given, one after another; then it is in order."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.recovered = threading.Event()

    def __call__(self, in_order: InOrder) -> None:
        if self.errors:
            raise self.errors.pop(0)
        in_order()
        self.recovered.set()


def quick_duties(failures: int = 3) -> Duties:
    return Duties(first_pause_s=0.001, failures=failures)


def lost_with(error: Exception, duties: Duties, *, times: int) -> bool:
    """Whether the process has to end when a duty fails so often."""
    lost, trouble = threading.Event(), Trouble(*[error] * times)
    duties.call_at_end(lost.set)
    duties.begin(DISPATCH, trouble, is_fatal=needs_new_process)
    while not lost.is_set() and not trouble.recovered.is_set():
        lost.wait(0.01)
    return lost.is_set()


def test_a_duty_that_fails_is_begun_again() -> None:
    trouble = Trouble(OSError("Too many open files"), OSError("Too many open files"))
    duties = quick_duties()
    duties.begin(DISPATCH, trouble)
    assert trouble.recovered.wait(WAIT_S)
    duties.check()
    assert duties.standing[DISPATCH].since is not None


def test_a_duty_that_fails_again_and_again_ends_the_process() -> None:
    duties = quick_duties()
    assert lost_with(OSError("Too many open files"), duties, times=100)
    with pytest.raises(ExecutionLost, match="dispatch has failed 3 times in a row"):
        duties.check()


@pytest.mark.skipif(sys.platform == "win32", reason="a stack of this size is refused earlier there")
def test_a_duty_that_had_no_thread_can_be_begun_later() -> None:
    works, duties = Trouble(), quick_duties()
    before = threading.stack_size(2**46)
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            duties.begin(DISPATCH, works)
    finally:
        threading.stack_size(before)
    duties.begin(DISPATCH, works)
    assert works.recovered.wait(WAIT_S)
    duties.stop()


@pytest.mark.parametrize(
    "absence", [DatabaseUnavailable("The database can't be reached."), OSError(errno.ENOSPC, "No space left on device")]
)
def test_an_absent_database_or_a_full_disk_ends_no_process_however_long_it_lasts(absence: Exception) -> None:
    duties = quick_duties()
    assert not lost_with(absence, duties, times=6)
    duties.check()


def test_a_tick_whose_own_fault_it_is_does_not_end_the_process() -> None:
    duties = quick_duties()
    assert not lost_with(KeyError("a row that nobody understands"), duties, times=6)
    duties.check()


def test_a_run_is_carried_out_after_the_first_attempt_to_lead_has_failed(sqlite_database: Database) -> None:
    failures = [OSError("Too many open files")]

    def fail_once() -> None:
        if failures:
            raise failures.pop()

    duties, body = quick_duties(), CountingBody()
    dispatcher = PoolDispatcher(sqlite_database, None, duties)
    engine = equipped(sqlite_database, {WorkflowType.AGENT: body}, dispatcher=dispatcher, duties=duties)
    engine.when_leading(fail_once)
    engine.serve()
    with sqlite_database.write() as session:
        run_id = engine.start(session, WorkflowType.AGENT, {"steps": 2}, by=None).id
    assert engine.wait(run_id, timeout_s=WAIT_S) is RunStatus.COMPLETED
    engine.stop()


def test_a_process_that_can_not_take_its_lock_says_so_and_stops_waiting(
    sqlite_database: Database, tmp_path: Path
) -> None:
    lock = tmp_path / "onelane.lock"
    lock.mkdir()
    duties = quick_duties()
    dispatcher = PoolDispatcher(sqlite_database, lock, duties)
    engine = equipped(sqlite_database, {WorkflowType.AGENT: CountingBody()}, dispatcher=dispatcher, duties=duties)
    engine.serve()
    with sqlite_database.write() as session:
        run_id = engine.start(session, WorkflowType.AGENT, {"steps": 2}, by=None).id
    with pytest.raises(ExecutionLost, match="IsADirectoryError"):
        engine.wait(run_id, timeout_s=WAIT_S)


def test_the_server_says_since_when_it_works_and_what_fails(sqlite_database: Database) -> None:
    duties = quick_duties()
    with serving(house(sqlite_database), app=create_web_app(house(sqlite_database), duties=duties)) as web:
        assert health(web.client) == (200, "off")
        works = Trouble()
        duties.begin(DISPATCH, works)
        assert works.recovered.wait(WAIT_S)
        assert health(web.client) == (200, "works")
        began = duties.standing[DISPATCH].since
        assert began is not None
        assert web.client.get("/healthz").json()["execution"]["since"] == int(began.timestamp())

        fails = threading.Event()

        def fail() -> None:
            fails.set()
            raise DatabaseUnavailable("The database can't be reached.")

        scheduler = Scheduler([RecurringJob("fire due schedules", 1, fail)], duties)
        scheduler.start()
        assert fails.wait(WAIT_S)
        while health(web.client) == (200, "works"):
            pass
        assert health(web.client) == (503, "failing")
        reason = web.client.get("/healthz").json()["execution"]["reason"]
        assert reason == "fire due schedules: The database can't be reached."
    scheduler.stop()
    duties.stop()


def health(client: httpx2.Client) -> tuple[int, str]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()["execution"]["state"]
