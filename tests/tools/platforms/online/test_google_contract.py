"""Google is asked what its own client asks, in requests that fit its documents, and whatever it answers is read."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from onelane.server.cli.doubles.gmail import Mailbox
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.google_people import AddressBook, person_fields
from onelane.server.cli.doubles.sign_in import GOOGLE_RULES, SignIn
from onelane.storage.database.engine import Database
from onelane.tools.platforms.formats.records import MessageRecord, PersonRecord
from onelane.tools.platforms.google.gmail_answers import record_of
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.google.people_answers import person_record
from onelane.tools.platforms.google.people_client import PeopleClient
from onelane.tools.platforms.online.failures import (
    AgainAt,
    CursorExpired,
    NothingThere,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
)
from onelane.tools.platforms.online.http_client import PlatformClient
from tests.databases import Clock
from tests.tools.platforms.online.asking import SeenBearer, client_of, online_account
from tests.vendor_documents import VendorDocument, answering_as, fitting

pytestmark = pytest.mark.xdist_group("google contract")

OWN = frozenset({"me@example.com"})
Ask = Callable[[PlatformClient], object]

OFFICIAL: dict[str, Ask] = {
    "people.connections.list.full": lambda client: PeopleClient(client).connections(),
    "people.connections.list.page2": lambda client: PeopleClient(client).connections(page_token="PT"),
    "people.connections.list.sync": lambda client: PeopleClient(client).connections(sync_token="ST"),
    "people.otherContacts.list": lambda client: PeopleClient(client).other_contacts(),
    "gmail.getProfile": lambda client: GmailClient(client).profile(),
    "gmail.messages.list": lambda client: GmailClient(client).messages(
        query="from:ada@example.com OR to:ada@example.com", max_results=100
    ),
    "gmail.messages.get.metadata": lambda client: GmailClient(client).message("18f", ("Date", "From", "To")),
    "gmail.history.list": lambda client: GmailClient(client).history("100", max_results=None),
    "gmail.messages.send": lambda client: GmailClient(client).send(b"hi"),
    "gmail.drafts.create": lambda client: GmailClient(client).create_draft(b"hi"),
    "gmail.drafts.send": lambda client: GmailClient(client).send_draft("d1"),
}
"""Our calls, by the names under which Google's own client was recorded."""


@pytest.fixture(scope="module")
def online_database(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database for clients that keep nothing in it."""
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("online") / "onelane.db")
    database = Database(f"sqlite:///{file}", clock=Clock())
    yield database
    database.close()


@pytest.fixture(scope="session")
def gmail_document(contracts: Path) -> VendorDocument:
    return VendorDocument(contracts / "google/gmail.v1.openapi.json")


@pytest.fixture(scope="session")
def people_document(contracts: Path) -> VendorDocument:
    return VendorDocument(contracts / "google/people.v1.openapi.json")


def test_a_request_is_the_one_that_google_s_own_client_sends(contracts: Path, online_database: Database) -> None:
    recorded = json.loads((contracts / "official-client-requests/google.json").read_bytes())["requests"]
    assert {name: _sent(ask, online_database) for name, ask in OFFICIAL.items()} == {
        name: (each["method"], each["path"], sorted(each["query"]), each["body"]) for name, each in recorded.items()
    }


def _sent(ask: Ask, database: Database) -> tuple[str, str, list[list[str]], Any]:
    seen: list[httpx2.Request] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    with client_of(database, answering, platform="google") as client:
        ask(client)
    url, content = seen[0].url, seen[0].content
    query = sorted([name, value] for name, value in url.params.multi_items())
    return seen[0].method, url.path, query, json.loads(content) if content else None


class Answers:
    """The canned answers, each asked for by the call that gets it."""

    def __init__(self, contracts: Path, database: Database) -> None:
        self._contracts = contracts
        self._database = database

    def __call__(self, file: str, ask: Callable[[PlatformClient], Any], status: int = 200) -> Any:
        content = (self._contracts / file).read_bytes()

        def answering(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(status, content=content, headers={"Content-Type": "application/json"})

        with client_of(self._database, answering, platform="google") as client:
            return ask(client)


@pytest.fixture
def answers(contracts: Path, online_database: Database) -> Answers:
    return Answers(contracts, online_database)


def book(client: PlatformClient) -> Any:
    return PeopleClient(client).connections()


def test_the_address_book_is_read_to_its_last_page_where_the_sync_token_is(answers: Answers) -> None:
    first = answers("answers/google/people.connections.page1.json", book)
    last = answers("answers/google/people.connections.page2.json", book)
    assert (first.next_page_token, first.next_sync_token, first.total) == ("PT-1", "", 5)
    assert (last.next_page_token, last.next_sync_token, last.total) == ("", "ST-1", 5)
    people = [person_record(each, 1) for page in (first, last) for each in page.people]
    assert all(isinstance(each, PersonRecord) for each in people)
    ada, _, office, works, _ = people
    assert isinstance(ada, PersonRecord)
    assert (ada.platform_user_id, ada.name, ada.company, ada.title) == (
        "people/c1001",
        "Ada Example",
        "Analytical Engines",
        "VP",
    )
    assert [(each.normalized, each.label) for each in ada.emails] == [
        ("ada@example.com", "Work"),
        ("ada.home@example.org", "Home"),
    ]
    assert (ada.phones, ada.website, ada.notes) == (
        ("+442079460000",),
        "https://x.com/ada_example",
        "Met at the looms fair",
    )
    assert isinstance(office, PersonRecord)
    assert (office.name, [each.normalized for each in office.emails]) == (None, ["office@example.com"])
    assert isinstance(works, PersonRecord)
    assert (works.name, works.is_organisation) == ("Compiler Works", True)


def test_a_delta_tells_what_changed_what_is_gone_and_what_was_merged(answers: Answers) -> None:
    delta = answers("answers/google/people.connections.delta.json", book)
    assert [(each.resource_name, each.is_deleted, each.former_names) for each in delta.people] == [
        ("people/c1002", False, ()),
        ("people/c1005", True, ()),
        ("people/c1006", False, ("people/c1999",)),
    ]
    gone, merged = person_record(delta.people[1], 1), person_record(delta.people[2], 2)
    assert isinstance(gone, PersonRecord)
    assert (gone.platform_user_id, gone.is_gone) == ("people/c1005", True)
    assert isinstance(merged, PersonRecord)
    assert (merged.platform_user_id, merged.former_user_ids) == ("people/c1006", ("people/c1999",))
    nothing = answers("answers/google/people.connections.delta-none.json", book)
    assert (nothing.people, nothing.next_sync_token) == ((), "ST-3")


def test_whom_one_has_only_mailed_is_told_by_address(answers: Answers) -> None:
    page = answers("answers/google/otherContacts.page1.json", lambda client: PeopleClient(client).other_contacts())
    (kay,) = [person_record(each, 1) for each in page.people]
    assert isinstance(kay, PersonRecord)
    assert (kay.platform_user_id, [each.normalized for each in kay.emails]) == (None, ["kay@example.com"])


def mail(client: PlatformClient) -> Any:
    return GmailClient(client).message("18f")


@pytest.mark.parametrize(
    ("file", "direction", "is_bulk", "people"),
    [
        ("inbound", "inbound", False, ["ada@example.com"]),
        ("outbound", "outbound", False, ["ada@example.com", "grace@example.com"]),
        ("bulk", "inbound", True, ["news@letters.example.com"]),
        ("bounce", "inbound", True, ["mailer-daemon@googlemail.com"]),
        ("autoreply", "inbound", True, ["ada@example.com"]),
    ],
)
def test_a_mail_tells_who_wrote_to_whom(
    file: str, direction: str, is_bulk: bool, people: list[str], answers: Answers
) -> None:
    read = record_of(answers(f"answers/google/gmail.message.{file}.json", mail), 1, OWN)
    assert isinstance(read, MessageRecord)
    named = [email.normalized for person in read.people for email in person.emails]
    assert (read.direction, read.is_bulk, named) == (direction, is_bulk, people)
    assert "must never be kept" not in repr(read)


def test_lists_and_history_are_read_page_by_page(answers: Answers) -> None:
    profile = answers("answers/google/gmail.profile.json", lambda client: GmailClient(client).profile())
    assert (profile.address, profile.history_id, profile.messages_total) == ("me@example.com", "9004", 4)

    def listed(name: str) -> Any:
        return answers(f"answers/google/gmail.messages.list.{name}.json", lambda client: GmailClient(client).messages())

    assert listed("page1").ids == ("18f0000000000003", "18f0000000000002")
    assert [listed(name).next_page_token for name in ("page1", "page2", "empty")] == ["0987654321", "", ""]
    assert listed("empty").ids == ()

    def history(name: str) -> Any:
        file = f"answers/google/gmail.history.{name}.json"
        return answers(file, lambda client: GmailClient(client).history("9004"))

    page = history("page1")
    assert (page.mail_ids, page.next_page_token, page.history_id) == (("18f0000000000005",), "09999", "9010")
    assert (history("none").mail_ids, history("none").history_id) == ((), "9010")


def test_what_was_sent_and_drafted_has_an_id(answers: Answers) -> None:
    sent = answers("answers/google/gmail.send-200.json", lambda client: GmailClient(client).send(b"hi"))
    assert (sent.mail_id, sent.thread_id) == ("18f0000000000101", "18f0000000000001")
    draft = "answers/google/gmail.drafts.create-200.json"
    assert answers(draft, lambda client: GmailClient(client).create_draft(b"hi")) == "r101"
    sent = answers("answers/google/gmail.drafts.send-200.json", lambda client: GmailClient(client).send_draft("r101"))
    assert sent.thread_id == "18f0000000000102"


FAILURES: list[tuple[str, int, Ask, type[PlatformFailure]]] = [
    ("answers/google/people.expired-sync-token-400.invalid-argument.json", 400, book, CursorExpired),
    ("google/people.expired-sync-token-400.json", 400, book, CursorExpired),
    ("google/people.expired-sync-token-400.json", 410, book, CursorExpired),
    ("answers/google/people.error-403-scope.json", 403, book, PersonMustAct),
    ("google/error-401.json", 401, book, SignInAgain),
    ("answers/google/people.error-429-quota.json", 429, book, AgainAt),
    ("google/gmail.error-403-metadata-scope-q.json", 403, mail, PersonMustAct),
    ("google/gmail.history-404.json", 404, lambda client: GmailClient(client).history("1"), CursorExpired),
    ("google/gmail.history-404.json", 404, mail, NothingThere),
    ("google/gmail.error-403-userRateLimitExceeded.json", 403, mail, AgainAt),
    ("google/gmail.error-429-rateLimitExceeded.json", 429, lambda client: GmailClient(client).profile(), AgainAt),
]


def test_a_failure_of_google_s_says_what_helps(contracts: Path, sqlite_database: Database) -> None:
    answers = Answers(contracts, sqlite_database)
    for file, status, ask, failure in FAILURES:
        with pytest.raises(failure):
            answers(file, ask, status)


@pytest.mark.parametrize("body", [b"[]", b'"closed"', b"7", b'{"error": {"code": 500}}'])
def test_an_answer_that_is_no_object_is_not_taken_for_an_empty_list(body: bytes, online_database: Database) -> None:
    def answering(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=body)

    with client_of(online_database, answering, platform="google") as client, pytest.raises(UnreadableAnswer):
        PeopleClient(client).connections()


def test_what_is_missing_unknown_or_of_another_kind_does_no_harm(online_database: Database) -> None:
    strange: dict[str, Any] = {
        "resourceName": "people/c1",
        "names": [{"displayName": 7, "givenName": None}],
        "emailAddresses": None,
        "phoneNumbers": "none",
        "organizations": [None, {"name": "Engines\0 Ltd", "future": {"a": [1]}}],
        "metadata": [],
        "memberships": [{"contactGroupMembership": {}}],
    }

    def answering(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"connections": [strange, "x", None], "totalItems": "many", "kind": 1})

    with client_of(online_database, answering, platform="google") as client:
        page = PeopleClient(client).connections()
    (record,) = [person_record(each, 1) for each in page.people]
    assert isinstance(record, PersonRecord)
    assert (record.name, record.company, page.total) == ("7", "Engines Ltd", None)


def test_the_double_s_address_book_fits_google_s_document(
    people_document: VendorDocument, online_database: Database
) -> None:
    people = AddressBook(page_size=2)
    for number, name in enumerate(("Ada Example", "Grace Sample", "Kay Pretend"), 1):
        people.put(number, **person_fields(name, f"p{number}@example.com", company="Engines", title="VP"))
    answering = fitting(people_document, answering_as(Google(book=people).double()))
    with client_of(online_database, answering, platform="google") as client:
        asked = PeopleClient(client)
        first = asked.connections()
        last = asked.connections(page_token=first.next_page_token)
        people.delete(2)
        people.put(3, former=(1,), **person_fields("Kay Pretend", "p3@example.com"))
        delta = asked.connections(sync_token=last.next_sync_token)
        people.expire_tokens()
        with pytest.raises(CursorExpired):
            asked.connections(sync_token=delta.next_sync_token)
        asked.other_contacts()
    assert (len(first.people), first.next_sync_token, len(last.people)) == (2, "", 1)
    assert [(each.resource_name, each.is_deleted, each.former_names) for each in delta.people] == [
        ("people/c2", True, ()),
        ("people/c3", False, ("people/c1",)),
    ]


def test_the_double_s_mailbox_fits_google_s_document(gmail_document: VendorDocument, online_database: Database) -> None:
    mailbox = Mailbox(now=online_database.clock, page_size=2)
    for number in range(3):
        mailbox.deliver(
            f"18f{number}", {"from": f"Ada <p{number}@example.com>", "To": "me@example.com", "Subject": "x"}
        )
    answering = fitting(gmail_document, answering_as(Google(mailbox=mailbox).double()))
    with client_of(online_database, answering, platform="google") as client:
        asked = GmailClient(client)
        profile, listed = asked.profile(), asked.messages()
        assert (len(listed.ids), len(asked.messages(page_token=listed.next_page_token).ids)) == (2, 1)
        assert asked.messages(labels=("SENT",)).ids == ()
        read = asked.message(listed.ids[0])
        assert [name for name, _ in read.headers] == ["from", "To"]
        sent = asked.send(b"From: me@example.com\r\nTo: ada@example.com\r\nSubject: Hi\r\n\r\nHello", thread_id="18f0")
        draft = asked.create_draft(b"From: me@example.com\r\nTo: ada@example.com\r\n\r\nHello")
        drafted = asked.history(profile.history_id)
        assert (sent.thread_id, drafted.mail_ids) == ("18f0", (sent.mail_id,))
        assert asked.send_draft(draft).mail_id != draft
        assert isinstance(record_of(asked.message(sent.mail_id), 1, OWN), MessageRecord)
        mailbox.forget_history()
        with pytest.raises(CursorExpired):
            asked.history(profile.history_id)
        with pytest.raises(NothingThere):
            asked.message("18f9")
    assert mailbox.sent[0].endswith(b"Hello")


def test_the_double_refuses_more_than_the_quota(sqlite_database: Database) -> None:
    mailbox = Mailbox(now=sqlite_database.clock, units_a_minute=45)
    mailbox.deliver("18f1", {"From": "ada@example.com"})
    answering = answering_as(Google(mailbox=mailbox).double())
    with client_of(sqlite_database, answering, platform="google") as client:
        GmailClient(client).messages()
        GmailClient(client).message("18f1")
        GmailClient(client).message("18f1")
        with pytest.raises(AgainAt):
            GmailClient(client).message("18f1")
    assert mailbox.units == 45


def test_the_double_lets_in_whoever_was_granted_it_and_nobody_else(sqlite_database: Database) -> None:
    google = Google(sign_in=SignIn(GOOGLE_RULES))
    assert google.sign_in is not None
    token = google.sign_in.grant("https://www.googleapis.com/auth/gmail.metadata").access_token
    bearer = SeenBearer(online_account(sqlite_database).id, [token])
    with client_of(sqlite_database, answering_as(google.double()), platform="google", bearer=bearer) as client:
        assert GmailClient(client).messages().ids == ()
        with pytest.raises(PersonMustAct):
            PeopleClient(client).connections()
        with pytest.raises(PersonMustAct):
            GmailClient(client).send(b"hi")
        google.sign_in.expire()
        with pytest.raises(SignInAgain):
            GmailClient(client).messages()
