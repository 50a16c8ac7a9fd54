"""Three workers on one PostgreSQL share the imports; when one is killed, the others finish what it had begun."""

import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from onelane.server.app import open_onelane
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.tools.registry.context import Caller, Face
from tests.acceptance.processes import WAIT_S, Home, until
from tests.databases import PostgresqlServer
from tests.proof import FULL
from tests.samples.linkedin import linkedin_connections

ROWS, IMPORTS = 5_000 if FULL else 800, 6


@pytest.fixture
def home(tmp_path: Path, postgresql: PostgresqlServer) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder, postgresql.new_database().render_as_string(hide_password=False))


def test_a_run_of_a_killed_worker_is_finished_by_the_others(home: Home, tmp_path: Path) -> None:
    files = [linkedin_connections(tmp_path / f"{each}.csv", ROWS, first=each * ROWS // 2) for each in range(IMPORTS)]
    hand_in(files, home)
    database = Database(home.database_url or "")
    workers = [home.start("worker") for _ in range(3)]
    try:
        killed = kill_the_first_that_works(database, workers)
        wait_until_all_is_done(database, next(worker for worker in workers if worker is not killed))
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate(timeout=WAIT_S)
    people = (IMPORTS - 1) * ROWS // 2 + ROWS
    assert answer(database, "SELECT count(*), count(DISTINCT platform_user_id) FROM contact_identities") == (
        people,
        people,
    )
    assert answer(database, "SELECT count(*) FROM contacts") == (people,)
    assert answer(database, "SELECT count(*) FROM workflow_steps WHERE status = 'running'") == (0,)
    database.close()


def hand_in(files: Sequence[Path], home: Home) -> None:
    """Start an import of each file, as a process that executes nothing."""
    with closing(open_onelane(Settings(home=home.folder, database_url=home.database_url))) as onelane:
        for file in files:
            arguments: dict[str, object] = {"sub_type": "linkedin_contacts", "file": str(file)}
            assert onelane.call("start_sync", arguments, Caller(Face.CLI)).model_dump()["status"] == "pending"


def kill_the_first_that_works(database: Database, workers: list["subprocess.Popen[str]"]) -> "subprocess.Popen[str]":
    pages = "SELECT count(*) FROM workflow_steps WHERE step_key LIKE 'page:%'"
    until(lambda: answer(database, pages)[0] >= 2, workers[0], every_s=0.05)
    workers[0].kill()
    return workers[0]


def wait_until_all_is_done(database: Database, worker: "subprocess.Popen[str]") -> None:
    def is_done() -> bool:
        assert answer(database, "SELECT count(*) FROM workflow_runs WHERE status = 'failed'") == (0,)
        return answer(database, "SELECT count(*) FROM workflow_runs WHERE status = 'completed'") == (IMPORTS,)

    until(is_done, worker)


def answer(database: Database, sql: str) -> tuple[Any, ...]:
    with database.read() as session:
        return tuple(session.sql(sa.text(sql)).one())
