"""Imports an export file page by page; each page and its cursor are one commit.

See docs/sync.md, "Pages and cursor".
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows import runs
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.intake.batch import absorb, collector_at_rest
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.exports import Export, open_export
from onelane.tools.platforms.formats.records import Item
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.record import Json, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync import cursor_parts
from onelane.tools.sync.page_steps import count_items, move_cursor, page_output, result_of
from onelane.tools.sync.sync_result import SyncResult
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.sync.sync_workflow import run_sync_workflow

if TYPE_CHECKING:
    from onelane.tools.sync.file_answers import FileAnswers

PAGE_ITEMS = 4000
"""One commit a page: large enough to be quick, small enough that nobody else waits for the write lock."""


def sync_file(execution: Run, sub_type: str, path: Path, services: Services) -> RunEnd:
    """Import an export file as the given run.

    Raises:
        ToolError: the file can't be read as such an export
    """
    export = open_export(sub_type, path)
    answers = None
    if SyncSubType(sub_type) is SyncSubType.GMAIL_METADATA:
        # Only a mailbox holds answers; what judges them takes longer to load than a small file to read.
        from onelane.tools.sync.file_answers import FileAnswers

        answers = FileAnswers(execution, services, path, _fingerprint(path))
    sync = _FileSync(execution, export, sub_type, _fingerprint(path), answers)
    return run_sync_workflow(
        execution,
        services.database,
        sub_type=sub_type,
        input={"syncSubType": sub_type, "file": path.name, "source": export.label},
        sync_function=sync.run,
        prepare=sync.prepare,
        finish=sync.finish,
        partial_result=sync.partial_result,
    )


class _FileSync:
    """One import: pages that were recorded before a crash are not read into the database again."""

    def __init__(
        self, execution: Run, export: Export, sub_type: str, fingerprint: str, answers: "FileAnswers | None"
    ) -> None:
        self._execution = execution
        self._answers = answers
        self._export = export
        self._sub_type = sub_type
        self._prefix = f"page:{fingerprint}:"
        self._account: Account | None = None

    def prepare(self, session: Session) -> Json:
        account = self._ensure_account(session)
        cursors.hold_cursor(session, account.id, self._sub_type, self._execution.run_id)
        changes = {"platform_account_id": account.id, "total_items": self._export.total_items}
        runs.update_workflow_run(session, self._execution.run_id, **changes)
        return {"accountId": account.id}

    def finish(self, session: Session) -> Json:
        account = self._ensure_account(session)
        cursors.complete_cursor(session, cursors.ensure_cursor(session, account.id, self._sub_type))
        account.last_synced_at = session.now()
        return {"total_items": self._position()}

    def run(self) -> SyncResult:
        position = self._position()
        items = self._export.items(start=position)
        while item_count := self._take_next(items, position):
            position += item_count
        if self._answers is not None:
            self._answers.take(self._ensure_account)
        return self.partial_result()

    def _take_next(self, items: Iterator[Item], position: int) -> int:
        """Import the next page; how many items it had."""
        # Also while the page is between its reader and the database, and is looked through for nothing.
        with collector_at_rest():
            page = list(islice(items, PAGE_ITEMS))
            if page:
                self._take(page, position)
            return len(page)

    def _take(self, page: list[Item], position: int) -> None:
        def work(session: Session) -> StepResult:
            account = self._ensure_account(session)
            outcome = absorb(session, page, account=account, run_id=self._execution.run_id, sub_type=self._sub_type)
            # A run that is tried again does not take its start again.
            cursor = cursors.hold_cursor(session, account.id, self._sub_type, self._execution.run_id)
            part = {"file": self._prefix, "position": position + len(page)}
            move_cursor(session, cursor, outcome, cursor_parts.FILE, part)
            output = page_output(outcome, len(page), self._pages())
            return StepResult(output=output, counted=count_items(outcome, len(page)))

        self._execution.step(
            f"{self._prefix}{position}", StepType.SYNC_PAGE, work, tool=self._sub_type, input={"from": position}
        )

    def partial_result(self) -> SyncResult:
        """What came in until now."""
        answers = {} if self._answers is None else self._answers.counts()
        more = {"filesLeftOut": list(self._export.copies), "source": self._export.label, **answers}
        result = result_of(self._pages(), more)
        if self._answers is not None and (answers_text := self._answers.in_words()):
            result.further.append(f"Answers to what was sent: {answers_text}")
        return result

    def _position(self) -> int:
        return sum(page["items"] for page in self._pages())

    def _pages(self) -> list[Json]:
        return self._execution.outputs(self._prefix)

    def _ensure_account(self, session: Session) -> Account:
        if self._account is None:
            account_id: str | None = self._execution.config.get("platformAccountId")
            account = None if account_id is None else accounts.get_account(session, account_id)
            self._account = account or ensure_account(session, self._export.platform, self._export.owner)
        return session.merge(self._account)


def _fingerprint(path: Path) -> str:
    """What tells one state of a file from another: a changed file is read from its beginning."""
    about = path.stat()
    return hashlib.sha256(f"{path}\x1f{about.st_size}\x1f{about.st_mtime_ns}".encode()).hexdigest()[:12]
