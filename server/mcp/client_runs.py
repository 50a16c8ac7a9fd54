"""The argument `for_run`: the run for which a chat client's model makes a call.

Models can fill in arguments and nothing else, so that no header or `_meta` would do. Every tool takes the argument;
only those with which such a run does its work list it, for each mention costs tokens in every chat.
"""

from collections.abc import Mapping
from typing import Any

from onelane.tools.registry.argument_reading import said_word
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import BadRequest
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
