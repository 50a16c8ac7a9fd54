"""`onelane serve` as people run it: a real process, spoken to over HTTP."""

import json
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client

from tests.acceptance.processes import Home
from tests.proof import FULL

WAIT_S = 60.0
STOP_S = 2.0
"""How long stopping may take; a busy machine gets a little more below."""
BUSY_S = 0.5 if FULL else 18.0
PEOPLE = 300


@dataclass(frozen=True)
class Served:
    """A server that runs, and a client of it."""

    process: "subprocess.Popen[str]"
    url: str
    client: httpx2.Client


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@contextmanager
def served(home: Home, *options: str) -> Generator[Served]:
    """The command, from when it says where it listens until the block ends."""
    process = home.start("serve", "--port", "0", *options)
    try:
        url = next(word for word in said(process).split() if word.startswith("http")).rstrip(":")
        with httpx2.Client(base_url=url, timeout=WAIT_S) as client:
            yield Served(process, url, client)
    finally:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return line


def test_an_import_over_http_is_a_run_that_goes_on_by_itself_and_can_be_watched(home: Home) -> None:
    with served(home) as server, server.client.stream("GET", "/api/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        export(home, PEOPLE)
        started = server.client.post("/api/platforms/linkedin/sync", json={"file": "Connections.csv"})
        assert started.status_code == 201, started.text
        states = list(states_of(lines, started.json()["id"]))
        assert (states[-1]["status"], states[-1]["successItems"]) == ("completed", PEOPLE)
        run = server.client.get(f"/api/workflows/{started.json()['id']}").json()
        assert {step["stepType"] for step in run["steps"]} == {"sync_page"}
        assert server.client.get("/api/contacts?query=Person12").json()["total"] >= 1


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_chat_clients_of_both_eras_are_served_at_mcp(home: Home, era: str) -> None:
    with served(home) as server:
        async with Client(f"{server.url}/mcp", mode=era) as client:
            made = await client.call_tool("create_template", {"name": "Spring", "template_type": "outreach"})
        listed = server.client.get("/api/workflows/templates").json()["data"]
    assert made.structured_content is not None
    assert listed[0]["id"] == made.structured_content["id"]


def test_white_space_around_a_header_is_none_of_its_value_at_mcp(home: Home) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "overview", "_meta": meta}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "  overview  ",
    }
    with served(home) as server:
        # A client that sends headers as they are: the others refuse such a value themselves.
        connection = HTTPConnection(server.url.removeprefix("http://"), timeout=WAIT_S)
        connection.request("POST", "/mcp", json.dumps(call), headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        connection.close()


def test_foreign_pages_and_hosts_are_refused_at_mcp_as_elsewhere(home: Home) -> None:
    with served(home) as server:
        for headers, status in (({"Host": "attacker.example"}, 421), ({"Origin": "https://attacker.example"}, 403)):
            answer = server.client.post("/mcp", json={}, headers=headers)
            assert (answer.status_code, set(answer.json())) == (status, {"error", "code"})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_at_once_and_cleanly_though_streams_are_open(home: Home, number: signal.Signals) -> None:
    with served(home) as server, server.client.stream("GET", "/api/events") as events:
        assert next(events.iter_lines()).startswith("retry:")
        began = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(WAIT_S) == 0
        assert time.monotonic() - began < STOP_S + BUSY_S


def test_a_run_that_is_stopped_in_the_middle_is_completed_by_the_next_server(home: Home) -> None:
    people = 8_000
    with served(home) as server:
        export(home, people)
        run = server.client.post("/api/platforms/linkedin/sync", json={"file": "Connections.csv"}).json()["id"]
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(WAIT_S) == 0
    with served(home) as server:
        deadline = time.monotonic() + WAIT_S
        progress = server.client.get(f"/api/workflows/{run}/progress").json()
        with server.client.stream("GET", "/api/events") as events:
            lines = events.iter_lines()
            while progress["status"] != "completed" and time.monotonic() < deadline:
                next(lines)
                progress = server.client.get(f"/api/workflows/{run}/progress").json()
    assert (progress["status"], progress["processedItems"]) == ("completed", people)
    assert home.rows("SELECT count(*) FROM contacts") == [(people,)]


def test_listening_where_others_reach_it_is_refused_without_a_token(home: Home) -> None:
    done = home.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 1
    assert "ONELANE_API_TOKEN" in done.stderr


def test_a_port_that_is_taken_is_said_so(home: Home) -> None:
    with served(home) as server:
        done = home.run("serve", "--port", server.url.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "choose another --port" in done.stderr


def test_with_no_worker_runs_wait(home: Home) -> None:
    with served(home, "--no-worker") as server:
        export(home, 3)
        run = server.client.post("/api/platforms/linkedin/sync", json={"file": "Connections.csv"}).json()
        assert server.client.get(f"/api/workflows/{run['id']}/progress").json()["status"] == "pending"


def export(home: Home, people: int) -> None:
    """An export of LinkedIn where the server may read it."""
    imports = home.folder / "imports"
    imports.mkdir(exist_ok=True)
    lines = ["First Name,Last Name,URL,Email Address,Company,Position,Connected On"]
    lines += [
        f"Ada,Person{number},https://www.linkedin.com/in/person{number},,Engines,Engineer,02 Nov 2026"
        for number in range(people)
    ]
    (imports / "Connections.csv").write_text("\n".join(lines) + "\n")


def states_of(lines: Iterator[str], run_id: str) -> Generator[dict[str, Any]]:
    """What the stream tells of a run, until it is over."""
    for line in lines:
        if not line.startswith("data: "):
            continue
        state: dict[str, Any] = json.loads(line.removeprefix("data: "))
        if state["id"] == run_id:
            yield state
            if state["status"] in ("completed", "failed", "cancelled"):
                return
