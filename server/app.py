"""The one place where everything is put together: settings, database, engine, registry.

See docs/house.md, "Putting together".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from onelane.server.agent.agent_run import AgentBody
from onelane.server.agent.clients import OutsideClients, outside_clients
from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.local import LocalDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.executor import Body
from onelane.server.engine.scheduler import Scheduler, recurring_things
from onelane.server.settings import Settings
from onelane.storage.database.engine import Clock, Database, utc_now
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Caller, Services
from onelane.tools.registry.gate.person_key import PersonKey, key_in_file
from onelane.tools.registry.gate.used import UsedYeses
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.result import Result
from onelane.tools.research.enrich import EnrichBody
from onelane.tools.research.prune import PruneBody
from onelane.tools.research.search_run import SearchBody
from onelane.tools.sync.sync_run import SyncBody
from onelane.tools.web.network import Network
from onelane.tools.workflows.ready_templates import load_ready_templates


@dataclass(frozen=True)
class Onelane:
    """Onelane, put together. The faces get this and nothing else."""

    settings: Settings
    services: Services
    registry: Registry
    engine: RunEngine
    scheduler: Scheduler
    clients: OutsideClients

    @cached_property
    def agent(self) -> AgentBody:
        """What carries out agent runs."""
        return AgentBody(
            self.registry, self.services, self.clients.model, self.clients.budget_keeper, self.settings.model
        )

    @cached_property
    def bodies(self) -> Mapping[WorkflowType, Body]:
        """What runs do that call tools."""
        return {
            WorkflowType.AGENT: self.agent,
            WorkflowType.ENRICH: EnrichBody(self.registry, self.services),
            WorkflowType.SEARCH: SearchBody(self.registry, self.services),
            WorkflowType.PRUNE: PruneBody(self.registry, self.services),
        }

    def call(self, name: str, arguments: dict[str, object], caller: Caller) -> Result:
        """Call a tool; see `Registry.call`."""
        return self.registry.call(self.services, name, arguments, caller)

    def close(self) -> None:
        """Stop executing and let go of the database."""
        self.engine.stop()
        # Only now: the engine may have begun to lead a moment ago, which starts the clock.
        self.scheduler.stop()
        self.clients.close()
        self.services.database.close()


def open_onelane(settings: Settings, *, clock: Clock = utc_now, network: Network | None = None) -> Onelane:
    """Put Onelane together on the settings' database, which is created or migrated when needed.

    Nothing executes until `engine.serve()`.

    Args:
        settings: what the environment says
        clock: gives the current instant
        network: how names are resolved and connections to the web are made; by default the machine's own

    Raises:
        DatabaseUnavailable: the database can't be used; it was left alone
    """
    database = Database(settings.url, clock=clock)
    if database.path is not None:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    ensure_schema(database)
    load_ready_templates(database)
    engine = RunEngine(database, _dispatcher(settings, database), {WorkflowType.SYNC: SyncBody()})
    things = recurring_things(
        database, engine, keep_history_days=settings.keep_history_days, host_run_minutes=settings.host_run_minutes
    )
    scheduler = Scheduler(things)
    engine.when_leading(scheduler.start)
    clients = outside_clients(settings, database, network)
    services = Services(
        database,
        engine,
        settings.readable_dirs,
        settings.read_only,
        clients.web,
        clients.models,
        _person_key(settings),
        UsedYeses(settings.home / "approvals.used"),
        settings.lasting_contacts,
    )
    onelane = Onelane(settings, services, all_tools(), engine, scheduler, clients)
    for workflow_type, body in onelane.bodies.items():
        engine.carries_out(workflow_type, body)
    return onelane


def _person_key(settings: Settings) -> PersonKey:
    given = settings.person_key
    if given is not None:
        return PersonKey(lambda: given.get_secret_value().strip().encode())
    return PersonKey(lambda: key_in_file(settings.key_file))


def _dispatcher(settings: Settings, database: Database) -> Dispatcher:
    if database.dialect == "sqlite":
        return LocalDispatcher(database, None if database.path is None else settings.home / "onelane.lock")
    # Procrastinate is an extra, and needed on PostgreSQL only.
    from onelane.server.engine.dispatch.procrastinate import ProcrastinateDispatcher

    return ProcrastinateDispatcher(database)
