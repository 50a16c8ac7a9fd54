"""A workspace with an account at X's double, whose syncs are carried out at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
import sqlalchemy as sa

from onelane.server.cli.doubles.x import OWNER_ID, X
from onelane.server.cli.doubles.x_entries import post, user
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.people.identities import Identity, find_identity
from onelane.storage.platforms.accounts import Account, AuthType, Platform, ensure_account, get_account
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Run, WorkflowType
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online, OnlineSettings
from onelane.tools.registry.runs.record import Json, RunEnd
from onelane.tools.sync.online.online_lists import ONLINE
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.online.online_sync import OnlineRequest, sync_online
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.engines import equipped
from tests.vendor_documents import answering_as

Answering = Callable[[httpx2.Request], httpx2.Response]


@dataclass
class XWorld:
    """What a test works with.

    Args:
        database: where everything is
        clock: the time, here and at X
        x: the platform
        cap_usd: what a month may cost
        through: what stands between Onelane and X
    """

    database: Database
    clock: Clock
    x: X = field(default_factory=X)
    cap_usd: float = 100.0
    through: Callable[[Answering], Answering] = lambda answering: answering

    def __post_init__(self) -> None:
        self.x.clock = self.clock
        self.double = self.x.double()
        self.dispatcher = InlineDispatcher()
        self.engine = equipped(self.database, {WorkflowType.SYNC: self}, dispatcher=self.dispatcher)
        self.engine.serve()
        self.account_id = self._connect()
        self._requests: list[OnlineRequest] = []

    @property
    def services(self) -> Services:
        """What syncs work with."""
        settings = OnlineSettings(x_api_url="https://api.x.com", x_monthly_usd=self.cap_usd)
        online = Online(settings, self.connect, pause=lambda seconds: None)
        return Services(self.database, self.engine, [], vault=Vault(lambda: b"k" * 32), online=online)

    def connect(self) -> httpx2.Client:
        """A client that asks X."""
        return httpx2.Client(transport=httpx2.MockTransport(self.through(answering_as(self.double))))

    @property
    def account(self) -> Account:
        """The account's row."""
        with self.database.read() as session:
            found = get_account(session, self.account_id)
        assert found is not None
        return found

    def sync(self, sub_type: SyncSubType, *, max_pages: int | None = None, **options: Any) -> Run:
        """A sync that was carried out, as far as it goes."""
        self._requests.append(OnlineRequest(sub_type, self.account_id, max_pages, SyncOptions(**options)))
        with self.database.write() as session:
            run_id = self.engine.start(session, WorkflowType.SYNC, {"syncSubType": sub_type}, by=None).id
        return self.run_of(run_id)

    def prepare(self, config: Json) -> None:
        """Every config will do."""

    def run(self, execution: Execution) -> RunEnd:
        """Carry out what was asked for last."""
        request = self._requests[-1]
        return sync_online(execution, request, self.services, ONLINE[request.sub_type]())

    def run_of(self, run_id: str) -> Run:
        """A run's row."""
        with self.database.read() as session:
            found = runs.get_workflow_run(session, run_id)
        assert found is not None
        return found

    def identity(self, user_id: str) -> Identity:
        """Who is known under one of X's ids."""
        with self.database.read() as session:
            found = find_identity(session, Platform.X, user_id)
        assert found is not None
        return found

    def relations(self, user_id: str) -> list[str]:
        """What somebody is to the account."""
        return orjson.loads(self.identity(user_id).platform_data).get("relations", [])

    def rows(self, query: str) -> list[Any]:
        """What a query finds."""
        with self.database.read() as session:
            return [tuple(row) for row in session.sql(sa.text(query))]

    def asked(self, path: str) -> list[dict[str, str]]:
        """The queries of all requests to an address until now, which are forgotten then."""
        found = [dict(request.query) for request in self.double.requests if request.path.endswith(path)]
        self.double.requests.clear()
        return found

    def _connect(self) -> str:
        with self.database.write() as session:
            account = ensure_account(
                session, platform=Platform.X, display_name="@me_owner", auth_type=AuthType.OAUTH, account_key=OWNER_ID
            )
            keep_grant(Vault(lambda: b"k" * 32), account, Grant("token"))
            session.add(account)
            return account.id


def people_of(x: X, ids: range) -> list[str]:
    """So many people at X; their ids, the newest first."""
    for number in ids:
        x.people[str(number)] = user(str(number), f"person_{number}", f"Person {number}", description="Invented person")
    return [str(number) for number in reversed(ids)]


def posts_of(clock: Clock, ids: range, author_id: str = OWNER_ID, **fields: Any) -> list[dict[str, Any]]:
    """So many posts, the newest first."""
    return [post(str(number), author_id, f"Invented post {number}", clock(), **fields) for number in reversed(ids)]


def result_of(run: Run) -> dict[str, Any]:
    """What came of a run."""
    return orjson.loads(run.result)
