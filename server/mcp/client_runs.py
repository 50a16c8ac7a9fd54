"""The argument `for_run`: the run for which a chat client's model makes a call.

Models can fill in arguments and nothing else, so that no header or `_meta` would do. Every tool takes the argument;
only those with which such a run does its work list it, for each mention costs tokens in every chat.
"""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread

from onelane.server.backend import Backend
from onelane.storage.short_ids import is_short_id
from onelane.tools.registry.arguments.blanks import word_or_none
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs import client_runs
from onelane.tools.registry.short_ids import full_id
from onelane.tools.registry.tool import Tool, refuse_oversized

CALLER = Caller(Face.MCP)
"""A client that asks for words to suggest, which no model reads."""
FOR_RUN = "for_run"
FOR_RUN_SCHEMA = {"type": "string", "description": "your run's id"}
_STUDY_TOOLSETS = frozenset({"contacts", "research", "content"})
"""Toolsets with which such a run does its work; elsewhere `begin_agent_run` has said that every tool takes it."""


def lists_run(tool: Tool) -> bool:
    """Whether the tool's schema names the argument."""
    return tool.spec.agents and tool.spec.toolset in _STUDY_TOOLSETS


async def caller_of(
    onelane: Backend, tool: Tool, arguments: Mapping[str, Any], chat: Chat
) -> tuple[Caller, dict[str, Any]]:
    """Who calls, and the arguments that are the tool's own.

    A chat that brings a run's code works for it from then on.

    Raises:
        BadRequest: what is said of the run is no id, or more than one run is meant
    """
    own_arguments = dict(arguments)
    word = word_or_none(own_arguments.pop(FOR_RUN, None)) if tool.spec.agents else None
    if word is None:
        return Caller(Face.MCP, None, chat), own_arguments
    if not isinstance(word, str):
        raise BadRequest(f"{FOR_RUN!r} must be the id of your agent run, as begin_agent_run gave it.")
    refuse_oversized({FOR_RUN: word})
    run_words, _, code = word.partition(":")
    run_id = await _whole(onelane, run_words.strip())
    if code and client_runs.is_code(onelane.toolbox.services.person_key, run_id, code):
        chat.runs.add(run_id)
    return Caller(Face.MCP, run_id, chat), own_arguments


async def _whole(onelane: Backend, run_id: str) -> str:
    """A run's id, which may have been a short one."""
    if not is_short_id(run_id):
        return run_id
    return await anyio.to_thread.run_sync(full_id, onelane.toolbox.database, run_id)
