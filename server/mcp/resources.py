"""MCP resources: runs, templates, contacts, the overview, the vocabularies.

See docs/protocol.md, "Resources".
"""

from collections.abc import Callable
from dataclasses import dataclass

from mcp.server import MCPServer
from mcp.server.mcpserver import Context

from onelane.server.mcp.late_answers import LateAnswers
from onelane.server.mcp.listing import Listing

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


def add_resources(server: MCPServer, listing: Listing, answers: LateAnswers) -> None:
    """Let clients read what the tools show; JSON as compact as it gets, for a model pays by the character."""
    descriptions = {tool.name: tool.description.partition("\n")[0] for tool in listing}
    for readable in READABLE:
        if readable.tool in descriptions:
            server.resource(
                f"{SCHEME}{readable.path}",
                name=readable.path.replace("/{id}", "").replace("/", "_"),
                title=readable.title,
                description=descriptions[readable.tool],
                mime_type=_JSON,
            )(_reader(readable, answers))
    server.resource(
        f"{SCHEME}schema",
        name="schema",
        title="Words and settings",
        description="The words that Onelane uses, with their labels, and the settings that runs take.",
        mime_type=_JSON,
    )(lambda: answers.load().read_words())


def _reader(readable: Readable, answers: LateAnswers) -> Callable[..., str]:
    def read_one(id: str, context: Context) -> str:  # noqa: A002 - the address calls it so
        return answers.load().read(readable.tool, id, context)

    def read_all() -> str:
        return answers.load().read(readable.tool)

    return read_one if "{id}" in readable.path else read_all
