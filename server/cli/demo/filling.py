"""Fills the demo's home through real runs: imports, sequences, tasks, a schedule, and what has gone well and wrong."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from onelane.server.app import Onelane
from onelane.server.cli.demo.exports import write_exports
from onelane.server.cli.demo.mail_server import OWNER
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.outreach.mail.connecting import change_limits, connect_mail
from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.result import Result
from onelane.tools.sync.sync_types import SyncSubType

CALLER = Caller(Face.CLI)
IMPORT_SECONDS = 120
LOOKED_FOR = "fintech"
SEQUENCE, BY_HAND, PAUSED = "First hello to fintech", "Invitations by hand", "Autumn letter"
Steps = tuple[Mapping[str, Any], ...]

_PROGRAMME = {"company": "Sample Clearing", "source_url": "https://example.com/summit/programme"}
_BY_HAND_FOR = "Fernwood Education"
_LETTERS = (
    {
        "step_type": "message",
        "config": {
            "subject": 'A question, {{ first_name or "if I may" }}',
            "text": 'Hello {{ first_name or "there" }},\n\nhow do you settle payments at '
            '{{ company or "your company" }} today? I am comparing three ways and would like to hear from somebody who '
            "knows.\n\n{{ sender_name }}",
        },
    },
    {"step_type": "wait", "config": {"for": {"replied": True}, "timeoutDays": 3, "else": "again", "label": "answer"}},
    {
        "step_type": "message",
        "config": {
            "label": "again",
            "sameThread": True,
            "text": "May I ask once more? One line is enough.\n\n{{ sender_name }}",
        },
    },
)
_TASKS = (
    {"step_type": "connect", "config": {"note": 'Hi {{ first_name or "there" }}, good to see what you build.'}},
    {"step_type": "message", "delay_hours": 48, "config": {"text": "Thanks for connecting!"}},
)


class DemoFailed(Exception):
    """The demo could not be set up; the message says why."""


def fill(onelane: Onelane, server: MailServer, tell: Callable[[str], None]) -> None:
    """Import the sample exports through real runs, then set going what a person would.

    Args:
        onelane: a new one; it carries out the runs
        server: takes the letters that are approved
        tell: told what was done, a line at a time

    Raises:
        DemoFailed: an import did not go well
    """
    onelane.engine.serve()
    exports = write_exports(onelane.settings.home / "imports")
    for sub_type, path in exports.items():
        tell(f"{sub_type.label}: {_import(onelane, sub_type, path)}")
    _connect(onelane, server)
    tell(f"{_enroll(onelane, SEQUENCE, 'gmail', _LETTERS, LOOKED_FOR)} Their first letters wait for your yes.")
    tell(f"{_enroll(onelane, BY_HAND, 'linkedin', _TASKS, _BY_HAND_FOR)} What to do for them is among your tasks.")
    tell(_add_paused_sequence(onelane))
    tell(_add_schedule(onelane, exports[SyncSubType.LINKEDIN_CONTACTS]))
    tell(_run_agent(onelane))


def _import(onelane: Onelane, sub_type: SyncSubType, path: Path) -> str:
    run = _call(onelane, "start_sync", sub_type=sub_type, file=str(path))
    status = onelane.engine.wait(run["id"], timeout_s=IMPORT_SECONDS)
    run_after = _call(onelane, "get_run", run_id=run["id"])
    if status is not RunStatus.COMPLETED:
        raise DemoFailed(f"Importing {path.name} is {status}: {run_after.get('status_reason', 'it took too long')}")
    message: str = run_after["result"]["message"]
    return message


def _connect(onelane: Onelane, server: MailServer) -> None:
    """Connect an account at the demo's own server, which nobody has to be spared."""
    services = onelane.toolbox.services
    account = connect_mail(services, OWNER, sender_name="Demo Owner", password="demo", smtp=server, imap=None)
    change_limits(services, account.id, {"spacing_seconds": 5, "jitter_seconds": 0})


def _enroll(onelane: Onelane, name: str, platform: str, steps: Steps, words: str) -> str:
    template_id = _begin_sequence(onelane, name, platform, steps)["template"]["id"]
    answer = _call(onelane, "enroll_contacts", template_id=template_id, where={"query": words})
    return f"Sequence {name!r}: {answer['counts'].get('enrolled', 0)} people enrolled."


def _add_paused_sequence(onelane: Onelane) -> str:
    run = _begin_sequence(onelane, PAUSED, "gmail", _LETTERS[:1])["run"]
    _call(onelane, "control_run", run_id=run["id"], action="pause")
    return f"Sequence {PAUSED!r}: paused."


def _begin_sequence(onelane: Onelane, name: str, platform: str, steps: Steps) -> dict[str, Any]:
    template = _call(
        onelane,
        "create_template",
        name=name,
        template_type="outreach",
        platform=platform,
        config={"undoSeconds": 10},
        steps=list(steps),
    )
    return _call(onelane, "activate_template", template_id=template["id"])


def _add_schedule(onelane: Onelane, path: Path) -> str:
    schedule = _call(
        onelane,
        "set_schedule",
        name="Fresh connections",
        workflow_type="sync",
        cron="weekdays",
        config={"syncSubType": SyncSubType.LINKEDIN_CONTACTS, "file": str(path)},
    )
    next_run_at = datetime.fromisoformat(schedule["next_run_at"]).astimezone(_zone(onelane))
    return f"Schedule 'Fresh connections': every weekday, next on {next_run_at:%A at %H:%M}."


def _zone(onelane: Onelane) -> ZoneInfo:
    """Whose clock the schedule goes by."""
    services = onelane.toolbox.services
    with services.database.read() as session:
        return ZoneInfo(services.workspace.read(session).zone_name)


def _run_agent(onelane: Onelane) -> str:
    """Runs as a chat's model leaves them, and one by rules that only looks."""
    run = _begun(onelane, "agent", "Note who of the people at Ledgerlight decides about payments")
    people = _call(onelane, "search_contacts", run, query="Ledgerlight")["data"]
    _call(onelane, "save_contact", run, contact_id=people[0]["id"], tags=["decides"])
    _call(onelane, "finish_agent_run", run_id=run, outcome="completed", summary="Ada Winterbourne decides.")
    run = _begun(onelane, "enrich", "Add the titles of those who have none")
    _call(onelane, "search_contacts", run, query="Paperkite")
    _call(onelane, "finish_agent_run", run_id=run, outcome="failed", summary="Their page could not be read.")
    run = _begun(onelane, "search", "Find who speaks about instant payments at the Sample Summit")
    _call(onelane, "save_contact", run, name="Noor Specimen", title="Head of Instant Payments", **_PROGRAMME)
    _call(onelane, "finish_agent_run", run_id=run, outcome="completed", summary="1 of 14 speakers was new to you.")
    look = _call(
        onelane, "start_run", workflow_type="prune", config={"criteria": {"withoutEmail": True}, "dryRun": True}
    )
    onelane.engine.wait(look["id"], timeout_s=IMPORT_SECONDS)
    return "Runs of an agent, a search, an enrichment that failed, and a pruning that only looks."


def _begun(onelane: Onelane, workflow_type: str, goal: str) -> str:
    run_id: str = _call(onelane, "begin_agent_run", workflow_type=workflow_type, goal=goal)["id"]
    return run_id


def _call(onelane: Onelane, tool: str, for_run: str | None = None, /, **arguments: Any) -> dict[str, Any]:
    result: Result = onelane.call(tool, arguments, Caller(CALLER.face, for_run))
    return result.structured()
