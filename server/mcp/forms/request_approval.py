"""`request_approval`: opens a form with each message. Its arguments say which messages, and nothing else.

See docs/protocol.md, "Confirmation".
"""

from typing import Any, cast

import anyio.to_thread
from mcp.server.mcpserver import Context, Elicit
from mcp_types import CallToolResult, InputRequiredResult

from onelane.server.backend import Backend
from onelane.server.mcp.call_results import answer
from onelane.server.mcp.forms.confirmation import NoQuestion, can_ask, outcomes_of, where_person_is
from onelane.server.mcp.forms.person_form import AnswerForm, FormTool, decision_in
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.outbound.approval import ActionOutcome, ApprovalOutcome
from onelane.tools.outreach.outbound.views import OutboundDetail
from onelane.tools.registry.arguments.reading import read_arguments
from onelane.tools.registry.arguments.slots import slots_of
from onelane.tools.registry.context import Face
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.registry.short_ids import full_id
from onelane.tools.registry.tool_schemas import JsonSchema

MOST = 10
SCHEMA: JsonSchema = {
    "type": "object",
    "properties": {
        "action_ids": {
            "type": "array",
            "items": {"type": "string"},
            "description": "the messages; `list_outbound` shows them",
        }
    },
    "required": ["action_ids"],
}


class MessageForm:
    """Shows one message; a resolver in the SDK's sense.

    Args:
        onelane: where the message is
        action_id: which message
    """

    def __init__(self, onelane: Backend, action_id: str) -> None:
        self._onelane = onelane
        self._action_id = action_id
        self._message: OutboundDetail | None = None

    def __call__(self, context: Context) -> NoQuestion | Elicit[AnswerForm]:
        """The whole message, or that there is nothing to ask. Its hash stands below, so that no answer is for another.

        Args:
            context: the call
        """
        self._message = decisions.read_message(self._onelane.toolbox.services, self._action_id, via=Door.ELICITATION)
        message = self._message
        if message is None or not message.is_awaiting:
            return NoQuestion()
        return Elicit(f"May this be sent?\n\n{message.letter()}\n\n(Message {message.id}, {message.hash})", AnswerForm)

    def take(self, outcome: object) -> ActionOutcome:
        """Let the answer count; whatever is no yes leaves the message as it is."""
        message, decision = self._message, decision_in(outcome)
        if message is None:
            return ActionOutcome(id=self._action_id[:100], outcome=ApprovalOutcome.NOT_FOUND, status=None, hash=None)
        if not message.is_awaiting:
            return ActionOutcome(
                id=message.id, outcome=ApprovalOutcome.NOT_WAITING, status=message.status, hash=message.hash
            )
        if decision is None or not decision.allow:
            reason = None if decision is None else decision.reason
            return ActionOutcome(
                id=message.id, outcome=ApprovalOutcome.LEFT, status=message.status, hash=message.hash, reason=reason
            )
        services = self._onelane.toolbox.services
        return decisions.approve_messages(services, [(message.id, message.hash)], via=Door.ELICITATION).data[0]


async def request_approval(
    onelane: Backend, arguments: dict[str, Any], context: Context
) -> CallToolResult | InputRequiredResult:
    """Show the messages, and let what the person says count.

    Raises:
        BadRequest: something else is said than which messages
        Forbidden: the client shows no forms; it says where the person can decide
        SwitchedOff: nothing may go at all
    """
    action_ids = await anyio.to_thread.run_sync(_whole_ids, onelane, action_ids_in(arguments))
    await anyio.to_thread.run_sync(decisions.check_approving, onelane.toolbox.services)
    if not can_ask(context.client_capabilities):
        raise Forbidden(_where_to_decide(onelane, action_ids))
    forms = [MessageForm(onelane, each) for each in action_ids]
    outcomes = await outcomes_of(forms, context)
    if isinstance(outcomes, InputRequiredResult):
        return outcomes
    return await anyio.to_thread.run_sync(_take, onelane, forms, outcomes)


def action_ids_in(arguments: dict[str, Any]) -> list[str]:
    """Which messages are meant, each once.

    Raises:
        BadRequest: something else is said, or not that
    """
    words = read_arguments(slots_of(SCHEMA), arguments, Face.MCP).values
    value = words.get("action_ids")
    ids = cast("list[object]", value) if isinstance(value, list) else []
    if words.keys() != {"action_ids"} or not all(isinstance(each, str) for each in ids):
        raise BadRequest("request_approval takes action_ids, a list, and nothing else: the person decides in the form.")
    unique = list(dict.fromkeys(cast("list[str]", ids)))
    if not 1 <= len(unique) <= MOST:
        raise BadRequest(f"Name between 1 and {MOST} messages: the person reads each of them.")
    return unique


def _whole_ids(onelane: Backend, action_ids: list[str]) -> list[str]:
    database = onelane.toolbox.database
    return list(dict.fromkeys(full_id(database, each) for each in action_ids))


def _take(onelane: Backend, forms: list[MessageForm], outcomes: list[object]) -> CallToolResult:
    results = [form.take(outcome) for form, outcome in zip(forms, outcomes, strict=True)]
    return answer(onelane.toolbox.services, decisions.told_of(results))


def _where_to_decide(onelane: Backend, action_ids: list[str]) -> str:
    where = where_person_is(onelane, f"onelane outbound approve {' '.join(action_ids)}")
    return (
        f"Only the person can approve messages, and this client shows no forms. They read and approve them {where}. "
        "Nothing was approved."
    )


TOOL = FormTool(
    name="request_approval",
    title="Ask the person to approve messages",
    toolset="outreach",
    description=(
        "Show the person messages that wait for approval, each whole in a form of this client. They decide, not you."
    ),
    schema=SCHEMA,
    call=request_approval,
)
