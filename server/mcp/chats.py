"""The conversations that a client holds: what their models were given decides what needs a person."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from onelane.server.mcp.chat_memory import ChatMemory
from onelane.tools.registry.context import Chat
from onelane.tools.registry.tool_spec import Reveals

_MOST = 10_000
_SESSION = "mcp-session-id"
_NO_CLIENT = ""
"""Whoever asks without a session."""


@dataclass(slots=True)
class _Session:
    """A session of a client."""

    client: str
    chat: Chat


class Chats:
    """Finds the conversation that a request belongs to.

    A process on stdio serves one client, and requests without a session can't be told apart, so that each of these is
    one conversation: whoever reads strangers' words in it makes it careful for all. A session ends when nothing is
    heard in it, and clients begin a new one whenever they like, some for each call: nothing tells that a conversation
    goes on in it. So a new one is as careful as all that there were of the same client, also before the server began
    anew. What a client on stdio has read ends with its process, which the client itself begins and ends.

    Args:
        memory: what clients over HTTP were given before
    """

    def __init__(self, memory: ChatMemory) -> None:
        self._memory = memory
        self._shared = _new()
        self._remembers_shared = False
        self._by_session: dict[str, _Session] = {}

    async def note_reading(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: a chat has read what a resource may hold. The SDK does not say for whom it reads a fixed one.

        What a chat has read by now is kept before it is told.
        """
        if ctx.method == "resources/read" and not str((ctx.params or {}).get("uri")).endswith("://schema"):
            note_all(self._in(ctx))
        try:
            return await call_next(ctx)
        finally:
            self._keep(ctx)

    def of(self, context: Context[Any, Any] | None) -> Chat:
        """The conversation of a request."""
        if context is None:
            return self._shared
        try:
            return self._in(context.request_context)
        except ValueError:  # outside of a request
            return self._shared

    def _in(self, request: ServerRequestContext[Any, Any]) -> Chat:
        session_id = _session_id(request)
        if session_id is None:
            return self._shared_chat(request)
        if session_id not in self._by_session:
            if len(self._by_session) >= _MOST:
                return self._shared_chat(request)
            self._by_session[session_id] = self._new_session(_client(request))
        return self._by_session[session_id].chat

    def _shared_chat(self, request: ServerRequestContext[Any, Any]) -> Chat:
        if not self._remembers_shared and _headers(request) is not None:
            self._remembers_shared = True
            self._shared.has_read |= self._memory.recall(_NO_CLIENT)
        return self._shared

    def _keep(self, request: ServerRequestContext[Any, Any]) -> None:
        session = self._by_session.get(_session_id(request) or "")
        if session is not None:
            self._memory.note(session.client, session.chat.has_read)
        elif _headers(request) is not None:
            self._memory.note(_NO_CLIENT, self._shared.has_read)

    def _new_session(self, client: str) -> _Session:
        chat = _new()
        chat.has_read = self._memory.recall(client)
        for other in self._by_session.values():
            if other.client == client:
                chat.has_read |= other.chat.has_read
                # What it wrote there itself is no reason to go there; what pages have named is told anew.
                chat.contacts |= other.chat.contacts
        return _Session(client, chat)


def note_all(chat: Chat) -> None:
    """Note that a chat's model was given what people wrote that Onelane keeps."""
    chat.has_read |= frozenset(Reveals)


def _session_id(request: ServerRequestContext[Any, Any]) -> str | None:
    """The session that the server itself has given out; a client of the new era has none, whatever it sends."""
    headers = _headers(request)
    is_new = request.protocol_version in MODERN_PROTOCOL_VERSIONS
    return None if headers is None or is_new else headers.get(_SESSION)


def _headers(request: ServerRequestContext[Any, Any]) -> Mapping[str, str] | None:
    """Those of HTTP; None on stdio."""
    return getattr(request.request, "headers", None)


def _client(request: ServerRequestContext[Any, Any]) -> str:
    """What the client calls itself."""
    params = request.session.client_params
    return "" if params is None else params.client_info.name


def _new() -> Chat:
    return Chat(secrets.token_hex(8))
