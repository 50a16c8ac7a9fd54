"""A sync of a file is recorded in the seven steps of docs/sync.md, "The seven steps", and may be stopped anywhere."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from onelane.server.engine.engine import RunEngine
from onelane.server.engine.recovery import TOO_MANY
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.cursors import SyncStatus
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.sync import sync_run
from onelane.tools.sync.file_sync import PAGE_ITEMS
from onelane.tools.sync.online.connected_accounts import NotConnected
from tests.databases import Clock, repeatable_ids
from tests.engines import equipped
from tests.samples.linkedin import linkedin_connections
from tests.server.engine.mortal import Killed, MortalDatabase

SUB_TYPE = "linkedin_contacts"


@pytest.fixture
def engine(database: Database) -> RunEngine:
    engine = equipped(database, RunTypes(sync_run.sync))
    engine.serve()
    return engine


def sync(engine: RunEngine, database: Database, file: Path, sub_type: str = SUB_TYPE) -> Run:
    with database.write() as session:
        config = {"syncSubType": sub_type, "file": str(file), "allowed": None}
        run_id = engine.start(session, WorkflowType.SYNC, config, by=None).id
    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
        return run


def steps_of(database: Database, run: Run) -> Sequence[PlainRow]:
    with database.read() as session:
        return steps.list_workflow_steps(session, run.id)


def test_a_sync_is_recorded_as_start_pages_and_summary(engine: RunEngine, database: Database, tmp_path: Path) -> None:
    run = sync(engine, database, linkedin_connections(tmp_path / "Connections.csv", PAGE_ITEMS + 5))

    recorded = steps_of(database, run)
    assert [(step["step_type"], step["status"]) for step in recorded] == [("sync_page", "completed")] * 4
    start, first, second, summary = (orjson.loads(step["output"]) for step in recorded)
    assert start["accountId"] == run.platform_account_id
    assert (first["added"], second["added"]) == (PAGE_ITEMS, 5)
    assert summary["added"] == PAGE_ITEMS + 5
    assert summary == orjson.loads(run.result)
    assert (run.status, run.total_items, run.processed_items, run.success_items) == (
        RunStatus.COMPLETED,
        PAGE_ITEMS + 5,
        PAGE_ITEMS + 5,
        PAGE_ITEMS + 5,
    )


def test_the_same_file_again_adds_nothing_and_says_so(engine: RunEngine, database: Database, tmp_path: Path) -> None:
    file = linkedin_connections(tmp_path / "Connections.csv", 30)
    sync(engine, database, file)
    again = sync(engine, database, file)

    assert (again.success_items, again.skipped_items) == (0, 30)
    assert orjson.loads(again.result)["message"].startswith("Nothing new: all 30")


def test_bad_lines_are_counted_and_ten_are_told_one_by_one(
    engine: RunEngine, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "email_list.mine.csv"
    good, bad = [f"p{number}@example.com,false" for number in range(5)], ["not an address,false"] * 15
    file.write_text("\n".join(["email,active_subscription", *bad, *good]))
    run = sync(engine, database, file, "substack_contacts")

    assert (run.status, run.error_items, run.success_items) == (RunStatus.COMPLETED, 15, 5)
    errors = [step for step in steps_of(database, run) if step["step_type"] == "error"]
    assert len(errors) == 10
    assert errors[0]["error"].startswith("line 2: ")
    assert orjson.loads(run.result)["errorCount"] == 15
    assert len(orjson.loads(run.errors)) == 10


def test_a_file_that_is_gone_when_its_run_begins_fails_the_run_with_the_reason(
    database: Database, tmp_path: Path
) -> None:
    engine = equipped(database, RunTypes(sync_run.sync))
    file = linkedin_connections(tmp_path / "Connections.csv", 3)
    run_id = sync(engine, database, file).id
    file.unlink()
    engine.serve()
    with database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
    assert run.status is RunStatus.FAILED
    assert "no file" in (run.status_reason or "")
    assert [step["step_type"] for step in steps_of(database, run)] == ["error"]


def test_the_cursor_and_the_account_tell_how_far_the_sync_has_come(
    engine: RunEngine, database: Database, tmp_path: Path
) -> None:
    run = sync(engine, database, linkedin_connections(tmp_path / "Connections.csv", 30))
    assert run.platform_account_id is not None
    with database.read() as session:
        cursor = cursors.get_cursor(session, run.platform_account_id, SUB_TYPE)
        account = accounts.get_account(session, run.platform_account_id)
        assert cursor is not None
        assert account is not None
        assert (cursor.sync_status, cursor.total_items_synced) == (SyncStatus.COMPLETED, 30)
        assert orjson.loads(cursor.cursor or "{}")["file"]["position"] == 30
        assert account.last_synced_at == cursor.last_sync_completed_at


def killed_behind_its_first_page(file: Path, clock: Clock, connections: Path) -> tuple[MortalDatabase, RunEngine, str]:
    """A sync whose process was killed, and an engine that has not begun to execute yet."""
    database = MortalDatabase(file, clock, repeatable_ids(clock))
    engine = equipped(database, all_run_types())
    engine.serve()
    database.commits_left = 4  # it is started, claimed, and takes its cursor; then comes a page
    with pytest.raises(Killed):
        sync(engine, database, connections)
    database = MortalDatabase(file, clock, database.ids)
    with database.read() as session:
        row = runs.list_workflow_runs(session).data[0]
        assert (row["status"], row["processed_items"]) == ("running", PAGE_ITEMS)
        assert cursors.list_cursors(session)[0].sync_status is SyncStatus.SYNCING
    return database, equipped(database, all_run_types()), row["id"]


def test_a_cancelled_sync_leaves_its_cursor_idle_and_going_on_completes_it(
    migrated_sqlite: Path, tmp_path: Path, clock: Clock
) -> None:
    file = Path(shutil.copy(migrated_sqlite, tmp_path / "onelane.db"))
    connections = linkedin_connections(tmp_path / "Connections.csv", PAGE_ITEMS + 5)
    database, engine, run_id = killed_behind_its_first_page(file, clock, connections)
    with database.write() as session:
        engine.cancel(session, run_id)
    engine.serve()

    with database.read() as session:
        (cursor,) = cursors.list_cursors(session)
        row = runs.read_run(session, run_id)
        assert row is not None
        assert row["status"] == "cancelled"
    assert (cursor.sync_status, cursor.last_error) == (SyncStatus.IDLE, None)

    with database.write() as session:
        engine.retry(session, run_id)
    with database.read() as session:
        (cursor,) = cursors.list_cursors(session)
    assert (cursor.sync_status, cursor.total_items_synced) == (SyncStatus.COMPLETED, PAGE_ITEMS + 5)
    database.close()


def test_a_sync_that_is_paused_by_losses_and_cancelled_leaves_its_cursor_idle(
    migrated_sqlite: Path, tmp_path: Path, clock: Clock
) -> None:
    file = Path(shutil.copy(migrated_sqlite, tmp_path / "onelane.db"))
    connections = linkedin_connections(tmp_path / "Connections.csv", PAGE_ITEMS + 5)
    database, engine, run_id = killed_behind_its_first_page(file, clock, connections)
    with database.write() as session:
        runs.update_workflow_run(session, run_id, lost_attempts=TOO_MANY)
    engine.sweep(lost_after_seconds=0)
    with database.write() as session:
        engine.cancel(session, run_id)

    with database.read() as session:
        (cursor,) = cursors.list_cursors(session)
    assert cursor.sync_status is SyncStatus.IDLE
    database.close()


@pytest.mark.parametrize("config", [{}, {"syncSubType": "nothing"}, {"syncSubType": SUB_TYPE}])
def test_a_sync_without_what_it_needs_is_refused_before_there_is_a_run(
    engine: RunEngine, database: Database, config: dict[str, str]
) -> None:
    with pytest.raises((BadRequest, NotConnected)), database.write() as session:
        engine.start(session, WorkflowType.SYNC, config, by=None)
    with database.read() as session:
        assert runs.count_workflow_runs(session) == 0
