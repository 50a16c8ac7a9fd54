"""A workspace with connected accounts at doubles of Google, LinkedIn and X, whose syncs are carried out at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa

from onelane.server.cli.doubles.double_server import Double
from onelane.server.cli.doubles.google import Google
from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.server.cli.doubles.x import X
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import AuthType, Platform
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Run
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online, OnlineSettings
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Registry
from onelane.tools.sync import sync as sync_tools
from onelane.tools.workflows.run_reading.run_views import RunView
from tests.databases import Clock
from tests.toolbox import Toolbox
from tests.vendor_documents import Answering, answering_as

_KEY = b"k" * 32
SCOPES = ("contacts.readonly", "gmail.metadata", "r_dma_portability_self_serve")


@dataclass
class GoogleWorld:
    """What a test works with.

    Args:
        database: where everything is
        clock: the time, which pauses move on
        folder: from which files may be read
        google: the address book and the mailbox
        linkedin: the snapshot
        x: the lists and posts
    """

    database: Database
    clock: Clock
    folder: Path
    google: Google = field(default_factory=Google)
    linkedin: LinkedIn = field(default_factory=LinkedIn)
    x: X = field(default_factory=X)
    paused: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self.google.mailbox.now = self.x.clock = self.clock
        self.at_google, self.at_linkedin, self.at_x = self.google.double(), self.linkedin.double(), self.x.double()
        self.vault, self.dispatcher = Vault(lambda: _KEY), InlineDispatcher()
        self.engine = RunEngine(self.database, self.dispatcher, RunTypes(*all_run_types()))
        online = Online(OnlineSettings(), connect=self._connect, pause=self._pause)
        services = Services(self.database, self.engine, [self.folder], vault=self.vault, online=online)
        self.tools = Toolbox(Registry(sync_tools), services)
        self.engine.equip(self.tools.product)
        self.engine.serve()

    def _connect(self) -> httpx2.Client:
        doubles: dict[str, Answering] = {
            "people.googleapis.com": answering_as(self.at_google),
            "gmail.googleapis.com": answering_as(self.at_google),
            "api.linkedin.com": answering_as(self.at_linkedin),
            "api.x.com": answering_as(self.at_x),
        }
        return httpx2.Client(transport=httpx2.MockTransport(lambda request: doubles[request.url.host](request)))

    def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.clock.advance(seconds=seconds)

    def connect(
        self, platform: Platform = Platform.GMAIL, key: str = "me@example.com", scopes: Sequence[str] = SCOPES
    ) -> str:
        """Connect an account; its id."""
        with self.database.write() as session:
            account = accounts.ensure_account(
                session, platform=platform, display_name=key, auth_type=AuthType.OAUTH, account_key=key
            )
            keep_grant(self.vault, account, Grant("token", scopes=tuple(scopes)))
            session.add(account)
            return account.id

    def sync(self, sub_type: str, **asked: Any) -> Run:
        """Sync; the run, which is over then."""
        run_id = self.tools.call(RunView, "start_sync", sub_type=sub_type, **asked).id
        with self.database.read() as session:
            found = runs.get_workflow_run(session, run_id)
        assert found is not None
        return found

    def position(self, account_id: str, sub_type: str, name: str) -> dict[str, Any]:
        """How far a list was read."""
        with self.database.read() as session:
            cursor = cursors.get_cursor(session, account_id, sub_type)
        return {} if cursor is None or cursor.cursor is None else json.loads(cursor.cursor).get(name, {})

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.database.read() as session:
            return [tuple(row) for row in session.sql(sa.text(query))]

    def asked(self, double: Double, ending: str) -> list[dict[str, str]]:
        """The queries of the requests whose path ends so."""
        return [dict(each.query) for each in double.requests if each.path.endswith(ending)]


def mail_ids(world: GoogleWorld) -> list[str]:
    """The ids of the mails that were asked for, in order."""
    paths = (each.path for each in world.at_google.requests)
    return [path.rpartition("/")[2] for path in paths if "/messages/" in path]
