"""The conversations that a client holds: what their models were given decides what needs a person."""

import secrets
from typing import Any

from mcp.server.mcpserver import Context
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from onelane.tools.registry.context import Chat

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

    def of(self, context: Context[Any, Any] | None) -> Chat:
        """The conversation of a request."""
        session_id = None if context is None else _session_id(context)
        if session_id is None:
            return self._shared
        if session_id not in self._by_session and len(self._by_session) >= _MOST:
            return self._shared
        return self._by_session.setdefault(session_id, _new())


def _session_id(context: Context[Any, Any]) -> str | None:
    """The session that the server itself has given out; a client of the new era has none, whatever it sends."""
    try:
        headers = context.headers
    except ValueError:  # outside of a request
        return None
    is_new = context.protocol_version in MODERN_PROTOCOL_VERSIONS
    return None if headers is None or is_new else headers.get(_SESSION)


def _new() -> Chat:
    return Chat(secrets.token_hex(8))
