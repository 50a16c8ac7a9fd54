"""Reads the mailboxes of all accounts again and again (docs/mail.md, "Reading the inbox")."""

import logging
from datetime import timedelta
from functools import partial
from threading import Event, Lock

from onelane.storage.database.engine import DatabaseUnavailable, Session
from onelane.storage.database.name_locks import holding
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Account, AccountStatus, InboundSource, Platform
from onelane.storage.platforms.cursors import SyncStatus
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import ToolError

LOG = logging.getLogger(__name__)

MOST_AT_ONCE = 8


class MailPoll:
    """Looks into each mailbox on a thread of its own, so that a server that never answers holds up nobody else.

    One process at a time reads an account. One that has to sign in anew is asked nothing until it is connected again.

    Args:
        services: the database and the vault; their settings say how often a mailbox is read
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._guard = Lock()
        self._readers: dict[str, Event] = {}

    def look(self) -> None:
        """Begin to read whatever is due; does not wait for it."""
        with self._services.database.read() as session:
            due = [row.id for row in _readable(session) if self._is_due(session, row.id)]
        for account_id in due:
            self._begin(account_id)

    def wait(self, account_id: str) -> None:
        """Wait until the look at an account that was begun has ended."""
        with self._guard:
            reader = self._readers.get(account_id)
        if reader is not None:
            reader.wait()

    def _begin(self, account_id: str) -> None:
        with self._guard:
            self._readers = {each: reader for each, reader in self._readers.items() if not reader.is_set()}
            if account_id in self._readers or len(self._readers) >= MOST_AT_ONCE:
                return
            reader = self._readers[account_id] = Event()
        try:
            self._services.machine.begin(f"onelane-inbox-{account_id}", partial(self._read, account_id, reader))
        except RuntimeError:
            reader.set()
            raise

    def _read(self, account_id: str, has_ended: Event) -> None:
        try:
            self._look_at(account_id)
        finally:
            has_ended.set()

    def _look_at(self, account_id: str) -> None:
        try:
            with holding(self._services.database, f"inbox {account_id}") as is_held:
                if is_held and self._began(account_id):
                    self._try(account_id)
        except DatabaseUnavailable as error:
            LOG.warning("reading a mailbox: %s", error)
        except Exception:
            # The outer edge of a thread: the other accounts are read all the same.
            LOG.exception("reading the mailbox of %s has failed", account_id)

    def _try(self, account_id: str) -> None:
        # Imported where there is a mailbox: every command would start a twentieth later with it.
        from onelane.tools.outreach.inbound.inbox import read_inbox

        try:
            read_inbox(self._services, account_id)
        except ToolError as error:
            self._note_failure(account_id, error.message)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            self._note_failure(account_id, f"{type(error).__name__}; the log tells more.")
            raise

    def _began(self, account_id: str) -> bool:
        """Note that a look begins; False where another process has just begun one."""
        with self._services.database.write() as session:
            if not self._is_due(session, account_id):
                return False
            cursor = cursors.ensure_cursor(session, account_id, cursors.MAILBOX)
            cursor.sync_status, cursor.last_sync_started_at = SyncStatus.SYNCING, session.now()
            session.add(cursor)
            return True

    def _note_failure(self, account_id: str, reason: str) -> None:
        with self._services.database.write() as session:
            cursor = cursors.ensure_cursor(session, account_id, cursors.MAILBOX)
            cursor.sync_status, cursor.last_error = SyncStatus.FAILED, reason
            session.add(cursor)

    def _is_due(self, session: Session, account_id: str) -> bool:
        cursor = cursors.get_cursor(session, account_id, cursors.MAILBOX)
        began_at = None if cursor is None else cursor.last_sync_started_at
        interval = timedelta(seconds=self._services.workspace.read(session).mail_poll_seconds)
        # An instant that is still ahead was noted by a clock that went back since.
        return began_at is None or not session.now() - interval < began_at <= session.now()


def _readable(session: Session) -> list[Account]:
    rows = accounts.list_accounts(session, Platform.GMAIL)
    return [row for row in rows if _is_read_by_imap(row) and row.status is not AccountStatus.NEEDS_REAUTH]


def _is_read_by_imap(account: Account) -> bool:
    """Whether an account's answers are read from its mailbox."""
    return account.inbound is InboundSource.IMAP and account.credentials_encrypted is not None
