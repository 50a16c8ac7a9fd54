"""Slash commands: the texts of `onelane.prompts`, filled in with what the person typed.

See docs/protocol.md, "Prompts and completion".
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from onelane.prompts.library import COMMANDS, PromptText, load


def add_prompts(server: MCPServer) -> None:
    """Offer each command to the person."""
    for name in COMMANDS:
        server.add_prompt(_prompt(load(name)))


class Command(Prompt):
    """A prompt whose arguments are checked in words that the person reads."""

    async def render(self, arguments: dict[str, Any] | None, context: Context[Any, Any]) -> list[Message]:
        """The text as the person's message.

        Raises:
            MCPError: an argument is missing or unknown; no other error keeps its text on the way to the client
        """
        values = {name: value for name, value in (arguments or {}).items() if str(value).strip()}
        expected = {argument.name: argument for argument in self.arguments or ()}
        for name in values.keys() - expected.keys():
            raise MCPError(INVALID_PARAMS, f"{self.name} has no argument {name!r}; it takes: {', '.join(expected)}.")
        for argument in expected.values():
            if argument.required and argument.name not in values:
                raise MCPError(INVALID_PARAMS, f"{self.name} needs {argument.name!r}: {argument.description}.")
        return [UserMessage(str(self.fn(**values)))]


def _prompt(text: PromptText) -> Command:
    return Command(
        name=text.name,
        title=text.title,
        description=text.description,
        arguments=[
            PromptArgument(name=each.name, description=each.description, required=each.required)
            for each in text.arguments
        ],
        fn=text.filled,
        context_kwarg=None,
    )
