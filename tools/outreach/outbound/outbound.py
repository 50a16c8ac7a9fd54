"""Outbound actions as tools: looking at them is for everybody, deciding is not (docs/sequences.md, "Approval")."""

from typing import Annotated

from pydantic import Field

from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.tools.outreach.named_templates import template_id_of
from onelane.tools.outreach.outbound.views import OutboundDetail, OutboundPage, OutboundView
from onelane.tools.registry.context import Context
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


@tool(effect=Effect.READ, toolset="outreach", title="List messages", route="GET /api/outbound", reveals=Reveals)
def list_outbound(
    ctx: Context,
    status: ActionStatus | None = None,
    template_id: str | None = None,
    contact_id: str | None = None,
    page: Annotated[int, Field(ge=1, le=1_000_000), UNLISTED] = 1,
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 25,
    cursor: str | None = None,
) -> OutboundPage:
    """List messages of sequences, newest first, with their text and what holds them.

    Args:
        status: only in this state
        template_id: only of this template, by id or name
        contact_id: only to this contact
        page: the page's number, from 1
        page_size: how many at once
        cursor: from `next_cursor`
    """
    from onelane.tools.outreach.outbound.reading import views_of

    template = None if template_id is None else template_id_of(ctx, template_id)
    after = OutboundPage.after(cursor)
    if after is None:
        listing = outbound_lists.list_actions(
            ctx.session, status=status, template_id=template, contact_id=contact_id, page=page, page_size=page_size
        )
        rows, total, has_more = listing.data, listing.total, page * page_size < listing.total
    else:
        behind = outbound_lists.list_actions_after(
            ctx.session,
            after_id=after,
            limit=page_size + 1,
            status=status,
            template_id=template,
            contact_id=contact_id,
        )
        rows, has_more = behind[:page_size], len(behind) > page_size
        total = outbound_lists.count_listed(ctx.session, status=status, template_id=template, contact_id=contact_id)
    data = views_of(ctx, OutboundView, list(rows))
    return OutboundPage(data=data, total=total, next_cursor=data[-1].cursor() if has_more and data else None)


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="Show a message",
    route="GET /api/outbound/{action_id}",
    reveals=Reveals,
)
def get_outbound(ctx: Context, action_id: str) -> OutboundDetail:
    """Show one message of a sequence: its whole text, and every gate that holds it.

    Args:
        action_id: the message's id, as `list_outbound` shows it
    """
    from onelane.tools.outreach.outbound.reading import read_outbound

    return read_outbound(ctx, action_id)
