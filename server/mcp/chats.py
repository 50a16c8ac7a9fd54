"""The conversations that a client holds: what their models were given decides what needs a person."""

import secrets
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from onelane.tools.registry.context import Chat
from onelane.tools.registry.tool_spec import Reveals

_MOST = 10_000
_SESSION = "mcp-session-id"


class Chats:
    """Finds the conversation that a request belongs to.

    A process on stdio serves one client, and requests without a session can't be told apart, so that each of these is
    one conversation: whoever reads strangers' words in it makes it careful for all.
    """

    def __init__(self) -> None:
        self._shared = _new()
        self._by_session: dict[str, Chat] = {}

    async def note_reading(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: a chat has read what a resource may hold. The SDK does not say for whom it reads a fixed one."""
        if ctx.method == "resources/read" and not str((ctx.params or {}).get("uri")).endswith("://schema"):
            note_all(self._in(_session_id(ctx)))
        return await call_next(ctx)

    def of(self, context: Context[Any, Any] | None) -> Chat:
        """The conversation of a request."""
        if context is None:
            return self._shared
        try:
            return self._in(_session_id(context.request_context))
        except ValueError:  # outside of a request
            return self._shared

    def _in(self, session_id: str | None) -> Chat:
        if session_id is None:
            return self._shared
        if session_id not in self._by_session and len(self._by_session) >= _MOST:
            return self._shared
        return self._by_session.setdefault(session_id, _new())


def note_all(chat: Chat) -> None:
    """Note that a chat's model was given what people wrote that Onelane keeps."""
    chat.has_read |= frozenset(Reveals)


def _session_id(request: ServerRequestContext[Any, Any]) -> str | None:
    """The session that the server itself has given out; a client of the new era has none, whatever it sends."""
    headers: Mapping[str, str] | None = getattr(request.request, "headers", None)
    is_new = request.protocol_version in MODERN_PROTOCOL_VERSIONS
    return None if headers is None or is_new else headers.get(_SESSION)


def _new() -> Chat:
    return Chat(secrets.token_hex(8))
