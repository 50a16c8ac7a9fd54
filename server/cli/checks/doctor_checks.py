"""What is set up, what is missing, and the next command to type."""

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from onelane.server.cli.checks.key_checks import online_findings
from onelane.server.cli.checks.outreach_checks import Finding, State, outreach_findings
from onelane.server.cli.checks.schedule_checks import schedule_findings, sequence_findings
from onelane.server.cli.checks.sign_in_checks import account_findings, platform_findings, readable_vault
from onelane.server.cli.clients.client import Client
from onelane.server.cli.clients.command import Command, command_of_this_process
from onelane.server.cli.clients.configuration import is_connected, is_unreadable
from onelane.server.cli.output import number_of
from onelane.server.engine.lock import executing_process
from onelane.server.kept_keys import KeptKeys, KeyPlace, standings
from onelane.server.settings import KEY_VARIABLES, Settings, unknown_settings, usable_settings
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.people.contacts import count_contacts
from onelane.storage.schema import HEAD, current_version, fault_of
from onelane.storage.workflows.dispatches import executing_since
from onelane.storage.workflows.runs import count_workflow_runs
from onelane.tools.registry.errors import ToolError
from onelane.tools.web.browser.places import find_browser, playwright_downloads, usual_places
from onelane.tools.web.search.choice import SearchName, search_engine

Answer = TypeVar("Answer")
LEAST_FREE_BYTES = 200_000_000
_WITHOUT_DOCSTRINGS = 2
NOTHING_MISSING = "onelane serve"
_FIRST_PEOPLE = "onelane sync linkedin_contacts"
"""Without a file it says how to get one."""


def examine(*, online: bool = False) -> list[Finding]:
    """Look at everything; nothing is changed by it.

    Args:
        online: ask the providers whether the keys count, too
    """
    settings, bad = usable_settings()
    return [
        _python(),
        *(Finding("settings", State.PROBLEM, fault, "Correct it, then: onelane doctor") for fault in bad),
        *_unknown_settings(),
        _home(settings.home),
        _postgresql(settings),
        _database(settings),
        _execution(settings),
        *_outreach(settings),
        *platform_findings(settings),
        _import_folders(settings),
        _token(settings),
        _model(settings),
        _search(settings),
        *_closed_keyring(settings),
        *(online_findings(settings) if online else ()),
        _browser(settings),
        *_clients(),
    ]


def next_command(findings: Sequence[Finding]) -> str:
    """What to type now: what mends the first problem, else what leads on."""
    for state in (State.PROBLEM, State.TODO):
        for finding in findings:
            if finding.state is state and finding.next is not None:
                return finding.next
    return NOTHING_MISSING


def _unknown_settings() -> list[Finding]:
    return [
        Finding("settings", State.TODO, sentence, "Correct its name, then: onelane doctor")
        for sentence in unknown_settings(os.environ)
    ]


def _python() -> Finding:
    if sys.flags.optimize >= _WITHOUT_DOCSTRINGS:
        summary = (
            "Python leaves out what describes the tools (PYTHONOPTIMIZE=2), so that a model can't choose among them"
        )
        return Finding("python", State.PROBLEM, summary, "unset PYTHONOPTIMIZE")
    return Finding("python", State.OK, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")


def _home(home: Path) -> Finding:
    standing = next(folder for folder in (home, *home.parents) if folder.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        return Finding(
            "home",
            State.PROBLEM,
            f"{standing} is no folder in which you may write",
            "Set ONELANE_HOME to a folder of yours",
        )
    free_bytes = shutil.disk_usage(standing).free
    if free_bytes < LEAST_FREE_BYTES:
        summary = f"{home} has only {free_bytes / 1e6:.0f} MB left on its disk"
        return Finding("home", State.PROBLEM, summary, "Free some space on the disk")
    if standing != home:
        return Finding("home", State.OK, f"{home} is made at the first start")
    return _rights(home)


def _rights(home: Path) -> Finding:
    mode = stat.S_IMODE(home.stat().st_mode)
    if os.name == "posix" and mode & 0o002:
        summary = f"{home}, where other users of this machine can put a database or a key of theirs (mode {mode:o})"
        return Finding("home", State.PROBLEM, summary, f"chmod 700 '{home}'")
    if os.name == "posix" and mode & 0o077:
        summary = f"{home}, which other users of this machine can look into (mode {mode:o})"
        return Finding("home", State.OPTIONAL, summary, f"chmod 700 '{home}'")
    return Finding("home", State.OK, str(home))


def _postgresql(settings: Settings) -> Finding:
    if find_spec("psycopg") is not None:
        return Finding("postgresql", State.OK, "The parts for PostgreSQL are installed")
    needed = not settings.url.startswith("sqlite")
    summary = "psycopg is not installed; PostgreSQL needs it, SQLite does not"
    return Finding(
        "postgresql", State.PROBLEM if needed else State.OPTIONAL, summary, "pip install 'onelane[postgres]'"
    )


def _database(settings: Settings) -> Finding:
    try:
        database = Database(settings.url)
    except (DatabaseUnavailable, ImportError) as error:
        return Finding("database", State.PROBLEM, str(error), "Correct ONELANE_DATABASE_URL")
    try:
        return _looked_into(database)
    finally:
        database.close()


def _looked_into(database: Database) -> Finding:
    from sqlalchemy.exc import DBAPIError

    place = database.place
    if database.path is not None and not database.path.exists():
        return Finding("database", State.TODO, f"{place} is made at the first start", _FIRST_PEOPLE)
    try:
        version = current_version(database)
        if version == HEAD:
            return _contents(database, place)
    except DBAPIError as error:
        return Finding("database", State.PROBLEM, *fault_of(database, error))
    except DatabaseUnavailable as error:
        return Finding("database", State.PROBLEM, str(error), "Set ONELANE_HOME to another place")
    if version is not None and version > HEAD:
        summary = f"{place} was written by a newer Onelane (schema {version}, this one knows {HEAD})"
        return Finding("database", State.PROBLEM, summary, "pip install --upgrade onelane")
    return Finding("database", State.OK, f"{place}, brought from schema {version} to {HEAD} at the next start")


def _contents(database: Database, place: str) -> Finding:
    with database.read() as session:
        people, runs = count_contacts(session).live, count_workflow_runs(session)
    summary = f"{place}: {number_of(people, 'contact')}, {number_of(runs, 'run')}"
    if people == 0:
        return Finding("database", State.TODO, summary, _FIRST_PEOPLE)
    return Finding("database", State.OK, summary)


def _execution(settings: Settings) -> Finding:
    if not settings.url.startswith("sqlite"):
        return _execution_on_postgresql(settings)
    try:
        process = executing_process(settings.lock_file)
    except OSError as error:
        return Finding("execution", State.PROBLEM, f"The lock file can't be used: {error.strerror}", "onelane doctor")
    if process is None:
        return Finding("execution", State.OK, "Nothing carries out runs now; the next server, worker or client does")
    since = datetime.fromtimestamp(settings.lock_file.stat().st_mtime, UTC)
    return Finding("execution", State.OK, f"Process {process} carries out runs and schedules, since {_instant(since)}")


def _execution_on_postgresql(settings: Settings) -> Finding:
    """Who executes says so by the name of a connection."""
    try:
        database = Database(settings.url)
    except (DatabaseUnavailable, ImportError):
        return Finding("execution", State.OPTIONAL, "Not known, for the database can't be asked", None)
    try:
        with database.read() as session:
            since = executing_since(session)
    except DatabaseUnavailable as error:
        return Finding("execution", State.PROBLEM, f"Nothing can be carried out: {error}", "onelane doctor")
    finally:
        database.close()
    if not since:
        return Finding("execution", State.TODO, "Nothing carries out runs now", "onelane worker")
    executors = "1 process carries" if len(since) == 1 else f"{len(since)} processes carry"
    return Finding("execution", State.OK, f"{executors} out runs and schedules, the first since {_instant(since[0])}")


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _outreach(settings: Settings) -> list[Finding]:
    """Who starts schedules, how what goes out stands and who signs in, where the database can be asked."""
    return _ask_database(settings, lambda session: _standing(session, settings), [])


def _standing(session: Session, settings: Settings) -> list[Finding]:
    going_out = outreach_findings(session, readable_vault(settings))
    when_due = [*schedule_findings(session, settings), *sequence_findings(session, settings)]
    return [*when_due, *going_out, *account_findings(session, settings)]


def _ask_database(settings: Settings, ask: Callable[[Session], Answer], otherwise: Answer) -> Answer:
    """What the database says, where it can be asked."""
    from sqlalchemy.exc import DBAPIError

    try:
        database = Database(settings.url)
    except (DatabaseUnavailable, ImportError):
        return otherwise
    try:
        if database.path is not None and not database.path.exists():
            return otherwise
        if current_version(database) != HEAD:
            return otherwise
        with database.read() as session:
            return ask(session)
    except (DBAPIError, DatabaseUnavailable):
        # The check of the database has said so already.
        return otherwise
    finally:
        database.close()


def _import_folders(settings: Settings) -> Finding:
    present = [str(folder) for folder in settings.readable_dirs if os.access(folder, os.R_OK | os.X_OK)]
    if present:
        return Finding("imports", State.OK, f"Chat and REST may read files from {', '.join(present)}")
    summary = "Chat and REST may read files from none of the folders that are allowed; the command line reads any"
    return Finding("imports", State.OPTIONAL, summary, f"mkdir -p '{settings.home / 'imports'}'")


def _token(settings: Settings) -> Finding:
    """Whether HTTP clients must prove themselves; the token is never shown."""
    if settings.api_token is not None:
        return Finding("ONELANE_API_TOKEN", State.OK, "Set")
    summary = "Not set; it is for listening on anything but this machine"
    return Finding("ONELANE_API_TOKEN", State.OPTIONAL, summary, "export ONELANE_API_TOKEN=...")


def _model(settings: Settings) -> Finding:
    """Whether agents have a model to ask; the key is never shown."""
    if settings.anthropic_api_key is not None:
        place = "" if settings.anthropic_base_url is None else f" at {_without_secrets(settings.anthropic_base_url)}"
        daily_usd = _ask_database(
            settings, lambda session: settings.workspace.read(session).daily_usd, settings.daily_usd
        )
        limit = " without a daily limit" if daily_usd is None else f", for at most ${daily_usd:,.2f} a day"
        return Finding("model", State.OK, f"Agents ask {settings.model}{place}{limit}")
    summary = "No key for a language model; a chat client's own model can do the work of agents instead"
    return Finding("model", State.OPTIONAL, summary, "onelane keys set anthropic")


def _without_secrets(url: str) -> str:
    scheme, _, address = url.partition("://")
    return f"{scheme}://{address.rpartition('@')[2].partition('?')[0]}"


def _search(settings: Settings) -> Finding:
    with_model = settings.anthropic_api_key is not None and settings.search in (None, SearchName.MODEL)
    engine = search_engine(settings.search_settings).name
    if engine != "none" or with_model:
        engine_text = engine if engine != "none" else "the model's own search, which costs money by the search"
        return Finding("search", State.OK, f"The web is searched with {engine_text}")
    summary = "No search engine is set up; pages can be read all the same"
    return Finding("search", State.OPTIONAL, summary, "onelane keys set tavily")


def _closed_keyring(settings: Settings) -> Iterator[Finding]:
    for standing in standings(KeptKeys(settings.home), KEY_VARIABLES, os.environ):
        if standing.place is KeyPlace.CLOSED_KEYRING:
            summary = f"The key of {standing.name} is in the system's keyring, which does not give it now"
            yield Finding(f"{standing.name} key", State.TODO, summary, f"onelane keys set {standing.name}")


def _browser(settings: Settings) -> Finding:
    if find_spec("playwright") is None:
        summary = "playwright is not installed; only pages that need a browser need it"
        return Finding("browser", State.OPTIONAL, summary, "pip install 'onelane[browser]'")
    try:
        path = find_browser(settings.chromium, search_path=None, usual=usual_places())
    except ToolError as error:
        return Finding("browser", State.OPTIONAL, error.message, "Correct ONELANE_CHROMIUM")
    browser_path = path or next(iter(playwright_downloads()), None)
    if browser_path is None:
        summary = "No Chromium, Chrome or Edge is here"
        return Finding("browser", State.OPTIONAL, summary, "playwright install chromium")
    return Finding("browser", State.OK, f"Pages that need a browser are shown in {browser_path}")


def _clients() -> list[Finding]:
    command = command_of_this_process()
    findings = {client: _connection(client, command) for client in Client}
    nobody = all(finding.state is not State.OK for finding in findings.values())
    # Without any client Onelane has nobody to talk to, so that connecting one comes next.
    first = next((client for client in Client if client.is_here), Client.CLAUDE_DESKTOP)
    if nobody and findings[first].state is State.OPTIONAL:
        findings[first] = replace(findings[first], state=State.TODO)
    return list(findings.values())


def _connection(client: Client, command: Command) -> Finding:
    try:
        if is_unreadable(client):
            summary = f"{client.label} does not read {client.path}: it has a byte order mark, comments or spare commas"
            return Finding(client, State.TODO, summary, f"onelane install {client}")
        if is_connected(client, command):
            return Finding(client, State.OK, f"{client.label} is connected ({client.path})")
    except (ToolError, OSError) as error:
        return Finding(client, State.OPTIONAL, str(error), f"onelane install {client} --print")
    summary = f"{client.label} is not connected to this Onelane"
    return Finding(client, State.OPTIONAL, summary, f"onelane install {client}")
