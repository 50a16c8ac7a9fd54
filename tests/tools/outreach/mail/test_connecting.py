"""A mail account is kept when its servers let it in, and its secret opens with the home's key only."""

from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from onelane.storage.database.engine import Database
from onelane.storage.outreach.signing_in import mark_signed_out
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, InboundSource, Platform, Transport
from onelane.tools.outreach.mail.authentication import authentication_of
from onelane.tools.outreach.mail.connecting import ConnectedAccount, change_limits, check_mail, connect_mail
from onelane.tools.outreach.mail.mail_accounts import (
    NotSignedIn,
    ServerWishes,
    find_servers,
    read_credentials,
)
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Forbidden, NotFound
from onelane.tools.registry.gate.vault import Vault, VaultClosed
from tests.engines import idle_engine
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox
from tests.tools.outreach.mail.mail_servers import USER, Postbox, running_smtp


@pytest.fixture
def services(sqlite_database: Database) -> Services:
    return Services(sqlite_database, idle_engine(sqlite_database), ())


class Delivering(Postbox):
    """A server that delivers what it accepts into the mailbox, as the receiving side does."""

    def __init__(self, box: ImapBox) -> None:
        super().__init__()
        self.box = box

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        assert isinstance(envelope, Envelope)
        assert isinstance(envelope.content, bytes)
        results = (
            b"Authentication-Results: mx.example.com; spf=pass; dkim=pass header.d=example.com;\r\n dmarc=pass\r\n"
        )
        signature = (
            b"DKIM-Signature: v=1; d=example.com; h=From:Subject:List-Unsubscribe:\r\n List-Unsubscribe-Post\r\n"
        )
        self.box.deliver(results + signature + envelope.content)
        return await super().handle_DATA(server, session, envelope)


def connected(
    services: Services, smtp: MailServer, imap: MailServer | None = None, *, is_checked: bool = True
) -> ConnectedAccount:
    return connect_mail(
        services,
        USER,
        sender_name="Ada Example",
        password=IMAP_PASSWORD,
        smtp=smtp,
        imap=imap,
        is_checked=is_checked,
    )


def account_of(services: Services, account_id: str) -> Account:
    with services.database.read() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        return account


SMTP = MailServer("localhost", 2525, Security.NONE, USER)


def test_an_account_is_kept_and_checked_with_a_message_to_itself(services: Services, imap_box: ImapBox) -> None:
    with running_smtp(Delivering(imap_box), security=Security.NONE, password=IMAP_PASSWORD) as smtp:
        done = connected(services, smtp, imap_box.server)
        assert (done.checked.smtp, done.checked.imap, done.inbound) == (True, True, InboundSource.IMAP)
        account = account_of(services, done.id)
        assert (account.transport, account.sender_name, account.auth_type) == (
            Transport.SMTP,
            "Ada Example",
            AuthType.API_KEY,
        )
        assert IMAP_PASSWORD not in (account.credentials_encrypted or "")
        checked = check_mail(services, done.id, chance="abcdef012345", wait=lambda: None)
    assert checked.arrived
    assert checked.authentication is not None
    assert checked.authentication.model_dump() == {
        "spf": "pass",
        "dkim": "pass",
        "dmarc": "pass",
        "dkim_covers_unsubscribe": True,
    }


def test_an_account_that_is_not_let_in_is_not_kept(services: Services, imap_box: ImapBox) -> None:
    with (
        running_smtp(Postbox(), security=Security.NONE) as smtp,
        pytest.raises(NotSignedIn, match="Nothing was changed") as refused,
    ):
        connected(services, smtp, imap_box.server)
    assert IMAP_PASSWORD not in str(refused.value)
    with services.database.read() as session:
        assert accounts.list_accounts(session) == []


def test_connecting_again_is_the_same_account_and_lets_it_go_on(services: Services) -> None:
    first = connected(services, SMTP, is_checked=False)
    with services.database.write() as session:
        mark_signed_out(session, first.id)
    assert account_of(services, first.id).status is AccountStatus.NEEDS_REAUTH
    again = connected(services, SMTP, is_checked=False)
    assert (again.id, again.status, again.inbound) == (first.id, AccountStatus.ACTIVE, InboundSource.IMPORT)


def test_an_account_that_is_known_from_an_export_keeps_its_row(services: Services) -> None:
    with services.database.write() as session:
        known = accounts.ensure_account(
            session, platform=Platform.GMAIL, display_name="Ada", auth_type=AuthType.FILE, account_key=USER
        )
    done = connected(services, SMTP, is_checked=False)
    assert done.id == known.id
    assert account_of(services, known.id).auth_type is AuthType.API_KEY


def test_a_home_that_lost_its_key_says_so_when_the_account_is_used(services: Services) -> None:
    done = connected(services, SMTP, is_checked=False)
    account = account_of(services, done.id)
    assert read_credentials(services.vault, account).password == IMAP_PASSWORD
    with pytest.raises(VaultClosed, match="another key"):
        read_credentials(Vault.of_nobody(), account)


def test_limits_hold_within_what_the_provider_takes(services: Services) -> None:
    gmail = MailServer("smtp.gmail.com", 465, Security.TLS, USER)
    done = connected(services, gmail, is_checked=False)
    shown = change_limits(services, done.id, {"per_day": None})
    assert (shown.per_day, shown.per_hour, shown.new_per_day, shown.spacing_seconds) == (50, 20, 20, 60)
    assert (shown.provider, shown.provider_per_day) == ("Google Workspace", 2000)
    assert change_limits(services, done.id, {"per_day": 200, "jitter_seconds": 0}).per_day == 200
    with pytest.raises(BadRequest, match="between 1 and 2000"):
        change_limits(services, done.id, {"per_day": 2001})
    with pytest.raises(BadRequest, match="Nothing was changed"):
        change_limits(services, done.id, {"per_hour": 0})
    assert change_limits(services, done.id, {}).per_day == 200


def test_a_read_only_onelane_connects_nothing(services: Services) -> None:
    locked = Services(services.database, services.engine, (), read_only=True)
    with pytest.raises(Forbidden, match="read-only"):
        connected(locked, SMTP, is_checked=False)


def test_an_account_that_is_none_is_told(services: Services) -> None:
    with pytest.raises(NotFound, match="onelane accounts list"):
        change_limits(services, "acc_nope", {})


def test_servers_are_those_of_the_provider_unless_the_person_says_otherwise() -> None:
    nothing = ServerWishes()
    smtp, imap = find_servers("ada@icloud.com", user=None, smtp=nothing, imap=nothing)
    assert smtp == MailServer("smtp.mail.me.com", 587, Security.STARTTLS, "ada@icloud.com")
    assert imap == MailServer("imap.mail.me.com", 993, Security.TLS, "ada@icloud.com")
    own = ServerWishes("mail.example.com", 587)
    smtp, imap = find_servers("ada@example.com", user="ada", smtp=own, imap=nothing)
    assert (smtp, imap) == (MailServer("mail.example.com", 587, Security.STARTTLS, "ada"), None)
    workspace = ServerWishes("smtp.gmail.com")
    smtp, imap = find_servers("ada@example.com", user=None, smtp=workspace, imap=nothing)
    assert (smtp.port, imap and imap.host) == (465, "imap.gmail.com")
    with pytest.raises(BadRequest, match=r"\(--host\), such as smtp\.example\.com"):
        find_servers("ada@example.com", user=None, smtp=nothing, imap=nothing)
    with pytest.raises(BadRequest, match="no e-mail address"):
        find_servers("ada", user=None, smtp=nothing, imap=nothing)


@pytest.mark.parametrize("host", ["smtp.example.com:587", "https://smtp.example.com", "smtp x", "", "a@b.example"])
def test_a_server_is_named_by_its_name_alone(host: str) -> None:
    with pytest.raises(BadRequest, match="is no name of a server"):
        MailServer(host, 587, Security.STARTTLS, "ada")


def test_only_the_topmost_result_of_a_check_counts() -> None:
    head = (
        b"Authentication-Results: mx.example.com; spf=fail smtp.mailfrom=x; dkim=none\r\n"
        b"Authentication-Results: forged.example; spf=pass; dkim=pass; dmarc=pass\r\n"
        b"DKIM-Signature: v=1; h=from:subject; b=abc\r\n\r\n"
    )
    verdicts = authentication_of(head)
    assert (verdicts.spf, verdicts.dkim, verdicts.dmarc, verdicts.dkim_covers_unsubscribe) == (
        "fail",
        "none",
        None,
        False,
    )
    assert authentication_of(b"Subject: x\r\n\r\n").dkim_covers_unsubscribe is None
