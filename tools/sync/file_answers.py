"""Answers to our letters in a mailbox file, taken in by the sync that imports it (docs/mail.md, "Matching")."""

from collections.abc import Callable
from pathlib import Path

from onelane.storage.database.engine import Session
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows.steps import StepType
from onelane.tools.outreach.inbound.inbound import counted_in_words, no_counts, take_mail
from onelane.tools.outreach.inbound.mailbox_file import read_answers
from onelane.tools.outreach.mail.mail_facts import MailFacts
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.record import StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync.sync_types import SyncSubType


class FileAnswers:
    """Looks a mailbox through a second time, for mail that answers ours; what was taken before changes nothing.

    Args:
        execution: the run
        services: the database and the vault
        path: the file
        fingerprint: tells this state of the file from another
    """

    def __init__(self, execution: Run, services: Services, path: Path, fingerprint: str) -> None:
        self._execution = execution
        self._services = services
        self._path = path
        self._prefix = f"answers:{fingerprint}:"

    def take(self, account_of: Callable[[Session], Account]) -> None:
        """Take in what concerns us, some dozens of mails a step.

        Args:
            account_of: the account whose mailbox it is
        """
        pages = read_answers(self._services.database, self._services.vault, self._path)
        for number, mails in enumerate(pages):
            self._take_page(number, mails, account_of)

    def counts(self) -> dict[str, int]:
        """What was counted in this run."""
        counts = no_counts()
        for page in self._execution.outputs(self._prefix):
            for name, number in page.items():
                counts[name] += number
        return counts

    def in_words(self) -> str:
        """What was counted, such as `1 reply`; empty where nothing was."""
        return counted_in_words(self.counts())

    def _take_page(self, number: int, mails: list[MailFacts], account_of: Callable[[Session], Account]) -> None:
        def work(session: Session) -> StepResult:
            workspace = self._services.workspace
            counts = take_mail(session, self._services.vault, account_of(session), mails, workspace=workspace)
            return StepResult(output=counts)

        key, tool = f"{self._prefix}{number}", SyncSubType.GMAIL_METADATA
        self._execution.step(key, StepType.SYNC_PAGE, work, tool=tool, input={"mails": len(mails)})
