"""Vocabularies that grow: a migration drops their checks and nothing else, and a word from the future is told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from onelane.storage import metadata
from onelane.storage.database.columns import UnknownWord
from onelane.storage.database.engine import Database
from onelane.storage.schema import current_version
from onelane.storage.workflows.runs import Run
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunPage
from tests.databases import Clock
from tests.storage.filled_rows import insert_least
from tests.storage.older_databases import empty_database, upgrade
from tests.toolbox import toolbox

OPEN = {
    "contacts.platform",
    "platform_accounts.platform",
    "contact_identities.platform",
    "engagements.platform",
    "workflow_templates.platform",
    "workflow_templates.template_type",
    "workflow_template_steps.step_type",
    "workflow_runs.workflow_type",
    "workflow_steps.step_type",
}
INDEXED_AFTERWARDS = {"contact_search", "contact_name_keys"}
"""Contacts that the index lacks are put there after every migration."""
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """A database of version 0003, with a row in each table."""
    with closing(empty_database(request, tmp_path, clock)) as database:
        upgrade(database, "0003")
        present = sa.inspect(database.engine).get_table_names()
        with database.write() as session:
            for number, row in enumerate((*metadata.SPECIFIED, *metadata.ADDED), start=1):
                if row.__tablename__ in present:
                    insert_least(session, metadata.METADATA.tables[row.__tablename__], number)
        yield database


def test_the_migration_keeps_every_row_index_and_trigger(older: Database) -> None:
    rows, objects = rows_of(older), objects_of(older)
    upgrade(older, "0004")
    assert current_version(older) == "0004"
    assert {name: found for name, found in rows_of(older).items() if found != rows.get(name)} == {}
    assert objects_of(older) == objects


def test_the_migration_drops_the_checks_of_open_vocabularies_only(older: Database) -> None:
    before = checks_of(older)
    upgrade(older, "0004")
    assert before - checks_of(older) == {f"ck_{column.replace('.', '_')}" for column in OPEN}


def test_references_hold_after_the_migration(older: Database) -> None:
    upgrade(older, "0004")
    with older.write() as session:
        session.sql(sa.text("DELETE FROM workflow_templates"))
        assert session.sql(sa.text("SELECT count(*) FROM workflow_template_steps")).scalar_one() == 0
        with pytest.raises(IntegrityError), session.begin_nested():
            session.sql(sa.text("UPDATE workflow_steps SET workflow_run_id = 'nobody'"))
    if older.path is not None:
        with closing(sqlite3.connect(older.path)) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("older", ["sqlite"], indirect=True)
def test_runs_are_counted_by_the_triggers_after_the_migration(older: Database) -> None:
    upgrade(older, "0004")
    with older.write() as session:
        session.sql(sa.text("UPDATE workflow_runs SET status = 'failed'"))
        runs = session.sql(sa.text("SELECT count(*) FROM workflow_runs")).scalar_one()
        counted = sa.text("SELECT sum(run_count) FROM workflow_run_counts WHERE template_id = '' AND status = 'failed'")
        assert session.sql(counted).scalar_one() == runs


def test_a_word_of_a_newer_version_is_told_with_what_to_do(database: Database) -> None:
    with database.write() as session:
        insert_least(session, metadata.METADATA.tables["workflow_runs"])
        session.sql(sa.text("UPDATE workflow_runs SET workflow_type = 'levitate'"))
    with database.read() as session, pytest.raises(UnknownWord, match=r"'levitate' \(WorkflowType\).*install that one"):
        session.exec(select(Run)).all()


def test_a_list_with_a_word_of_a_newer_version_tells_a_chat_what_to_do_and_programs_the_word(
    database: Database,
) -> None:
    with database.write() as session:
        insert_least(session, metadata.METADATA.tables["workflow_runs"])
        session.sql(sa.text("UPDATE workflow_runs SET workflow_type = 'levitate'"))
    page, other_page = (toolbox(database, run_tools).call(RunPage, "list_runs") for _ in range(2))
    assert b'"workflowType":"levitate"' in page.contract_json()
    for tell in (page.structured, other_page.text):
        with pytest.raises(UnknownWord, match=r"'levitate' \(workflow_type\).*install that one"):
            tell()


def rows_of(database: Database) -> Rows:
    inspector = sa.inspect(database.engine)
    with database.read() as session:
        return {
            name: sorted((tuple(row) for row in session.sql(sa.text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in inspector.get_table_names()
            if name in metadata.METADATA.tables and name not in INDEXED_AFTERWARDS
        }


def objects_of(database: Database) -> set[tuple[str, ...]]:
    """Indexes and triggers, as the database would make them."""
    statement = (
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('index', 'trigger')"
        if database.dialect == "sqlite"
        else "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "UNION ALL SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) "
        "FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.read() as session:
        return {tuple(map(str, row)) for row in session.sql(sa.text(statement))}


def checks_of(database: Database) -> set[str]:
    inspector = sa.inspect(database.engine)
    return {
        str(check["name"])
        for table in inspector.get_table_names()
        if table in metadata.METADATA.tables
        for check in inspector.get_check_constraints(table)
    }
