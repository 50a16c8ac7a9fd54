"""`onelane call`: any tool by its name; JSON goes in and comes out."""

from typing import Annotated, Any

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put_json, put_rows
from onelane.server.cli.parameters import read_json
from onelane.server.cli.results import data_of, put_text
from onelane.server.cli.workspace import call, workspace
from onelane.server.persons_ways import own_command
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import NotFound


def command(
    tool: Annotated[
        str | None, typer.Argument(metavar="TOOL", help="The tool's name, such as search_contacts; none lists all.")
    ] = None,
    arguments: Annotated[
        str, typer.Argument(metavar="JSON", help="Its arguments as a JSON object; - reads them from stdin.")
    ] = "{}",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking, where a person would be asked.")] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Print the short text that a chat would show.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, which is what happens anyway.")] = False,
) -> None:
    if tool is None:
        _list_tools(as_json=as_json)
        return
    if tool not in all_tools() and (command := own_command(tool.lower().replace("-", "_"))):
        raise NotFound(f"There is no tool {tool!r} here. {command}")
    values = _object(arguments)
    with workspace() as onelane:
        result = call(onelane, tool, values, yes=yes)
    if as_text and not as_json:
        put_text(result.text())
    else:
        put_json(data_of(result))


command.__doc__ = with_examples(
    "Call any tool by its name, with JSON.\n\n"
    "The tools are those that a chat client gets; onelane mcp offers the same ones. The answer is JSON.",
    "onelane call",
    "onelane call overview",
    """onelane call search_contacts '{"query": "ada"}'""",
    """echo '{"status": "failed"}' | onelane call list_runs -""",
)


def _list_tools(*, as_json: bool) -> None:
    tools = sorted(all_tools(), key=lambda tool: tool.name)
    rows = [(tool.name, tool.description.split("\n")[0].split(". ")[0].rstrip(".")) for tool in tools]
    if as_json:
        put_json(dict(rows))
    else:
        put_rows(rows)


def _object(text: str) -> dict[str, Any]:
    given = read_json(text, "JSON")
    if not isinstance(given, dict):
        raise typer.BadParameter('JSON must be an object, such as {"query": "ada"}.')
    return {str(name): value for name, value in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
