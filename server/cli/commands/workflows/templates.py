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
        "lint",
        "lint_template",
        positional=("template_id",),
        examples=('onelane templates lint "First hello"',),
    ),
    Derived(
        "preview",
        "preview_sequence",
        positional=("template_id",),
        renamed={"contact_ids": "contact"},
        examples=(
            'onelane templates preview "First hello"',
            'onelane templates preview "First hello" --contact CONTACT_ID --starts-at 2026-12-01T09:00:00Z',
        ),
    ),
    Derived(
        "versions",
        "list_template_versions",
        positional=("template_id",),
        columns=("version", "created_at as since", "approved_at as approved", "enrolled as on their way"),
        examples=('onelane templates versions "First hello"',),
    ),
    Derived(
        "stats",
        "get_template_stats",
        positional=("template_id",),
        examples=('onelane templates stats "First hello"', 'onelane templates stats "First hello" --json'),
    ),
    Derived(
        "migrate",
        "migrate_template",
        positional=("template_id",),
        examples=(
            'onelane templates migrate "First hello" --to 2 --dry-run',
            'onelane templates migrate "First hello" --to 2',
        ),
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
