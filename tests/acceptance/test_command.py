"""The real command in real processes: pipes, signals, servers and what a person sees."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import WAIT_S, Home, begun, onelane, until
from tests.acceptance.serving import free_port
from tests.samples.linkedin import linkedin_connections

HELP_SECONDS = 0.4
HEAVY = ("alembic", "anthropic", "apscheduler", "fastapi", "mcp", "playwright", "procrastinate", "sqlalchemy")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals that are sent here are those of POSIX")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


def test_help_comes_without_the_product(home: Home) -> None:
    assert imported(home, "--help") & {*HEAVY, "onelane.server.app", "rich"} == set()


def test_a_command_imports_the_tools_that_it_calls_and_no_others(home: Home) -> None:
    names = imported(home, "runs", "list")
    assert "onelane.tools.workflows.run_reading.run_views" in names
    of_others = {"onelane.storage.contact_merge", "onelane.tools.web.reading", "onelane.server.agent.agent"}
    assert names & {*of_others, "anthropic", "alembic", "apscheduler"} == set()


def test_a_chat_client_does_not_wait_for_what_only_people_need(home: Home) -> None:
    names = imported(home, "mcp")
    assert "onelane.server.mcp.stdio" in names
    assert names & {"typer", "onelane.server.cli.menu", "onelane.server.http.asgi", "anthropic", "alembic"} == set()


def test_help_is_there_before_one_wonders(home: Home) -> None:
    # On the processor and the best of some, since the machine has other things to do; and with compiled modules, as
    # everyone has them.
    environment = {name: value for name, value in home.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    assert min(seconds_of([*onelane(), "--help"], environment) for _ in range(3)) < HELP_SECONDS


def test_json_is_all_there_is_on_stdout(home: Home, tmp_path: Path) -> None:
    file = linkedin_connections(tmp_path / "Connections.csv", 50)
    done = home.run("sync", "linkedin_contacts", str(file), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["result"]["added"] == 50


def test_what_is_written_is_for_its_owner_also_in_a_home_that_everybody_may_look_into(
    home: Home, tmp_path: Path
) -> None:
    home.folder.chmod(0o755)
    done = home.run("sync", "linkedin_contacts", str(linkedin_connections(tmp_path / "c.csv", 3)))
    assert done.returncode == 0, done.stderr
    assert {file.name for file in home.folder.iterdir() if file.stat().st_mode & 0o077} == set()
    assert (home.folder / "onelane.db").exists()


def test_an_export_from_elsewhere_on_the_disk_comes_in_by_a_relative_path(home: Home, tmp_path: Path) -> None:
    linkedin_connections(tmp_path / "Connections.csv", 5)
    command = [*onelane(), "sync", "linkedin_contacts", "Connections.csv"]
    done = subprocess.run(
        command, cwd=tmp_path, env=home.environment, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    assert (done.returncode, "5 people added" in done.stdout) == (0, True)


def test_a_reader_that_goes_away_is_no_fault(home: Home) -> None:
    process = home.start("call", "list_templates")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    complaints = process.stderr.read()
    process.wait(timeout=WAIT_S)
    process.stderr.close()
    assert complaints == ""


def test_a_process_without_input_output_or_messages_works_all_the_same(home: Home) -> None:
    script = '"$@" contacts list --json <&- && "$@" undo nothing <&-; "$@" contacts list >&- 2>&-'
    command = [sys.executable, "-c", "from onelane.server.cli import main; main()"]
    environment = {**os.environ, **home.environment}
    done = subprocess.run(
        ["sh", "-c", script, "sh", *command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["total"]) == (0, 0)
    assert "nothing" in done.stderr
    assert "fault" not in done.stderr


def test_a_worker_carries_out_what_another_process_hands_in(home: Home, tmp_path: Path) -> None:
    file = linkedin_connections(tmp_path / "Connections.csv", 100)
    config = json.dumps({"syncSubType": "linkedin_contacts", "file": str(file)})
    with running(home, "worker") as (worker, line):
        assert line == f"Onelane worker runs on {home.folder / 'onelane.db'}.\n"
        report = home.answer("doctor")
        execution = next(each for each in report["findings"] if each["name"] == "execution")
        assert execution["what"].startswith(f"Process {worker.pid} carries out")
        run = home.answer("runs", "start", "sync", "--config", config)
        assert home.answer("runs", "watch", run["id"])["status"] == "completed"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=WAIT_S) == 0


def test_an_import_that_is_interrupted_goes_on_with_the_next_process(home: Home, tmp_path: Path) -> None:
    rows = 10_000
    file = linkedin_connections(tmp_path / "Connections.csv", rows)
    process = home.start("sync", "linkedin_contacts", str(file))
    until(lambda: processed(home) > 0, process, every_s=0.02)
    with held_up(home):
        assert processed(home) < rows
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130, said
    assert "onelane runs watch run_" in said
    ((run_id,),) = home.rows("SELECT id FROM workflow_runs")
    run = home.answer("runs", "watch", run_id)
    assert (run["status"], run["processed_items"], run["error_items"]) == ("completed", rows, 0)
    assert home.rows("SELECT count(*) FROM contacts") == [(rows,)]


def test_an_interrupted_import_at_a_terminal_asks_whether_it_should_end(home: Home, tmp_path: Path) -> None:
    file = linkedin_connections(tmp_path / "Connections.csv", 40_000)
    with at_terminal(home, "sync", "linkedin_contacts", str(file)) as (process, screen):
        until(lambda: processed(home) > 0, process, every_s=0.02)
        with held_up(home):
            process.send_signal(signal.SIGINT)
            shown = ""
            while "as well? [y/N]" not in shown:
                shown += os.read(screen, 4096).decode()
            os.write(screen, b"y\n")
        shown += rest_of(screen)
        assert process.wait(timeout=WAIT_S) == 130, shown
    assert "Running" in shown
    assert "is cancelled; what it brought until now is kept" in " ".join(shown.split())
    assert home.rows("SELECT status FROM workflow_runs") == [("cancelled",)]


def test_a_terminal_gets_tables_with_headings_and_no_colour_where_none_is_wanted(home: Home) -> None:
    with at_terminal(home, "templates", "list") as (process, screen):
        shown = rest_of(screen)
        assert process.wait(timeout=WAIT_S) == 0
    assert "name" in shown
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", shown) is None


def test_the_server_answers_and_ends_cleanly(home: Home) -> None:
    with running(home, "serve", "--port", "0") as (server, line):
        url = line.split()[2].rstrip(":")
        with urllib.request.urlopen(f"{url}/healthz", timeout=WAIT_S) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=WAIT_S) == 0


def test_listening_elsewhere_without_a_token_is_refused(home: Home) -> None:
    done = home.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ONELANE_API_TOKEN" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_demo_shows_what_to_open_and_leaves_nothing_behind(home: Home, tmp_path: Path) -> None:
    environment = {**home.environment, "TMPDIR": str(tmp_path / "temporary"), "TZ": "Asia/Tokyo"}
    (tmp_path / "temporary").mkdir()
    port = free_port()
    done = subprocess.run(
        [*onelane(), "demo", "--once", "--port", str(port)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for shown in ("/docs", "/mcp", '"onelane-demo": {', "works in fintech", "LinkedIn Connections: 24 people added"):
        assert shown in done.stdout
    assert "Sequence 'First hello to fintech': 5 people enrolled. Their first letters wait for your yes." in done.stdout
    assert re.search(r"every weekday, next on \w+day at 09:00\.", done.stdout)
    assert "outbound approve --all" in done.stdout
    assert f"dashboard --port {port}\n" in done.stdout
    assert done.stderr == ""
    assert list((tmp_path / "temporary").iterdir()) == []
    assert list(home.folder.iterdir()) == []


def test_a_demo_that_is_interrupted_leaves_nothing_behind(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    environment = {**home.environment, "TMPDIR": str(folder)}
    with subprocess.Popen([*onelane(), "demo"], env=environment, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert any(line.startswith("Ctrl-C ends the demo") for line in demo.stdout)
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=WAIT_S)
    assert (demo.returncode, list(folder.iterdir())) == (0, [])


def imported(home: Home, *arguments: str) -> set[str]:
    """The modules that a command imports, and the packages that they are in."""
    command = [sys.executable, "-X", "importtime", *onelane()[1:], *arguments]
    done = subprocess.run(
        command,
        env=home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = [line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.count("|") == 2]
    return {*names, *(name.split(".")[0] for name in names)}


def seconds_of(command: Sequence[str], environment: dict[str, str]) -> float:
    before = os.times()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=WAIT_S, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@contextmanager
def running(home: Home, *arguments: str) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """A command that goes on by itself, and the line with which it says that it does."""
    process = home.start(*arguments)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


@contextmanager
def at_terminal(home: Home, *arguments: str) -> Generator[tuple["subprocess.Popen[str]", int]]:
    """A command at a terminal of its own, and what one reads from and types into that."""
    screen, its_side = os.openpty()
    environment = {**home.environment, "TERM": "xterm-256color"}
    process = begun(arguments, env=environment, stdin=its_side, stdout=its_side, stderr=its_side)
    os.close(its_side)
    try:
        yield process, screen
    finally:
        process.kill()
        process.wait()
        os.close(screen)


def rest_of(screen: int) -> str:
    """All that still comes until the command lets go of its terminal."""
    shown = b""
    while True:
        try:
            read = os.read(screen, 4096)
        except OSError:  # on Linux the end of a terminal is an error
            read = b""
        if not read:
            return shown.decode()
        shown += read


@contextmanager
def held_up(home: Home) -> Generator[None]:
    """Nobody writes while this lasts, so that an import gets no further, however slow the test is."""
    with closing(sqlite3.connect(home.folder / "onelane.db", timeout=WAIT_S, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def processed(home: Home) -> int:
    try:
        return sum(count for (count,) in home.rows("SELECT processed_items FROM workflow_runs"))
    except sqlite3.OperationalError:
        return 0  # the database is not there yet
