"""`onelane contacts`: find, show, archive and restore contacts."""

import typer

from onelane.server.cli.tool_commands import Derived, add_derived
from onelane.tools.catalogue import all_tools

COMMANDS = (
    Derived(
        "search",
        "search_contacts",
        positional=("query",),
        columns=("id", "name", "title", "company", "email", "platform", "enrichment_score as known"),
        examples=(
            "onelane contacts search fintech",
            'onelane contacts search "ada lovelace" --has-email --json',
            "onelane contacts search --tags investor --platform linkedin",
        ),
    ),
    Derived("show", "get_contact", positional=("contact_id",), examples=("onelane contacts show CONTACT_ID",)),
    Derived(
        "save",
        "save_contact",
        examples=(
            'onelane contacts save --name "Ada Example" --email ada@example.com',
            'onelane contacts save --contact-id CONTACT_ID --title "VP Engineering"',
        ),
    ),
    Derived(
        "archive",
        "archive_contacts",
        positional=("contact_ids",),
        examples=('onelane contacts archive CONTACT_ID --reason "Left the field"',),
    ),
    Derived(
        "restore",
        "restore_contacts",
        positional=("contact_ids",),
        examples=("onelane contacts restore CONTACT_ID", "onelane contacts restore --run-id RUN_ID"),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_derived(app, all_tools(), COMMANDS)
