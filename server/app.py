"""The one place where everything is put together: settings, database, engine, registry.

See docs/house.md, "Putting together".
"""

from dataclasses import dataclass

from onelane.server.agent.agent_run import AgentRuns
from onelane.server.agent.clients import OutsideClients, outside_clients
from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.local import LocalDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.scheduler import Scheduler, recurring_things
from onelane.server.run_types import all_run_types
from onelane.server.settings import Settings
from onelane.storage.database.engine import Clock, Database, utc_now
from onelane.storage.schema import ensure_schema
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Caller, Services
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.result import Result
from onelane.tools.registry.toolbox import Toolbox
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
    agents: AgentRuns

    @property
    def toolbox(self) -> Toolbox:
        """The tools and what they work with."""
        return Toolbox(self.registry, self.services)

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
    clients, registry = outside_clients(settings, database, network), all_tools()
    agents = AgentRuns(registry, clients.model, clients.budget_keeper, settings.model)
    engine = RunEngine(database, _dispatcher(settings, database), all_run_types(agents=agents))
    things = recurring_things(
        database, engine, keep_history_days=settings.keep_history_days, host_run_minutes=settings.host_run_minutes
    )
    scheduler = Scheduler(things)
    engine.when_leading(scheduler.start)
    services = Services(database, engine, settings.readable_dirs, settings.read_only, clients.web, clients.models)
    onelane = Onelane(settings, services, registry, engine, scheduler, clients, agents)
    engine.equip(onelane.toolbox)
    return onelane


def _dispatcher(settings: Settings, database: Database) -> Dispatcher:
    if database.dialect == "sqlite":
        return LocalDispatcher(database, None if database.path is None else settings.home / "onelane.lock")
    # Procrastinate is an extra, and needed on PostgreSQL only.
    from onelane.server.engine.dispatch.procrastinate import ProcrastinateDispatcher

    return ProcrastinateDispatcher(database)
