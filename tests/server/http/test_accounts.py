"""The person connects and changes a mail account over HTTP; anybody holds one, and only the person lets it go on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import httpx2
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import PauseReason
from onelane.tools.outreach.mail.mail_server import Security
from onelane.tools.registry.ports.online import Online
from tests.browsers import agree, visit
from tests.online_accounts import client_of_this_machine, settings_at
from tests.server.houses import KEY, house, with_person, with_services
from tests.server.http.web_servers import Web, serving
from tests.signed_platforms import running_x
from tests.tools.outreach.mail.mail_servers import PASSWORD, USER, Postbox, running_smtp


@dataclass(frozen=True)
class Person:
    """Somebody who has the key, and a server."""

    web: Web

    def ask(self, method: str, path: str, **body: Any) -> httpx2.Response:
        """What is answered to who has the key."""
        return self._ask(method, path, {"x-onelane-person": KEY}, body)

    def ask_as_nobody(self, method: str, path: str, **body: Any) -> httpx2.Response:
        """What is answered to who has no key."""
        return self._ask(method, path, {}, body)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> httpx2.Response:
        return self.web.client.request(method, path, headers=headers, json=body or None)

    def listed(self) -> dict[str, Any]:
        """The only account, as it is listed."""
        (account,) = self.web.get("/api/accounts")["data"]
        return account


@pytest.fixture
def person(sqlite_database: Database) -> Iterator[Person]:
    with serving(with_person(house(sqlite_database))) as web:
        yield Person(web)


def test_a_person_connects_an_account_and_says_how_much_goes_out_of_it(person: Person) -> None:
    with running_smtp(Postbox(), security=Security.NONE) as server:
        smtp = {"host": server.host, "port": server.port, "security": "none"}
        given = {"address": USER, "senderName": "Ada", "smtp": smtp}
        assert (
            person.ask_as_nobody("POST", "/api/accounts", password=PASSWORD, **given).json()["code"] == "person_needed"
        )
        wrong = person.ask("POST", "/api/accounts", password="hunter22", **given)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "not_signed_in")
        assert "hunter22" not in wrong.text
        assert person.web.get("/api/accounts")["data"] == []
        connected = person.ask("POST", "/api/accounts", password=PASSWORD, **given)
        assert (connected.status_code, connected.json()["checked"]) == (201, {"smtp": True, "imap": None})
    place = f"/api/accounts/{connected.json()['id']}"
    changes = {"limits": {"perDay": 30, "spacingSeconds": 0}, "signature": "Ada"}
    assert person.ask_as_nobody("PATCH", place, **changes).status_code == 403
    changed = person.ask("PATCH", place, **changes)
    assert changed.json()["limits"] == {
        "perDay": 30,
        "perHour": 20,
        "newPerDay": 20,
        "spacingSeconds": 0,
        "jitterSeconds": 60,
    }
    assert person.listed() == changed.json()
    assert (person.listed()["senderName"], person.listed()["inbound"]) == ("Ada", "import")
    for nonsense in ({"limits": {"perDay": 0}}, {"limits": {"perday": 3}}, {"status": "active"}):
        assert person.ask("PATCH", place, **nonsense).status_code == 400
    assert person.ask("PATCH", "/api/accounts/acc_gone", **changes).status_code == 404
    assert person.listed() == changed.json()


def test_an_account_is_held_by_anybody_and_goes_on_when_the_person_has_looked(person: Person) -> None:
    given = {"address": USER, "password": PASSWORD, "smtp": {"host": "smtp.example.com"}, "check": False}
    place = f"/api/accounts/{person.ask('POST', '/api/accounts', **given).json()['id']}"
    held = person.ask_as_nobody("POST", f"{place}/pause").json()
    assert (held["status"], held["pauseReason"]) == ("paused", "manual")
    assert held["nextStep"] == f"onelane accounts resume {held['id']}"
    assert person.ask_as_nobody("POST", f"{place}/resume").status_code == 403
    assert person.ask("POST", f"{place}/resume").json()["nextStep"] is None
    with person.web.database.write() as session:
        account = accounts.get_account(session, held["id"])
        assert account is not None
        account.pause_reason = PauseReason.BLOCKED
        session.add(account)
    assert person.listed()["nextStep"] == held["nextStep"]
    resumed = person.ask("POST", f"{place}/resume").json()
    assert (resumed["status"], resumed["pauseReason"]) == ("active", None)


def test_a_sign_in_is_begun_over_rest_and_the_account_appears(sqlite_database: Database) -> None:
    with running_x() as x:
        settings = replace(settings_at(x.url), oauth_redirect_url="http://127.0.0.1:0/callback")
        online = Online(settings, client_of_this_machine)
        with serving(with_services(house(sqlite_database), online=online)) as web:
            begun = web.client.post("/api/accounts/connect", json={"platform": "x", "features": ["contacts"]})
            assert (begun.status_code, sorted(begun.json())) == (201, ["authorizeUrl", "expiresAt", "redirectUri"])
            visit(agree(begun.json()["authorizeUrl"]))
            pause = Event()
            while not web.get("/api/accounts")["data"]:
                pause.wait(0.02)
            (account,) = web.get("/api/accounts")["data"]
        assert (account["displayName"], account["features"], account["authType"]) == ("@ada", ["contacts"], "oauth")
        online.sign_in.stop()
