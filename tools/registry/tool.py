"""A tool as faces see it: arguments and descriptions from its function.

See docs/house.md, "One function, four faces".
"""

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.alias_generators import to_camel, to_snake

from onelane.tools.registry.arguments.errors import explained
from onelane.tools.registry.arguments.reading import CONTRACT_FACES, read_arguments
from onelane.tools.registry.arguments.slots import Slot, slots_of
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_values import DEEPEST_JSON, is_too_deep
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_schemas import listed_schema
from onelane.tools.registry.tool_spec import NEEDS_PERSON, ToolSpec

KEY = "idempotency_key"
_LONGEST_NAME = 200
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_KEY_HELP = "for retries"


@dataclass(frozen=True)
class Arguments:
    """Optional arguments that a table knows: a tool takes them as `**values: Annotated[object, Arguments(...)]`.

    Args:
        annotations: makes the annotation of each, by its name
    """

    annotations: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Help:
    """What an argument is, said in its annotation; the docstring may say it better."""

    text: str


UNLISTED = "unlisted"
"""Marks an argument in its annotation of which models are not told, for they have a better one; whoever gives it is
understood."""


@dataclass(frozen=True, slots=True)
class ValidArguments:
    """Arguments that are right.

    Args:
        values: as the function takes them
        emptied: see `Context`
        passed_over: see `Context`
    """

    values: dict[str, Any]
    emptied: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tool:
    """A tool as the faces see it."""

    name: str
    function: Callable[..., Result]
    spec: ToolSpec

    @cached_property
    def signature(self) -> inspect.Signature:
        """The function's parameters without the context, with annotations evaluated."""
        hints = typing.get_type_hints(self.function, include_extras=True)
        bare_signature = inspect.signature(self.function)
        parameters = [
            each
            for parameter in list(bare_signature.parameters.values())[1:]
            for each in _flat(parameter.replace(annotation=hints[parameter.name]))
        ]
        if self.spec.creates:
            parameters.append(_key_parameter())
        return bare_signature.replace(parameters=parameters, return_annotation=hints["return"])

    @cached_property
    def answers(self) -> tuple[type[Result], ...]:
        """The kinds of what it returns; what it is there for comes first."""
        hint: Any = self.signature.return_annotation
        return typing.get_args(hint) if isinstance(hint, UnionType) else (hint,)

    @cached_property
    def answer_reader(self) -> TypeAdapter[Result]:
        """Reads what it has returned."""
        return TypeAdapter(self.signature.return_annotation)

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The model that validates the arguments; it takes their names in snake_case and in camelCase."""
        fields: dict[str, Any] = {
            name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
            for name, parameter in self.signature.parameters.items()
        }
        # Numbers are Unix seconds; pydantic would take large ones for milliseconds.
        config = ConfigDict(
            extra="forbid", alias_generator=to_camel, populate_by_name=True, val_temporal_unit="seconds"
        )
        return create_model(f"{self.name}_arguments", __config__=config, **fields)

    @property
    def takes_time(self) -> bool:
        """Whether a call does something first for which no transaction may be open."""
        return self.spec.is_without_transaction or self.spec.prepare is not None

    def may_need_person(self, caller: Caller) -> bool:
        """Whether the gate can ask a person before a call at all; a quick look that needs no database."""
        spec = self.spec
        if caller.counts_as_run:
            return spec.effect in NEEDS_PERSON or any(
                each is not None for each in (spec.lasting, spec.leaves, spec.tells)
            )
        return caller.chat is not None and spec.confirm is not None

    @cached_property
    def description(self) -> str:
        """The docstring without its list of arguments, which the parameters tell themselves."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n\nArgs:")[0].strip()

    @cached_property
    def argument_help(self) -> Mapping[str, str]:
        """What is said about each argument: by the docstring, or else by the argument's annotation."""
        annotation_helps = {name: _annotated_help(each.annotation) for name, each in self.signature.parameters.items()}
        helps = {name: text for name, text in annotation_helps.items() if text}
        return helps | dict(_argument_lines(inspect.cleandoc(self.function.__doc__ or ""))) | {KEY: _KEY_HELP}

    @cached_property
    def unlisted(self) -> frozenset[str]:
        """The arguments of which models are not told."""
        metadata_by_name = (
            (name, getattr(each.annotation, "__metadata__", ())) for name, each in self.signature.parameters.items()
        )
        return frozenset(name for name, metadata in metadata_by_name if UNLISTED in metadata)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the arguments, as pydantic makes it, with names in snake_case."""
        return self.arguments.model_json_schema(by_alias=False)

    @cached_property
    def listed_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the arguments that models are told of. Copy it before changing anything in it."""
        return listed_schema(self.schema, self.argument_help, self.unlisted)

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """Where the arguments go that a model or a person fills in."""
        return slots_of(self.schema)

    def validate(self, arguments: Mapping[str, Any], face: Face = Face.CLI) -> ValidArguments:
        """The arguments as the function takes them, read as this face means them.

        Args:
            arguments: as they came
            face: the door; it decides as well in which spelling they are complained about

        Raises:
            BadRequest: something is missing, unknown or wrong; it says what, and the nearest name
        """
        reading = read_arguments({} if face in CONTRACT_FACES else self.slots, arguments, face)
        refuse_oversized(reading.values)
        try:
            model = self.arguments.model_validate(reading.values)
        except ValidationError as error:
            spell = to_camel if face is Face.REST else to_snake
            names, help_of = self.signature.parameters, self.argument_help
            raise explained(error, names, spell, self.arguments, help_of) from error
        values = {name: getattr(model, name) for name in self.signature.parameters}
        return ValidArguments(values, reading.emptied, reading.passed_over)


def _flat(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    """The arguments that a parameter stands for: itself, or those that a table knows."""
    if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
        yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        return
    (table,) = (each for each in parameter.annotation.__metadata__ if isinstance(each, Arguments))
    for name, annotation in table.annotations().items():
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _annotated_help(annotation: Any) -> str | None:
    metadata: Iterable[object] = getattr(annotation, "__metadata__", ())
    return next((each.text for each in metadata if isinstance(each, Help)), None)


def _key_parameter() -> inspect.Parameter:
    kind = typing.Annotated[str | None, Field(max_length=200)]
    return inspect.Parameter(KEY, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _argument_lines(docstring: str) -> Iterator[tuple[str, str]]:
    _, _, arguments = docstring.partition("\n\nArgs:\n")
    for line in arguments.split("\n\n")[0].replace("\n        ", " ").splitlines():
        name, colon, text = line.strip().partition(": ")
        if colon:
            yield name, text


def refuse_oversized(arguments: Mapping[str, Any]) -> None:
    """See to it that arguments can be looked at and kept.

    Raises:
        BadRequest: they are nested too deep, or hold what no database can keep
    """
    if is_too_deep(arguments):
        raise BadRequest(f"The arguments are nested deeper than {DEEPEST_JSON} levels. Send them flatter.")
    for name, value in arguments.items():
        if not _can_be_kept(name) or not _can_be_kept(value):
            shown = _UNKEEPABLE.sub("\ufffd", name)[:_LONGEST_NAME]
            half = "half of one (U+D800 to U+DFFF)"
            raise BadRequest(f"{shown!r} holds a NUL character (U+0000) or {half}. Leave it out.")


def _can_be_kept(value: object) -> bool:
    """Whether databases can keep this: in PostgreSQL text has no NUL, and in UTF-8 no lone surrogates."""
    if isinstance(value, str):
        return _UNKEEPABLE.search(value) is None
    if isinstance(value, dict):
        return all(_can_be_kept(part) for pair in cast("dict[str, object]", value).items() for part in pair)
    return not isinstance(value, list) or all(_can_be_kept(part) for part in cast("list[object]", value))
