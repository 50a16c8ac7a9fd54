"""The Sent folder of an account: a copy of what was sent, and what the server keeps of it (docs/mail.md, "IMAP")."""

import logging
from datetime import datetime

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import Account, Transport
from onelane.tools.outreach.mail.imap import ImapFailed, ImapSession
from onelane.tools.outreach.mail.mail_accounts import sign_in_of
from onelane.tools.outreach.mail.mail_server import tls_context
from onelane.tools.outreach.mail.providers import provider_of
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.machine import Dial

LOG = logging.getLogger(__name__)


def files_by_itself(address: str, sign_in: MailSignIn) -> bool:
    """Whether the server files a copy of what it accepts, so that what is not there was not accepted."""
    provider = provider_of(address, sign_in.smtp.host)
    return provider is not None and provider.files_sent


class SentFolder:
    """The Sent folder of an account, over a connection that is made when it is first needed.

    Args:
        address: the account's address
        sign_in: how it signs in
        timeout_seconds: so long each command may take
        dial: makes the connection
    """

    def __init__(self, address: str, sign_in: MailSignIn, *, timeout_seconds: float, dial: Dial) -> None:
        self._sign_in = sign_in
        self._dial = dial
        self._timeout_seconds = timeout_seconds
        self.files_by_itself = files_by_itself(address, sign_in)
        self._imap: ImapSession | None = None
        self._has_failed = False

    def __enter__(self) -> "SentFolder":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether the account has an IMAP server."""
        return self._sign_in.imap is not None

    def close(self) -> None:
        """Let go of the connection."""
        imap, self._imap = self._imap, None
        if imap is not None:
            imap.close()

    def find(self, action_id: str, message_id: str) -> str | None:
        """The Message-ID under which the server keeps an action's letter; None where it is not there.

        Raises:
            ImapFailed: the folder can't be read now
        """
        imap = self._session()
        return None if imap is None else imap.find_sent(action_id, message_id)

    def keep(self, database: Database, *, action_id: str, message_id: str, content: bytes, sent_at: datetime) -> None:
        """File a copy, or learn under which id the server filed its own. What fails here never sends again."""
        if self._has_failed:
            # Letters don't wait for a mailbox that is silent.
            return
        try:
            imap = self._session()
            if imap is None:
                return
            if not self.files_by_itself:
                imap.append_to_sent(content, sent_at=sent_at)
                return
            kept_id = imap.find_sent(action_id, message_id)
        except ImapFailed as error:
            LOG.warning("%s and what follows now has no copy in the Sent folder: %s", action_id, error)
            self._has_failed = True
            self.close()
            return
        if kept_id is not None and kept_id != message_id:
            _note_id(database, action_id, kept_id)

    def _session(self) -> ImapSession | None:
        server = self._sign_in.imap
        if server is None:
            return None
        if self._imap is None:
            imap = ImapSession(
                server,
                self._sign_in.key,
                timeout_seconds=self._timeout_seconds,
                tls=tls_context(),
                dial=self._dial,
            )
            self._imap = imap.__enter__()
        return self._imap


def _note_id(database: Database, action_id: str, message_id: str) -> None:
    """Answers name the id that the server gave a letter, and so do the letters that follow it."""
    with database.write() as session:
        if not outbound_actions.find_by_message_ids(session, [message_id]):
            action_moves.move_action(
                session, action_id, from_any=[ActionStatus.SENT], to=ActionStatus.SENT, message_id=message_id
            )


def open_sent_folder(services: Services, account: Account) -> SentFolder | None:
    """The Sent folder of an account, as far as Onelane has to see to it: Gmail files what it sends by itself.

    Raises:
        ToolError: the account is not connected for mail
    """
    if account.transport is Transport.GMAIL:
        return None
    return sent_folder(services, account)


def sent_folder(services: Services, account: Account) -> SentFolder:
    """The Sent folder of an account that sends by SMTP.

    Raises:
        ToolError: the account is not connected for mail
    """
    return SentFolder(
        account.account_key,
        sign_in_of(services, account),
        timeout_seconds=services.mail_timeout_seconds,
        dial=services.machine.dial,
    )
