"""`onelane contacts`: find, show, archive and restore contacts, and what a person may ask for: export and erasure."""

from typing import Annotated

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import Forbidden

COMMANDS = (
    ToolCommand(
        "search",
        "search_contacts",
        positional=("query",),
        columns=("id", "name", "title", "company", "email", "platform", "enrichment_score as known"),
        examples=(
            "onelane contacts search fintech",
            'onelane contacts search "ada lovelace" --has-email --json',
            "onelane contacts search --tags investor --platform linkedin",
            "onelane contacts search --due",
        ),
    ),
    ToolCommand("show", "get_contact", positional=("contact_id",), examples=("onelane contacts show CONTACT_ID",)),
    ToolCommand(
        "save",
        "save_contact",
        examples=(
            'onelane contacts save --name "Ada Example" --email ada@example.com',
            'onelane contacts save --contact-id CONTACT_ID --title "VP Engineering"',
            "onelane contacts save --contact-id CONTACT_ID --rhythm-days 90",
        ),
    ),
    ToolCommand(
        "archive",
        "archive_contacts",
        positional=("contact_ids",),
        examples=('onelane contacts archive CONTACT_ID --reason "Left the field"',),
    ),
    ToolCommand(
        "restore",
        "restore_contacts",
        positional=("contact_ids",),
        examples=("onelane contacts restore CONTACT_ID", "onelane contacts restore --run-id RUN_ID"),
    ),
    ToolCommand(
        "export",
        "export_contact",
        positional=("contact_id",),
        examples=("onelane contacts export CONTACT_ID > ada.json",),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    app.command("erase")(erase)


@examples("onelane contacts erase CONTACT_ID")
def erase(
    contact_id: Annotated[str, typer.Argument(metavar="ID", help="The contact; onelane contacts search finds them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for good, and never write to them again.

    Everything that is kept of them goes. Their addresses are known again by a keyed hash, also when a file brings them
    back. Without a terminal, ONELANE_PERSON_KEY must be in the environment, and --yes be said.
    """
    from onelane.tools.outreach.person_data.erasing import erase_person, question_of

    with for_the_person() as door:
        contact_id = door.full_id(contact_id)
        question = question_of(door.services, contact_id)
        if not yes and not door.is_at_terminal:
            raise Forbidden(f"{question} Say so with --yes; nothing was changed.")
        if not yes and not door.agrees(question, "Type y to erase them: "):
            raise Forbidden("Nothing was changed.")
        put_result(erase_person(door.services, contact_id), as_json=as_json)
