"""Complaints about arguments: in sentences, with the nearest name for an unknown one."""

import re
import typing
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from onelane.tools.registry.errors import BadRequest

Location = tuple[int | str, ...]

_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""A word of an enum as Python writes it for programmers."""
_SHOULD_BE = "Input should be "
_KINDS = {
    "a valid string": "a text",
    "a valid list": "a list",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid dictionary": "an object",
}
"""What pydantic calls the kinds of JSON, as everybody does."""


def explained(
    error: ValidationError | Sequence[ErrorDetails],
    known: Iterable[str],
    spelled: Callable[[str], str],
    model: type[BaseModel] | None = None,
) -> BadRequest:
    """What pydantic found, as an error for whoever sent it.

    Args:
        error: what it found, or a part of it
        known: the arguments that there are
        spelled: how the sender spells their names
        model: what the arguments were read as, where they may hold others
    """
    names = list(known)
    details = error.errors() if isinstance(error, ValidationError) else error
    problems = [_problem(detail, detail["loc"], names, spelled, model) for detail in details]
    return BadRequest(" ".join(problems), details={"problems": problems})


def complaint(detail: ErrorDetails, model: type[BaseModel], *, before: Location = (), noun: str = "argument") -> str:
    """One thing that pydantic found in a part of what was sent, as a sentence.

    Args:
        detail: what it found
        model: what the part was read as
        before: where the part stands
        noun: what its names are called
    """
    location = (*before, *detail["loc"])
    if detail["type"] == "extra_forbidden":
        return _unknown(location, _names_at(model, detail["loc"]), str, noun)
    return _wrong(detail, location, str)


def reason_of(detail: ErrorDetails) -> str:
    """Why a value was refused, in words for a person: without what pydantic puts in front of an error of ours."""
    return without_prefix(detail["msg"])


def without_prefix(message: str) -> str:
    """A message of pydantic, without what it puts in front of an error that was raised by a check of ours."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def nearest(name: str, known: Iterable[str], spelled: Callable[[str], str] = str) -> str:
    """The end of a complaint about an unknown name: the one that was probably meant, or all that there are."""
    words = [spelled(word) for word in known]
    near = get_close_matches(name, words, n=1, cutoff=0.6) or get_close_matches(spelled(name), words, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(words) or 'none'}."


def _problem(
    detail: ErrorDetails,
    location: Location,
    known: Sequence[str],
    spelled: Callable[[str], str],
    model: type[BaseModel] | None,
) -> str:
    if detail["type"] != "extra_forbidden":
        return _wrong(detail, location, spelled)
    if len(location) == 1 or model is None:
        return _unknown(location, known, spelled, "argument")
    inner = _model_at(model, location)
    hint = getattr(inner, "hint", "")
    told = _unknown(location, _names_at(model, location), spelled, "argument")
    return f"{told} {hint}" if hint else told


def _unknown(location: Location, known: Sequence[str], spelled: Callable[[str], str], noun: str) -> str:
    """As it was sent: whoever sent it looks for exactly that. Within another, the likeliest name comes first."""
    name = str(location[-1])
    words = known if len(location) == 1 else sorted(known, key=lambda word: -_alike(name, spelled(word)))
    return f"Unknown {noun} {'.'.join(map(str, location))[:200]!r}.{nearest(name, words, spelled)}"


def _wrong(detail: ErrorDetails, location: Location, spelled: Callable[[str], str]) -> str:
    name = ".".join(spelled(str(part)) for part in location) or "arguments"
    if detail["type"] == "missing":
        return f"{name!r} is required."
    plain = _MEMBER.sub(lambda word: word[1], reason_of(detail))
    if not plain.startswith(_SHOULD_BE):
        return f"{name!r}: {plain}."
    wanted = plain.removeprefix(_SHOULD_BE)
    return f"{name!r} must be {_KINDS.get(wanted, wanted)}."


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _names_at(model: type[BaseModel], location: Location) -> list[str]:
    """The names that a model takes where one of a location's last part was sent."""
    inner = _model_at(model, location)
    return [] if inner is None else [field.alias or name for name, field in inner.model_fields.items()]


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that the last part of a location was sent to, which may say in `hint` where something belongs."""
    found: type[BaseModel] | None = model
    for part in location[:-1]:
        if found is None:
            return None
        fields = ((name, field) for name, field in found.model_fields.items() if part in (name, field.alias))
        found = next((_model_in(field.annotation) for _, field in fields), found)
    return found


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that an annotation holds, such as that of a list's items."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in typing.get_args(annotation) if (found := _model_in(each)) is not None), None)
