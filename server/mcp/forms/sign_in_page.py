"""Lets a client open the address of a sign-in itself, where it can (docs/platforms.md, "Signing in").

What the person types there goes to the platform, and neither through the client nor its model.
"""

import secrets
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from mcp.server.elicitation import AcceptedUrlElicitation
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import NoBackChannelError
from mcp_types import (
    CallToolResult,
    ClientCapabilities,
    ElicitRequest,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import is_version_at_least

from onelane.server.backend import Backend
from onelane.server.mcp.call_results import answer
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import Result
from onelane.tools.sync.account_connecting import opened_sign_in

TOOL = "connect_account"
_REQUEST = "sign_in"
_MESSAGE = "Sign in to your account there, so that Onelane can bring in what it knows."
_ANSWERS_ARE_REQUESTED_SINCE = "2026-07-28"


async def open_page(
    onelane: Backend, context: Context[Any, Any], call: Callable[[], Result]
) -> CallToolResult | InputRequiredResult:
    """Begin a sign-in, and have the client open its address.

    Args:
        onelane: where it is begun
        context: the call
        call: begins it

    Returns:
        The address for the model as well, for the person may have another browser.

    Raises:
        Forbidden: the person does not want to
    """
    response = (context.input_responses or {}).get(_REQUEST)
    if response is not None:
        return await _after_answer(onelane, response)
    sign_in = await anyio.to_thread.run_sync(call)
    address = sign_in.model_dump()["authorize_url"]
    if not _opens_addresses(context.client_capabilities):
        return answer(onelane.toolbox.services, sign_in)
    if is_version_at_least(context.request_context.protocol_version, _ANSWERS_ARE_REQUESTED_SINCE):
        params = ElicitRequestURLParams(message=_MESSAGE, url=address)
        return InputRequiredResult(input_requests={_REQUEST: ElicitRequest(params=params)})
    try:
        outcome = await context.elicit_url(_MESSAGE, address, f"sgn_{secrets.token_hex(8)}")
    except NoBackChannelError:
        return answer(onelane.toolbox.services, sign_in)
    return (
        answer(onelane.toolbox.services, sign_in)
        if isinstance(outcome, AcceptedUrlElicitation)
        else await _refuse(onelane)
    )


async def _after_answer(onelane: Backend, response: object) -> CallToolResult:
    sign_in = opened_sign_in(onelane.toolbox.services)
    if isinstance(response, ElicitResult) and response.action == "accept" and sign_in is not None:
        return answer(onelane.toolbox.services, sign_in)
    return await _refuse(onelane)


async def _refuse(onelane: Backend) -> CallToolResult:
    await anyio.to_thread.run_sync(onelane.toolbox.services.online.sign_in.stop)
    raise Forbidden("The person does not want to sign in now. Nothing was changed.")


def _opens_addresses(capabilities: ClientCapabilities | None) -> bool:
    elicitation = None if capabilities is None else capabilities.elicitation
    return elicitation is not None and elicitation.url is not None
