"""Commands derived from tools: arguments, options and help come from the tool.

See docs/house.md, "One function, four faces".
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import typer

from onelane.server.app import Onelane
from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.help import literal, with_examples
from onelane.server.cli.output import note
from onelane.server.cli.parameters import CommandParameter, parameters_of
from onelane.server.cli.results import put_list, put_result
from onelane.server.cli.workspace import call, workspace
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.toolbox import Registry


@dataclass(frozen=True)
class ToolCommand:
    """A command that calls a tool.

    Args:
        name: what the person types
        tool: the tool's name
        positional: arguments that are typed without their name, in order; all others are options
        fixed: arguments that the command itself says
        renamed: what an argument is called here, where the group makes part of its name plain
        columns: what a table shows of each row; without any, the tool's own line of text
        read_as: the columns in which people read, where programs that read lines keep others
        show: shows the result to a person, where neither a table nor the tool's own text does
        help: what it does, where the tool's own words don't fit
        examples: what one may type
        asks: whether it may be one of the calls of its tool about which a person is asked
        afterwards: what to say to a person in the end, with the result's `{id}`, or what says it of a result
    """

    name: str
    tool: str
    positional: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: tuple[str, ...] = ()
    read_as: tuple[str, ...] = ()
    show: Callable[[Onelane, Result], None] | None = None
    help: str | None = None
    examples: tuple[str, ...] = ()
    asks: bool = True
    afterwards: str | Callable[[Result], Sequence[str]] | None = None


def add_tool_commands(app: typer.Typer, registry: Registry, commands: Sequence[ToolCommand]) -> None:
    """Give a group its commands."""
    for command in commands:
        tool = registry[command.tool]
        app.command(command.name, help=help_of(tool, command))(function_of(tool, command))


def help_of(tool: Tool, command: ToolCommand) -> str:
    return with_examples(literal(in_commands(command.help or tool.description)), *command.examples)


def function_of(tool: Tool, command: ToolCommand) -> Callable[..., None]:
    """What Typer calls: a function whose signature is the tool's, as the command line has it."""
    parameters = parameters_of(
        tool, positional=command.positional, without=frozenset(command.fixed), option_names=command.renamed
    )

    def run(*, as_json: bool, yes: bool = False, **given: Any) -> None:
        arguments = {**_arguments(parameters, given), **command.fixed}
        with workspace() as onelane:
            try:
                result = call(onelane, tool.name, arguments, yes=yes)
            except BadRequest as error:
                raise _as_usage(error) from error
            _show(onelane, command, result, as_json=as_json)
        for line in () if as_json else _afterwards(command, result):
            note(in_commands(line))

    setattr(run, "__signature__", inspect.Signature([*(each.typed for each in parameters), *_flags(tool, command)]))  # noqa: B010 - functions take it, but declare no such attribute
    run.__annotations__ = {}
    return run


def _afterwards(command: ToolCommand, result: Result) -> Sequence[str]:
    if isinstance(command.afterwards, str):
        return [command.afterwards.format(**result.model_dump(include={"id"}))]
    return () if command.afterwards is None else command.afterwards(result)


def _show(onelane: Onelane, command: ToolCommand, result: Result, *, as_json: bool) -> None:
    if as_json or (command.show is None and not command.columns):
        put_result(result, as_json=as_json)
    elif command.show is not None:
        command.show(onelane, result)
    else:
        put_list(onelane, result, command.columns, read_as=command.read_as)


def _flags(tool: Tool, command: ToolCommand) -> list[inspect.Parameter]:
    """The options that are not the tool's."""
    flags = {"as_json": typer.Option(False, "--json", help="Print JSON and nothing else.")}
    if tool.spec.confirm is not None and command.asks:
        flags["yes"] = typer.Option(False, "--yes", help="Do it without asking.")
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, kind, default=info, annotation=bool) for name, info in flags.items()]


def _arguments(parameters: Sequence[CommandParameter], typed_values: Mapping[str, Any]) -> dict[str, Any]:
    """What the tool is called with: what the person left out is left to the tool."""
    values = ((parameter, typed_values[parameter.name]) for parameter in parameters)
    return {parameter.name: parameter.value(value) for parameter, value in values if value not in (None, [])}


def _as_usage(error: BadRequest) -> Exception:
    """An argument that the tool refuses by itself is wrong use; what it refuses after a look is a failure."""
    problems = (error.details or {}).get("problems")
    return error if problems is None else typer.BadParameter(error.message)
