"""Holding one account: anybody may, and only the person lets it go on (docs/sequences.md, "The switch")."""

from onelane.tools.outreach.mail.account_care import pause_account as hold
from onelane.tools.registry.context import Context
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.sync.account_views import AccountView, view_of_account


@tool(
    effect=Effect.WRITE,
    toolset="advanced",
    title="Hold an account",
    route="POST /api/accounts/{account_id}/pause",
    durable=True,
)
def pause_account(ctx: Context, account_id: str) -> AccountView:
    """Let nothing go out of one account. Only the person lets it go on.

    Args:
        account_id: which; `list_accounts` shows them
    """
    return view_of_account(ctx.services, ctx.session, hold(ctx.session, account_id))
