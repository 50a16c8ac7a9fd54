"""A workspace with a connected account of a platform for tests, whose runs are carried out at once."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from onelane.server.cli.doubles.double_server import serve_double
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.storage.platforms.cursors import SyncCursor
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import Run, WorkflowType
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Registry
from onelane.tools.sync import sync as sync_tools
from onelane.tools.sync.online.online_sources import SourcesOf
from onelane.tools.sync.online.x.x_profiles import XProfiles
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows import schedules as schedule_tools
from onelane.tools.workflows.run_reading.run_views import RunView, StartedRun
from tests.databases import Clock
from tests.toolbox import Toolbox
from tests.tools.sync.online.lists import Lists, sources_at

SUB_TYPE = "x_contacts"
KEY = b"k" * 32


@dataclass
class World:
    """What a test works with.

    Args:
        database: where everything is
        clock: the time, which pauses move on
        lists: the platform
        url: where that listens
        concluded: the lists that were concluded, in order
    """

    database: Database
    clock: Clock
    lists: Lists
    url: str
    conclusions: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.dispatcher, self.paused_seconds = InlineDispatcher(), 0.0
        self.vault = Vault(lambda: KEY)
        self.engine = RunEngine(self.database, self.dispatcher, self._run_types())
        # Certificates take long to read, and nothing is encrypted here.
        online = Online(connect=lambda: httpx2.Client(verify=False), pause=self._pause)
        services = Services(self.database, self.engine, [], vault=self.vault, online=online)
        self.tools = Toolbox(Registry(sync_tools, run_tools, schedule_tools), services)
        self.engine.equip(self.tools.product)
        self.engine.serve()

    def _run_types(self) -> RunTypes:
        sources = {SyncSubType.X_CONTACTS: self._sources, SyncSubType.X_ENRICH: self._sources}
        means_by_type = {WorkflowType.SYNC: {"sources": sources}, WorkflowType.ENRICH: {"profiles": XProfiles(sources)}}
        return RunTypes(*(each.with_means(**means_by_type.get(each.workflow_type, {})) for each in all_run_types()))

    def _sources(self) -> SourcesOf:
        return sources_at(self.url, list(self.lists.pages), self.conclusions)

    def _pause(self, seconds: float) -> None:
        self.paused_seconds += seconds
        self.clock.advance(seconds=seconds)

    def connect(self, key: str = "1815") -> str:
        """Connect an account of the platform; its id."""
        with self.database.write() as session:
            account = accounts.ensure_account(
                session, platform=Platform.X, display_name=f"@{key}", auth_type=AuthType.OAUTH, account_key=key
            )
            keep_grant(self.vault, account, Grant("token", scopes=("tweet.read", "users.read", "follows.read")))
            session.add(account)
            return account.id

    def start(self, sub_type: str = SUB_TYPE, **arguments: Any) -> str:
        """Start a sync; it has been carried out then, as far as it goes."""
        return self.tools.call(RunView, "start_sync", sub_type=sub_type, **arguments).id

    def control(self, run_id: str, action: str) -> None:
        """Steer a run."""
        self.tools.call(StartedRun, "control_run", run_id=run_id, action=action)

    def pass_time(self, **spans: float) -> None:
        """Move the clock on, and do what is due then."""
        self.clock.advance(**spans)
        self.dispatcher.look()

    def run(self, run_id: str) -> Run:
        """A run's row."""
        with self.database.read() as session:
            run = runs.get_workflow_run(session, run_id)
        assert run is not None
        return run

    def result(self, run_id: str) -> dict[str, Any]:
        """What came of a run."""
        return orjson.loads(self.run(run_id).result)

    def steps(self, run_id: str) -> list[dict[str, Any]]:
        """A run's steps."""
        with self.database.read() as session:
            return [dict(row) for row in steps.list_workflow_steps(session, run_id)]

    def account(self, account_id: str) -> Account:
        """An account's row."""
        with self.database.read() as session:
            account = accounts.get_account(session, account_id)
        assert account is not None
        return account

    def cursor(self, account_id: str, sub_type: str = SUB_TYPE) -> SyncCursor:
        """How far a sync has come."""
        with self.database.read() as session:
            cursor = cursors.get_cursor(session, account_id, sub_type)
        assert cursor is not None
        return cursor

    def parts(self, account_id: str) -> dict[str, Any]:
        """The parts of the cursor."""
        return orjson.loads(self.cursor(account_id).cursor or "{}")

    def people(self) -> int:
        """How many contacts there are."""
        with self.database.read() as session:
            return contacts.count_contacts(session).live


@contextmanager
def online_world(database: Database, clock: Clock, lists: Lists) -> Generator[World]:
    """A workspace whose platform listens until the end of the block."""
    with serve_double(lists.double) as running:
        yield World(database, clock, lists, running.url)
