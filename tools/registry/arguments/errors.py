"""Complaints about arguments: in sentences, with the nearest name for an unknown one."""

import json
import re
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from onelane.tools.registry.answers.synonyms import synonym
from onelane.tools.registry.errors import BadRequest

Location = tuple[int | str, ...]

_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""A word of an enum as Python writes it for programmers."""
_LONGEST_WORD = 100
_FEW, _SOMEWHAT_ALIKE = 3, 0.4
_LIST_TYPES = ("list_type", "sequence_str")
"""What pydantic calls it where a text came in the place of a list."""
_NOT_ONE_OF = re.compile(r"'(?P<word>.*)' is not one of (?P<words>'.*')\.", re.DOTALL)
"""What the command line's library says of a word that is none of its choices."""
_SHOULD_BE = "Input should be "
_KINDS = {
    "a valid string": "a text",
    "a valid list": "a list",
    "an instance of Sequence": "a list",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid dictionary": "an object",
    "a valid dictionary or object to extract fields from": "an object",
}
"""What pydantic calls the kinds of JSON, as everybody does."""
_PLAIN_MESSAGES = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"(?:Value error|Assertion failed), ", ""),
        (r"Input should be a valid dictionary or instance of \w+", "must be an object"),
        (r"Input should be greater than or equal to ", "must be at least "),
        (r"Input should be less than or equal to ", "must be at most "),
        (r"Input should be greater than ", "must be more than "),
        (r"Input should be less than ", "must be less than "),
        (r"Input should be a valid integer, .*", "must be a whole number"),
        (r"Input should be a valid number, .*", "must be a number"),
        (
            r"Input should be a valid (?:datetime or date|datetime|date)\b.*",
            "must be a date or a time, such as 2026-12-01 or 2026-12-01T09:00",
        ),
        (r"Input should be a valid tuple$", "must be a list"),
        (r"'str' instances are not allowed as a Sequence value", "must be a list"),
        (r"Input should be a valid boolean, .*", "must be true or false"),
        (r"\w+ should have at least 1 (?:item|character).*", "must not be empty"),
        (r"String should have at (least|most) (\d+) characters?", r"must have at \1 \2 characters"),
        (r"\w+ should have at (least|most) (\d+) items? after validation, not .*", r"must hold at \1 \2"),
    )
)
"""What pydantic says, as everybody does; and what it puts in front of an error that was raised by a check of ours.

Source: https://docs.pydantic.dev/latest/errors/validation_errors/
"""


def explained(
    error: ValidationError | Sequence[ErrorDetails],
    known: Iterable[str],
    spelled: Callable[[str], str],
    model: type[BaseModel] | None = None,
    meanings: Mapping[str, str] | None = None,
) -> BadRequest:
    """What pydantic found, as an error for whoever sent it.

    Args:
        error: what it found, or a part of it
        known: the arguments that there are
        spelled: how the sender spells their names
        model: what the arguments were read as, where they may hold others
        meanings: what each argument is for, which is said of one that is missing
    """
    names = list(known)
    details = error.errors() if isinstance(error, ValidationError) else error
    problems = [_problem(detail, names, spelled, model, meanings or {}) for detail in details]
    hints = dict.fromkeys(_hint(detail, model) for detail in details)
    return BadRequest(" ".join([*problems, *filter(None, hints)]), details={"problems": problems})


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
    return f"{_wrong(detail, location, str)}{_parts_of_object(detail, model)}"


def reason_of(detail: ErrorDetails) -> str:
    """Why a value was refused, in words for a person."""
    return plain_message(detail["msg"])


def plain_message(message: str) -> str:
    """A message of pydantic in words for a person."""
    for pattern, words in _PLAIN_MESSAGES:
        if match := pattern.match(message):
            return match.expand(words) + message[match.end() :]
    return message


def with_nearest_word(message: str) -> str:
    """A message that a word is none of a list, with the one that was probably meant; any other as it is."""
    listed = _NOT_ONE_OF.fullmatch(message)
    near = None if listed is None else _near(listed["word"].lower(), re.findall(r"'([^']*)'", listed["words"]))
    return message if near is None else f"{message} Did you mean {near!r}?"


def nearest(name: str, known: Iterable[str], spelled: Callable[[str], str] = str) -> str:
    """The end of a complaint about an unknown name: the one that was probably meant, or all that there are."""
    words = [spelled(word) for word in known]
    near = _near(name, words) or _near(spelled(name), words)
    return f" Did you mean {near!r}?" if near else f" There are: {', '.join(words) or 'none'}."


def nearest_of_many(name: str, known: Collection[str], all_shown: str) -> str:
    """The end of a complaint about an unknown name where there are too many to list: those that are written most alike.

    Args:
        name: what was asked for
        known: all names that there are
        all_shown: where those are, as the rest of a sentence
    """
    # In quotes, as arguments are: a terminal reads a bare name as the command that does the same.
    if near := _near(name, list(known)):
        return f" Did you mean {near!r}?"
    alike = get_close_matches(name, known, n=_FEW, cutoff=_SOMEWHAT_ALIKE)
    names = f"Written most alike: {', '.join(map(repr, alike))}. " if alike else ""
    return f" {names}There are {len(known)}; {all_shown}."


def of_same_meaning(name: str, known: Iterable[str]) -> str | None:
    """The known name that means the same; None where none does."""
    return synonym(_parts(name), list(known))


def _near(name: str, words: Sequence[str]) -> str | None:
    """The word that means the same, is written almost alike, is a part of the name, or alone has the name as a part."""
    parts = _parts(name)
    if meant := synonym(parts, words):
        return meant
    holders = [word for word in words if name and set(parts) <= set(_parts(word))]
    around = holders or [word for word in words if name and word.startswith(name)]
    # What is a part of several, as `contacts` of three kinds of sync, is as near to each of them.
    alike = get_close_matches(name, words, n=1, cutoff=0.6) if len(holders) < 2 else []
    if alike:
        return alike[0]
    within = [word for word in words if set(_parts(word)) <= set(parts)]
    by_part = (meant for part in reversed(parts) if (meant := synonym([part], words)))
    return max(within, key=len, default=around[0] if len(around) == 1 else next(by_part, None))


def _parts(name: str) -> list[str]:
    """The words of a name: `groupBy` and `group_by` are `group`, `by`."""
    return re.split(r"[\s_-]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).strip().lower())


def _problem(
    detail: ErrorDetails,
    known: Sequence[str],
    spelled: Callable[[str], str],
    model: type[BaseModel] | None,
    meanings: Mapping[str, str],
) -> str:
    location = detail["loc"]
    if detail["type"] == "missing" and (meaning := _meaning(location, model, meanings)):
        return f"{_wrong(detail, location, spelled).removesuffix('.')}: {meaning.removesuffix('.')}."
    if detail["type"] != "extra_forbidden":
        return f"{_wrong(detail, location, spelled)}{_purpose(detail, meanings)}{_parts_of_object(detail, model)}"
    names = known if len(location) == 1 or model is None else _names_at(model, location)
    return _unknown(location, names, spelled, "argument")


def _parts_of_object(detail: ErrorDetails, model: type[BaseModel] | None) -> str:
    """What an object may hold for which something else was sent, such as a text."""
    if detail["type"] != "model_type" or model is None or not detail["loc"]:
        return ""
    names = _names_at(model, (*detail["loc"], ""))
    return f" It holds: {', '.join(names)}." if names else ""


def _purpose(detail: ErrorDetails, meanings: Mapping[str, str]) -> str:
    """What an argument is for, where it has a word that is like none of its list."""
    location = detail["loc"]
    if detail["type"] not in ("literal_error", "enum") or len(location) != 1 or "Did you mean" in _other_word(detail):
        return ""
    meaning = meanings.get(str(location[0]))
    return "" if meaning is None else f" It means: {meaning.removesuffix('.')}."


def _meaning(location: Location, model: type[BaseModel] | None, meanings: Mapping[str, str]) -> str | None:
    """What that is for which is missing, as its docstring or its field says."""
    if len(location) == 1 and str(location[0]) in meanings:
        return meanings[str(location[0])]
    inner = None if model is None else _model_at(model, location)
    fields = {} if inner is None else inner.model_fields
    field = next((field for name, field in fields.items() if location[-1] in (name, field.alias)), None)
    return None if field is None else field.description


def _hint(detail: ErrorDetails, model: type[BaseModel] | None) -> str:
    """Where something belongs that was put in a wrong place; empty where the model doesn't say."""
    if detail["type"] != "extra_forbidden" or len(detail["loc"]) == 1 or model is None:
        return ""
    return getattr(_model_at(model, detail["loc"]), "hint", "")


def _unknown(location: Location, known: Sequence[str], spelled: Callable[[str], str], noun: str) -> str:
    """As it was sent: whoever sent it looks for exactly that. Within another, the likeliest name comes first."""
    name = str(location[-1])
    words = known if len(location) == 1 else sorted(known, key=lambda word: -_alike(name, spelled(word)))
    return f"Unknown {noun} {'.'.join(map(str, location))[:200]!r}.{nearest(name, words, spelled)}"


def _wrong(detail: ErrorDetails, location: Location, spelled: Callable[[str], str]) -> str:
    name = ".".join(spelled(str(part)) for part in location) or "arguments"
    if detail["type"] == "missing":
        return f"{name!r} is required."
    if detail["type"] in ("literal_error", "enum"):
        return f"{name!r} {_other_word(detail)}"
    plain = _MEMBER.sub(lambda word: word[1], reason_of(detail))
    if plain.startswith(_SHOULD_BE):
        wanted = plain.removeprefix(_SHOULD_BE)
        return f"{name!r} must be {_KINDS.get(wanted, wanted)}{_list_example(detail)}."
    # Our own complaints go on from the name (`is no address`), pydantic's are sentences.
    return f"{name!r} {plain}{_list_example(detail)}." if plain[:1].islower() else f"{name!r}: {plain}."


def _list_example(detail: ErrorDetails) -> str:
    """How a text that holds several things is written as the list of them that was wanted."""
    text = detail.get("input")
    if detail["type"] not in _LIST_TYPES or not isinstance(text, str) or len(text) > _LONGEST_WORD:
        return ""
    parts = [part.strip() for part in re.split(r"[,;\n]", text)]
    return f", such as {json.dumps([part for part in parts if part], ensure_ascii=False)}"


def _other_word(detail: ErrorDetails) -> str:
    """Which word was meant most likely, and all that there are."""
    expected = _MEMBER.sub(lambda word: word[1], str(detail.get("ctx", {}).get("expected", "")))
    given = str(detail["input"])[:_LONGEST_WORD]
    near = _near(given.lower(), re.findall(r"'([^']*)'", expected))
    meant = "" if near is None else f" Did you mean {near!r}?"
    return f"can't be {given!r}.{meant} It can be {expected}."


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
