"""The argument `for_run`: the run for which a chat client's model makes a call.

Models can fill in arguments and nothing else, so that no header or `_meta` would do. Every tool takes the argument;
only those with which such a run does its work list it, for each mention costs tokens in every chat.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio.to_thread

from onelane.server.backend import Backend
from onelane.storage.short_ids import is_short_id
from onelane.tools.registry.argument_reading import said_word
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.short_ids import full_id
from onelane.tools.registry.tool import Tool

CALLER = Caller(Face.MCP)
"""A client that asks for words to suggest, which no model reads."""
FOR_RUN = "for_run"
FOR_RUN_SCHEMA = {"type": "string", "description": "your run's id"}
_STUDIED = frozenset({"contacts", "research", "content"})
"""Toolsets with which such a run does its work; elsewhere `begin_agent_run` has said that every tool takes it."""


def lists_run(tool: Tool) -> bool:
    """Whether the tool's schema names the argument."""
    return tool.spec.agents and tool.spec.toolset in _STUDIED


async def with_whole_run(onelane: Backend, caller: Caller) -> Caller:
    """The same caller, whose run may have been named by a short id.

    Raises:
        BadRequest: more than one run is meant
    """
    run_id = caller.run_id
    if run_id is None or not is_short_id(run_id):
        return caller
    return replace(caller, run_id=await anyio.to_thread.run_sync(full_id, onelane.toolbox.database, run_id))


def caller_of(tool: Tool, arguments: Mapping[str, Any], chat: Chat) -> tuple[Caller, dict[str, Any]]:
    """Who calls, and the arguments that are the tool's own.

    Raises:
        BadRequest: what is said of the run is no id
    """
    given = dict(arguments)
    run_id = said_word(given.pop(FOR_RUN, None)) if tool.spec.agents else None
    if run_id is not None and not isinstance(run_id, str):
        raise BadRequest(f"{FOR_RUN!r} must be the id of your agent run, as begin_agent_run gave it.")
    return Caller(Face.MCP, run_id, chat), given
