"""Google's clients against servers that others wrote: prism by Google's documents, and emulate, a Gmail with state."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.formats.records import MessageRecord
from onelane.tools.platforms.google.gmail_answers import record_of
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.google.people_client import PeopleClient
from onelane.tools.platforms.online.failure_table import platform_rules
from onelane.tools.platforms.online.failures import NothingThere
from onelane.tools.platforms.online.http_client import PlatformClient
from onelane.tools.platforms.online.limits import RateLimits
from onelane.tools.platforms.online.oauth import authorize_url, exchange_code, renew
from onelane.tools.platforms.online.providers import provider_of
from onelane.tools.registry.ports.online import OnlineSettings, direct_client
from tests.conformance.processes import clean_environment, free_port, serving
from tests.conftest import node_command
from tests.tools.platforms.online.asking import SeenBearer, online_account

PRISM, EMULATE = "@stoplight/prism-cli/dist/index.js", "emulate/dist/index.js"
Serve = Callable[[str], str]
REDIRECT = "http://127.0.0.1:8765/callback"
SCOPES = "openid email https://www.googleapis.com/auth/gmail.readonly"


def client_at(database: Database, url: str, token: str = "token") -> PlatformClient:
    """A client of a server that listens."""
    bearer = SeenBearer(online_account(database, Platform.GMAIL).id, [token])
    limits = RateLimits(database, bearer.account_id, platform_rules("google"))
    return PlatformClient(bearer, url, limits, direct_client, database.clock)


@pytest.fixture(scope="session")
def prism(contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serves Google's API by a document of Google's: what does not fit it is refused with 422."""
    home = tmp_path_factory.mktemp("prism")
    with ExitStack() as served:

        def serve(document: str) -> str:
            port, file = free_port(), contracts / "google" / document
            options = ["mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(file)]
            command = [*node_command(PRISM), *options]
            return served.enter_context(
                serving(command, port=port, log=home / f"{document}.log", env=clean_environment(home))
            )

        yield serve


@pytest.fixture(scope="session")
def emulate(contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Google that others wrote, with three mails in it."""
    home, port = tmp_path_factory.mktemp("emulate"), free_port()
    seed = contracts / "google" / "emulate.seed.yaml"
    command = [*node_command(EMULATE), "--service", "google", "--port", str(port), "--seed", str(seed)]
    with serving(command, port=port, log=home / "log", env=clean_environment(home)) as address:
        yield address


def test_a_server_made_of_google_s_documents_takes_every_request(prism: Serve, sqlite_database: Database) -> None:
    people, gmail = prism("people.v1.openapi.json"), prism("gmail.v1.openapi.json")
    with client_at(sqlite_database, people) as client:
        book = PeopleClient(client)
        assert book.connections().people
        book.connections(sync_token="ST", page_token="PT")
        book.other_contacts()
    with client_at(sqlite_database, gmail) as client:
        mails = GmailClient(client)
        mails.profile()
        mails.messages(labels=("INBOX",), page_token="1")
        assert mails.message("18f").mail_id
        mails.history("100", page_token="1")
        mails.send(b"Subject: Hi\r\n\r\nHello", thread_id="18f")
        mails.send_draft(mails.create_draft(b"Subject: Hi\r\n\r\nHello"))


def test_a_gmail_that_others_wrote_signs_in_lists_tells_what_came_and_sends(
    emulate: str, sqlite_database: Database
) -> None:
    token = signed_in(emulate, sqlite_database)
    with client_at(sqlite_database, emulate, token) as client:
        mails = GmailClient(client)
        listed = mails.messages(max_results=2)
        rest = mails.messages(page_token=listed.next_page_token)
        assert {*listed.ids, *rest.ids} == {"m1", "m2", "m3"}
        heads = [mails.message(mail_id) for mail_id in ("m1", "m2", "m3")]
        records = [record_of(head, 1, frozenset({"me@example.com"})) for head in heads]
        assert [
            (each.direction, [email.normalized for person in each.people for email in person.emails])
            for each in records
            if isinstance(each, MessageRecord)
        ] == [
            ("inbound", ["ada@example.com"]),
            ("outbound", ["ada@example.com"]),
            ("inbound", ["grace@example.com"]),
        ]
        with pytest.raises(NothingThere):
            mails.message("none")
        letter = b"From: me@example.com\r\nTo: ada@example.com\r\nSubject: Re: Lunch?\r\n\r\nAt one."
        before = mails.history("1").history_id
        sent = mails.send(letter, thread_id="t1")
        assert mails.send_draft(mails.create_draft(letter)).mail_id
        assert sent.thread_id == "t1"
        assert sent.mail_id in mails.history(before).mail_ids


def signed_in(url: str, database: Database) -> str:
    """Sign in as the product does, and let a script be the browser; an access token that was renewed once."""
    settings = OnlineSettings(
        google_client_id="cid.apps.googleusercontent.com",
        google_client_secret=SecretStr("secret"),
        google_auth_url=f"{url}/o/oauth2/v2/auth",
        google_token_url=f"{url}/oauth2/token",
    )
    provider = provider_of(settings, Platform.GMAIL)
    verifier = secrets.token_urlsafe(48)
    address = authorize_url(provider, redirect_url=REDIRECT, scopes=SCOPES, state="state", verifier=verifier)
    with direct_client() as browser:
        page = browser.get(address).text
        form = re.search(r'<form[^>]*action="([^"]+)"', page)
        assert form is not None
        fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)"\s+value="([^"]*)"', page)}
        answered = browser.post(httpx2.URL(url).join(unescape(form[1])), data=fields)
    back = dict(parse_qsl(urlsplit(answered.headers["location"]).query))
    assert back["state"] == "state"
    grant = exchange_code(
        provider,
        direct_client,
        code=back["code"],
        redirect_url=REDIRECT,
        verifier=verifier,
        scopes=SCOPES,
        now=database.clock(),
    )
    assert grant.refresh_token
    return renew(provider, direct_client, grant, now=database.clock()).access_token
