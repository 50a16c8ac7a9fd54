"""`/mcp` as clients really ask it: with a slash, from pages, after a break, and with characters that are not whole."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp_types import JSONRPCError, jsonrpc_message_adapter
from pydantic import SecretStr, ValidationError

from onelane.server.http.asgi import create_web_app
from onelane.server.mcp import build_mcp
from onelane.server.settings import Settings
from onelane.server.unreadable_requests import mended
from onelane.storage.database.engine import Database
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving

PAGE = "http://localhost:6274"
"""A page of this machine that its person lets in."""
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "page", "version": "1"}}
BOTH = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def web(sqlite_database: Database) -> Iterator[Web]:
    settings = Settings(home=Path("unused"), allowed_hosts=["localhost:6274"])
    onelane = replace(house(sqlite_database), settings=settings)
    with serving(onelane, app=create_web_app(onelane, lambda: build_mcp(onelane))) as running:
        yield running


def posted(web: Web, method: str, params: object, path: str = "/mcp", **headers: str) -> httpx2.Response:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    return web.client.post(path, content=body, headers={"Content-Type": "application/json", **BOTH, **headers})


def begun(web: Web, path: str = "/mcp", **headers: str) -> dict[str, str]:
    """The headers of a client that has begun a session."""
    answer = posted(web, "initialize", HELLO, path, **headers)
    assert answer.status_code == 200, answer.text
    return {**BOTH, "Mcp-Session-Id": answer.headers["mcp-session-id"], "Mcp-Protocol-Version": "2025-11-25"}


def result_of(answer: httpx2.Response) -> Any:
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    return json.loads(lines[-1] if lines else answer.text)["result"]


def test_a_slash_at_the_end_makes_no_difference(web: Web) -> None:
    session = begun(web, "/mcp/")
    answer = posted(web, "tools/list", {}, "/mcp/", **session)
    assert "overview" in {tool["name"] for tool in result_of(answer)["tools"]}
    assert web.client.delete("/mcp/", headers=session).status_code == 200


def test_a_stream_that_shall_go_on_begins_anew(web: Web) -> None:
    session = begun(web)
    resumed = {**session, "Last-Event-ID": "7", "Accept": "text/event-stream"}
    with web.client.stream("GET", "/mcp", headers=resumed) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")


def test_media_types_are_read_as_http_has_them(web: Web) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}).encode()
    headers = {"Host": "localhost", "Content-Type": "APPLICATION/JSON", "Content-Length": str(len(body))}
    assert web.raw("POST", "/mcp", headers, body)[0] == 200


def test_a_page_that_is_let_in_may_ask_and_read(web: Web) -> None:
    wanted = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,mcp-protocol-version,authorization",
    }
    for path in ("/mcp", "/mcp/"):
        preflight = web.client.options(path, headers=wanted)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == PAGE
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert preflight.headers["access-control-allow-headers"] == wanted["Access-Control-Request-Headers"]
    answer = posted(web, "initialize", HELLO, Origin=PAGE)
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "Mcp-Session-Id" in answer.headers["access-control-expose-headers"]


def test_other_pages_may_neither_ask_nor_read_and_other_paths_are_for_no_page(web: Web) -> None:
    for origin in ("http://localhost:6275", "https://localhost:6274x", "https://attacker.example", "null"):
        for answer in (
            web.client.options("/mcp", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
            posted(web, "initialize", HELLO, Origin=origin),
        ):
            assert answer.status_code == 403
            assert "ONELANE_ALLOWED_HOSTS" in answer.json()["error"]
            assert "access-control-allow-origin" not in answer.headers
    elsewhere = web.client.get("/api/workflows", headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in elsewhere.headers


def test_a_preflight_needs_no_token_and_the_request_does(sqlite_database: Database) -> None:
    settings = Settings(home=Path("unused"), allowed_hosts=["localhost:6274"], api_token=SecretStr("open sesame"))
    onelane = replace(house(sqlite_database), settings=settings)
    with serving(onelane, app=create_web_app(onelane, lambda: build_mcp(onelane))) as web:
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        assert web.client.options("/mcp", headers=asked).status_code == 204
        assert posted(web, "initialize", HELLO, Origin=PAGE).status_code == 401


def test_a_foreign_host_is_told_which_setting_lets_it_in(web: Web) -> None:
    status, body = web.raw("GET", "/mcp", {"Host": "host.docker.internal:8765"})
    assert status == 421
    assert "ONELANE_ALLOWED_HOSTS" in json.loads(body)["error"]


def test_half_a_character_is_replaced_and_a_byte_order_mark_passed_over(web: Web) -> None:
    session = begun(web)
    call = {"name": "save_contact", "arguments": {"name": "Ada HALF"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}).replace("HALF", r"\ud83d")
    headers = {"Content-Type": "application/json", **session}
    answer = web.client.post("/mcp", content=b"\xef\xbb\xbf" + body.encode() + b" " * 300_000, headers=headers)
    assert result_of(answer)["structuredContent"]["name"] == "Ada \ufffd"


@pytest.mark.parametrize("answer", [{"result": "yes"}, {"result": None}, {"result": [True]}, {"error": "no"}])
def test_an_answer_that_cannot_be_read_is_a_failure_and_leaves_nobody_waiting(web: Web, answer: Any) -> None:
    session = begun(web)
    body = json.dumps({"jsonrpc": "2.0", "id": 7, **answer})
    sent = web.client.post("/mcp", content=body, headers={"Content-Type": "application/json", **session})
    assert sent.status_code == 202
    with pytest.raises(ValidationError) as error:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    on_stdio = mended(error.value)
    assert on_stdio is not None
    assert isinstance(on_stdio.message, JSONRPCError)
    assert on_stdio.message.id == 7


def test_json_that_is_no_request_is_refused_in_one_sentence(web: Web) -> None:
    bodies = {
        '[{"jsonrpc": "2.0", "id": 7, "method": "ping"}]': (7, "batches are not served"),
        "[]": (None, "batches are not served"),
        "5": (None, "A request is one JSON object."),
        '{"id": "a", "method": "ping"}': ("a", "an id and a method in words"),
        '{"jsonrpc": "2.0", "id": 8, "method": "ping", "params": []}': (8, "params must be an object."),
        "{": (None, "Parse error"),
    }
    for body, (request_id, words) in bodies.items():
        answer = web.client.post("/mcp", content=body, headers={"Content-Type": "application/json", **BOTH})
        assert (answer.status_code, answer.json()["id"]) == (400, request_id)
        assert words in answer.json()["error"]["message"]
        assert "validation error" not in answer.text


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("tools/call", {"name": "list_runs", "arguments": ["a"]}, "params.arguments must be an object."),
        ("tools/call", {"tool": "list_runs"}, "tools/call can't be done: params.name is missing."),
        ("resources/read", {}, "params.uri is missing."),
        ("tools/list", {"cursor": 3}, "params.cursor must be a text."),
    ],
)
def test_params_that_a_method_can_not_take_are_named(web: Web, method: str, params: object, words: str) -> None:
    answer = posted(web, method, params, **begun(web))
    assert words in answer.text
    assert "Invalid request parameters" not in answer.text


def test_a_client_that_goes_away_in_the_middle_of_its_request_is_no_fault(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    session = begun(web)
    with socket.create_connection((web.client.base_url.host, web.client.base_url.port)) as client:
        head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n"
        named = "".join(f"{name}: {value}\r\n" for name, value in session.items())
        client.sendall(f"{head}{named}\r\n{{".encode())
    assert "overview" in {tool["name"] for tool in result_of(posted(web, "tools/list", {}, **session))["tools"]}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
