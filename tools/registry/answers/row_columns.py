"""How an answer shows the columns of rows of which no items are made (`Rows`)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, cast, get_args

from pydantic import BaseModel, PlainSerializer
from pydantic.fields import FieldInfo

from onelane.tools.registry.json_values import show_instant, show_json


@cache
def contract_names(kind: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a result's fields, and what REST calls them."""
    return tuple(kind.model_fields), tuple(field.alias or name for name, field in kind.model_fields.items())


@cache
def converters_of(kind: type[BaseModel], untold: frozenset[str]) -> Mapping[str, Callable[[Any], Any]] | None:
    """What makes of each column but those what a program gets; None where that takes an item.

    Pydantic would ask for each instant and each JSON text one by one, and for the other columns as well.
    """
    converters = {name: _converter(each) for name, each in kind.model_fields.items() if name not in untold}
    if kind.__pydantic_decorators__.model_serializers or None in converters.values():
        return None
    return cast("Mapping[str, Callable[[Any], Any]]", converters)


def _converter(field: FieldInfo) -> Callable[[Any], Any] | None:
    kinds = _kinds_of(field)
    marks = [*field.metadata, *getattr(kinds[0], "__metadata__", ())]
    serializers = [mark.func for mark in marks if isinstance(mark, PlainSerializer)]
    if len(kinds) == 1 and serializers:
        return _FROM_ROWS.get(cast("Any", serializers[0]))
    is_plain = len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], str | int)
    return as_it_is if is_plain else (float if kinds == [float] else None)


def as_it_is(value: Any) -> Any:
    """What a column holds is what a program gets."""
    return value


@cache
def vocabularies_of(kind: type[BaseModel]) -> Sequence[tuple[str, frozenset[str | None]]] | None:
    """The columns that hold words, each with those there are; None where it takes an item to tell a wrong one."""
    if converters_of(kind, frozenset[str]()) is None:
        return None
    return [(name, words) for name, field in kind.model_fields.items() if (words := _words_of(field))]


def _words_of(field: FieldInfo) -> frozenset[str | None]:
    kind: object = _kinds_of(field)[0]
    if not (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return frozenset()
    words: set[str | None] = {each.value for each in kind}
    return frozenset(words | {None} if NoneType in get_args(field.annotation) else words)


def _kinds_of(field: FieldInfo) -> list[Any]:
    """What a field may be, besides nothing."""
    may_be = get_args(field.annotation)
    return [each for each in may_be if each is not NoneType] if NoneType in may_be else [field.annotation]


_FROM_ROWS: Mapping[Callable[..., object], Callable[[Any], Any]] = {
    show_instant: lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00") + "Z",
    show_json: json.loads,
}
"""What shows a column of a row as these show an item's field to a program."""
