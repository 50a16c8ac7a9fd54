"""Mailboxes are read again and again, each by itself."""

import socket
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts, cursors
from onelane.tools.outreach.inbound.mail_poll import MailPoll
from onelane.tools.outreach.mail.connecting import connect_mail
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from tests.databases import Clock
from tests.toolbox import toolbox
from tests.tools.outreach.inbound.correspondence import Letterbox, letterbox
from tests.tools.outreach.inbound.test_inbound import ours
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox
from tests.tools.outreach.mail.mail_servers import PATIENCE_SECONDS
from tests.tools.outreach.mail.sample_mail import ME, Mail

SMTP = MailServer("localhost", 2525, Security.NONE, ME)


@pytest.fixture
def box(database: Database) -> Letterbox:
    return letterbox(database, Vault.of_nobody())


@pytest.fixture
def services(box: Letterbox) -> Services:
    return replace(toolbox(box.database).services, vault=box.vault)


def connect(services: Services, address: str, imap: MailServer, password: str = IMAP_PASSWORD) -> str:
    return connect_mail(
        services, address, sender_name=None, password=password, smtp=SMTP, imap=imap, is_checked=False
    ).id


def standing(services: Services, account_id: str) -> tuple[str, bool, str, str | None]:
    """Whether it is signed in, whether its mailbox was ever read, and how the last look went."""
    with services.database.read() as session:
        account, cursor = (
            accounts.get_account(session, account_id),
            cursors.get_cursor(session, account_id, cursors.MAILBOX),
        )
        assert account is not None
        assert cursor is not None
        return account.status.value, account.inbox_read_at is not None, cursor.sync_status.value, cursor.last_error


def test_each_mailbox_is_read_by_itself_when_it_is_due(
    box: Letterbox, services: Services, imap_box: ImapBox, clock: Clock
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, ExitStack() as connections:
        # It takes connections and never says a word.
        silent.settimeout(PATIENCE_SECONDS)
        silent_server = MailServer("localhost", silent.getsockname()[1], Security.NONE, "hangs@example.com")
        hangs = connect(services, "hangs@example.com", silent_server)
        refused = connect(services, "other@example.com", imap_box.server, password="wrong")
        works = connect(services, ME, imap_box.server)
        imap_box.deliver(ours(box, Mail("Yes, gladly.")))
        poll, other = (MailPoll(replace(services, mail_timeout_seconds=300)) for _ in range(2))
        poll.look()
        # Whoever is connected has noted that the look has begun.
        connections.enter_context(silent.accept()[0])
        poll.wait(works)
        poll.wait(refused)
        assert box.state == ("replied", "reply", "cancelled")
        assert standing(services, works) == ("active", True, "completed", None)
        status, was_read, sync, error = standing(services, refused)
        assert (status, was_read, sync) == ("needs_reauth", False, "failed")
        assert "onelane accounts connect smtp" in str(error)
        assert standing(services, hangs) == ("active", False, "syncing", None)

        imap_box.deliver(ours(box, Mail("And one more thing.", message_id="<second@example.org>")))
        other.look()
        other.wait(works)
        assert len(box.kept_mail()) == 1
        clock.advance(seconds=60)
        other.look()
        other.wait(works)
        assert len(box.kept_mail()) == 2
    poll.wait(hangs)
    other.wait(hangs)
    assert standing(services, hangs)[2] == "failed"
