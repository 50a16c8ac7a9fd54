"""An account's sign-in is renewed when it has to be, once for all, and what is lost is said."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Fault, Handler
from onelane.server.cli.doubles.sign_in import GOOGLE_RULES, LINKEDIN_RULES, X_RULES, SignIn
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus, Platform
from onelane.tools.outreach.sending.transmission import send_due
from onelane.tools.platforms.online.account_bearer import AccountBearer
from onelane.tools.platforms.online.failures import AgainNow, PersonMustAct, SignInAgain, UnreadableAnswer
from onelane.tools.platforms.online.grants import keep_grant
from onelane.tools.registry.gate.credentials import MAIL, keep_part
from onelane.tools.registry.gate.vault import KeyLocked, Vault
from onelane.tools.sync.online.connected_accounts import SignInFirst, account_to_ask
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.online_accounts import ONE_HOUR, SignedInAccount, signed_in

TOKEN_PATH = "/2/oauth2/token"


def answering(answer: DoubleAnswer) -> Handler:
    def handle(_: DoubleRequest) -> DoubleAnswer:
        return answer

    return handle


@pytest.fixture
def ada(database: Database) -> Iterator[SignedInAccount]:
    with signed_in(database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as account:
        yield account


@pytest.fixture
def ada_at_home(sqlite_database: Database) -> Iterator[SignedInAccount]:
    with signed_in(sqlite_database, SignIn(X_RULES), Platform.X, "users.read", "offline.access") as account:
        yield account


def test_a_token_that_is_good_is_used_without_asking(ada: SignedInAccount) -> None:
    assert ada.bearer.token() == "x-access-0001"
    assert ada.double.requests == []


def test_a_token_that_is_over_is_renewed_once_and_kept_before_it_is_used(ada: SignedInAccount, clock: Clock) -> None:
    clock.advance(hours=1)
    assert [ada.bearer.token(), ada.bearer.token()] == ["x-access-0003"] * 2
    assert (ada.grant.access_token, ada.grant.refresh_token) == ("x-access-0003", "x-refresh-0004")
    assert ada.grant.expires_at == clock() + 2 * ONE_HOUR
    assert [request.form["refresh_token"] for request in ada.double.requests] == ["x-refresh-0002"]


def test_a_refused_token_is_renewed_and_who_comes_later_takes_the_new_one(ada: SignedInAccount) -> None:
    assert ada.bearer.renew("x-access-0001") == ada.bearer.renew("x-access-0001") == "x-access-0003"
    assert ada.sign_in.renewals == 1


def test_of_many_who_come_at_once_one_renews(ada: SignedInAccount, clock: Clock) -> None:
    clock.advance(hours=1)
    with ThreadPoolExecutor(8) as pool:
        tokens = [each.result() for each in [pool.submit(ada.bearer.token) for _ in range(8)]]
    assert tokens == ["x-access-0003"] * 8
    assert (ada.sign_in.renewals, ada.sign_in.complaints) == (1, [])


def test_an_account_whose_refresh_token_is_refused_needs_signing_in_and_is_asked_nothing_more(
    ada: SignedInAccount, clock: Clock
) -> None:
    ada.sign_in.families[0].is_dead = True
    clock.advance(hours=1)
    with pytest.raises(SignInAgain, match=r"invalid_request.*onelane accounts connect x"):
        ada.bearer.token()
    assert ada.account.status is AccountStatus.NEEDS_REAUTH
    for ask in (ada.bearer.token, lambda: ada.bearer.renew("x-access-0001")):
        with pytest.raises(SignInAgain, match=r"is signed out.*onelane accounts connect x"):
            ask()
    assert len(ada.double.requests) == 1


def test_a_refusal_counts_for_nothing_once_the_person_has_signed_in_anew(
    ada_at_home: SignedInAccount, clock: Clock
) -> None:
    ada = ada_at_home
    new = ada.sign_in.grant("users.read", "offline.access")

    def refuses_while_the_person_signs_in(_: object) -> DoubleAnswer:
        with ada.services.database.write() as session:
            account = accounts.get_account(session, ada.account_id)
            assert account is not None
            fresh = replace(ada.grant, access_token=new.access_token, expires_at=clock() + ONE_HOUR)
            keep_grant(ada.services.vault, account, fresh)
            session.add(account)
        return DoubleAnswer(400, {"error": "invalid_request"})

    ada.double.routes = {f"POST {TOKEN_PATH}": refuses_while_the_person_signs_in}
    clock.advance(hours=1)
    assert ada.bearer.token() == new.access_token
    assert ada.account.status is AccountStatus.ACTIVE


def test_google_gives_no_new_refresh_token_and_the_old_one_stays(sqlite_database: Database, clock: Clock) -> None:
    with signed_in(sqlite_database, SignIn(GOOGLE_RULES), Platform.GMAIL, "openid") as ada:
        clock.advance(hours=1)
        assert ada.bearer.token() == "google-access-0003"
        assert ada.grant.refresh_token == "google-refresh-0002"


def test_linkedin_gives_no_refresh_token_so_that_the_end_is_the_end(sqlite_database: Database, clock: Clock) -> None:
    with signed_in(sqlite_database, SignIn(LINKEDIN_RULES), Platform.LINKEDIN, "openid") as ada:
        clock.advance(hours=1)
        with pytest.raises(SignInAgain, match=r"for a limited time.*onelane accounts connect linkedin"):
            ada.bearer.token()
        assert (ada.account.status, ada.double.requests) == (AccountStatus.NEEDS_REAUTH, [])
        with sqlite_database.write() as session:
            session.sql(sa.text("UPDATE platform_accounts SET auth_type = 'api_key'"))
        # Who made the token on LinkedIn's page makes the next one there, and may have no application to sign in with.
        with pytest.raises(SignInAgain, match=r"onelane accounts connect linkedin --token -$"):
            ada.bearer.token()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (DoubleAnswer(200, b"<html>Sign in</html>"), UnreadableAnswer),
        (DoubleAnswer(200, {"token_type": "bearer"}), UnreadableAnswer),
        (DoubleAnswer(200, ["x-access-9"]), UnreadableAnswer),
        (DoubleAnswer(200, {"access_token": 7}), UnreadableAnswer),
        (DoubleAnswer(200, {"access_token": "t\u00f6ken"}), UnreadableAnswer),
        (DoubleAnswer(200, {"access_token": "one\r\ntwo: three"}), UnreadableAnswer),
        (DoubleAnswer(200, b"[" * 100_000), UnreadableAnswer),
        (DoubleAnswer(400, {"error": {"code": 400, "message": "Bad"}}), UnreadableAnswer),
        (DoubleAnswer(429, {"error": "rate_limited"}), AgainNow),
        (DoubleAnswer(302, b"", {"Location": "https://elsewhere.example"}), UnreadableAnswer),
        (DoubleAnswer(403, {"title": "Forbidden"}), UnreadableAnswer),
        (DoubleAnswer(429, {"title": "Too Many Requests"}), AgainNow),
        (DoubleAnswer(502, b"bad gateway"), AgainNow),
        (DoubleAnswer(400, {"error": "temporarily_unavailable"}), AgainNow),
        (DoubleAnswer(401, {"error": "invalid_client"}), PersonMustAct),
    ],
)
def test_an_answer_that_is_no_refusal_leaves_the_grant_as_it_is(
    ada_at_home: SignedInAccount, clock: Clock, answer: DoubleAnswer, failure: type[Exception]
) -> None:
    before = ada_at_home.account.credentials_encrypted
    ada_at_home.double.routes = {f"POST {TOKEN_PATH}": answering(answer)}
    clock.advance(hours=1)
    with pytest.raises(failure):
        ada_at_home.bearer.token()
    assert (ada_at_home.account.credentials_encrypted, ada_at_home.account.status) == (before, AccountStatus.ACTIVE)


def test_a_renewal_that_breaks_off_may_cost_the_grant_and_says_so(ada_at_home: SignedInAccount, clock: Clock) -> None:
    ada_at_home.double.faults[1] = Fault.CUT
    clock.advance(hours=1)
    with pytest.raises((UnreadableAnswer, AgainNow)):
        ada_at_home.bearer.token()
    assert ada_at_home.account.status is AccountStatus.ACTIVE
    with pytest.raises(SignInAgain, match="onelane accounts connect x"):
        ada_at_home.bearer.token()
    assert ada_at_home.account.status is AccountStatus.NEEDS_REAUTH


@pytest.mark.parametrize("expires_in", [None, "soon", 0, -5, "9" * 30, 10**15, "9" * 5000, "nan", "inf", True, [3600]])
def test_an_end_that_makes_no_sense_is_no_end(ada_at_home: SignedInAccount, clock: Clock, expires_in: object) -> None:
    body = {"access_token": "x-access-9", "refresh_token": "x-refresh-9", "expires_in": expires_in}
    ada_at_home.double.routes = {f"POST {TOKEN_PATH}": answering(DoubleAnswer(200, body))}
    assert ada_at_home.bearer.renew("x-access-0001") == "x-access-9"
    assert ada_at_home.grant.expires_at is None


@pytest.mark.parametrize("expires_in", ["3600", 3600.0, "3600.5", " 3600 "])
def test_an_end_that_is_written_otherwise_is_read(
    ada_at_home: SignedInAccount, clock: Clock, expires_in: object
) -> None:
    body = {"access_token": "x-access-9", "expires_in": expires_in, "scope": "users.read,tweet.read"}
    ada_at_home.double.routes = {f"POST {TOKEN_PATH}": answering(DoubleAnswer(200, body))}
    ada_at_home.bearer.renew("x-access-0001")
    assert ada_at_home.grant.expires_at == clock() + ONE_HOUR
    assert ada_at_home.grant.scopes == ("users.read", "tweet.read")


def test_an_account_that_sends_by_password_goes_on_when_its_grant_is_over(
    ada_at_home: SignedInAccount, clock: Clock
) -> None:
    with ada_at_home.services.database.write() as session:
        account = accounts.get_account(session, ada_at_home.account_id)
        assert account is not None
        keep_part(ada_at_home.services.vault, account, MAIL, {"password": "of the mail server"})
        session.add(account)
    ada_at_home.sign_in.families[0].is_dead = True
    clock.advance(hours=1)
    with pytest.raises(SignInAgain):
        ada_at_home.bearer.token()
    assert ada_at_home.account.status is AccountStatus.ACTIVE
    assert ada_at_home.grant.is_over
    with pytest.raises(SignInAgain, match="is signed out"):
        ada_at_home.bearer.token()
    assert len(ada_at_home.double.requests) == 1


def test_credentials_that_do_not_open_are_told_and_need_signing_in(ada_at_home: SignedInAccount) -> None:
    elsewhere = replace(ada_at_home.services, vault=Vault(lambda: b"o" * 32))
    with pytest.raises(SignInAgain, match=r"sealed with another key.*onelane accounts connect x"):
        AccountBearer(elsewhere, ada_at_home.account_id).token()
    assert ada_at_home.account.status is AccountStatus.NEEDS_REAUTH


def test_an_account_goes_on_by_itself_when_the_right_key_is_back(ada_at_home: SignedInAccount) -> None:
    elsewhere = replace(ada_at_home.services, vault=Vault(lambda: b"o" * 32))
    with pytest.raises(SignInAgain):
        AccountBearer(elsewhere, ada_at_home.account_id).token()
    database = ada_at_home.services.database
    send_due(database, elsewhere)
    assert ada_at_home.account.status is AccountStatus.NEEDS_REAUTH
    x_contacts = SyncSubType.X_CONTACTS
    with pytest.raises(SignInFirst):
        account_to_ask(elsewhere, x_contacts, None)
    assert account_to_ask(ada_at_home.services, x_contacts, None).id == ada_at_home.account_id
    send_due(database, ada_at_home.services)
    assert (ada_at_home.account.status, ada_at_home.account.pause_reason) == (AccountStatus.ACTIVE, None)
    assert ada_at_home.bearer.token() == "x-access-0001"


def test_a_keyring_that_is_locked_signs_nobody_out(ada_at_home: SignedInAccount) -> None:
    def locked() -> bytes:
        raise KeyLocked("The system's keyring is locked. Unlock it, then try again.")

    waiting = replace(ada_at_home.services, vault=Vault(locked))
    with pytest.raises(KeyLocked, match="Unlock it"):
        AccountBearer(waiting, ada_at_home.account_id).token()
    assert ada_at_home.account.status is AccountStatus.ACTIVE
    assert ada_at_home.bearer.token() == "x-access-0001"
