"""Answers are found in a mailbox, by IMAP and in a file, and nothing else of it is kept."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.catalogue import all_tools
from onelane.tools.outreach.inbound.inbox import MailboxUnreadable, read_inbox
from onelane.tools.outreach.mail.connecting import connect_mail
from onelane.tools.outreach.mail.mail_accounts import NotSignedIn
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.sync.online.connected_accounts import NotConnected
from onelane.tools.workflows.run_reading.run_views import RunView
from tests.tools.outreach.inbound.correspondence import Letterbox, letterbox
from tests.tools.outreach.inbound.test_inbound import ours
from tests.tools.outreach.mail import sample_mail
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox
from tests.tools.outreach.mail.sample_mail import ME, THEM, Mail

SMTP = MailServer("localhost", 2525, Security.NONE, ME)
PRIVATE = Mail("Dear Ada, about the hospital", sender="doctor@clinic.example", answers=False)


@pytest.fixture
def box(sqlite_database: Database) -> Letterbox:
    return letterbox(sqlite_database, Vault.of_nobody())


@pytest.fixture
def toolbox(box: Letterbox) -> Toolbox:
    """The product's tools and run types on the box's database; runs are carried out at once."""
    engine = RunEngine(box.database, InlineDispatcher(), all_run_types(), None)
    made = Toolbox(all_tools(), Services(box.database, engine, (), vault=box.vault))
    engine.equip(made)
    return made


@pytest.fixture
def services(toolbox: Toolbox) -> Services:
    return toolbox.services


def connect(services: Services, imap: MailServer | None, *, password: str = IMAP_PASSWORD) -> str:
    done = connect_mail(services, ME, sender_name=None, password=password, smtp=SMTP, imap=imap, is_checked=False)
    return done.id


def found(counts: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if number}


def test_a_mailbox_is_read_from_where_it_was_left(box: Letterbox, services: Services, imap_box: ImapBox) -> None:
    account_id = connect(services, imap_box.server)
    imap_box.deliver(bytes(PRIVATE))
    imap_box.deliver(ours(box, sample_mail.POSTFIX_DELAY))
    assert found(read_inbox(services, account_id)) == {"receipts": 1}
    assert found(read_inbox(services, account_id)) == {}
    imap_box.deliver(ours(box, Mail("Yes, gladly.")), folder="Junk")
    assert found(read_inbox(services, account_id)) == {"replies": 1}
    assert box.state == ("replied", "reply", "cancelled")
    assert {kept.from_address for kept in box.kept_mail()} == {"mailer-daemon@mx.example.org", THEM}
    with services.database.read() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        assert account.inbox_read_at == services.database.clock()
    assert imap_box.flags() == ["", ""]


def test_a_mailbox_whose_ids_changed_is_read_again_and_counts_nothing_twice(
    box: Letterbox, services: Services, imap_box: ImapBox
) -> None:
    account_id = connect(services, imap_box.server)
    imap_box.deliver(ours(box, Mail("Yes, gladly.")))
    assert found(read_inbox(services, account_id)) == {"replies": 1}
    imap_box.forget_ids()
    assert found(read_inbox(services, account_id)) == {}
    assert len(box.kept_mail()) == 1


def test_an_account_whose_password_is_refused_is_signed_out(services: Services, imap_box: ImapBox) -> None:
    account_id = connect(services, imap_box.server, password="hunter22")
    with pytest.raises(NotSignedIn, match="Connect it again") as refused:
        read_inbox(services, account_id)
    assert "hunter22" not in str(refused.value)
    with services.database.read() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        assert account.status is AccountStatus.NEEDS_REAUTH
        assert account.inbox_read_at is None


def test_an_account_without_imap_or_with_a_server_that_is_gone_says_so(services: Services) -> None:
    with pytest.raises(BadRequest, match="onelane sync gmail_metadata FILE"):
        read_inbox(services, connect(services, None))
    nowhere = MailServer("localhost", 1, Security.NONE, ME)
    with pytest.raises(MailboxUnreadable, match="Try again later"):
        read_inbox(services, connect(services, nowhere))


def test_a_sync_of_an_account_reads_its_mailbox(box: Letterbox, toolbox: Toolbox, imap_box: ImapBox) -> None:
    account_id = connect(toolbox.services, imap_box.server)
    imap_box.deliver(ours(box, Mail("Yes, gladly.")))
    result = synced(toolbox, sub_type="gmail_metadata", platform_account_id=account_id)
    assert found({name: result[name] for name in ("replies", "bounces", "unmatched")}) == {"replies": 1}
    assert result["message"] == "The mailbox was read up to now: 1 reply."
    assert box.state == ("replied", "reply", "cancelled")


def test_a_mailbox_file_is_looked_through_for_answers_and_nothing_else_of_it_is_kept(
    box: Letterbox, toolbox: Toolbox, tmp_path: Path
) -> None:
    own = Mail("Hello", sender=f"Ada <{ME}>", headers="X-Gmail-Labels: Sent", answers=False, message_id="<own@x>")
    away = ours(box, Mail("Back on 12 November.\nFrom next week on", headers="Auto-Submitted: auto-replied"))
    receipt = ours(box, sample_mail.READ_RECEIPT).replace(b"<their.1@", b"<their.2@")
    file = mailbox(tmp_path, [bytes(own), bytes(PRIVATE), away, receipt, bytes(PRIVATE)])
    result = synced(toolbox, sub_type="gmail_metadata", file=str(file))
    assert found({name: result[name] for name in ("auto_replies", "receipts", "replies", "unmatched")}) == {
        "auto_replies": 1,
        "receipts": 1,
    }
    assert result["message"].endswith("Answers to what was sent: 1 automatic reply, 1 receipt.")
    kept = {each.kind.value: each for each in box.kept_mail()}
    assert kept.keys() == {"auto_reply", "receipt"}
    assert kept["auto_reply"].own_text == "Back on 12 November.\nFrom next week on"
    assert box.state == ("active", "out_of_office", "approved")

    again = synced(toolbox, sub_type="gmail_metadata", file=str(file))
    assert again["auto_replies"] == again["receipts"] == 0


def test_a_mailbox_file_without_anything_sent_is_imported_as_before(sqlite_database: Database, tmp_path: Path) -> None:
    engine = RunEngine(sqlite_database, InlineDispatcher(), all_run_types(), None)
    toolbox = Toolbox(all_tools(), Services(sqlite_database, engine, ()))
    engine.equip(toolbox)
    result = synced(toolbox, sub_type="gmail_metadata", file=str(mailbox(tmp_path, [bytes(Mail("Hello"))])))
    assert (result["added"], result["replies"]) == (1, 0)


def test_a_sync_without_a_file_of_an_account_without_imap_says_how_to_get_one(
    toolbox: Toolbox, services: Services
) -> None:
    with pytest.raises(NotConnected, match=r"no way to its mails is connected.*takeout"):
        synced(toolbox, sub_type="gmail_metadata", platform_account_id=connect(services, None))


def mailbox(folder: Path, mails: Iterable[bytes]) -> Path:
    """A mailbox with these mails, as programs write one."""
    file = folder / "mail.mbox"
    quoted = (mail.replace(b"\nFrom ", b"\n>From ") for mail in mails)
    file.write_bytes(b"".join(b"From x@y Mon Nov  2 09:00:00 2026\n" + mail + b"\n\n" for mail in quoted))
    return file


def synced(toolbox: Toolbox, **arguments: Any) -> dict[str, Any]:
    """The result of a sync that went well."""
    view = toolbox.call("start_sync", arguments, Caller(Face.CLI))
    assert isinstance(view, RunView)
    engine = toolbox.services.engine
    assert isinstance(engine, RunEngine)
    engine.serve()
    with toolbox.database.read() as session:
        run = runs.get_workflow_run(session, view.id)
        assert run is not None
        assert run.status is RunStatus.COMPLETED, run.result
        return dict(json.loads(run.result or "{}"))
