"""`onelane runs`: what happened, what happens, and how to steer it."""

from typing import Annotated

import typer

from onelane.server.cli.run_progress import follow
from onelane.server.cli.tool_commands import Derived, add_derived
from onelane.server.cli.workspace import workspace
from onelane.tools.catalogue import all_tools

_FOLLOW = "Follow it, and carry it out if nothing else does: onelane runs watch {id}"
_STEERED = {
    "pause": "Hold a run at its next step.",
    "resume": "Let a paused run go on where it stopped.",
    "cancel": "End a run at its next step; it keeps what it has.",
    "retry": "Let a failed or cancelled run go on where it ended.",
}

COMMANDS = (
    Derived(
        "list",
        "list_runs",
        renamed={"workflow_type": "type"},
        columns=(
            "id",
            "workflow_type as type",
            "status",
            "processed_items as items",
            "error_items as errors",
            "created_at as created",
            "status_reason as reason",
        ),
        examples=("onelane runs list --status failed", "onelane runs list --type sync --json"),
    ),
    Derived(
        "show",
        "get_run",
        positional=("run_id",),
        columns=("step_index as step", "step_type as type", "status", "tool", "duration_ms as ms", "error", "output"),
        examples=("onelane runs show RUN_ID", "onelane runs show RUN_ID --steps-limit 20 --json"),
    ),
    Derived(
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
        Derived(
            name,
            "control_run",
            positional=("run_id",),
            fixed={"action": name},
            help=text,
            afterwards=_FOLLOW if name in ("resume", "retry") else None,
        )
        for name, text in _STEERED.items()
    ),
    *(
        Derived(
            name,
            "answer_run",
            positional=("run_id",),
            fixed={"allow": is_allowed},
            help=text,
            examples=(f"onelane runs {name} RUN_ID",),
        )
        for name, is_allowed, text in (
            ("allow", True, "Allow what a paused run asks for; it goes on then."),
            ("refuse", False, "Refuse what a paused run asks for; it goes on without it."),
        )
    ),
    Derived(
        "fork",
        "fork_run",
        positional=("run_id",),
        examples=("onelane runs fork RUN_ID --steps 3",),
        afterwards=_FOLLOW,
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_derived(app, all_tools(), COMMANDS)
    app.command("watch")(watch)


def watch(
    run_id: str,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON when it is over.")] = False,
) -> None:
    """Follow a run until it is over or paused.

    When no other Onelane is running, this carries the run out.
    """
    with workspace() as onelane:
        onelane.engine.serve()
        follow(onelane, run_id, as_json=as_json)
