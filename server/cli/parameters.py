"""A tool's arguments on the command line: positional arguments, options, types."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import typer

from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.help import literal
from onelane.tools.registry.json_depth import TooDeep, check_depth
from onelane.tools.registry.tool import Tool

Schema = Mapping[str, Any]

_KINDS: Mapping[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
_LISTS: Mapping[type, type] = {str: list[str], int: list[int], float: list[float]}


@dataclass(frozen=True)
class CommandParameter:
    """One argument of a tool on the command line.

    Args:
        name: as the tool calls it
        schema: its part of the schema that the tool's arguments have
        definitions: what the schema refers to
        help: what the tool says about it
        is_required: whether the tool must have it
        is_positional: whether it is typed without its name
        option: what the option is called
    """

    name: str
    schema: Schema
    definitions: Mapping[str, Schema]
    help: str
    is_required: bool
    is_positional: bool
    option: str

    @property
    def typed(self) -> inspect.Parameter:
        """As Typer reads it."""
        info: Any = self._argument() if self.is_positional else self._option()
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=self.kind)

    @cached_property
    def kind(self) -> type:
        """What Typer makes of the text."""
        bare = self._bare(self.schema)
        if "enum" in bare:
            return Enum(self.name, {word: word for word in map(str, bare["enum"])})  # pyright: ignore[reportReturnType] - its words are known only now
        if bare.get("type") == "array":
            return _LISTS.get(_KINDS.get(self._bare(bare["items"]).get("type", ""), object), str)
        return _KINDS.get(bare.get("type", ""), str)

    @cached_property
    def is_json(self) -> bool:
        """Whether its text is JSON, because it is neither one value nor a list of values."""
        kind = self._bare(self.schema).get("type", "object")
        return kind == "object" or (kind == "array" and self.kind is str)

    def value(self, typer_value: Any) -> Any:
        """What the tool gets for what Typer made.

        Raises:
            BadParameter: it should be JSON, and is not
            OSError: the file with the JSON can't be read
        """
        if isinstance(typer_value, Enum):
            return typer_value.value
        return read_json(typer_value, self.name) if self.is_json else typer_value

    def _bare(self, schema: Schema) -> Schema:
        """The schema itself, where it is given by reference or may be null."""
        if "$ref" in schema:
            return self._bare(self.definitions[schema["$ref"].rsplit("/", 1)[-1]])
        choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
        if not choices:
            return schema
        texts = [choice for choice in choices if self._bare(choice).get("type") == "string"]
        return self._bare((texts or choices)[0])

    def _argument(self) -> Any:
        name = self.option.replace("-", "_").upper()
        return typer.Argument(... if self.is_required else None, metavar=name, help=self.help)

    def _option(self) -> Any:
        bare = self._bare(self.schema)
        flag = f"--{self.option}/--no-{self.option}" if self.kind is bool else f"--{self.option}"
        low, high = (bare.get(limit) if self.kind is int else None for limit in ("minimum", "maximum"))
        metavar = "JSON" if self.is_json else None
        return typer.Option(self._default(), flag, help=self.help, metavar=metavar, min=low, max=high)

    def _default(self) -> Any:
        if self.is_required:
            return ...
        value = self.schema.get("default")
        return value if isinstance(value, int | float | str) else None


def parameters_of(
    tool: Tool, *, positional: Sequence[str], without: frozenset[str], option_names: Mapping[str, str]
) -> list[CommandParameter]:
    """The tool's arguments, those that are typed in order first."""
    schema = tool.schema
    schemas: dict[str, Schema] = {name: part for name, part in schema["properties"].items() if name not in without}
    return [
        CommandParameter(
            name,
            schemas[name],
            schema.get("$defs", {}),
            _sentence(tool.argument_help.get(name, "")),
            is_required=name in schema.get("required", ()),
            is_positional=name in positional,
            option=option_names.get(name, name).replace("_", "-"),
        )
        for name in (*positional, *(name for name in schemas if name not in positional))
    ]


def _sentence(text: str) -> str:
    return literal(in_commands(f"{text[:1].upper()}{text[1:].rstrip('.')}.")) if text else ""


def read_words(text: str | None) -> str | None:
    """Words from the command line itself, or from the file named after an `@`.

    Raises:
        OSError: the file can't be read
    """
    return Path(text[1:]).read_text("utf-8") if text is not None and text.startswith("@") else text


def read_json(text: str, name: str) -> Any:
    """JSON from the command line itself, from the file named after an `@`, or from stdin when it is `-`.

    Raises:
        BadParameter: it is no JSON
        OSError: the file can't be read
    """
    if text == "-":
        text = sys.stdin.read()
    data = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
    try:
        check_depth(data)
        return orjson.loads(data)
    except TooDeep as error:
        raise typer.BadParameter(f"{name} can't be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"{name} is not JSON: {error}") from error
