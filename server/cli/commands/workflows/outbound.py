"""`onelane outbound`: messages before they go; what only the person decides is asked at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from onelane.server.cli.commands.workflows.outbound_switch import add_switch
from onelane.server.cli.help import examples
from onelane.server.cli.parameters import read_words
from onelane.server.cli.person_door import PersonDoor, for_the_person, is_at_terminal
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.server.cli.workspace import workspace
from onelane.storage.workflows.approvals import Door
from onelane.tools.catalogue import all_tools
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.outbound.approval import ActionOutcome, ApprovalOutcome
from onelane.tools.outreach.outbound.decisions import Messages
from onelane.tools.outreach.outbound.views import OutboundDetail
from onelane.tools.outreach.sending.settling import SettleChoice
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.short_ids import full_id

COMMANDS = (
    ToolCommand(
        "list",
        "list_outbound",
        renamed={"template_id": "template", "contact_id": "contact"},
        columns=(
            "id",
            "contact_name as to",
            "subject",
            "status",
            "reason",
            "approved_via as approved",
            "sent_at as sent",
        ),
        examples=("onelane outbound list --status awaiting_approval", "onelane outbound list --json"),
    ),
    ToolCommand("show", "get_outbound", positional=("action_id",), examples=("onelane outbound show ID",)),
)

_SETTLE_QUESTIONS: Mapping[SettleChoice, str] = {
    "sent": "Did it arrive?",
    "again": "Did it not arrive, and shall it go again?",
    "give_up": "Shall it be left, and the sequence end for its recipient?",
}

_SAY_WHICH = "Say which messages: their IDs, --template, or --all."

ActionId = Annotated[str, typer.Argument(metavar="ID", help="The message; onelane outbound list shows them.")]
ActionIds = Annotated[list[str], typer.Argument(metavar="ID...", help="Messages; onelane outbound list shows them.")]


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    for command in (approve, reject, edit, undo, settle):
        app.command(command.__name__)(command)
    add_switch(app)


@examples(
    "onelane outbound approve",
    "onelane outbound approve ID",
    'onelane outbound approve --template "First hello"',
    "onelane outbound approve --all",
)
def approve(
    action_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Messages.")] = None,
    template: Annotated[str | None, typer.Option(help="All that waits of this template, by its id or name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that waits.")] = False,
    shown_hash: Annotated[str | None, typer.Option("--hash", help="Only if the message still has this hash.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let messages go, each after you have read it.

    At a terminal each text is shown and asked for by itself, all that waits if nothing is named. Without one,
    ONELANE_PERSON_KEY must be in the environment; then what waits at this moment is approved as it is. The exit code
    is 1 unless all were approved.
    """
    typed_ids = action_ids or []
    _check_choice(typed_ids, template, everything=everything, shown_hash=shown_hash)
    with for_the_person() as door:
        ids = list(dict.fromkeys(map(door.full_id, typed_ids))) or decisions.waiting_messages(door.services, template)
        outcomes = [_approve_one(door, each, shown_hash) for each in ids]
        put_result(decisions.told_of(outcomes), as_json=as_json)
    if any(each.outcome is not ApprovalOutcome.APPROVED for each in outcomes):
        raise typer.Exit(1)


@examples('onelane outbound reject ID --reason "Wrong person"', "onelane outbound reject ID --skip")
def reject(
    action_ids: ActionIds,
    skip: Annotated[bool, typer.Option("--skip", help="Go on with the next step of the sequence.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, which is kept with the message.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let messages never go.

    Whom a message was for leaves the sequence; with --skip they go on with its next step. Each is shown and asked for
    at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    with for_the_person() as door:
        messages = [
            _reject_one(door, each, skip=skip, reason=reason) for each in dict.fromkeys(map(door.full_id, action_ids))
        ]
        _put(messages, as_json=as_json)


@examples('onelane outbound edit ID --subject "A question"', "onelane outbound edit ID --text @letter.txt")
def edit(
    action_id: ActionId,
    subject: Annotated[str | None, typer.Option(help="Its new subject.")] = None,
    text: Annotated[str | None, typer.Option(help="Its new text, or @FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a message another subject or text; it waits to be approved then.

    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    with for_the_person() as door:
        message = decisions.edit_message(
            door.services, door.full_id(action_id), subject=subject, text=read_words(text), via=Door.CLI
        )
        put_result(message, as_json=as_json)


@examples("onelane outbound undo ID")
def undo(action_id: ActionId, as_json: AsJson = False) -> None:
    """Take an approval back: the message waits again, as does one that nobody answered in time."""
    with workspace() as onelane:
        whole_id = full_id(onelane.database, action_id)
        put_result(decisions.undo_message(onelane.toolbox.services, whole_id, via=Door.CLI), as_json=as_json)


@examples("onelane outbound settle ID --sent", "onelane outbound settle ID --again")
def settle(
    action_id: ActionId,
    sent: Annotated[bool, typer.Option("--sent", help="It arrived; the sequence goes on.")] = False,
    again: Annotated[bool, typer.Option("--again", help="It did not arrive; let it go again.")] = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="Leave it; the sequence ends for its recipient.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what became of a message of which nobody knows whether it arrived.

    It is shown and asked for at a terminal. Without one, ONELANE_PERSON_KEY must be in the environment.
    """
    wishes: dict[SettleChoice, bool] = {"sent": sent, "again": again, "give_up": give_up}
    verdicts: list[SettleChoice] = [word for word, is_wished in wishes.items() if is_wished]
    if len(verdicts) != 1:
        raise typer.BadParameter("Say what became of it: --sent, --again or --give-up.")
    with for_the_person() as door:
        action_id = door.full_id(action_id)
        message = decisions.read_message(door.services, action_id, via=Door.CLI)
        if message is not None and not door.agrees(_words(message), f"{_SETTLE_QUESTIONS[verdicts[0]]} y or n: "):
            raise Forbidden(f"Message {action_id} was left as it is.")
        put_result(decisions.settle_message(door.services, action_id, verdicts[0], via=Door.CLI), as_json=as_json)


def _check_choice(ids: Sequence[str], template: str | None, *, everything: bool, shown_hash: str | None) -> None:
    choices = bool(ids) + (template is not None) + everything
    if choices > 1 or (not choices and not is_at_terminal()):
        raise typer.BadParameter(_SAY_WHICH)
    if shown_hash is not None and len(ids) != 1:
        raise typer.BadParameter("--hash goes with one ID.")


def _approve_one(door: PersonDoor, action_id: str, shown_hash: str | None) -> ActionOutcome:
    """Ask for one message, and approve what was shown."""
    message = decisions.read_message(door.services, action_id, via=Door.CLI)
    if message is None:
        return ActionOutcome(id=action_id, outcome=ApprovalOutcome.NOT_FOUND, status=None, hash=None)
    if message.is_awaiting and not door.agrees(_words(message), "Approve this? y, or Enter to leave it waiting: "):
        return ActionOutcome(id=message.id, outcome=ApprovalOutcome.LEFT, status=message.status, hash=message.hash)
    return decisions.approve_messages(door.services, [(action_id, shown_hash or message.hash)], via=Door.CLI).data[0]


def _reject_one(door: PersonDoor, action_id: str, *, skip: bool, reason: str | None) -> OutboundDetail:
    message = decisions.read_message(door.services, action_id, via=Door.CLI)
    if message is not None and not door.agrees(_words(message), "Reject this? y or n: "):
        raise Forbidden(f"Message {action_id} was left as it is.")
    return decisions.reject_message(door.services, action_id, skip=skip, reason=reason, via=Door.CLI)


def _words(message: OutboundDetail) -> str:
    return f"\n{message.id}\n{message.letter()}\n"


def _put(messages: Sequence[OutboundDetail], *, as_json: bool) -> None:
    if len(messages) == 1:
        put_result(messages[0], as_json=as_json)
    else:
        put_result(Messages(data=messages, total=len(messages)), as_json=as_json)
