"""The form in which a client shows its person what waits for their word; nothing in it is filled in beforehand.

See docs/protocol.md, "Confirmation".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from mcp.server.elicitation import AcceptedElicitation, DeclinedElicitation
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, Field

from onelane.server.backend import Backend
from onelane.tools.registry.tool_schemas import JsonSchema

OpenForms = Callable[[Backend, dict[str, Any], Context[Any, Any]], Awaitable[CallToolResult | InputRequiredResult]]


@dataclass(frozen=True, slots=True)
class FormTool:
    """A tool that opens forms for the person. It is none of the registry's, so that no other face has it.

    Args:
        name: its name
        title: what it is called for people
        toolset: the toolset with which it is offered
        description: what it does, for models
        schema: its arguments
        call: opens the forms, and says what came of them
    """

    name: str
    title: str
    toolset: str
    description: str
    schema: JsonSchema
    call: OpenForms


class AnswerForm(BaseModel):
    """The form that the person sees."""

    allow: bool = Field(title="Allow it")
    reason: str = Field(default="", title="Why not, if you want to say", max_length=1000)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said in a form.

    Args:
        allow: whether it may be
        reason: why not, if they said so
        is_form: they filled the form in; else they declined it
    """

    allow: bool
    reason: str | None = None
    is_form: bool = True


def decision_in(outcome: object) -> Decision | None:
    """What the person said; None when they left it open, or what came back is no answer."""
    if isinstance(outcome, DeclinedElicitation):
        return Decision(allow=False, is_form=False)
    form = cast("AcceptedElicitation[Any]", outcome).data if isinstance(outcome, AcceptedElicitation) else None
    return Decision(form.allow, form.reason.strip() or None) if isinstance(form, AnswerForm) else None
