"""What is set up, what is missing, and the next command to type."""

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from onelane.server.clients.client import Client
from onelane.server.clients.command import command_of_this_process
from onelane.server.clients.configuration import is_connected
from onelane.server.engine.lock import FileLock
from onelane.server.settings import BadSettings, Settings, read_settings
from onelane.storage import history
from onelane.storage.database import Database, DatabaseUnavailable
from onelane.storage.schema import HEAD, current_version
from onelane.tools.errors import ToolError

LEAST_FREE_BYTES = 200_000_000
NOTHING_MISSING = "onelane serve"


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    TODO = "todo"
    """Onelane runs, and this comes next."""
    OPTIONAL = "optional"
    """Not there, and Onelane does without."""
    PROBLEM = "problem"
    """Onelane can't run until this is seen to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    what: str
    next: str | None = None
    """What to type or do about it."""


def examine() -> list[Finding]:
    """Look at everything; nothing is changed by it."""
    try:
        settings = read_settings()
    except BadSettings as error:
        return [_python(), Finding("settings", State.PROBLEM, str(error), "Correct it, then: onelane doctor")]
    return [
        _python(),
        _home(settings.home),
        _postgresql(settings),
        _database(settings),
        _execution(settings),
        _import_folders(settings),
        _browser(),
        *_keys(settings),
        *_clients(),
    ]


def next_command(findings: Sequence[Finding]) -> str:
    """What to type now: what mends the first problem, else what leads on."""
    for state in (State.PROBLEM, State.TODO):
        for finding in findings:
            if finding.state is state and finding.next is not None:
                return finding.next
    return NOTHING_MISSING


def executing_process(settings: Settings) -> int | None:
    """The process that carries out runs on this home; None when nobody does, or on PostgreSQL, where all may."""
    path = settings.home / "onelane.lock"
    if not settings.url.startswith("sqlite") or not path.is_file():
        return None
    lock = FileLock(path)
    holder = lock.holder_pid()
    if lock.acquire():
        lock.release()
        return None
    return holder


def _python() -> Finding:
    version = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if sys.version_info < (3, 11):
        return Finding("python", State.PROBLEM, f"{version}: too old", "Install Python 3.11 or newer")
    return Finding("python", State.OK, version)


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
        what = f"{home} has only {free_bytes / 1e6:.0f} MB left on its disk"
        return Finding("home", State.PROBLEM, what, "Free some space on the disk")
    if standing != home:
        return Finding("home", State.OK, f"{home} is made at the first start")
    return _rights(home)


def _rights(home: Path) -> Finding:
    mode = stat.S_IMODE(home.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        what = f"{home}, which other users of this machine can look into (mode {mode:o})"
        return Finding("home", State.OPTIONAL, what, f"chmod 700 '{home}'")
    return Finding("home", State.OK, str(home))


def _postgresql(settings: Settings) -> Finding:
    missing = [name for name in ("psycopg", "procrastinate") if find_spec(name) is None]
    if not missing:
        return Finding("postgresql", State.OK, "The parts for PostgreSQL are installed")
    needed = not settings.url.startswith("sqlite")
    what = f"{' and '.join(missing)} not installed; PostgreSQL needs them, SQLite does not"
    return Finding(
        "postgresql", State.PROBLEM if needed else State.OPTIONAL, what, "pip install 'onelane[postgres]'"
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

    place = str(database.path or database.url.render_as_string(hide_password=True))
    if database.path is not None and not database.path.exists():
        return Finding("database", State.TODO, f"{place} is made at the first start", "onelane demo")
    try:
        version = current_version(database)
        if version == HEAD:
            return _contents(database, place)
    except DBAPIError as error:
        what = f"{place} can't be used: {str(error.orig).splitlines()[0]}"
        return Finding("database", State.PROBLEM, what, "Set ONELANE_HOME or ONELANE_DATABASE_URL to another place")
    if version is not None and version > HEAD:
        what = f"{place} was written by a newer Onelane (schema {version}, this one knows {HEAD})"
        return Finding("database", State.PROBLEM, what, "pip install --upgrade onelane")
    return Finding("database", State.OK, f"{place}, brought from schema {version} to {HEAD} at the next start")
