"""The demo: a temporary home with invented people; the person's own home is not touched."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from onelane.server.app import Onelane
from onelane.server.cli.demo_exports import write_exports
from onelane.server.settings import Settings
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.result import Result
from onelane.tools.sync.sync_types import SyncSubType

CALLER = Caller(Face.CLI)
IMPORT_SECONDS = 120
LOOKED_FOR = "fintech"
TEMPLATE = "First hello to fintech"

_STEPS = (
    {"step_type": "connect", "config": {"text": 'Hi {{ first_name or "there" }}, good to see what you build.'}},
    {"step_type": "message", "delay_hours": 48, "config": {"text": "Thanks for connecting!"}},
    {"step_type": "message", "delay_hours": 96, "config": {"text": "One question about payments, if I may?"}},
)


class DemoFailed(Exception):
    """The demo could not be set up; the message says why."""


@contextmanager
def demo_home(*, keep: bool) -> Generator[Path]:
    """A new folder for the demo, removed at the end unless it is to be kept."""
    if keep:
        yield Path(mkdtemp(prefix="onelane-demo-"))
        return
    with TemporaryDirectory(prefix="onelane-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def demo_settings(home: Path) -> Settings:
    """Settings that know nothing of the person's own database, keys and folders."""
    return Settings(home=home, database_url=None, api_token=None, read_only=False, import_dirs=[home / "imports"])


def fill(onelane: Onelane, tell: Callable[[str], None]) -> None:
    """Import the sample exports through real runs, then set up a template with people in it, and a schedule.

    Args:
        onelane: a new one; it carries out the runs
        tell: told what was done, a line at a time

    Raises:
        DemoFailed: an import did not go well
    """
    onelane.engine.serve()
    exports = write_exports(onelane.settings.home / "imports")
    for sub_type, path in exports.items():
        tell(f"{sub_type.label}: {_imported(onelane, sub_type, path)}")
    tell(_enrolled(onelane))
    tell(_scheduled(onelane, exports[SyncSubType.LINKEDIN_CONTACTS]))


def _imported(onelane: Onelane, sub_type: SyncSubType, path: Path) -> str:
    run = _called(onelane, "start_sync", sub_type=sub_type, file=str(path))
    status = onelane.engine.wait(run["id"], timeout_s=IMPORT_SECONDS)
    ended = _called(onelane, "get_run", run_id=run["id"])
    if status is not RunStatus.COMPLETED:
        raise DemoFailed(f"Importing {path.name} is {status}: {ended.get('status_reason', 'it took too long')}")
    message: str = ended["result"]["message"]
    return message


def _enrolled(onelane: Onelane) -> str:
    template = _called(
        onelane,
        "create_template",
        name=TEMPLATE,
        template_type="outreach",
        platform="linkedin",
        description="A connection request and two messages, each a few days after the other.",
        steps=list(_STEPS),
    )
    people = [person["id"] for person in _called(onelane, "search_contacts", query=LOOKED_FOR)["data"]]
    _called(onelane, "enroll_contacts", template_id=template["id"], contact_ids=people)
    return f"Template {TEMPLATE!r}: {len(_STEPS)} steps, {len(people)} people enrolled."


def _scheduled(onelane: Onelane, path: Path) -> str:
    schedule = _called(
        onelane,
        "set_schedule",
        name="Fresh connections",
        workflow_type="sync",
        cron="weekdays",
        config={"syncSubType": SyncSubType.LINKEDIN_CONTACTS, "file": str(path)},
    )
    return f"Schedule 'Fresh connections': every weekday, next {schedule['next_run_at']}."


def _called(onelane: Onelane, tool: str, **arguments: Any) -> dict[str, Any]:
    result: Result = onelane.call(tool, arguments, CALLER)
    return result.structured()
