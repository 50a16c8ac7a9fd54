"""The form in which a client shows its person what waits for their word; nothing in it is filled in beforehand.

See docs/protocol.md, "Confirmation".
"""

from dataclasses import dataclass
from typing import Any, cast

from mcp.server.elicitation import AcceptedElicitation, DeclinedElicitation
from pydantic import BaseModel, Field


class AnswerForm(BaseModel):
    """The form that the person sees."""

    allow: bool = Field(title="Allow it")
    reason: str = Field(default="", title="Why not, if you want to say", max_length=1000)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said in a form.

    Args:
        allow: whether it may be
        reason: why not, if they said so
        is_form: they filled the form in; else they declined it
    """

    allow: bool
    reason: str | None = None
    is_form: bool = True


def said_in(outcome: object) -> Said | None:
    """What the person said; None when they left it open, or what came back is no answer."""
    if isinstance(outcome, DeclinedElicitation):
        return Said(allow=False, is_form=False)
    form = cast("AcceptedElicitation[Any]", outcome).data if isinstance(outcome, AcceptedElicitation) else None
    return Said(form.allow, form.reason.strip() or None) if isinstance(form, AnswerForm) else None
