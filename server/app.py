"""Puts the application together: settings, database, engine, registry.

See docs/house.md, "Putting together".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from secrets import token_bytes
from time import sleep
from typing import TYPE_CHECKING

from onelane.server.agent.agent_run import AgentRuns
from onelane.server.agent.clients import OutsideClients, outside_clients
from onelane.server.agent.model import Model
from onelane.server.background_service import service_path
from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.keeper import who_starts_runs
from onelane.server.engine.recurring_outreach import RecurringOutreach
from onelane.server.engine.scheduler import Scheduler, recurring_jobs
from onelane.server.run_types import all_run_types
from onelane.server.secret_key import vault_of
from onelane.server.settings import DEMO_PREFIX, Settings
from onelane.server.telemetry import telemetry_of
from onelane.storage.database.engine import Clock, Database, DatabaseUnavailable, utc_now
from onelane.storage.database.ids import Ids
from onelane.storage.schema import ensure_schema
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Caller, Services
from onelane.tools.registry.gate.outbound_mark import MarkFile
from onelane.tools.registry.gate.person_key import PersonKey, key_in_file
from onelane.tools.registry.gate.used_approvals import UsedYeses
from onelane.tools.registry.ports.machine import THIS_MACHINE, Machine
from onelane.tools.registry.ports.online import Online, direct_client
from onelane.tools.registry.ports.telemetry import Telemetry
from onelane.tools.registry.result import Result
from onelane.tools.registry.toolbox import Registry, Toolbox
from onelane.tools.web.network import Network
from onelane.tools.workflows.ready_templates import load_ready_templates

if TYPE_CHECKING:
    import httpx2

    from onelane.server.changes import ChangeWatcher


@dataclass(frozen=True)
class Onelane:
    """The application. Faces get this and nothing else."""

    settings: Settings
    toolbox: Toolbox
    engine: RunEngine
    scheduler: Scheduler
    clients: OutsideClients
    agents: AgentRuns
    telemetry: Telemetry

    @property
    def registry(self) -> Registry:
        """The tools."""
        return self.toolbox.registry

    @property
    def database(self) -> Database:
        """Where everything is."""
        return self.toolbox.database

    @property
    def changes(self) -> "ChangeWatcher":
        """Notices what is committed; one for all faces of the process."""
        return self._changes

    @cached_property
    def _changes(self) -> "ChangeWatcher":
        # Most commands watch nothing, and need no event loop.
        from onelane.server.changes import ChangeWatcher

        return ChangeWatcher(lambda: self.database)

    def call(self, name: str, arguments: dict[str, object], caller: Caller) -> Result:
        """Call a tool; see `Toolbox.call`."""
        return self.toolbox.call(name, arguments, caller)

    def close(self) -> None:
        """Stop executing and let go of the database, within two seconds."""
        # First the clock, and so that it can't begin any more: the engine may begin to lead in this moment.
        self.scheduler.stop()
        self.engine.stop()
        self.clients.close()
        self.telemetry.close()
        self.database.close()


@dataclass(frozen=True, slots=True)
class Outside:
    """What Onelane takes from its machine and from the world; a test hands in what leaves nothing to chance.

    Args:
        machine: does work beside other work, connects to mail servers, and says how long something takes
        connect: makes the HTTP client of the platforms
        pause: lets so many seconds pass
        model: the model that is asked; by default the one of the settings
        entropy: gives n random bytes, which ids begin with
        dispatcher: how runs come to be executed; by default as the database needs it
        duties: does what is done in the background; by default on threads
    """

    machine: Machine = THIS_MACHINE
    connect: "Callable[[], httpx2.Client]" = direct_client
    pause: Callable[[float], None] = sleep
    model: Model | None = None
    entropy: Callable[[int], bytes] = token_bytes
    dispatcher: Dispatcher | None = None
    duties: Duties | None = None


AS_USUAL = Outside()


def open_onelane(
    settings: Settings, *, clock: Clock = utc_now, network: Network | None = None, outside: Outside = AS_USUAL
) -> Onelane:
    """Put Onelane together on the settings' database, which is created or migrated when needed.

    Nothing executes until `engine.serve()`.

    Args:
        settings: what the environment says
        clock: gives the current instant
        network: how names are resolved and connections to the web are made; by default the machine's own
        outside: what else it takes from its machine and from the world

    Raises:
        DatabaseUnavailable: the database can't be used; it was left alone
    """
    database = Database(settings.url, clock=clock, ids=Ids(clock, outside.entropy))
    if database.path is not None:
        _make_home(settings.home)
    ensure_schema(database)
    load_ready_templates(database)
    telemetry = telemetry_of(is_on=settings.otel == "on")
    clients = outside_clients(settings, database, network, telemetry, outside.model, outside.pause)
    registry = all_tools()
    agents = AgentRuns(registry, clients.model, clients.budget_keeper, settings.model)
    duties = outside.duties or Duties()
    run_types = all_run_types(agents=agents)
    dispatcher = outside.dispatcher or _dispatcher(settings, database, duties)
    engine = RunEngine(database, dispatcher, run_types, duties, telemetry, seconds=outside.machine.seconds)
    used_yeses = UsedYeses(settings.home / "approvals.used")
    services = Services(
        database,
        engine,
        settings.readable_dirs,
        settings.read_only,
        clients.web,
        clients.models,
        _person_key(settings),
        used_yeses,
        vault_of(settings),
        settings.smtp_timeout_seconds,
        settings.public_url,
        MarkFile(settings.mark_file),
        settings.workspace,
        who_starts_runs(None if database.path is None else settings.lock_file, service_path(settings.home)),
        # Many machines may share a PostgreSQL, so that a file of one of them locks nothing.
        Online(settings.online, outside.connect, None if database.path is None else settings.home, pause=outside.pause),
        telemetry=telemetry,
        machine=outside.machine,
    )
    jobs = recurring_jobs(
        database,
        engine,
        workspace=settings.workspace,
        used_yeses=None if settings.read_only else used_yeses,
    )
    if not settings.read_only:
        outreach = RecurringOutreach(services, begins_stopped=settings.outbound == "off")
        # Before the clock: nothing goes out of a database that nobody has looked at.
        engine.when_leading(outreach.begin)
        jobs += outreach.jobs()
    scheduler = Scheduler(jobs, duties)
    engine.when_leading(scheduler.start)
    toolbox = Toolbox(registry, services)
    engine.equip(toolbox)
    return Onelane(settings, toolbox, engine, scheduler, clients, agents, telemetry)


def _make_home(home: Path) -> None:
    """Make the folder that everything is kept in.

    Raises:
        DatabaseUnavailable: it can't be made, or was that of a demo
    """
    _refuse_ended_demo(home)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The folder {home} can't be made: {error.strerror or error}. Set ONELANE_HOME to a folder in which you "
            "may write."
        ) from error


def _refuse_ended_demo(home: Path) -> None:
    if home.name.startswith(DEMO_PREFIX) and not home.exists():
        raise DatabaseUnavailable(
            f"The demo has ended, and its folder {home} is gone. Take its entry out of your client's configuration. "
            "For your own people: onelane install."
        )


def _person_key(settings: Settings) -> PersonKey:
    given = settings.person_key
    if given is not None:
        return PersonKey(lambda: given.get_secret_value().strip().encode())
    return PersonKey(lambda: key_in_file(settings.key_file))


def _dispatcher(settings: Settings, database: Database, duties: Duties) -> Dispatcher:
    # On PostgreSQL any number of processes execute; on a SQLite file the one that holds the lock.
    return PoolDispatcher(database, None if database.path is None else settings.lock_file, duties)
