"""Letters go by Gmail's API once, in order and in one thread; what may have arrived is never sent again by itself."""

from dataclasses import dataclass, replace
from email import message_from_bytes

import httpx2
import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.google_errors import google_error
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass
from onelane.storage.platforms.accounts import Account, AuthType, Platform, Transport
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.outreach.sending.settling import settle_uncertain
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.sign_in.connecting import keep_account
from onelane.tools.platforms.online.sign_in.identity import Identity
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online
from tests.databases import Clock
from tests.engines import idle_engine
from tests.tools.outreach.mail.mail_servers import USER
from tests.tools.outreach.sending.post_office import NO_PACE, PostOffice, limits_json
from tests.vendor_documents import answering_as

_SEND = tuple(f"https://www.googleapis.com/auth/{name}" for name in ("gmail.send", "gmail.compose"))
_METADATA = "https://www.googleapis.com/auth/gmail.metadata"
_CONTACTS = ("https://www.googleapis.com/auth/contacts.readonly",)


@dataclass
class GmailOffice(PostOffice):
    """A post office whose account signs in at Google."""

    def connect(self, address: str, **limits: int) -> str:
        """Connect the account."""
        account_id = self.sign_in(_SEND)
        with self.database.write() as session:
            account = session.get_one(Account, account_id)
            account.limits, account.sender_name = limits_json(**{**NO_PACE, **limits}), "Ada"
            session.add(account)
        return account_id

    def sign_in(self, scopes: tuple[str, ...]) -> str:
        """Sign the account in; its id."""
        with self.database.write() as session:
            return keep_account(
                session,
                self.services.vault,
                Platform.GMAIL,
                Identity(account_key=USER, display_name=USER),
                Grant("token", scopes=scopes),
                auth_type=AuthType.OAUTH,
                is_owned=None,
                joins_import=False,
            ).id


@dataclass
class AtGoogle:
    """What a test works with.

    Args:
        office: the letters
        google: where they go
    """

    office: GmailOffice
    google: Google

    def __post_init__(self) -> None:
        self.double = self.google.double()

    @property
    def sent(self) -> list[bytes]:
        """The letters that Gmail took."""
        return self.google.mailbox.sent

    def fails(self, answer: DoubleAnswer, *, at: str = "send") -> None:
        """Let Gmail answer so from now on, instead of doing what it is asked."""

        def answering(request: DoubleRequest) -> DoubleAnswer:
            return answer

        routes = dict.fromkeys((path for path in self.double.routes if path.endswith(f"/{at}")), answering)
        self.double.routes = {**self.double.routes, **routes}


@pytest.fixture
def at_google(sqlite_database: Database, clock: Clock) -> AtGoogle:
    google = Google()
    google.mailbox.now, google.mailbox.owner = clock, USER
    services = Services(
        sqlite_database, idle_engine(sqlite_database), (), vault=Vault(lambda: b"k" * 32), online=Online()
    )
    made = AtGoogle(GmailOffice(services, MailServer("localhost", 1, Security.NONE, USER), clock), google)
    online = Online(connect=lambda: httpx2.Client(transport=httpx2.MockTransport(answering_as(made.double))))
    made.office.services = replace(services, online=online)
    made.office.open()
    return made


def test_letters_go_by_gmail_in_order_and_in_one_thread(at_google: AtGoogle) -> None:
    office = at_google.office
    assert (office.account().transport, office.account().limits != "{}") == (Transport.GMAIL, True)
    enrolled = office.enroll()
    for number in range(2):
        assert office.send() == 1
        office.clock.advance(minutes=1)
        assert office.write_letters() == 1, number
        office.change_account(inbox_read_at=office.clock())
    first, second = map(message_from_bytes, at_google.sent)
    assert (first["Subject"], second["Subject"]) == ("Compilers", "Re: Compilers")
    assert (first["To"], first["From"]) == ("grace1@example.net", f"Ada <{USER}>")
    assert second["In-Reply-To"] == first["Message-ID"]
    one, two = office.action(enrolled), office.action(enrolled, 1)
    assert (one.status, one.provider_id, two.thread_id) == (ActionStatus.SENT, one.thread_id, one.thread_id)
    posts = [each.json for each in at_google.double.requests if each.method == "POST"]
    assert [each.get("threadId") for each in posts] == [None, one.thread_id]


def test_a_thread_that_was_deleted_keeps_no_letter(at_google: AtGoogle) -> None:
    office = at_google.office
    office.enroll()
    office.send()
    office.clock.advance(minutes=1)
    office.write_letters()
    office.change_account(inbox_read_at=office.clock())
    route = "POST /gmail/v1/users/me/messages/send"
    takes = at_google.double.routes[route]

    def without_threads(request: DoubleRequest) -> DoubleAnswer:
        gone = DoubleAnswer(404, {"error": {"code": 404, "errors": [{"reason": "notFound"}]}})
        return gone if "threadId" in request.json else takes(request)

    at_google.double.routes = {**at_google.double.routes, route: without_threads}
    assert (office.send(), len(at_google.sent)) == (1, 2)


LOST = DoubleAnswer(503, b"upstream connect error")


@pytest.mark.parametrize(
    ("answer", "status", "error_class"),
    [
        (LOST, ActionStatus.UNCERTAIN, None),
        (DoubleAnswer(503, {}, {"Retry-After": "5"}), ActionStatus.UNCERTAIN, None),
        (DoubleAnswer(200, b"<html>"), ActionStatus.UNCERTAIN, None),
        (DoubleAnswer(200, {}), ActionStatus.UNCERTAIN, None),
        (google_error(400, "INVALID_ARGUMENT", "Invalid To header", "invalidArgument"), ActionStatus.FAILED, "refused"),
        (google_error(429, "RESOURCE_EXHAUSTED", "Limit", "rateLimitExceeded"), ActionStatus.APPROVED, "quota"),
        (google_error(403, "PERMISSION_DENIED", "Scopes", "insufficientPermissions"), ActionStatus.APPROVED, "blocked"),
        (google_error(401, "UNAUTHENTICATED", "Invalid", "authError"), ActionStatus.APPROVED, "signed_out"),
    ],
)
def test_what_gmail_answers_says_what_becomes_of_a_letter(
    answer: DoubleAnswer, status: ActionStatus, error_class: str | None, at_google: AtGoogle
) -> None:
    enrolled = at_google.office.enroll()
    at_google.fails(answer)
    assert at_google.office.send() == 0
    action = at_google.office.action(enrolled)
    assert (action.status, action.error_class) == (status, error_class)
    posts = sum(each.method == "POST" for each in at_google.double.requests)
    at_google.office.clock.advance(minutes=10)
    at_google.office.send()
    # Whatever became of it: nothing goes again by itself while the account rests, or nobody knows.
    assert sum(each.method == "POST" for each in at_google.double.requests) == posts


def test_a_gmail_that_does_not_answer_before_the_letter_is_tried_again(at_google: AtGoogle) -> None:
    enrolled = at_google.office.enroll()
    at_google.fails(LOST, at="profile")
    assert at_google.office.send() == 0
    action = at_google.office.action(enrolled)
    assert (action.status, action.error_class, action.attempts) == (ActionStatus.APPROVED, ErrorClass.RETRY_LATER, 1)
    assert all(each.method == "GET" for each in at_google.double.requests)
    at_google.double.routes = at_google.google.double().routes
    at_google.office.clock.advance(minutes=10)
    assert at_google.office.send() == 1


def test_an_account_that_may_no_longer_send_has_no_way_to(at_google: AtGoogle) -> None:
    at_google.office.sign_in(_CONTACTS)
    assert at_google.office.account().transport is None


def test_a_letter_whose_answer_was_lost_is_found_among_what_gmail_has_sent(at_google: AtGoogle) -> None:
    office = at_google.office
    office.sign_in((*_SEND, _METADATA))
    enrolled = office.enroll()
    route = "POST /gmail/v1/users/me/messages/send"
    takes = at_google.double.routes[route]

    def loses_the_answer(request: DoubleRequest) -> DoubleAnswer:
        takes(request)
        return LOST

    at_google.double.routes = {**at_google.double.routes, route: loses_the_answer}
    assert (office.send(), office.action(enrolled).status) == (0, ActionStatus.UNCERTAIN)
    other = office.enroll(2)
    at_google.fails(LOST)
    assert (office.send(), office.action(other).status) == (0, ActionStatus.UNCERTAIN)
    office.clock.advance(hours=1)
    assert settle_uncertain(office.database, office.services) == 1
    assert [office.action(each).status for each in (enrolled, other)] == [ActionStatus.SENT, ActionStatus.UNCERTAIN]
    assert len(at_google.sent) == 1


def test_without_the_permission_to_read_heads_it_stays_uncertain(at_google: AtGoogle) -> None:
    enrolled = at_google.office.enroll()
    at_google.fails(LOST)
    at_google.office.send()
    at_google.fails(google_error(403, "PERMISSION_DENIED", "Scopes", "insufficientPermissions"), at="messages")
    assert settle_uncertain(at_google.office.database, at_google.office.services) == 0
    assert at_google.office.action(enrolled).status is ActionStatus.UNCERTAIN
