"""A mailbox at Microsoft signs in with a browser; its servers let it in by XOAUTH2, and letters go and come."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import anyio.to_thread
import pytest
from mcp import Client

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, InboundSource, Platform, Transport
from onelane.tools.outreach.inbound.inbox import read_inbox
from onelane.tools.outreach.mail.account_care import disconnect_account
from onelane.tools.outreach.mail.account_check import AccountChecked
from onelane.tools.outreach.mail.connecting import check_mail, connect_mail
from onelane.tools.outreach.mail.mail_accounts import NotSignedIn, ServerWishes
from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.outreach.mail.sign_in.microsoft import SCOPES, MailboxSignIn, address_in
from onelane.tools.platforms.online.sign_in.redirect import query_of
from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in, complete_sign_in
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.online import OneWait, Online
from onelane.tools.sync.account_views import read_account
from tests.browsers import agree, visit
from tests.conftest import do_without
from tests.databases import Clock
from tests.online_accounts import services_at
from tests.server.houses import house, with_services
from tests.tools.outreach.mail.imap_server import DOVECOT, IMAP_PASSWORD
from tests.tools.outreach.mail.mail_servers import USER
from tests.tools.outreach.mail.token_servers import Microsoft, running_microsoft
from tests.tools.outreach.sending.post_office import LETTER, NO_PACE, PostOffice, limits_json

pytestmark = pytest.mark.xdist_group("microsoft")

REDIRECT = "http://127.0.0.1:8766/callback"


@dataclass(frozen=True)
class Desk:
    """Where Ada sits."""

    services: Services
    microsoft: Microsoft

    def connect(self, purpose: MailboxSignIn | None = None) -> Account:
        """Sign in, and agree in the browser."""
        sign_in = begin_sign_in(self.services, purpose or self.purpose(), REDIRECT)
        return complete_sign_in(self.services, sign_in, sign_in.code_in(query_of(agree(sign_in.url))))

    def purpose(self, address: str | None = None) -> MailboxSignIn:
        """A mailbox at the servers of this test."""
        return MailboxSignIn(address, "Ada", _wishes(self.microsoft.smtp), _wishes(self.microsoft.box.server))

    def check(self, account: Account) -> AccountChecked:
        """Send a message to oneself."""
        chance = f"abcdef{len(self.microsoft.postbox.letters):06}"
        return check_mail(self.services, account.id, chance=chance, wait=lambda: None)

    def rows(self) -> list[Account]:
        """The accounts as they are now."""
        with self.services.database.read() as session:
            return accounts.list_accounts(session)


@dataclass
class TokenOffice(PostOffice):
    """Letters that go out of a mailbox at Microsoft."""

    desk: Desk | None = None

    def connect(self, address: str, **limits: int) -> str:
        """Sign the mailbox in."""
        assert self.desk is not None
        self.account_id = self.desk.connect().id
        self.change_account(limits=limits_json(**{**NO_PACE, **limits}))
        return self.account_id


def _until_over(wait: OneWait) -> None:
    pause = threading.Event()
    while wait.is_waiting:
        pause.wait(0.02)


def _wishes(server: MailServer) -> ServerWishes:
    return ServerWishes(server.host, server.port, server.security)


@pytest.fixture(scope="module")
def running() -> Iterator[Microsoft]:
    if DOVECOT is None:
        do_without("needs Debian's dovecot-imapd, which `make test-setup` installs where it may")
    with running_microsoft() as microsoft:
        yield microsoft


@pytest.fixture
def desk(sqlite_database: Database, running: Microsoft) -> Desk:
    running.sign_in.families.clear()
    running.sign_in.complaints.clear()
    running.sign_in.renewals = 0
    running.sign_in.address = USER.title()
    running.postbox.tokens.clear()
    running.double.requests.clear()
    return Desk(services_at(running.url, sqlite_database), running)


def test_a_mailbox_signs_in_once_and_sends_and_is_read_by_what_was_granted(desk: Desk) -> None:
    account = desk.connect()
    assert (account.platform, account.account_key, account.auth_type) == (Platform.GMAIL, USER, AuthType.OAUTH)
    assert (account.transport, account.inbound, account.sender_name) == (Transport.SMTP, InboundSource.IMAP, "Ada")
    assert desk.microsoft.double.requests[0].first("scope") == " ".join(SCOPES)
    assert desk.check(account).arrived
    assert read_inbox(desk.services, account.id)
    shown = read_account(desk.services, account.id)
    assert (shown.features, shown.next_step, shown.status) == (("mail", "send"), None, AccountStatus.ACTIVE)
    assert desk.connect(MailboxSignIn()).id == account.id, "its servers are known, and it is the same mailbox"
    assert (len(desk.rows()), desk.microsoft.sign_in.renewals, desk.microsoft.sign_in.complaints) == (1, 0, [])


def test_a_token_that_is_refused_in_the_middle_is_renewed_once_for_both_servers(desk: Desk) -> None:
    account = desk.connect()
    desk.microsoft.sign_in.expire()
    assert desk.check(account).arrived
    read_inbox(desk.services, account.id)
    assert desk.microsoft.sign_in.renewals == 1
    assert len(set(desk.microsoft.postbox.tokens[-2:])) == 2, "the refused one, then the next"
    desk.microsoft.sign_in.expire()
    read_inbox(desk.services, account.id)
    assert (desk.microsoft.sign_in.renewals, desk.microsoft.sign_in.complaints) == (2, [])


@pytest.mark.parametrize("by", ["sending", "reading"])
def test_a_sign_in_that_is_refused_for_good_needs_signing_in_and_says_how(desk: Desk, by: str) -> None:
    account = desk.connect()
    desk.microsoft.sign_in.expire()
    desk.microsoft.sign_in.families[0].is_dead = True
    with pytest.raises(NotSignedIn, match="signs in again: onelane accounts connect microsoft") as refused:
        desk.check(account) if by == "sending" else read_inbox(desk.services, account.id)
    assert "microsoft-" not in str(refused.value)
    assert str(refused.value).count("signs in again") == 1
    assert "Connect it again" not in str(refused.value)
    assert desk.rows()[0].status is AccountStatus.NEEDS_REAUTH
    again = read_account(desk.services, account.id).next_step
    assert again == f"onelane accounts connect microsoft --address {USER}"
    asked = len(desk.microsoft.double.requests)
    with pytest.raises(NotSignedIn):
        read_inbox(desk.services, account.id)
    assert len(desk.microsoft.double.requests) == asked, "Microsoft is asked nothing until the person signs in"
    assert desk.connect().status is AccountStatus.ACTIVE
    assert desk.check(account).arrived


async def test_a_chat_opens_the_sign_in_of_a_mailbox_whose_servers_are_known(desk: Desk) -> None:
    desk.connect()
    desk.microsoft.sign_in.families[0].is_dead = True
    desk.microsoft.sign_in.expire()
    with pytest.raises(NotSignedIn):
        read_inbox(desk.services, desk.rows()[0].id)
    settings = replace(desk.services.online.settings, oauth_redirect_url="http://127.0.0.1:0/callback")
    online = Online(settings, desk.services.online.connect)
    onelane = with_services(house(desk.services.database), online=online, vault=desk.services.vault)
    async with Client(build_mcp(onelane)) as client:
        refused = await client.call_tool("connect_account", {"platform": "microsoft", "features": ["send"]})
        sign_in = (await client.call_tool("connect_account", {"platform": "microsoft"})).structured_content
    assert "no features" in str(refused.content)
    assert sign_in is not None
    await anyio.to_thread.run_sync(lambda: visit(agree(sign_in["authorize_url"])))
    await anyio.to_thread.run_sync(_until_over, online.sign_in)
    assert [row.status for row in desk.rows()] == [AccountStatus.ACTIVE]


def test_letters_go_on_with_the_next_token_and_wait_once_nobody_gives_one(desk: Desk, clock: Clock) -> None:
    office = TokenOffice(desk.services, desk.microsoft.smtp, clock, desk=desk)
    office.open([LETTER])
    first = office.enroll()
    desk.microsoft.sign_in.expire()
    assert (office.send(), office.action(first).status) == (1, ActionStatus.SENT)
    assert desk.microsoft.sign_in.renewals == 1
    second = office.enroll(2)
    desk.microsoft.sign_in.expire()
    desk.microsoft.sign_in.families[0].is_dead = True
    assert (office.send(), office.action(second).status) == (0, ActionStatus.APPROVED)
    assert "onelane accounts connect microsoft" in str(office.action(second).error)
    assert office.account().status is AccountStatus.NEEDS_REAUTH
    desk.connect()
    assert office.send() == 1


def test_a_mailbox_that_the_servers_do_not_let_in_is_not_kept(desk: Desk) -> None:
    with pytest.raises(NotSignedIn, match=r"administrator switches on IMAP.*Nothing was changed"):
        desk.connect(desk.purpose("somebody.else@example.com"))
    assert desk.rows() == []


def test_whoever_microsoft_does_not_name_says_the_address(desk: Desk) -> None:
    desk.microsoft.sign_in.address = None
    with pytest.raises(Exception, match="--address ADDRESS"):
        desk.connect()
    assert desk.connect(desk.purpose(USER)).account_key == USER


def test_a_password_takes_the_place_of_the_sign_in_and_the_other_way_round(desk: Desk) -> None:
    account = desk.connect()
    smtp, imap = desk.microsoft.smtp, desk.microsoft.box.server
    connect_mail(desk.services, USER, sender_name=None, password=IMAP_PASSWORD, smtp=smtp, imap=imap, is_checked=False)
    assert desk.rows()[0].auth_type is AuthType.API_KEY
    assert read_account(desk.services, account.id).scopes == ()
    assert desk.connect().id == account.id
    assert desk.rows()[0].auth_type is AuthType.OAUTH


def test_disconnecting_forgets_the_sign_in_and_says_where_it_is_taken_away(desk: Desk) -> None:
    account = desk.connect()
    left = disconnect_account(desk.services, account.id).left_to_do
    assert "Take the permission away at Microsoft" in str(left)
    assert desk.rows()[0].credentials_encrypted is None


@pytest.mark.parametrize("token", [None, "", "a.b.c", "e30", "e30.W10.", "e30.eyJlbWFpbCI6IDF9."])
def test_an_id_token_that_names_nobody_is_none(token: str | None) -> None:
    assert address_in(token) is None
