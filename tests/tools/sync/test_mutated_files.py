"""Files with faults, imported one after the other into one database: nothing breaks, and no record is lost in silence.

400 each time, of which every fourth is a run of its own; with ONELANE_PROOF=full 100,000, and each is a run. Now and
then the database is emptied, so that all that it says can be compared before and after a file.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from onelane.server.engine.engine import RunEngine
from onelane.storage.database.engine import Database
from onelane.storage.metadata import METADATA
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.tools.people.intake.batch import absorb
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.exports import open_export
from onelane.tools.registry.errors import ToolError, UnreadableExport
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.sync import sync_run
from tests.engines import equipped
from tests.proof import FULL
from tests.samples.mutations import Mutation, kinds, mutations

FILES = int(os.environ.get("ONELANE_MUTATED_FILES", "100000" if FULL else "400"))
EVERY = 1 if FULL else 4
TOGETHER = 50
"""So many files meet in the database before it is emptied."""
HISTORY = frozenset({
    "changes", "changed_rows", "dispatches", "workflow_runs", "workflow_run_counts", "workflow_run_weekly_counts",
    "workflow_steps", "sync_cursors", "platform_accounts",
})  # fmt: skip
"""What tells that a run was and how it ended."""
Said = Mapping[str, Sequence[str]]


@dataclass
class Importing:
    """Imports files and looks at what each has left behind."""

    database: Database
    engine: RunEngine
    file: Path
    run_id: str

    def take(self, mutation: Mutation, *, as_run: bool) -> None:
        self.file = self.file.with_name(mutation.name)
        self.file.write_bytes(mutation.content)
        if as_run:
            self.take_as_run(mutation)
        else:
            self.take_in(mutation)

    def take_in(self, mutation: Mutation) -> None:
        """What a run does with a file, without the run."""
        try:
            export = open_export(mutation.sub_type, self.file)
            items = list(export.items())
        except UnreadableExport:
            return
        with self.database.write() as session:
            account = ensure_account(session, export.platform, export.owner)
            done = absorb(session, items, account=account, run_id=self.run_id, sub_type=mutation.sub_type)
        counted = done.added + done.updated + done.unchanged + done.skipped + len(done.bad)
        assert counted == len(items)
        if mutation.least is not None and not done.bad:
            assert counted >= mutation.least, done

    def take_as_run(self, mutation: Mutation) -> None:
        before = self.said()
        run = self.run(mutation.sub_type)
        if run is None:
            assert self.said() == before, "a file that was refused has left something"
            return
        assert run.status in (RunStatus.COMPLETED, RunStatus.FAILED), run.status
        if run.status is RunStatus.FAILED:
            assert "inside Onelane" not in (run.status_reason or ""), run.status_reason
            assert _people(self.said()) == _people(before), "a file of one page that failed has left something"
            return
        self.check_counts(mutation, run)

    def check_counts(self, mutation: Mutation, run: Run) -> None:
        """Every item is counted once, and without an error there are as many as the file has records."""
        result = orjson.loads(run.result)
        counted = result["added"] + result["updated"] + result["skipped"] + result["errorCount"]
        assert counted == run.processed_items
        if mutation.least is not None and not result["errorCount"]:
            assert counted >= mutation.least, result

    def run(self, sub_type: str) -> Run | None:
        """The run of the file; None when it was refused."""
        config = {"syncSubType": sub_type, "file": str(self.file), "allowed": None}
        try:
            with self.database.write() as session:
                run_id = self.engine.start(session, WorkflowType.SYNC, config, by=None).id
        except ToolError:
            return None
        with self.database.read() as session:
            return runs.get_workflow_run(session, run_id)

    def said(self) -> Said:
        """All that the database says, table by table."""
        with self.database.read() as session:
            queries = {table.name: f"SELECT * FROM {table.name}" for table in METADATA.sorted_tables}
            queries["contact_search"] = "SELECT contact_id, score, is_archived FROM contact_search"
            return {name: sorted(map(str, session.sql(sa.text(query)))) for name, query in queries.items()}

    def empty(self) -> None:
        """Take everything away but the run that files come in by without one of their own."""
        assert self.count_open() == 1, "only the run that the test itself has made"
        with self.database.write() as session:
            for name in ("contact_search", *(table.name for table in reversed(METADATA.sorted_tables))):
                session.sql(sa.text(f"DELETE FROM {name}"))
            self.run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC).id

    def count_open(self) -> int:
        """Runs that have not ended."""
        with self.database.read() as session:
            query = "SELECT count(*) FROM workflow_runs WHERE status NOT IN ('completed', 'failed')"
            return session.connection().exec_driver_sql(query).scalar_one()


def _people(said: Said) -> Said:
    return {name: rows for name, rows in said.items() if name not in HISTORY}


@pytest.fixture
def importing(sqlite_database: Database, tmp_path: Path) -> Importing:
    engine = equipped(sqlite_database, RunTypes(sync_run.sync))
    engine.serve()
    with sqlite_database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    return Importing(sqlite_database, engine, tmp_path / "file", run.id)


def test_no_fault_in_a_file_breaks_an_import_or_loses_a_record_in_silence(importing: Importing) -> None:
    for number, make in enumerate(mutations(kinds(), FILES, seed=7)):
        mutation = make()
        if number % TOGETHER == 0:
            importing.empty()
        try:
            importing.take(mutation, as_run=number % EVERY == 0)
        except Exception as error:
            error.add_note(f"file {number}, {mutation.name}: {mutation.content!r}")
            raise
    assert importing.count_open() == 1, "only the run that the test itself has made"
