"""`onelane mcp` as a chat client starts it: a real process, spoken to over its stdin and stdout."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import TextContent

from tests.acceptance.processes import Home, begun, onelane
from tests.databases import PostgresqlServer

QUICKLY_S = 30.0
"""How long leaving may take on a machine that is busy with other tests; by itself it takes a tenth of a second."""

MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    mode: str = request.param
    return mode


def started_by_a_client(home: Home, *options: str, env: Mapping[str, str] | None = None) -> StdioServerParameters:
    command, *arguments = onelane()
    return StdioServerParameters(
        command=command, args=[*arguments, "mcp", *options], env={**home.environment, **(env or {})}
    )


class Raw:
    """A client that reads each line of stdout, and so would notice one that is not the protocol's."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._asked = 0

    def tell(self, method: str, **params: Any) -> None:
        assert self.process.stdin is not None
        self._asked += 1
        message = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": {**params, "_meta": MODERN}}
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        assert self.process.stdout is not None
        self.tell(method, **params)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert answer["id"] == self._asked
        result: dict[str, Any] = answer["result"]
        return result

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", name=tool, arguments=arguments)

    def rest_of_stdout(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def stderr(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def running(home: Home, *options: str, env: Mapping[str, str] | None = None) -> Generator[Raw]:
    process = begun(
        ["mcp", *options],
        env={**home.environment, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Raw(process)
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        process.wait()


async def test_a_client_of_either_era_connects_lists_and_calls(home: Home, era: str) -> None:
    async with Client(started_by_a_client(home), mode=era) as client:
        listed = (await client.list_tools()).tools
        made = await client.call_tool("create_template", {"name": "Spring", "template_type": "outreach"})
        found = await client.call_tool("list_templates", {})
    assert {"list_runs", "start_sync", "overview"} <= {tool.name for tool in listed}
    assert not made.is_error
    assert isinstance(found.content[0], TextContent)
    assert "\tSpring\t" in found.content[0].text


async def test_toolsets_are_chosen_on_the_command_line(home: Home) -> None:
    async with Client(started_by_a_client(home, "--toolsets", "runs,contacts")) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert "list_runs" in names
    assert "search_contacts" in names
    assert "list_templates" not in names


async def test_read_only_mode_offers_no_tool_that_changes_anything(home: Home) -> None:
    async with Client(started_by_a_client(home, env={"ONELANE_READ_ONLY": "1"})) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert "list_runs" in names
    assert not names & {"start_sync", "create_template", "delete_template", "save_contact"}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(home: Home, sent: signal.Signals) -> None:
    with running(home) as client:
        assert not client.call("list_runs").get("isError")
        client.process.send_signal(sent)
        assert client.process.wait(QUICKLY_S) == 0
        assert client.rest_of_stdout() == ""


def test_a_signal_before_anything_was_asked_ends_it_cleanly(home: Home) -> None:
    with running(home) as client:
        client.ask("server/discover")
        client.process.terminate()
        assert client.process.wait(QUICKLY_S) == 0


def test_the_stdio_server_ends_when_the_client_hangs_up(home: Home) -> None:
    with running(home) as client:
        assert not client.call("list_runs").get("isError")
        client.hang_up()
        assert client.process.wait(QUICKLY_S) == 0
        assert client.rest_of_stdout() == ""
        assert client.stderr() == ""


def test_the_stdio_server_ends_when_the_client_has_died(home: Home) -> None:
    with running(home) as client:
        assert not client.call("list_runs").get("isError")
        assert client.process.stdout is not None
        client.process.stdout.close()
        client.tell("tools/list")
        client.hang_up()
        assert client.process.wait(QUICKLY_S) == 0
        assert client.stderr() == ""


def test_the_stdio_server_ends_when_the_client_never_spoke(home: Home) -> None:
    with running(home) as client:
        client.hang_up()
        assert client.process.wait(QUICKLY_S) == 0


def test_after_a_kill_the_next_one_finds_everything_and_executes(home: Home, tmp_path: Path) -> None:
    env = {"ONELANE_IMPORT_DIRS": str(tmp_path)}
    with running(home) as client:
        made = client.call("create_template", name="Spring", template_type="outreach")
        client.process.kill()
        client.process.wait()
    write_connections(tmp_path / "Connections.csv")
    with running(home, env=env) as client:
        listed = client.call("list_templates")
        run = client.call("start_sync", sub_type="linkedin_contacts", file="Connections.csv")
        assert until_over(client, run["structuredContent"]["id"]) == "completed"
        people = client.call("search_contacts", query="Lovelace")
    assert listed["structuredContent"]["data"][0]["id"] == made["structuredContent"]["id"]
    assert people["structuredContent"]["data"][0]["name"] == "Ada Lovelace"


def test_an_import_that_nobody_looks_at_goes_on(home: Home, tmp_path: Path) -> None:
    write_connections(tmp_path / "Connections.csv")
    env = {"ONELANE_IMPORT_DIRS": str(tmp_path)}
    with running(home, env=env) as client:
        run = client.call("start_sync", file="Connections.csv")["structuredContent"]["id"]
        client.process.kill()
        client.process.wait()
    with running(home) as client:
        # The tools are listed and nothing is called: the database is opened all the same.
        client.ask("tools/list")
        assert until_over(client, run) == "completed"


def test_a_bad_setting_stops_the_start_and_is_named(home: Home) -> None:
    with running(home, env={"ONELANE_READ_ONLY": "perhaps"}) as client:
        _, complaint = client.process.communicate(timeout=QUICKLY_S)
    assert client.process.returncode == 1
    assert "ONELANE_READ_ONLY" in complaint


def test_an_unknown_toolset_stops_the_start_and_those_there_are_are_named(home: Home) -> None:
    with running(home, "--toolsets", "rans") as client:
        out, complaint = client.process.communicate(timeout=QUICKLY_S)
    assert client.process.returncode == 2
    assert out == ""
    assert "There is no toolset 'rans'; there are: runs, " in complaint


def test_a_database_that_cannot_be_used_is_told_in_each_answer_and_on_stderr(home: Home) -> None:
    home.folder.mkdir()
    (home.folder / "onelane.db").write_bytes(b"This is no database." * 100)
    with running(home) as client:
        assert client.ask("tools/list")["tools"]
        answers = [client.call("list_runs"), client.call("overview")]
        client.process.terminate()
        _, complaint = client.process.communicate(timeout=QUICKLY_S)
    for answer in answers:
        assert answer["isError"]
        assert "is no Onelane database, or it is damaged" in answer["content"][0]["text"]
    assert "is no Onelane database, or it is damaged" in complaint
    assert (home.folder / "onelane.db").read_bytes().startswith(b"This is no database.")


def test_a_database_that_can_be_used_again_is_used_without_a_restart(home: Home) -> None:
    home.folder.mkdir()
    file = home.folder / "onelane.db"
    file.write_bytes(b"This is no database." * 100)
    with running(home) as client:
        assert client.call("list_runs")["isError"]
        file.unlink()
        assert not client.call("list_runs").get("isError")


def test_a_chat_outlives_a_restart_of_its_database(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    url = postgresql.new_database().render_as_string(hide_password=False)
    home = Home(tmp_path / "home", url, {"ONELANE_IMPORT_DIRS": str(tmp_path)})
    write_connections(tmp_path / "Connections.csv")
    with running(home) as client:
        assert not client.call("list_runs").get("isError")
        with postgresql.away():
            answer = client.call("list_runs")
            assert answer["isError"]
            assert "The database can't be reached" in answer["content"][0]["text"]
        run = client.call("start_sync", file="Connections.csv")["structuredContent"]["id"]
        assert until_over(client, run) == "completed"


def test_two_chats_share_one_home(home: Home) -> None:
    with running(home) as first, running(home) as second:
        first.call("create_template", name="Spring", template_type="outreach")
        assert second.call("list_templates")["structuredContent"]["data"][0]["name"] == "Spring"


def test_the_lists_do_without_what_only_later_work_needs(home: Home, project: Path) -> None:
    later = {
        "fastapi", "typer", "anthropic", "procrastinate", "playwright", "alembic", "apscheduler", "sqlalchemy",
        "sqlmodel", "jinja2", "trafilatura", "mf2py", "lxml", "protego", "genai_prices", "onelane.storage",
        "onelane.tools.registry.toolbox", "onelane.server.app", "onelane.server.engine.engine",
    }  # fmt: skip
    code = f"""
import asyncio, sys
import onelane.server.cli.entry_point, onelane.server.cli.stdio, onelane.server.mcp.stdio
from onelane.server.mcp import build_mcp
from onelane.server.mcp.lazy_onelane import LazyOnelane
from onelane.server.mcp.listing import kept_listing
from onelane.server.settings import read_settings
server = build_mcp(LazyOnelane(read_settings(), lambda settings: None), listing=kept_listing())
for lists in (server.list_tools, server.list_prompts, server.list_resources, server.list_resource_templates):
    assert asyncio.run(lists())
print(*{later!r} & sys.modules.keys())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=home.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
    assert not home.folder.exists()


def write_connections(file: Path) -> None:
    file.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Lovelace,https://www.linkedin.com/in/ada-lovelace,ada@example.com,Engines Ltd,Countess,02 Nov 2026\n"
        "Grace,Hopper,https://www.linkedin.com/in/grace-hopper,,US Navy,Rear Admiral,03 Nov 2026\n",
        encoding="utf-8",
    )


def until_over(client: Raw, run_id: str) -> str:
    """The state in which the run ends; a run that never ends is ended by the tests' own time limit."""
    while True:
        run = client.call("get_run", run_id=run_id, steps_limit=0)["structuredContent"]
        if run["status"] not in ("pending", "running"):
            status: str = run["status"]
            return status
