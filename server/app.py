"""The one place where everything is put together: settings, database, engine, registry (DESIGN 2)."""

from dataclasses import dataclass

from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.local import LocalDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.sync import SyncBody
from onelane.server.scheduler import Scheduler, recurring_things
from onelane.server.settings import Settings
from onelane.storage.database import Clock, Database, utc_now
from onelane.storage.runs import WorkflowType
from onelane.storage.schema import ensure_schema
from onelane.tools import contacts, enrollments, overview, runs, schedules, sync, templates
from onelane.tools.context import Caller, Services
from onelane.tools.registry import Registry
from onelane.tools.result import Result


@dataclass(frozen=True)
class Onelane:
    """Onelane, put together. The faces get this and nothing else."""

    settings: Settings
    services: Services
    registry: Registry
    engine: RunEngine
    scheduler: Scheduler

    def call(self, name: str, arguments: dict[str, object], caller: Caller) -> Result:
        """Call a tool; see `Registry.call`."""
        return self.registry.call(self.services, name, arguments, caller)

    def close(self) -> None:
        """Stop executing and let go of the database."""
        self.engine.stop()
        # Only now: the engine may have begun to lead a moment ago, which starts the clock.
        self.scheduler.stop()
        self.services.database.close()


def open_onelane(settings: Settings, *, clock: Clock = utc_now) -> Onelane:
    """Put Onelane together on the settings' database, which is created or migrated when needed.

    Nothing executes until `engine.serve()`.

    Raises:
        DatabaseUnavailable: the database can't be used; it was left alone
    """
    database = Database(settings.url, clock=clock)
    if database.path is not None:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    ensure_schema(database)
    bodies = {WorkflowType.SYNC: SyncBody()}
    engine = RunEngine(database, _dispatcher(settings, database), bodies)
    scheduler = Scheduler(recurring_things(database, engine, keep_history_days=settings.keep_history_days))
    engine.when_leading(scheduler.start)
    services = Services(database, engine, settings.readable_dirs, settings.read_only)
    return Onelane(settings, services, all_tools(), engine, scheduler)


def all_tools() -> Registry:
    """Every tool there is."""
    return Registry(runs, templates, enrollments, contacts, sync, schedules, overview)


def _dispatcher(settings: Settings, database: Database) -> Dispatcher:
    if database.dialect == "sqlite":
        return LocalDispatcher(database, None if database.path is None else settings.home / "onelane.lock")
    # Procrastinate is an extra, and needed on PostgreSQL only.
    from onelane.server.engine.dispatch.procrastinate import ProcrastinateDispatcher

    return ProcrastinateDispatcher(database)
