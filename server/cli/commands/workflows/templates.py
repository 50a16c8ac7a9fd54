"""`onelane templates`: reusable definitions of what runs do."""

from collections.abc import Sequence
from typing import Annotated

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.storage.workflows.approvals import Door
from onelane.tools.catalogue import all_tools
from onelane.tools.outreach.outbound import decisions
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import Result
from onelane.tools.workflows.template_views import TemplateWithSteps

_STEP_COLUMNS = ("step_index as step", "step_type as type", "delay_hours as hours", "config")
_SHORT = {"template_type": "type"}


def _next_lines(result: Result) -> Sequence[str]:
    return result.next_lines() if isinstance(result, TemplateWithSteps) else ()


COMMANDS = (
    ToolCommand(
        "list",
        "list_templates",
        renamed=_SHORT,
        columns=("id", "name", "template_type as type", "status"),
        examples=("onelane templates list --status active", "onelane templates list --type outreach --json"),
    ),
    ToolCommand(
        "show",
        "get_template",
        positional=("template_id",),
        columns=_STEP_COLUMNS,
        examples=('onelane templates show "First hello"', "onelane templates show TEMPLATE_ID --json > hello.json"),
    ),
    ToolCommand(
        "create",
        "create_template",
        positional=("name",),
        renamed=_SHORT,
        columns=_STEP_COLUMNS,
        afterwards=_next_lines,
        examples=(
            'onelane templates create "First hello" --type outreach --platform linkedin',
            'onelane templates create "First hello" --type outreach --steps @steps.json',
        ),
    ),
    ToolCommand(
        "activate",
        "activate_template",
        positional=("template_id",),
        examples=(
            'onelane templates activate "Archive empty records"',
            """onelane templates activate "Find people by role" --overrides '{"role": "head of data"}'""",
        ),
    ),
    ToolCommand(
        "update",
        "update_template",
        positional=("template_id",),
        renamed=_SHORT,
        columns=_STEP_COLUMNS,
        afterwards=_next_lines,
        examples=('onelane templates update "First hello" --status active',),
    ),
    ToolCommand(
        "clone",
        "clone_template",
        positional=("template_id",),
        columns=_STEP_COLUMNS,
        afterwards=_next_lines,
        examples=('onelane templates clone "First hello" --name "Second hello"',),
    ),
    ToolCommand(
        "lint",
        "lint_template",
        positional=("template_id",),
        examples=('onelane templates lint "First hello"',),
    ),
    ToolCommand(
        "preview",
        "preview_sequence",
        positional=("template_id",),
        renamed={"contact_ids": "contact"},
        examples=(
            'onelane templates preview "First hello"',
            'onelane templates preview "First hello" --contact CONTACT_ID --starts-at 2026-12-01T09:00:00Z',
        ),
    ),
    ToolCommand(
        "versions",
        "list_template_versions",
        positional=("template_id",),
        columns=("version", "created_at as since", "approved_at as approved", "enrolled as on their way"),
        examples=('onelane templates versions "First hello"',),
    ),
    ToolCommand(
        "stats",
        "get_template_stats",
        positional=("template_id",),
        examples=('onelane templates stats "First hello"', 'onelane templates stats "First hello" --json'),
    ),
    ToolCommand(
        "migrate",
        "migrate_template",
        positional=("template_id",),
        examples=(
            'onelane templates migrate "First hello" --to 2 --dry-run',
            'onelane templates migrate "First hello" --to 2',
        ),
    ),
    ToolCommand(
        "delete",
        "delete_template",
        positional=("template_id",),
        examples=('onelane templates delete "First hello" --yes',),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    app.command("approve")(approve)


@examples('onelane templates approve "First hello"', 'onelane templates approve "First hello" --version 2')
def approve(
    template: Annotated[str, typer.Argument(help="The template, by its id or name.")],
    version: Annotated[int | None, typer.Option(min=1, help="Which version; the latest, if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Approve a version of a sequence, after you have read all of it.

    Where its approval setting is "version", whoever is in this version is sent its messages without a further
    question. It is shown and asked for at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    with for_the_person() as door:
        shown_version = decisions.read_version(door.services, door.full_id(template), version)
        if not door.agrees(f"\n{shown_version.words}\n", "Approve this version? y or n: "):
            raise Forbidden("Nothing was approved.")
        outcome = decisions.approve_template(
            door.services,
            shown_version.version.template_id,
            shown_version.version.version,
            shown_version.version.content_hash,
            via=Door.CLI,
        )
        put_result(outcome, as_json=as_json)
