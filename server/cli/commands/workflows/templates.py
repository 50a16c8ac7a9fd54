"""`onelane templates`: reusable definitions of what runs do."""

import typer

from onelane.server.cli.tool_commands import Derived, add_derived
from onelane.tools.catalogue import all_tools

_STEP_COLUMNS = ("step_index as step", "step_type as type", "delay_hours as hours", "config")
_SHORT = {"template_type": "type"}

COMMANDS = (
    Derived(
        "list",
        "list_templates",
        renamed=_SHORT,
        columns=("id", "name", "template_type as type", "status"),
        examples=("onelane templates list --status active", "onelane templates list --type outreach --json"),
    ),
    Derived(
        "show",
        "get_template",
        positional=("template_id",),
        columns=_STEP_COLUMNS,
        examples=('onelane templates show "First hello"', "onelane templates show TEMPLATE_ID --json > hello.json"),
    ),
    Derived(
        "create",
        "create_template",
        positional=("name",),
        renamed=_SHORT,
        columns=_STEP_COLUMNS,
        examples=(
            'onelane templates create "First hello" --type outreach --platform linkedin',
            'onelane templates create "First hello" --type outreach --steps @steps.json',
        ),
    ),
    Derived(
        "activate",
        "activate_template",
        positional=("template_id",),
        examples=(
            'onelane templates activate "Archive empty records"',
            """onelane templates activate "Find people by role" --overrides '{"role": "head of data"}'""",
        ),
    ),
    Derived(
        "update",
        "update_template",
        positional=("template_id",),
        renamed=_SHORT,
        columns=_STEP_COLUMNS,
        examples=('onelane templates update "First hello" --status active',),
    ),
    Derived(
        "clone",
        "clone_template",
        positional=("template_id",),
        columns=_STEP_COLUMNS,
        examples=('onelane templates clone "First hello" --name "Second hello"',),
    ),
    Derived(
        "delete",
        "delete_template",
        positional=("template_id",),
        examples=('onelane templates delete "First hello" --yes',),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_derived(app, all_tools(), COMMANDS)
