"""Template steps as they are written, and what is said of them before a template keeps them."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import orjson
from pydantic import Field

from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.registry.context import Context
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.result import Result

WrittenStepType = Literal[
    TemplateStepType.CONNECT,
    TemplateStepType.MESSAGE,
    TemplateStepType.FOLLOW,
    TemplateStepType.LIKE,
    TemplateStepType.COMMENT,
    TemplateStepType.WAIT,
    TemplateStepType.CONDITION,
]
"""What a step of a template may do; a post is no step of one."""


class StepDraft(Result, extra="forbid"):
    """A template step as it is written."""

    hint: ClassVar[str] = "A message's text is config.text, its subject config.subject."

    step_type: WrittenStepType
    config: JsonObject = "{}"
    delay_hours: Annotated[int, Field(ge=0, le=24 * 365, strict=True)] = 0


def check_draft(ctx: Context, is_way: bool, config: str | None, steps: Sequence[StepDraft] | None) -> None:
    """See to it that a sequence's steps can be read, and tell of settings that will keep it from becoming active."""
    if not is_way or not (steps or config):
        return
    from onelane.tools.outreach.template.draft_check import check_steps, odd_settings

    drafts = [(step.step_type, orjson.loads(step.config)) for step in steps or ()]
    check_steps(drafts, with_words=ctx.caller.face.is_chat)
    if odd := odd_settings(orjson.loads(config or "{}")):
        ctx.notes.append(" ".join([*odd, "It can't become active with that."]))
