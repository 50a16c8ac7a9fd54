"""What `onelane doctor` finds about schedules and sequences: whether something will run when they are due."""

from collections.abc import Iterator

from onelane.server.background_service import service_path
from onelane.server.cli.checks.outreach_checks import Finding, State
from onelane.server.engine.lock import executing_process
from onelane.server.settings import Settings
from onelane.storage.database.engine import Session
from onelane.storage.outreach import sequence_enrollments
from onelane.storage.workflows import schedules
from onelane.storage.workflows.dispatches import executing_since


def schedule_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """Who starts what is due; nothing where no schedule is switched on."""
    count = schedules.list_schedules(session, enabled=True, page=1, page_size=1, after=None).total
    if not count:
        return
    due = [row.next_run_at for row in schedules.list_next_schedules(session, limit=1) if row.next_run_at is not None]
    summary = f"{count:,} {'schedule is' if count == 1 else 'schedules are'} on"
    summary += f", the next is due at {due[0]:%Y-%m-%d %H:%M} UTC" if due else ""
    if _is_on_sqlite(settings):
        yield _on_sqlite(settings, summary)
    elif executing_since(session):
        yield Finding("schedules", State.OK, f"{summary}; a worker or server runs that starts them")
    else:
        yield Finding("schedules", State.TODO, f"{summary}, and nothing runs that would start them", "onelane worker")


def sequence_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """Who carries on the people that are in active sequences; nothing where nobody is, or where something does."""
    count = sequence_enrollments.count_on_their_way(session)
    if not count:
        return
    people = "1 person is in a sequence" if count == 1 else f"{count:,} people are in sequences"
    is_idle = executing_process(settings.lock_file) is None if _is_on_sqlite(settings) else not executing_since(session)
    if is_idle:
        yield Finding("sequences", State.TODO, f"{people}, and nothing runs that carries them on", "onelane worker")


def _is_on_sqlite(settings: Settings) -> bool:
    return settings.url.startswith("sqlite")


def _on_sqlite(settings: Settings, summary: str) -> Finding:
    process, service = executing_process(settings.lock_file), service_path(settings.home)
    if service.exists():
        if process is not None:
            return Finding("schedules", State.OK, f"{summary}; process {process} starts them, and the service after it")
        return Finding("schedules", State.TODO, f"{summary}, and the service does not run", "onelane service install")
    if process is None:
        return Finding(
            "schedules", State.TODO, f"{summary}, and nothing runs that starts them", "onelane service install"
        )
    summary = f"{summary}; process {process} starts them as long as it is open"
    return Finding("schedules", State.OPTIONAL, summary, "onelane service install")
