"""Reads an account's mailbox by IMAP as a run (docs/mail.md, "Reading the inbox")."""

from collections.abc import Callable

from onelane.storage.database.engine import Session
from onelane.storage.platforms import cursors
from onelane.storage.workflows import runs
from onelane.storage.workflows.steps import StepType
from onelane.tools.outreach.inbound.inbound import counted_in_words, no_counts
from onelane.tools.outreach.inbound.inbox import read_inbox
from onelane.tools.outreach.mail.mail_accounts import mail_account
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.record import Json, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync.sync_result import SyncResult
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.sync.sync_workflow import run_sync_workflow

_PAGE = "inbox:"


def sync_inbox(execution: Run, account_id: str, services: Services) -> RunEnd:
    """Read an account's mailbox up to now, as the given run."""
    sync = _InboxSync(execution, account_id, services)
    return run_sync_workflow(
        execution,
        services.database,
        sub_type=SyncSubType.GMAIL_METADATA,
        input={"syncSubType": SyncSubType.GMAIL_METADATA, "platformAccountId": account_id},
        sync_function=sync.run,
        prepare=sync.prepare,
        finish=sync.finish,
    )


class _InboxSync:
    """One look into a mailbox, each page a step."""

    def __init__(self, execution: Run, account_id: str, services: Services) -> None:
        self._execution = execution
        self._account_id = account_id
        self._services = services

    def prepare(self, session: Session) -> Json:
        account = mail_account(session, self._account_id)
        cursors.hold_cursor(session, account.id, cursors.MAILBOX, self._execution.run_id)
        runs.update_workflow_run(session, self._execution.run_id, platform_account_id=account.id)
        return {"accountId": account.id}

    def finish(self, session: Session) -> Json:
        account = mail_account(session, self._account_id)
        account.last_synced_at = session.now()
        session.add(account)
        return {"total_items": sum(self._counts().values())}

    def run(self) -> SyncResult:
        read_inbox(self._services, self._account_id, commit=self._commit)
        counts = self._counts()
        answer_count = sum(counts.values())
        return SyncResult(
            added=answer_count, extra={"source": "the mailbox, by IMAP", **counts}, sentence=_sentence(counts)
        )

    def _commit(self, key: str, work: Callable[[Session], dict[str, int]]) -> dict[str, int]:
        # A look that begins anew after a crash has pages of its own, behind those that are recorded.
        number = len(self._execution.outputs(_PAGE))

        def step(session: Session) -> StepResult:
            return StepResult(output={**work(session)})

        return self._execution.step(
            f"{_PAGE}{number}:{key}", StepType.SYNC_PAGE, step, tool=SyncSubType.GMAIL_METADATA, input={"page": key}
        )

    def _counts(self) -> dict[str, int]:
        counts = no_counts()
        for page in self._execution.outputs(_PAGE):
            for name, number in page.items():
                counts[name] += number
        return counts


def _sentence(counts: dict[str, int]) -> str:
    return f"The mailbox was read up to now: {counted_in_words(counts) or 'nothing that answers ours'}."
