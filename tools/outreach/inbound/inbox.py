"""Reads an account's mailbox by IMAP: what came in since the last look (docs/mail.md, "Reading the inbox")."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.signing_in import mark_signed_out
from onelane.storage.platforms import cursors
from onelane.storage.platforms.accounts import Account
from onelane.storage.platforms.cursors import SyncCursor, SyncStatus
from onelane.tools.outreach.inbound.inbound import concerning, no_counts, take_mail
from onelane.tools.outreach.mail.account_standing import reconnecting
from onelane.tools.outreach.mail.imap import FolderPlace, Head, ImapFailed, ImapSession
from onelane.tools.outreach.mail.mail_accounts import (
    NotSignedIn,
    mail_account,
    sign_in_of,
)
from onelane.tools.outreach.mail.mail_facts import MailFacts, read_head, read_mail
from onelane.tools.outreach.mail.mail_server import tls_context
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, ToolError

_CONNECT = "onelane accounts connect"
_AROUND = timedelta(days=2)
"""So much earlier a mailbox is read by date: servers count days in zones of their own."""

Counts: TypeAlias = dict[str, int]
Commit: TypeAlias = Callable[[str, Callable[[Session], Counts]], Counts]
"""Does some work in one transaction of its own, under a key that tells it apart; gives its counts back."""


class MailboxUnreadable(ToolError):
    """The mailbox can't be read now. Try again later."""

    code = "mailbox_unreadable"


def read_inbox(services: Services, account_id: str, *, commit: Commit | None = None) -> Counts:
    """Read an account's mailbox up to now. Twice at once is once: what is there already is passed over.

    Args:
        services: the database and the vault
        account_id: the account
        commit: how a page is written; by default in a transaction of its own

    Returns:
        The counts.

    Raises:
        BadRequest: it has no IMAP server
        NotSignedIn: its server lets it not in; the account is noted as signed out
        MailboxUnreadable: its server can't be reached now
    """
    with services.database.read() as session:
        account = mail_account(session, account_id)
        place = _place(session, account_id)
    sign_in = sign_in_of(services, account)
    if sign_in.imap is None:
        raise BadRequest(
            f"{account.account_key} has no IMAP server, so that its answers come by import: "
            "onelane sync gmail_metadata FILE."
        )
    reader = _Reader(services, account, place, commit or _own_commit(services.database))
    imap_session = ImapSession(
        sign_in.imap,
        sign_in.key,
        timeout_seconds=services.mail_timeout_seconds,
        tls=tls_context(),
        dial=services.machine.dial,
    )
    try:
        with imap_session as imap:
            return reader.read(imap)
    except ImapFailed as error:
        if error.is_signed_out:
            with services.database.write() as session:
                mark_signed_out(session, account_id)
            reason = str(error).rstrip(".")
            # What Microsoft refuses says so by itself.
            again = "" if _CONNECT in reason else f" Connect it again: {reconnecting(services.vault, account)}."
            raise NotSignedIn(f"{reason}.{again}") from error
        raise MailboxUnreadable(f"{error} Try again later.") from error


class _Reader:
    """One look into a mailbox."""

    def __init__(self, services: Services, account: Account, place: dict[str, Any], commit: Commit) -> None:
        self._database = services.database
        self._vault = services.vault
        self._workspace = services.workspace
        self._account = account
        self._places = {name: FolderPlace(*each) for name, each in place.get("folders", {}).items()}
        self._commit = commit
        self._counts = no_counts()

    def read(self, imap: ImapSession) -> Counts:
        began_at = self._database.clock()
        # Until when it was read: else since it was connected, before which nothing went out of it.
        since = (self._account.inbox_read_at or self._account.created_at) - _AROUND
        for folder in imap.inbound_folders():
            self._read_folder(imap, folder, since)
        self._write("done", lambda session: self._finish(session, began_at))
        return self._counts

    def _read_folder(self, imap: ImapSession, folder: str, since: datetime) -> None:
        before, now = self._places.get(folder), imap.place_of(folder)
        last = before.last_uid if before is not None and before.uid_validity == now.uid_validity else 0
        for heads in imap.new_heads(folder, before, since=since):
            mails = self._concerning(imap, folder, heads)
            last = max(last, *(head.uid for head in heads)) if heads else last
            self._take(folder, FolderPlace(now.uid_validity, last), mails)
        if self._places.get(folder) != FolderPlace(now.uid_validity, max(last, now.last_uid)):
            self._take(folder, FolderPlace(now.uid_validity, max(last, now.last_uid)), [])

    def _concerning(self, imap: ImapSession, folder: str, heads: list[Head]) -> list[MailFacts]:
        with self._database.read() as session:
            flags = concerning(session, self._vault, [read_head(head.content) for head in heads])
        contents = [imap.content(folder, head.uid) for head, is_ours in zip(heads, flags, strict=True) if is_ours]
        return [read_mail(content) for content in contents if content is not None]

    def _take(self, folder: str, place: FolderPlace, mails: list[MailFacts]) -> None:
        self._places[folder] = place

        def work(session: Session) -> Counts:
            account = _lock_account(session, self._account.id)
            counts = take_mail(session, self._vault, account, mails, workspace=self._workspace)
            self._keep_place(session)
            return counts

        self._write(f"{folder}:{place.uid_validity}:{place.last_uid}", work)

    def _write(self, key: str, work: Callable[[Session], Counts]) -> None:
        for name, number in self._commit(key, work).items():
            self._counts[name] += number

    def _keep_place(self, session: Session) -> SyncCursor:
        cursor = cursors.ensure_cursor(session, self._account.id, cursors.MAILBOX)
        folders = {name: [each.uid_validity, each.last_uid] for name, each in self._places.items()}
        cursor.cursor, cursor.updated_at = json.dumps({"folders": folders}), session.now()
        session.add(cursor)
        return cursor

    def _finish(self, session: Session, began_at: datetime) -> Counts:
        account = _lock_account(session, self._account.id)
        # Of two looks at once the one that began later may end first.
        account.inbox_read_at = max(began_at, account.inbox_read_at or began_at)
        session.add(account)
        cursor = self._keep_place(session)
        cursor.sync_status, cursor.last_sync_completed_at, cursor.last_error = SyncStatus.COMPLETED, began_at, None
        cursor.run_id = None
        cursor.total_items_synced += sum(self._counts.values())
        return {}


def _place(session: Session, account_id: str) -> dict[str, Any]:
    cursor = cursors.get_cursor(session, account_id, cursors.MAILBOX)
    return {} if cursor is None or cursor.cursor is None else json.loads(cursor.cursor)


def _own_commit(database: Database) -> Commit:
    def commit(key: str, work: Callable[[Session], Counts]) -> Counts:
        with database.write() as session:
            return work(session)

    return commit


def _lock_account(session: Session, account_id: str) -> Account:
    """The account, held so that two readers of one mailbox write one after the other."""
    table = table_of(Account)
    session.sql(sa.select(table.c.id).where(table.c.id == account_id).with_for_update())
    return mail_account(session, account_id)
