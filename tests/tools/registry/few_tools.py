"""A few tools, as small as tools can be, for tests of the registry. What they make are templates."""

from typing import Annotated

from pydantic import Field

from onelane.storage.workflows import templates
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.workflows.templates import get_template

BORROWED = get_template
"""A tool of another module, which this one does not offer."""


class Part(Result):
    """Part of an argument."""

    word: str


class Made(Result):
    """What was made."""

    id: str
    count: int


class Broken(Exception):
    """Nobody has foreseen this."""


def _ask(ctx: Context, template_id: str) -> str | None:
    template = templates.get_template(ctx.session, template_id)
    return None if template is None else f"Drop {template.name!r}?"


@tool(effect=Effect.READ, toolset="few", title="Count things", route="GET /api/things")
def count_things(ctx: Context, at_least: Annotated[int, Field(ge=0)] = 0) -> Made:
    """Count what there is.

    In a second paragraph, more is said.

    Args:
        at_least: a number that
            goes over two lines
    """
    return Made(id="all", count=max(at_least, sum(templates.count_templates(ctx.session).values())))


@tool(
    effect=Effect.WRITE,
    toolset="few",
    title="Make a thing",
    route="POST /api/things",
    status=201,
    step=StepType.CONTACT_CREATE,
    creates=True,
)
def make_thing(ctx: Context, first_name: str, parts: list[Part] = [], fail: str = "") -> Made:  # noqa: B006 - never changed
    """Make something.

    Args:
        first_name: what it is called
        parts: what it is made of
        fail: how it is to fail
    """
    template = templates.create_template(ctx.session, name=first_name, template_type=TemplateType.NURTURE)
    if fail == "politely":
        raise Conflict("Somebody else has made it. Look again.")
    if fail:
        raise Broken(fail)
    return Made(id=template.id, count=len(parts))


@tool(effect=Effect.DESTROY, toolset="few", title="Drop a thing", confirm=_ask)
def drop_thing(ctx: Context, template_id: str) -> Made:
    """Drop something.

    Args:
        template_id: which
    """
    return Made(id=template_id, count=int(templates.delete_template(ctx.session, template_id)))


@tool(effect=Effect.SEND, toolset="few", title="Send a thing")
def send_thing(ctx: Context) -> Made:
    """Send something."""
    return Made(id="sent", count=1)


def not_a_tool(ctx: Context) -> Made:
    """Unmarked functions stay what they are."""
    return Made(id="no", count=0)
