"""Asking the person before something is lost, through the client where it can ask, else through its model.

See docs/protocol.md, "Confirmation".
"""

from typing import Any, cast

from mcp.server.elicitation import AcceptedElicitation
from mcp.server.mcpserver import Context, Elicit
from mcp_types import ClientCapabilities
from pydantic import BaseModel, Field

from onelane.server.backend import Backend
from onelane.server.mcp.client_runs import caller_of
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import NEEDS_PERSON

CONFIRM = "confirm"
CONFIRM_SCHEMA = {
    "type": "string",
    "description": "Only once an answer has asked for it and the person has agreed: the value which that answer names.",
}


class Confirm(BaseModel):
    """The form that the person sees."""

    confirm: bool = Field(default=True, title="Yes, do it", description="It can't be taken back.")


def may_ask(tool: Tool) -> bool:
    """Whether a call of this tool may need a person's yes."""
    return tool.spec.confirm is not None or tool.spec.effect in NEEDS_PERSON


class Question:
    """Asks what the registry says must be asked before a call; a resolver in the SDK's sense.

    Args:
        onelane: where the call goes
        tool: what is called
    """

    def __init__(self, onelane: Backend, tool: Tool) -> None:
        self._onelane = onelane
        self._tool = tool

    def __call__(self, arguments: dict[str, Any], ctx: Context) -> Confirm | Elicit[Confirm]:
        """The question, or an answer to it where none is needed or the model brings one.

        The question's text depends on the arguments and the database only: the client's answer counts for exactly it.

        Raises:
            Forbidden: the client can't ask, so that its model has to; it says how
        """
        caller, given = caller_of(self._tool, arguments)
        confirmed = given.pop(CONFIRM, None)
        question = self._onelane.toolbox.question(self._tool.name, given, caller)
        if question is None:
            return Confirm()
        if _can_ask(ctx.client_capabilities):
            return Elicit(question, Confirm)
        word = self._word(given)
        if confirmed == word:
            return Confirm()
        raise Forbidden(
            f"Nothing was done yet. Ask the person: {question} "
            f"If they agree, call {self._tool.name} again with the same arguments and {CONFIRM}={word!r}."
        )

    def _word(self, arguments: dict[str, Any]) -> str:
        """What the model repeats to show that it means this very thing: the first argument, which says what is lost."""
        first = arguments.get(next(iter(self._tool.signature.parameters), ""), self._tool.name)
        return ",".join(map(str, cast("list[object]", first))) if isinstance(first, list) else str(first)


def said_yes(answer: object) -> bool:
    """Whether the person agreed: accepted the form, and left or set the tick in it."""
    return isinstance(answer, AcceptedElicitation) and cast("AcceptedElicitation[Confirm]", answer).data.confirm


def _can_ask(capabilities: ClientCapabilities | None) -> bool:
    """Whether the client shows forms: a bare `elicitation: {}` says yes, one with `url` alone no."""
    elicitation = None if capabilities is None else capabilities.elicitation
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)
