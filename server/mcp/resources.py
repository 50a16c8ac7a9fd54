"""MCP resources: runs, templates, contacts, the overview, the vocabularies.

See docs/protocol.md, "Resources".
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from onelane.server.backend import Backend
from onelane.server.mcp.chats import Chats
from onelane.server.mcp.vocabularies import vocabularies
from onelane.storage.database.engine import DatabaseUnavailable
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import NotFound, ToolError

SCHEME = "onelane://"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Readable:
    """A tool whose answer can also be read as a resource.

    Args:
        path: its address behind `onelane://`; `{id}` stands for the tool's first argument
        tool: the tool
        title: its name for people
    """

    path: str
    tool: str
    title: str


READABLE = (
    Readable("runs/{id}", "get_run", "A run with its first steps"),
    Readable("runs/{id}/steps", "list_run_steps", "The steps of a run"),
    Readable("templates/{id}", "get_template", "A template with its steps"),
    Readable("contacts/{id}", "get_contact", "A contact"),
    Readable("overview", "overview", "Where everything stands"),
)


def add_resources(server: MCPServer, onelane: Backend, chats: Chats) -> None:
    """Let clients read what the tools show; JSON as compact as it gets, for a model pays by the character."""
    known = {tool.name for tool in onelane.registry}
    for readable in READABLE:
        if readable.tool in known:
            _add(server, onelane, readable, chats)
    server.resource(
        f"{SCHEME}schema",
        name="schema",
        title="Words and settings",
        description="The words that Onelane uses, with their labels, and the settings that runs take.",
        mime_type=_JSON,
    )(vocabularies)


def _add(server: MCPServer, onelane: Backend, readable: Readable, chats: Chats) -> None:
    tool = onelane.registry[readable.tool]
    server.resource(
        f"{SCHEME}{readable.path}",
        name=readable.path.replace("/{id}", "").replace("/", "_"),
        title=readable.title,
        description=tool.description.partition("\n")[0],
        mime_type=_JSON,
    )(_reader(onelane, readable, chats))


def _reader(onelane: Backend, readable: Readable, chats: Chats) -> Callable[..., str]:
    argument = next(iter(onelane.registry[readable.tool].signature.parameters), "")

    def read_one(id: str, context: Context) -> str:  # noqa: A002 - the address calls it so
        return _read(onelane, readable.tool, {argument: id}, chats.of(context))

    def read_all() -> str:
        return _read(onelane, readable.tool, {}, chats.of(None))

    return read_one if "{id}" in readable.path else read_all


def _read(onelane: Backend, tool: str, arguments: dict[str, str], chat: Chat) -> str:
    try:
        result = onelane.toolbox.call(tool, arguments, Caller(Face.MCP, chat=chat))
    except NotFound as error:
        raise ResourceNotFoundError(error.message) from error
    except (ToolError, DatabaseUnavailable) as error:
        raise ResourceError(str(error)) from error
    return orjson.dumps(result.structured()).decode()
