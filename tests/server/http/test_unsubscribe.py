"""The page to unsubscribe, and what the person decides about all that goes out, over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import httpx2
import pytest
from pydantic import SecretStr

from onelane.server.http.unsubscribe import MOST_A_MINUTE, MinuteLimit
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.tools.registry.gate.vault import Vault
from tests.server.houses import KEY, house, with_person, with_services
from tests.server.http.web_servers import Web, serving
from tests.tools.outreach.inbound.correspondence import Letterbox, letterbox
from tests.tools.outreach.mail.sample_mail import THEM

TOKEN, PUBLIC = "a token of programs", "lane.example.org"
PROGRAM = {"authorization": f"Bearer {TOKEN}"}
PERSON = {**PROGRAM, "x-onelane-person": KEY}


@dataclass(frozen=True)
class Served:
    """A server that is reached from outside, and a letter that it sent."""

    web: Web
    box: Letterbox

    @property
    def place(self) -> str:
        """Where the letter's recipient unsubscribes."""
        return f"/u/{self.box.vault.token(self.box.action_id)}"

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **body: object) -> httpx2.Response:
        """What is answered."""
        return self.web.client.request(method, path, headers=headers or {}, json=body or None)


@pytest.fixture
def served(sqlite_database: Database) -> Iterator[Served]:
    box = letterbox(sqlite_database, Vault.of_nobody())
    onelane = with_services(with_person(house(sqlite_database)), vault=box.vault)
    settings = Settings(home=onelane.settings.home, api_token=SecretStr(TOKEN), public_url=f"https://{PUBLIC}")
    with serving(replace(onelane, settings=settings)) as web:
        yield Served(web, box)


def test_a_recipient_unsubscribes_with_a_button_or_with_one_click(served: Served) -> None:
    nobody = "/u/aaaabbbb"
    asked, unknown = (served.ask("GET", path) for path in (served.place, nobody))
    assert (asked.status_code, asked.text) == (unknown.status_code, unknown.text)
    assert '<form method="post">' in asked.text
    assert served.box.state == ("active", None, "approved")

    one_click = {"List-Unsubscribe": "One-Click"}
    done = [
        served.web.client.post(nobody, data=one_click),
        # As a mail program does it, by the public name and from no page of ours.
        served.web.client.post(served.place, data=one_click, headers={"host": PUBLIC, "origin": "null"}),
        served.web.client.post(served.place),
    ]
    assert {(each.status_code, each.text) for each in done} == {(200, done[0].text)}
    assert served.box.state == ("removed", "unsubscribed", "cancelled")
    assert served.box.suppressed_addresses() == [(THEM, "unsubscribed")]
    assert served.ask("PUT", served.place).status_code == 405
    assert served.web.client.get(served.place, headers={"host": "evil.example"}).status_code == 421
    assert "/u/" not in str(served.ask("GET", "/openapi.json", PROGRAM).json()["paths"].keys())


def test_one_address_may_ask_so_often_a_minute(served: Served) -> None:
    statuses = [served.ask("GET", "/u/x").status_code for _ in range(MOST_A_MINUTE * 2 + 1)]
    # A minute may end in between.
    assert 429 in statuses
    assert served.ask("GET", "/healthz").status_code == 200


def test_a_minute_that_is_over_is_forgotten() -> None:
    ticks = count(0, 20)
    limit = MinuteLimit(2, lambda: float(next(ticks)))
    assert [limit.takes("a") for _ in range(4)] == [True, True, False, True]


def test_anybody_stops_over_rest_and_only_the_person_starts_or_lifts(served: Served) -> None:
    stopped = served.ask("POST", "/api/outbound/stop", PROGRAM, note="Wrong list")
    assert (stopped.status_code, stopped.json()["state"], stopped.json()["changedVia"]) == (200, "stopped", "rest")
    suppressed = served.ask("POST", "/api/suppressions", PROGRAM, address=THEM, channel="email")
    assert suppressed.status_code == 201
    place = f"/api/suppressions/{suppressed.json()['id']}"
    for method, path in (("POST", "/api/outbound/start"), ("DELETE", place)):
        refused = served.ask(method, path, PROGRAM)
        assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
        assert served.ask(method, path, {"x-onelane-person": KEY}).status_code == 401
    assert served.ask("GET", "/api/outbound/switch", PROGRAM).json() == stopped.json() | {"approved": 0}
    assert served.ask("GET", "/api/suppressions", PROGRAM).json()["total"] == 1
    assert served.ask("POST", "/api/outbound/start", PERSON).json()["state"] == "on"
    assert served.ask("DELETE", place, PERSON).status_code == 204
    assert served.ask("DELETE", place, PERSON).status_code == 404
    assert served.ask("GET", "/api/suppressions", PROGRAM).json()["data"] == []
