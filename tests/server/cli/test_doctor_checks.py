"""`onelane doctor`: what is set up, what is missing, what to type next; and it changes nothing."""

import json
import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from onelane.server.cli.doubles.double_server import Double, serve_double
from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.server.secret_key import vault_of
from onelane.server.settings import read_settings
from onelane.storage.database.engine import Database
from onelane.storage.database.file_lock import FileLock
from onelane.storage.platforms.accounts import AuthType, Platform, ensure_account
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.platforms.online.sign_in.features import Feature
from onelane.tools.platforms.online.sign_in.platform_sign_in import connect_token
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.online import Online
from tests.commands import Terminal
from tests.engines import idle_engine
from tests.online_accounts import client_of_this_machine
from tests.samples.linkedin import linkedin_connections


def test_on_a_fresh_machine_it_leads_to_the_first_people_and_makes_nothing(terminal: Terminal) -> None:
    report = terminal.json("doctor")
    assert (report["ok"], report["next"]) == (True, "onelane sync linkedin_contacts")
    assert list(terminal.folder.iterdir()) == []


def test_step_by_step_it_leads_to_people_then_a_client_then_the_server(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type("runs", "list")
    assert terminal.json("doctor")["next"].startswith("onelane sync linkedin_contacts")
    terminal.type("sync", "linkedin_contacts", linkedin_connections(tmp_path / "Connections.csv", 5))
    assert terminal.json("doctor")["next"] == "onelane install claude-desktop"
    terminal.type("install", "cursor")
    report = terminal.json("doctor")
    assert report["next"] == "onelane serve"
    assert finding(report, "cursor")["state"] == "ok"
    assert "5 contacts, 1 run" in finding(report, "database")["what"]


def test_doctor_shows_no_key(terminal: Terminal) -> None:
    secrets = {
        "ONELANE_API_TOKEN": "token-hidden",
        "ONELANE_DATABASE_URL": "postgresql://ada:hidden@127.0.0.1:1/none",
    }
    terminal.set(**secrets)
    for shown in (terminal.type("doctor"), terminal.type("doctor", "--json")):
        assert "hidden" not in shown.out + shown.err
    report = terminal.type("doctor", "--json").json
    assert finding(report, "ONELANE_API_TOKEN")["what"] == "Set"


def test_where_the_database_server_is_away_doctor_and_each_command_say_to_start_it(terminal: Terminal) -> None:
    terminal.set(ONELANE_DATABASE_URL="postgresql://ada@127.0.0.1:1/none")
    done = terminal.type("doctor", "--json")
    assert done.code == 1
    assert finding(done.json, "database")["state"] == "problem"
    assert done.json["next"] == "Start its server, or correct ONELANE_DATABASE_URL"
    assert terminal.type("runs", "list").err.endswith("Start its server, or correct ONELANE_DATABASE_URL.\n")


def test_a_database_of_a_newer_version_is_a_problem_and_left_alone(terminal: Terminal) -> None:
    terminal.type("runs", "list")
    with sqlite3.connect(terminal.home / "onelane.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = terminal.type("doctor", "--json")
    assert (done.code, done.json["next"]) == (1, "pip install --upgrade onelane")


def test_a_home_that_can_not_be_made_is_a_problem(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    terminal.set(ONELANE_HOME=str(tmp_path / "file" / "home"))
    done = terminal.type("doctor")
    assert done.code == 1
    assert "Onelane can not run yet. Next: Set ONELANE_HOME" in done.out


def test_a_setting_that_can_not_be_used_is_a_problem(terminal: Terminal) -> None:
    terminal.set(ONELANE_READ_ONLY="perhaps")
    done = terminal.type("doctor", "--json")
    assert done.code == 1
    assert finding(done.json, "settings")["what"].startswith("ONELANE_READ_ONLY")
    assert finding(done.json, "search")["what"].startswith("No search engine"), "the other checks go on"


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are those of POSIX here")
def test_a_home_that_others_can_look_into_is_said(terminal: Terminal) -> None:
    terminal.home.mkdir()
    terminal.home.chmod(0o755)
    assert "chmod 700" in finding(terminal.json("doctor"), "home")["next"]
    terminal.home.chmod(0o777)
    assert finding(json.loads(terminal.type("doctor", "--json").out), "home")["state"] == "problem"


def test_the_process_that_executes_is_named(terminal: Terminal) -> None:
    terminal.type("runs", "list")
    lock = FileLock(terminal.home / "onelane.lock")
    assert lock.acquire()
    try:
        what = finding(terminal.json("doctor"), "execution")["what"]
        assert what.startswith(f"Process {os.getpid()} carries out runs and schedules, since 20")
    finally:
        lock.release()
    assert finding(terminal.json("doctor"), "execution")["what"].startswith("Nothing carries out runs now")


def test_a_clients_file_that_can_not_be_understood_does_not_stop_it(terminal: Terminal) -> None:
    folder = terminal.folder / ".cursor"
    folder.mkdir()
    (folder / "mcp.json").write_text("{")
    assert "was left alone" in finding(terminal.json("doctor"), "cursor")["what"]


@pytest.mark.parametrize(
    ("status", "model", "said"),
    [
        (200, "m-1", "It counts, and m-1 is there"),
        (401, "m-1", "The provider refuses it (status 401)"),
        (404, "m-1", "can't be told: the answer was status 404"),
    ],
)
def test_online_the_provider_is_asked_for_free_whether_the_key_counts(
    terminal: Terminal, status: int, model: str, said: str
) -> None:
    with answering(status) as (url, asked):
        terminal.set(ANTHROPIC_API_KEY="sk-hidden", ANTHROPIC_BASE_URL=url, ONELANE_MODEL=model)
        terminal.set(TAVILY_API_KEY="tvly-hidden", ONELANE_TAVILY_URL=url)
        shown = terminal.type("doctor", "--online", "--json")
    assert said in finding(shown.json, "anthropic key")["what"]
    assert asked == [f"/v1/models/{model}", "/usage"]
    assert "hidden" not in shown.out + shown.err
    assert "at most $25.00 a day" in finding(shown.json, "model")["what"]


def test_a_provider_that_does_not_answer_says_nothing_about_the_key(terminal: Terminal) -> None:
    terminal.set(ANTHROPIC_API_KEY="sk-hidden", ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    assert "nobody answered" in finding(terminal.json("doctor", "--online"), "anthropic key")["what"]


def test_a_schedule_that_nothing_will_start_is_said_until_something_runs(terminal: Terminal) -> None:
    made = terminal.type("call", "set_schedule", '{"workflow_type": "enrich", "cron": "daily"}')
    assert "Nothing is open now that would start its runs" in made.err
    found = finding(terminal.json("doctor"), "schedules")
    assert (found["state"], found["next"]) == ("todo", "onelane service install")
    lock = FileLock(terminal.home / "onelane.lock")
    assert lock.acquire()
    try:
        found = finding(terminal.json("doctor"), "schedules")
        assert f"process {os.getpid()} starts them as long as it is open" in found["what"]
    finally:
        lock.release()


@contextmanager
def answering(status: int) -> Generator[tuple[str, list[str]]]:
    """A provider that answers everything with a status, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def finding(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in report["findings"] if each["name"] == name)


def test_it_says_who_lets_accounts_sign_in_and_when_a_sign_in_ends(terminal: Terminal) -> None:
    assert finding(terminal.json("doctor"), "platforms")["state"] == "optional"
    with serve_double(Double(dict(LinkedIn().double().routes))) as linkedin:
        terminal.set(ONELANE_LINKEDIN_CLIENT_ID="hidden-id", ONELANE_LINKEDIN_API_URL=linkedin.url)
        vault, online = vault_of(read_settings()), Online(read_settings().online, client_of_this_machine)
        database = Database(read_settings().url)
        terminal.type("accounts", "list")
        services = Services(database, idle_engine(database), [], vault=vault, online=online)
        account = connect_token(services, Platform.LINKEDIN, "AQX-hidden", {Feature.CONTACTS})
    report = terminal.json("doctor")
    assert finding(report, "platforms")["what"] == "Accounts can sign in at LinkedIn"
    assert finding(report, "redirect")["what"].startswith(("Browsers come back to", "Port 8766 is in use"))
    assert finding(report, "secret key")["state"] == "ok"
    assert finding(report, "account")["what"] == "Me Owner (LinkedIn) is signed in for contacts"
    with database.write() as session:
        keep_grant(vault, account, Grant("AQX-hidden", scopes=("r_dma_portability_self_serve",), ends_at=session.now()))
        session.merge(account)
    assert finding(terminal.json("doctor"), "account")["next"] == "onelane accounts connect linkedin --token -"
    with database.write() as session:
        x = ensure_account(session, platform=Platform.X, display_name="@ada", auth_type=AuthType.OAUTH, account_key="1")
        keep_grant(vault, x, Grant("AQX-hidden", "hidden-too", scopes=("users.read", "follows.read", "tweet.read")))
        session.add(x)
    findings = [each for each in terminal.json("doctor")["findings"] if each["name"] == "account"]
    assert "ONELANE_X_CLIENT_ID is not set here, without which that can't be renewed" in str(findings)
    assert "export ONELANE_X_CLIENT_ID=..." in [each["next"] for each in findings]
    (terminal.home / "secret.key").unlink()
    report = terminal.type("doctor", "--json").json
    assert finding(report, "secret key")["state"] == "problem"
    assert "hidden" not in str(report)
    database.close()
