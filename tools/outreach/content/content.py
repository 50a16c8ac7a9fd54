"""A draft as a tool: looking at it is for everybody, approving it is not (docs/content.md)."""

from typing import Annotated

from onelane.tools.outreach.content.views import ContentView
from onelane.tools.registry.context import Context
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="Show a draft",
    route="GET /api/content/drafts/{draft_id}",
    reveals=Reveals,
)
def get_draft(
    ctx: Context,
    draft_id: str,
    platform_account_id: Annotated[str | None, UNLISTED] = None,
    by_hand: Annotated[bool, UNLISTED] = False,
) -> ContentView:
    """Show a draft: its text as it would appear, where and as whom, what it costs, and where it is on its way.

    Args:
        draft_id: the draft's id
        platform_account_id: as which account it would go, where several could
        by_hand: as the person would carry it out themselves
    """
    from onelane.tools.outreach.content.reading import read_content

    return read_content(ctx.session, ctx.services, draft_id, account_id=platform_account_id, by_hand=by_hand)
