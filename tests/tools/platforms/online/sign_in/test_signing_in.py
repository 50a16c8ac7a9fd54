"""A sign-in from its address to the account: one row for each account of a platform, with what was granted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.server.cli.doubles.sign_in import GOOGLE_RULES, LINKEDIN_RULES, X_RULES, SignIn
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import create_row
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, Platform
from onelane.storage.platforms.content import ContentItem, ContentPost, ContentType
from onelane.tools.outreach.mail.account_care import disconnect_account
from onelane.tools.outreach.mail.mail_accounts import MailCredentials, connect_account, read_credentials
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.records import Owner
from onelane.tools.platforms.online.connections import Connection, connection_of
from onelane.tools.platforms.online.failures import PersonMustAct, PlatformFailure, SignInAgain
from onelane.tools.platforms.online.grants import Grant, grant_of
from onelane.tools.platforms.online.sign_in.features import Feature, chosen_features, require_feature, scopes_of
from onelane.tools.platforms.online.sign_in.listener import listening
from onelane.tools.platforms.online.sign_in.platform_sign_in import PlatformSignIn, Wishes, connect_token
from onelane.tools.platforms.online.sign_in.signing_in import begin_sign_in, complete_sign_in
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, NotFound
from tests.browsers import agree, visit
from tests.databases import Clock
from tests.online_accounts import services_at

ANY_PORT = "http://127.0.0.1:0/callback"


@dataclass
class Platforms:
    """X, Google and LinkedIn on this machine, where Ada has an account each."""

    x: SignIn = field(default_factory=lambda: SignIn(X_RULES))
    google: SignIn = field(default_factory=lambda: SignIn(GOOGLE_RULES))
    linkedin: SignIn = field(default_factory=lambda: SignIn(LINKEDIN_RULES))
    linkedin_user: dict[str, str] | None = None
    address: str = "Ada@Example.org"

    @property
    def double(self) -> Double:
        """All of them at one address."""
        signs_in = {**self.x.routes, **self.google.routes, **self.linkedin.routes}
        snapshot = {"GET /rest/memberSnapshotData": LinkedIn().double().routes["GET /rest/memberSnapshotData"]}
        mine = {"GET /2/users/me": self._me, "GET /v1/userinfo": self._address, "GET /v2/userinfo": self._member}
        return Double({**signs_in, **Google().double().routes, **snapshot, **mine})

    def _me(self, request: DoubleRequest) -> DoubleAnswer:
        if not self.x.knows(request.bearer or ""):
            return DoubleAnswer(401, {"title": "Unauthorized"})
        return DoubleAnswer(200, {"data": {"id": "1815", "username": "ada", "name": "Ada"}})

    def _address(self, request: DoubleRequest) -> DoubleAnswer:
        return DoubleAnswer(200, {"sub": "1", "email": self.address})

    def _member(self, request: DoubleRequest) -> DoubleAnswer:
        if self.linkedin_user is None:
            return DoubleAnswer(403, {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED"})
        return DoubleAnswer(200, self.linkedin_user)


@dataclass
class Desk:
    """Where Ada sits."""

    services: Services
    platforms: Platforms
    double: Double

    def connect(self, platform: Platform, *features: str, wishes: Wishes | None = None) -> Account:
        """Sign in; the browser goes where it is sent."""
        purpose = PlatformSignIn(platform, chosen_features(platform, features), wishes or Wishes())
        with listening(ANY_PORT, takes_any_port=True) as listener, ThreadPoolExecutor(1) as pool:
            sign_in = begin_sign_in(self.services, purpose, listener.redirect_url)
            listener.expect(sign_in.code_in)
            browser = pool.submit(lambda: visit(agree(sign_in.url)))
            code = listener.wait(20)
            assert browser.result().status == 200
        return complete_sign_in(self.services, sign_in, code)

    def grant(self, account: Account) -> Grant:
        """What is kept of an account's sign-in."""
        with self.services.database.read() as session:
            row = accounts.get_account(session, account.id)
        assert row is not None
        grant = grant_of(self.services.vault, row)
        assert grant is not None
        return grant

    def connection(self, account: Account) -> Connection:
        """How an account stands with its platform now."""
        return connection_of(self.services.vault, account, self.services.database.clock())

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Every account: its platform, key, name and how it is known."""
        with self.services.database.read() as session:
            rows = accounts.list_accounts(session)
        return [(row.platform, row.account_key, row.display_name, row.auth_type) for row in rows]

    def imported(self, platform: Platform, key: str) -> str:
        """An account that is known from its exports; its id."""
        with self.services.database.write() as session:
            return accounts.ensure_account(
                session, platform=platform, display_name=key, auth_type=AuthType.FILE, account_key=key
            ).id


@pytest.fixture
def desk(sqlite_database: Database) -> Iterator[Desk]:
    platforms = Platforms()
    double = platforms.double
    with serve_double(double) as running:
        yield Desk(services_at(running.url, sqlite_database), platforms, double)


def test_whoever_signs_in_at_x_is_one_account_however_often(desk: Desk) -> None:
    first, again = desk.connect(Platform.X), desk.connect(Platform.X)
    assert first.id == again.id
    assert desk.rows() == [("x", "1815", "@ada", "oauth")]
    assert desk.grant(again).access_token == "x-access-0005"
    assert (desk.double.complaints, desk.platforms.x.complaints) == ([], [])


def test_another_feature_comes_to_those_that_are_there(desk: Desk) -> None:
    desk.connect(Platform.X)
    account = desk.connect(Platform.X, "post")
    assert desk.connection(account).features == (Feature.CONTACTS, Feature.POST)


def test_an_account_known_from_its_exports_becomes_the_one_that_signs_in(desk: Desk) -> None:
    imported = desk.imported(Platform.X, "1815")
    assert desk.connect(Platform.X).id == imported
    assert desk.rows() == [("x", "1815", "@ada", "oauth")]


def test_an_address_is_known_in_any_spelling(desk: Desk) -> None:
    imported = desk.imported(Platform.GMAIL, "ADA@example.org")
    assert desk.connect(Platform.GMAIL).id == imported
    assert desk.rows() == [("gmail", "ada@example.org", "ada@example.org", "oauth")]


def test_imports_that_name_nobody_join_when_the_person_says_so(desk: Desk) -> None:
    desk.platforms.linkedin_user = {"sub": "782bbtaQ", "name": "Ada Lovelace", "email": "ada@example.org"}
    imported = desk.imported(Platform.LINKEDIN, "default")
    assert desk.connect(Platform.LINKEDIN, wishes=Wishes(joins_import=True)).id == imported
    assert desk.rows() == [("linkedin", "782bbtaQ", "Ada Lovelace", "oauth")]


def test_imports_of_linkedin_join_the_account_of_the_same_name(desk: Desk) -> None:
    desk.platforms.linkedin_user = {"sub": "782bbtaQ", "name": "Ada Lovelace"}
    with desk.services.database.write() as session:
        imported = ensure_account(session, "linkedin", Owner(handle="ada-lovelace", name="Ada Lovelace")).id
    assert desk.connect(Platform.LINKEDIN).id == imported


def test_imports_that_name_nobody_stay_apart_without_a_word(desk: Desk) -> None:
    desk.platforms.linkedin_user = {"sub": "782bbtaQ", "name": "Ada Lovelace"}
    imported = desk.imported(Platform.LINKEDIN, "default")
    assert desk.connect(Platform.LINKEDIN).id != imported
    assert len(desk.rows()) == 2


def test_imports_that_name_nobody_join_an_account_that_is_connected_already(desk: Desk) -> None:
    account, imported = desk.connect(Platform.X), desk.imported(Platform.X, "default")
    with desk.services.database.write() as session:
        item = create_row(session, ContentItem, "itm", content_type=ContentType.POST, platform_account_id=account.id)
        twice = create_row(session, ContentItem, "itm", content_type=ContentType.POST, platform_account_id=imported)
        other = create_row(session, ContentItem, "itm", content_type=ContentType.POST, platform_account_id=imported)
        for owner, each, name in ((account.id, item, "1"), (imported, twice, "1"), (imported, other, "2")):
            create_row(
                session, ContentPost, "pst", content_item_id=each.id, platform_account_id=owner, platform_post_id=name
            )
        for owner, part in ((account.id, "tweets"), (imported, "file")):
            cursors.ensure_cursor(session, owner, "x_tweets").cursor = f'{{"{part}": {{"at": 1}}}}'
    desk.connect(Platform.X)
    assert len(desk.rows()) == 2, "nobody said that it is theirs"
    assert desk.connect(Platform.X, wishes=Wishes(joins_import=True)).id == account.id
    assert desk.rows() == [("x", "1815", "@ada", "oauth")]
    with desk.services.database.read() as session:
        cursor = cursors.get_cursor(session, account.id, "x_tweets")
        assert cursor is not None
        assert cursor.cursor == '{"file":{"at":1},"tweets":{"at":1}}'
        posts = session.sql(sa.text("SELECT platform_post_id, platform_account_id FROM content_posts ORDER BY 1")).all()
        assert [tuple(post) for post in posts] == [("1", account.id), ("2", account.id)]
        assert session.sql(sa.text("SELECT count(*) FROM content_items")).scalar_one() == 2


def test_connecting_again_asks_for_what_that_account_is_for_and_not_for_what_others_are(desk: Desk) -> None:
    ada = desk.connect(Platform.GMAIL, "mail")
    desk.platforms.address = "grace@example.org"
    desk.platforms.google.unticked = frozenset({"https://www.googleapis.com/auth/gmail.metadata"})
    grace = desk.connect(Platform.GMAIL)
    desk.platforms.google.unticked = frozenset()

    def asked(account_id: str | None, *features: str) -> list[str]:
        purpose = PlatformSignIn(Platform.GMAIL, chosen_features(Platform.GMAIL, features), account_id=account_id)
        return [scope.rsplit("/", 1)[-1] for scope in purpose.scopes(desk.services)]

    assert asked(grace.id) == ["openid", "email", "contacts.readonly"]
    assert asked(ada.id, "send") == ["openid", "email", "gmail.metadata", "gmail.send", "gmail.compose"]
    assert asked(None) == ["openid", "email", "contacts.readonly"]
    with pytest.raises(NotFound):
        asked("acc_nobody")
    desk.platforms.address = "ada@example.org"
    with pytest.raises(PersonMustAct, match=rf"mail as well.*Nothing was changed.*connect gmail --account {ada.id}"):
        desk.connect(Platform.GMAIL)
    assert Feature.MAIL in desk.connection(ada).features


def test_linkedins_two_products_come_by_one_sign_in(desk: Desk) -> None:
    desk.platforms.linkedin_user = {"sub": "782bbtaQ", "name": "Ada Lovelace"}
    account = desk.connect(Platform.LINKEDIN, "contacts", "post")
    assert desk.rows() == [("linkedin", "782bbtaQ", "Ada Lovelace", "oauth")]
    assert desk.connection(account).features == (Feature.CONTACTS, Feature.PROFILE, Feature.POST)
    asked = next(request.first("scope") for request in desk.double.requests if "/authorization" in request.path)
    assert asked == "r_dma_portability_self_serve openid profile w_member_social"


def test_linkedin_names_nobody_to_a_token_for_connections_until_the_profile_is_asked_for(desk: Desk) -> None:
    unnamed = desk.connect(Platform.LINKEDIN)
    assert desk.rows() == [("linkedin", "default", "Me Owner", "oauth")]
    desk.platforms.linkedin_user = {"sub": "782bbtaQ", "name": "Ada Lovelace"}
    assert desk.connect(Platform.LINKEDIN, "profile").id == unnamed.id
    assert desk.rows() == [("linkedin", "782bbtaQ", "Ada Lovelace", "oauth")]


def test_linkedins_sign_in_ends_after_two_months_and_the_person_is_told_a_week_before(desk: Desk, clock: Clock) -> None:
    account = desk.connect(Platform.LINKEDIN)
    connection = desk.connection(account)
    assert connection.ends_at is not None
    assert connection.ends_at - clock() == timedelta(seconds=5_183_999)
    assert connection.next_step is None
    clock.advance(days=54)
    assert desk.connection(account).next_step == "onelane accounts connect linkedin"


def test_a_token_of_linkedins_generator_is_kept_as_a_key(desk: Desk) -> None:
    token = desk.platforms.linkedin.grant("r_dma_portability_self_serve").access_token
    account = connect_token(desk.services, Platform.LINKEDIN, token, {Feature.CONTACTS})
    assert desk.rows() == [("linkedin", "default", "Me Owner", "api_key")]
    assert desk.connection(account).features == (Feature.CONTACTS,)
    with pytest.raises(BadRequest, match="no token"):
        connect_token(desk.services, Platform.LINKEDIN, "two words", {Feature.CONTACTS})


def test_what_a_person_did_not_tick_is_not_granted_and_the_feature_is_named(desk: Desk) -> None:
    desk.platforms.google.unticked = frozenset({"https://www.googleapis.com/auth/gmail.metadata"})
    account = desk.connect(Platform.GMAIL, "contacts", "mail")
    scopes = desk.grant(account).scopes
    assert desk.connection(account).features == (Feature.CONTACTS,)
    with pytest.raises(
        PersonMustAct, match=r"at Google does not include mail.*onelane accounts connect gmail --feature mail"
    ):
        require_feature(Platform.GMAIL, scopes, Feature.MAIL)
    require_feature(Platform.GMAIL, scopes, Feature.CONTACTS)


def test_searching_mail_does_not_ask_for_the_scope_that_forbids_it() -> None:
    asked = scopes_of(Platform.GMAIL, {Feature.MAIL, Feature.SEARCH})
    assert [scope.rsplit("/", 1)[-1] for scope in asked] == ["openid", "email", "gmail.readonly"]


def test_a_mailbox_that_sends_by_password_and_signs_in_is_one_account_with_both(desk: Desk) -> None:
    vault = desk.services.vault
    mail = MailCredentials("app password", MailServer("smtp.example.org", 465, Security.TLS, "ada"), None)
    with desk.services.database.write() as session:
        sending = connect_account(session, vault, "ada@example.org", sender_name="Ada", credentials=mail)
    account = desk.connect(Platform.GMAIL)
    assert account.id == sending.id
    assert read_credentials(vault, account) == mail
    with desk.services.database.write() as session:
        connect_account(session, vault, "ada@example.org", sender_name=None, credentials=mail)
    assert desk.grant(account).access_token == "google-access-0002"


def test_an_application_of_ones_own_stays_so_until_something_else_is_said(desk: Desk) -> None:
    desk.connect(Platform.X, wishes=Wishes(is_owned=True))
    account = desk.connect(Platform.X)
    assert desk.grant(account).is_owned
    assert not desk.grant(desk.connect(Platform.X, wishes=Wishes(is_owned=False))).is_owned


def test_a_person_who_says_no_changes_nothing(desk: Desk) -> None:
    desk.platforms.x.denies = True
    with pytest.raises(PersonMustAct, match="you did not agree"):
        desk.connect(Platform.X)
    assert desk.rows() == []


def test_a_platform_that_does_not_take_its_own_token_changes_nothing(desk: Desk) -> None:
    expire = desk.platforms.x.expire
    ask = desk.double.routes["GET /2/users/me"]

    def forgets(request: DoubleRequest) -> DoubleAnswer:
        expire()
        return ask(request)

    desk.double.routes = {**desk.double.routes, "GET /2/users/me": forgets}
    with pytest.raises(SignInAgain, match="Nothing was changed"):
        desk.connect(Platform.X)
    assert desk.rows() == []


def test_disconnecting_gives_the_sign_in_back_and_keeps_the_account(desk: Desk) -> None:
    account = desk.connect(Platform.X)
    assert disconnect_account(desk.services, account.id).left_to_do is None
    assert desk.platforms.x.families[0].is_dead
    with desk.services.database.read() as session:
        row = accounts.get_account(session, account.id)
    assert row is not None
    assert (row.credentials_encrypted, row.status) == (None, AccountStatus.NEEDS_REAUTH)


def test_where_nothing_can_be_given_back_the_person_does_it(desk: Desk) -> None:
    account = desk.connect(Platform.LINKEDIN)
    assert "Take the permission away at LinkedIn" in str(disconnect_account(desk.services, account.id).left_to_do)


@pytest.mark.parametrize(
    ("platform", "feature", "said"),
    [
        (Platform.X, "mail", "X has no feature 'mail'. It has contacts, post, dm."),
        (Platform.SUBSTACK, "contacts", "do not sign in; these do: x, gmail, linkedin"),
    ],
)
def test_a_feature_that_a_platform_has_not_is_named_with_those_it_has(
    platform: Platform, feature: str, said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        chosen_features(platform, [feature])


def always(answer: DoubleAnswer) -> Callable[[DoubleRequest], DoubleAnswer]:
    """Answers so, whatever is asked."""
    return lambda request: answer


GOOD_TOKEN = {"access_token": "x-access-9", "token_type": "bearer"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DoubleAnswer(200, b"<html>Sign in to the hotel</html>"), "What X answered can't be read"),
        (DoubleAnswer(200, b""), "What X answered can't be read"),
        (DoubleAnswer(204), "What X answered can't be read"),
        (DoubleAnswer(200, {"token_type": "bearer"}), "has no access token"),
        (DoubleAnswer(302, b"", {"Location": "https://elsewhere.example"}), "did not say why .HTTP 302.. Try again"),
        (
            DoubleAnswer(400, {"error": "invalid_grant"}),
            r"X refused the sign-in \(invalid_grant\)\. Nothing was changed\. Begin",
        ),
        (DoubleAnswer(401, {"error": "invalid_client"}), "Look at the client id and secret"),
        (DoubleAnswer(429, {"title": "Too Many Requests"}), "can't sign anybody in at the moment"),
        (DoubleAnswer(503, b"upstream"), "can't sign anybody in at the moment"),
    ],
)
def test_a_code_that_brings_no_token_keeps_no_account_and_says_why(desk: Desk, answer: DoubleAnswer, said: str) -> None:
    desk.double.routes = {**desk.double.routes, f"POST {X_RULES.token_path}": always(answer)}
    with pytest.raises(PlatformFailure, match=said):
        desk.connect(Platform.X)
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("more", "refresh_token", "hours", "features"),
    [
        ({"refresh_token": "x-refresh-9", "expires_in": 7200}, "x-refresh-9", 2, [Feature.CONTACTS]),
        ({"expires_in": 7200}, None, 2, [Feature.CONTACTS]),
        ({}, None, None, [Feature.CONTACTS]),
        ({"refresh_token": "x-refresh-9", "expires_in": "7200"}, "x-refresh-9", 2, [Feature.CONTACTS]),
        ({"refresh_token": "x-refresh-9", "scope": "tweet.read users.read"}, "x-refresh-9", None, []),
        ({"refresh_token": None, "expires_in": "soon", "scope": None}, None, None, [Feature.CONTACTS]),
    ],
)
def test_a_token_answer_that_leaves_something_out_is_kept_as_it_is_meant(
    desk: Desk, clock: Clock, more: dict[str, object], refresh_token: str | None, hours: int | None, features: list[str]
) -> None:
    desk.double.routes = {
        **desk.double.routes,
        f"POST {X_RULES.token_path}": always(DoubleAnswer(200, {**GOOD_TOKEN, **more})),
        "GET /2/users/me": always(DoubleAnswer(200, {"data": {"id": "1815", "username": "ada", "name": "Ada"}})),
    }
    account = desk.connect(Platform.X)
    grant = desk.grant(account)
    expires_at = None if hours is None else clock() + timedelta(hours=hours)
    assert (grant.access_token, grant.refresh_token, grant.expires_at) == ("x-access-9", refresh_token, expires_at)
    assert (account.status, [*desk.connection(account).features]) == (AccountStatus.ACTIVE, features)
