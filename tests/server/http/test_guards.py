"""Who may talk to the server: hosts, origins, the token, and where it may listen (docs/routes.md, "Guards")."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from onelane.server.http.asgi import create_web_app
from onelane.server.http.guards import CannotListen, check_listening
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving, serving_copy, with_token

pytestmark = pytest.mark.xdist_group("guards")

HERE = {"Host": "localhost:8765"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Web]:
    with serving_copy(migrated_sqlite, tmp_path_factory.mktemp("open")) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Web]:
    """A server that wants a token."""
    with serving_copy(migrated_sqlite, tmp_path_factory.mktemp("guarded"), token="open sesame") as running:
        yield running


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "LOCALHOST:8765", "127.0.0.1", "127.0.0.1:8765", "[::1]", "[::1]:8765"]
)
def test_this_machine_may_be_called_by_any_of_its_names(web: Web, host: str) -> None:
    assert web.raw("GET", "/api/workflows", {"Host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8765",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "localhost@attacker.example",
        "attacker.example/localhost",
        "192.168.1.5",
        "0.0.0.0",
        "localhost:port",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/api/workflows", "/healthz", "/docs", "/nothing"])
def test_a_foreign_host_is_refused_everywhere(web: Web, host: str, path: str) -> None:
    status, body = web.raw("GET", path, {"Host": host})
    assert (status, json.loads(body)["code"]) == (421, "misdirected")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8765", "http://localhost:8765"),
        ("localhost:8765", "http://LOCALHOST:8765"),
        ("127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("[::1]:8765", "http://[::1]:8765"),
        ("localhost", "http://localhost"),
        ("localhost:443", "https://localhost"),
    ],
)
def test_pages_of_the_server_itself_may_use_it(web: Web, host: str, origin: str) -> None:
    assert web.raw("GET", "/api/workflows", {"Host": host, "Origin": origin})[0] == 200


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "http://127.0.0.1:8765", "https://[::1]", "http://localhost", "https://localhost"],
)
@pytest.mark.parametrize("action", ["clone", "activate"])
def test_pages_of_other_servers_on_this_machine_may_not(web: Web, origin: str, action: str) -> None:
    before = web.everything()
    status, body = web.raw("POST", f"/api/workflows/templates/tpl_1/{action}", HERE | {"Origin": origin})
    assert (status, json.loads(body)["code"]) == (403, "forbidden")
    assert web.everything() == before


@pytest.mark.parametrize("path", ["/api/contacts?query=ada", "/api/events", "/docs", "/dashboard", "/mcp", "/healthz"])
@pytest.mark.parametrize(
    ("site", "mode"), [("cross-site", "no-cors"), ("same-site", "no-cors"), ("cross-site", "cors")]
)
def test_pages_of_other_sites_may_not_even_ask_without_a_name(web: Web, path: str, site: str, mode: str) -> None:
    # As a picture, a script or a fetch without an answer, whose time alone says whether somebody was found.
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    status, body = web.raw("GET", path, HERE | headers)
    assert (status, json.loads(body)["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "site", "mode"),
    [
        ("/docs", "cross-site", "navigate"),
        ("/api/workflows", "none", "no-cors"),
        ("/api/workflows", "same-origin", "no-cors"),
        ("/u/token", "cross-site", "no-cors"),
    ],
)
def test_links_to_the_server_and_its_own_pages_work(web: Web, path: str, site: str, mode: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert web.raw("GET", path, HERE | headers)[0] != 403


@pytest.mark.parametrize(
    "origin",
    ["https://attacker.example", "http://localhost.attacker.example", "null", "file://", "", "localhost", "http://"],
)
def test_pages_of_other_sites_may_not(web: Web, origin: str) -> None:
    before = web.everything()
    body = b'{"name": "Spring", "templateType": "outreach"}'
    headers = HERE | {"Origin": origin, "Content-Type": "application/json", "Content-Length": str(len(body))}
    status, answer = web.raw("POST", "/api/workflows/templates", headers, body)
    assert (status, json.loads(answer)["code"]) == (403, "forbidden")
    assert web.everything() == before


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("X-Onelane-Run", ("", "run_1"), "comes twice"),
        ("X-Onelane-Run", ("run_1", ""), "comes twice"),
        ("x-onelane-run", ("",), "is empty"),
        ("X-Onelane-Run", (" ",), "is empty"),
        ("Authorization", ("Bearer wrong", "Bearer open sesame"), "comes twice"),
        ("Content-Type", ("application/json", "text/plain"), "comes twice"),
        ("Origin", ("http://attacker.example", "http://localhost:8765"), "comes twice"),
        ("Mcp-Session-Id", ("one", "other"), "comes twice"),
    ],
)
def test_no_second_or_empty_header_hides_who_calls(web: Web, name: str, values: tuple[str, ...], said: str) -> None:
    status, body = web.raw("GET", "/api/workflows", [*HERE.items(), *((name, value) for value in values)])
    assert (status, json.loads(body)["code"]) == (400, "bad_request")
    assert said in json.loads(body)["error"]


def test_the_host_that_the_server_was_told_to_listen_on_is_one_of_its_names(sqlite_database: Database) -> None:
    onelane = with_token(house(sqlite_database), "open sesame")
    headers = {"Authorization": "Bearer open sesame"}
    with serving(onelane, app=create_web_app(onelane, host="crm.example")) as web:
        assert web.raw("GET", "/api/workflows", {"Host": "crm.example:8765", **headers})[0] == 200
        assert web.raw("GET", "/api/workflows", {"Host": "10.0.0.7", **headers})[0] == 421
    behind_a_proxy = replace(
        onelane, settings=Settings(home=Path("unused"), allowed_hosts=["crm.example", "b.example"])
    )
    with serving(behind_a_proxy) as web:
        assert web.raw("GET", "/api/workflows", {"Host": "crm.example"})[0] == 200
        assert web.raw("GET", "/api/workflows", {"Host": "c.example"})[0] == 421
        proxied = {"Host": "127.0.0.1:8765", "Origin": "https://crm.example"}
        assert web.raw("GET", "/api/workflows", proxied)[0] == 200
        assert web.raw("GET", "/api/workflows", proxied | {"Origin": "https://crm.example:3000"})[0] == 403
    # Whoever listens on every address is called by any of them, but not by any name.
    with serving(onelane, app=create_web_app(onelane, host="0.0.0.0")) as web:
        assert web.raw("GET", "/api/workflows", {"Host": "10.0.0.7:8765", **headers})[0] == 200
        assert web.raw("GET", "/api/workflows", {"Host": "attacker.example", **headers})[0] == 421


@pytest.mark.parametrize(
    "given", [None, "Bearer wrong", "Bearer ", "Bearer open sesame2", "Basic open sesame", "open sesame", "Bearer ÿ"]
)
@pytest.mark.parametrize("path", ["/api/workflows", "/api/events", "/mcp", "/docs", "/openapi.json"])
def test_without_the_right_token_nothing_is_answered(guarded: Web, path: str, given: str | None) -> None:
    headers = HERE | ({} if given is None else {"Authorization": given})
    status, body = guarded.raw("GET", path, headers)
    assert (status, json.loads(body)["code"]) == (401, "unauthorized")


def test_with_the_token_everything_is_answered(guarded: Web) -> None:
    assert guarded.raw("GET", "/api/workflows", HERE | {"Authorization": "Bearer open sesame"})[0] == 200
    assert guarded.raw("GET", "/api/workflows", HERE | {"Authorization": "bearer open sesame"})[0] == 200


def test_a_client_without_a_token_is_told_what_is_wanted(guarded: Web) -> None:
    assert guarded.client.get("/api/workflows").headers["www-authenticate"] == 'Bearer realm="onelane"'


def test_whether_the_server_is_there_is_told_without_a_token(guarded: Web) -> None:
    status, body = guarded.raw("GET", "/healthz", HERE)
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_an_empty_token_is_none(sqlite_database: Database) -> None:
    with serving(with_token(house(sqlite_database), "")) as web:
        assert web.client.get("/api/workflows").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "crm.example", "localhost.attacker.example"])
@pytest.mark.parametrize("token", [None, SecretStr(""), SecretStr("  ")])
def test_listening_where_others_reach_it_needs_a_token(host: str, token: SecretStr | None) -> None:
    with pytest.raises(CannotListen, match="ONELANE_API_TOKEN"):
        check_listening(host, token)
    check_listening(host, SecretStr("open sesame"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "localhost", "::1", "[::1]"])
def test_listening_on_loopback_needs_none(host: str) -> None:
    check_listening(host, None)
