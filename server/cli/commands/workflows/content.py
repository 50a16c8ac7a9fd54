"""`onelane content`: drafts before they go; what only the person decides is asked at a terminal."""

from typing import Annotated

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.parameters import read_words
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.server.cli.workspace import workspace
from onelane.storage.workflows.approvals import Door
from onelane.tools.catalogue import all_tools
from onelane.tools.outreach.content import deciding
from onelane.tools.outreach.content.views import ContentView
from onelane.tools.registry.errors import Conflict, Forbidden
from onelane.tools.registry.short_ids import full_id

COMMANDS = (
    ToolCommand(
        "list",
        "list_drafts",
        renamed={"contact_id": "contact"},
        columns=("id", "kind", "platform", "title", "body", "contact_id as contact"),
        read_as=("body", "title", "kind", "platform", "contact_id as contact", "id"),
        examples=("onelane content list", "onelane content list --json"),
    ),
    ToolCommand(
        "show",
        "get_draft",
        positional=("draft_id",),
        renamed={"platform_account_id": "account"},
        examples=("onelane content show ID",),
    ),
)

DraftId = Annotated[str, typer.Argument(metavar="ID", help="The draft; onelane content list shows them.")]
AccountId = Annotated[str | None, typer.Option("--account", help="As which account, where several could.")]
ByHand = Annotated[bool, typer.Option("--by-hand", help="Carry it out yourself: it becomes a task of yours.")]


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    for command in (approve, reject, edit, undo):
        app.command(command.__name__)(command)


@examples("onelane content approve ID", "onelane content approve ID --by-hand")
def approve(
    draft_id: DraftId,
    account: AccountId = None,
    by_hand: ByHand = False,
    shown_hash: Annotated[str | None, typer.Option("--hash", help="Only if it still has this hash.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a draft go, after you have read it as it will appear.

    A post stands on its platform then, a letter among your drafts in Gmail; what a program may not do becomes a task
    with the text and the place. At a terminal it is shown and asked for. Without one, ONELANE_PERSON_KEY must be in the
    environment. It leaves once the time to take it back is over: onelane content undo.
    """
    with for_the_person() as door:
        item_id = door.full_id(draft_id)
        draft = deciding.show_draft(door.services, item_id, account_id=account, by_hand=by_hand)
        if draft.problem is not None:
            raise Conflict(draft.problem)
        if draft.state == "draft" and not door.agrees(_words(draft), "Approve this? y, or Enter to leave it waiting: "):
            raise Forbidden(f"The draft {item_id} was left as it is.")
        approval = deciding.approve_draft(
            door.services,
            item_id,
            shown_hash or draft.hash or "",
            via=Door.CLI,
            account_id=account,
            by_hand=by_hand,
        )
        put_result(approval, as_json=as_json)


@examples("onelane content reject ID")
def reject(draft_id: DraftId) -> None:
    """Let a draft never go: it is deleted, and so is the task to look at it.

    It is shown and asked for at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    with for_the_person() as door:
        item_id = door.full_id(draft_id)
        draft = deciding.show_draft(door.services, item_id)
        if draft.state == "draft" and not door.agrees(_words(draft), "Reject and delete this? y or n: "):
            raise Forbidden(f"The draft {item_id} was left as it is.")
        deciding.reject_draft(door.services, item_id, shown_hash=draft.hash)
        typer.echo(f"The draft {item_id} is rejected and deleted.")


@examples("onelane content edit ID --text @post.txt")
def edit(
    draft_id: DraftId,
    title: Annotated[str | None, typer.Option(help="Its new title; of a letter, the subject.")] = None,
    text: Annotated[str | None, typer.Option(help="Its new text, or @FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a draft another title or text; it waits to be approved then.

    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    with for_the_person() as door:
        put_result(deciding.edit_draft(door.services, door.full_id(draft_id), title, read_words(text)), as_json=as_json)


@examples("onelane content undo ID")
def undo(draft_id: DraftId, as_json: AsJson = False) -> None:
    """Take an approval back while it has not left: it is a draft again."""
    with workspace() as onelane:
        item_id = full_id(onelane.database, draft_id)
        put_result(deciding.undo_draft(onelane.toolbox.services, item_id), as_json=as_json)


def _words(draft: ContentView) -> str:
    return f"\n{draft.id}\n{draft.shown()}\n"
