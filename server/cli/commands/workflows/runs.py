"""`onelane runs`: list, show, start and control runs."""

import sys
from typing import Annotated, cast

import typer

from onelane.server.app import Onelane
from onelane.server.cli.display.run_story import story_of
from onelane.server.cli.display.wrapping import terminal_width
from onelane.server.cli.help import examples
from onelane.server.cli.output import is_watched, put_pieces
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result, reading_of
from onelane.server.cli.run_progress import follow
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.server.cli.workspace import workspace
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import Result
from onelane.tools.registry.short_ids import full_id
from onelane.tools.workflows.approvals import first_question
from onelane.tools.workflows.run_reading.run_views import RunWithSteps

_FOLLOW = "Follow it, and carry it out if nothing else does: onelane runs watch {id}"
_ACTION_HELP = {
    "pause": "Hold a run at its next step.",
    "resume": "Let a paused run go on where it stopped.",
    "cancel": "End a run at its next step; it keeps what it has.",
    "retry": "Let a failed or cancelled run go on where it ended.",
}


def _show_story(onelane: Onelane, result: Result) -> None:
    width = terminal_width() if is_watched(sys.stdout) else None
    put_pieces(story_of(cast("RunWithSteps", result), reading_of(onelane), width))


COMMANDS = (
    ToolCommand(
        "list",
        "list_runs",
        renamed={"workflow_type": "type"},
        columns=(
            "id",
            "workflow_type as type",
            "status",
            "created_at as created",
            "title",
            "summary",
        ),
        read_as=(
            "title",
            "status",
            "created_at as created",
            "summary",
            "workflow_type as type",
            "processed_items as items",
            "error_items as errors",
            "id",
        ),
        examples=("onelane runs list --status failed", "onelane runs list --type sync --json"),
    ),
    ToolCommand(
        "show",
        "get_run",
        positional=("run_id",),
        show=_show_story,
        examples=("onelane runs show RUN_ID", "onelane runs show RUN_ID --steps-limit 20 --json"),
    ),
    ToolCommand(
        "start",
        "start_run",
        positional=("workflow_type",),
        renamed={"workflow_type": "type", "template_id": "template"},
        examples=(
            """onelane runs start sync --config '{"syncSubType": "linkedin_contacts", "file": "Connections.csv"}'""",
        ),
        afterwards=_FOLLOW,
    ),
    *(
        ToolCommand(
            name,
            "control_run",
            positional=("run_id",),
            fixed={"action": name},
            help=text,
            examples=(f"onelane runs {name} RUN_ID",),
            asks=False,
            afterwards=_FOLLOW if name in ("resume", "retry") else None,
        )
        for name, text in _ACTION_HELP.items()
    ),
    ToolCommand(
        "fork",
        "fork_run",
        positional=("run_id",),
        examples=("onelane runs fork RUN_ID --steps 3",),
        afterwards=_FOLLOW,
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    app.command("watch")(watch)
    app.command("allow")(allow)
    app.command("refuse")(refuse)


@examples("onelane runs watch RUN_ID")
def watch(
    run_id: str,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON when it is over.")] = False,
) -> None:
    """Follow a run until it is over or paused.

    When no other Onelane is running, this carries the run out.
    """
    with workspace() as onelane:
        onelane.engine.serve()
        follow(onelane, full_id(onelane.database, run_id), as_json=as_json)


@examples("onelane runs allow RUN_ID")
def allow(
    run_id: str,
    as_json: AsJson = False,
) -> None:
    """Allow what a run asks for; it goes on then.

    The question is shown first and asked at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    _answer(run_id, is_allowed=True, reason=None, as_json=as_json)


@examples('onelane runs refuse RUN_ID --reason "Not this week"')
def refuse(
    run_id: str,
    reason: Annotated[str | None, typer.Option(help="Why not, which the run is told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Refuse what a run asks for; it goes on without it.

    The question is shown first and asked at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    _answer(run_id, is_allowed=False, reason=reason, as_json=as_json)


def _answer(run_id: str, *, is_allowed: bool, reason: str | None, as_json: bool) -> None:
    with for_the_person() as door:
        with door.services.database.read() as session:
            question = first_question(session, door.full_id(run_id))
        word = "Allow" if is_allowed else "Refuse"
        if not door.agrees(question.question, f"{word} this? y or n: "):
            raise Forbidden("Nothing was answered; the run goes on waiting.")
        put_result(door.answer(question, allow=is_allowed, reason=reason), as_json=as_json)
