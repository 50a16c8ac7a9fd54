"""Reads arguments as models, and the clients around them, really fill them; what they mean is validated afterwards.

Many fill in every argument that they know of, and send null, an empty text, `[]` or `{}` where they have nothing to
say. On chat that is nothing said: what is to be emptied is named. A program and a person mean what they write, so that
only what can't be a value counts as nothing there (docs/protocol.md, "Arguments").
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic.alias_generators import to_camel, to_snake

from onelane.tools.registry.argument_errors import nearest
from onelane.tools.registry.context import Context, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_depth import check_depth

JsonSchema = Mapping[str, Any]

CONTRACT_FACES = frozenset({Face.REST, Face.DASHBOARD})
"""Where programs call, which are held to the contract to the letter."""

_NO_WORDS = frozenset({"", "null", "none", "undefined", "nil", "nan", "n/a", "-", "<null>", "[]", "{}", '""', "''"})
"""What stands for nothing where only a word can stand, such as an id."""
_WORDS = frozenset({"cursor", "idempotency_key", "timezone", "cron"})
"""Texts that are no free text, besides ids."""
_KEYS = frozenset({"idempotency_key", "idempotencyKey"})
_OF_CLIENTS = frozenset({"toolCallId", "sessionId", "chatInput", "random_string"})
"""What some clients add to each call for themselves."""
_WITH_THOSE = "action"
_WRAPPERS = frozenset({"arguments", "args", "kwargs", "input", "params", "parameters"})
"""Into what some models put all that they say."""
_WHOLE = re.compile(r"\s*(-?[0-9]{1,18})(?:\.0+)?\s*", re.ASCII)
_YES_OR_NO = {"true": True, "false": False}
_NOTHING = object()
CLEAR = "clear"
_LONGEST_CHARS = 200
_HOLDS_NOTHING: Sequence[object] = (None, "", "[]", "{}", [])


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value.

    Args:
        kinds: the JSON types that it takes
        is_word: text there is a word of some list, an id or the like
        may_be_missing: nothing need be said there
        members: the places within an object; None where an object may hold anything
        items: the place of each item of a list
        choices: the words of the list, by how they are compared
        is_of_ids: its items are ids, none of which holds a comma
    """

    kinds: frozenset[str]
    is_word: bool
    may_be_missing: bool
    members: "Mapping[str, Slot] | None" = None
    items: "Slot | None" = None
    choices: "Mapping[str, str]" = field(default_factory=dict[str, str])
    is_of_ids: bool = False

    @property
    def takes_free_text(self) -> bool:
        """Whether any text is a value."""
        return "string" in self.kinds and not self.is_word


@dataclass(frozen=True, slots=True)
class Given:
    """What was said.

    Args:
        said: the arguments, as they were spelled
        emptied: those that a program set to null, so that a field shall be empty
        passed_over: those that a chat filled with an empty value, which empties nothing
    """

    said: dict[str, Any]
    emptied: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()


def slots_of(schema: JsonSchema) -> dict[str, Slot]:
    """The places for a tool's arguments, in both spellings.

    Args:
        schema: as pydantic makes it, with names in snake_case
    """
    return _members(schema, schema.get("$defs", {}))


def read_arguments(slots: Mapping[str, Slot], arguments: object, face: Face) -> Given:
    """What a caller says with its arguments; each is looked at once.

    Args:
        slots: where the tool's arguments go
        arguments: as they came
        face: the door; only what can't be a value is read away everywhere

    Raises:
        BadRequest: they are no object
    """
    if not isinstance(arguments, Mapping):
        raise BadRequest("The arguments must be one JSON object, such as {}.")
    given = cast("Mapping[str, Any]", arguments)
    if face in CONTRACT_FACES:
        return _of_program(given)
    if face.is_chat:
        given = _spelled(slots, _unwrapped(slots, given))
    strays = _strays(given, slots) if face.is_chat else frozenset[str]()
    said: dict[str, Any] = {}
    passed_over: list[str] = []
    for name, value in given.items():
        slot = slots.get(name)
        meant = _NOTHING if name in strays else _meant(slot, value, is_chat=face.is_chat)
        if meant is not _NOTHING:
            said[name] = meant
        elif slot is not None and value is not None:
            passed_over.append(to_snake(name))
    return Given(said, passed_over=frozenset(passed_over))


def fields_to_clear(clear: Collection[str], may_be_empty: Collection[str], given: Mapping[str, Any]) -> frozenset[str]:
    """The fields that a call shall empty.

    Args:
        clear: as they were named
        may_be_empty: those that can be
        given: the values that the same call gives

    Raises:
        BadRequest: a name is unknown, is of a field that can't be empty, or is given a value as well
    """
    names = frozenset(map(to_snake, clear))
    for name in sorted(names):
        if name not in may_be_empty:
            raise BadRequest(f"{name!r} can't be cleared.{nearest(name, sorted(may_be_empty))}")
        if given.get(name) is not None:
            raise BadRequest(f"{name!r} is both given and to be cleared. Do one of them.")
    return names


def tell_cleared(ctx: Context, before: Mapping[str, Any], cleared: Collection[str]) -> None:
    """Say what a call emptied, with the old values, and what it did not.

    Args:
        ctx: the call
        before: what the fields held that can be emptied
        cleared: those that are empty now
    """
    held = {name: value for name, value in before.items() if value not in _HOLDS_NOTHING}
    emptied = [f"{name} (it was {str(held[name])[:_LONGEST_CHARS]!r})" for name in held if name in cleared]
    kept = sorted(name for name in ctx.passed_over if name in held and name not in cleared)
    if emptied:
        ctx.notes.append(f"Cleared: {', '.join(emptied)}.")
    if kept:
        ctx.notes.append(
            f"Not cleared, because an empty value says nothing here: {', '.join(kept)}. To clear them, call again with "
            f"{CLEAR}={kept}."
        )


def said_word(value: object) -> object:
    """A value where only an id or another word can stand; None for whatever stands for nothing."""
    return None if isinstance(value, str) and _is_no_word(value) else value


def _of_program(given: Mapping[str, Any]) -> Given:
    """What a program says: null empties a field, and an empty key is none."""
    emptied = frozenset(to_snake(name) for name, value in given.items() if value is None)
    said = {name: value for name, value in given.items() if name not in _KEYS or said_word(value) is not None}
    return Given(said, emptied)


def _unwrapped(slots: Mapping[str, Slot], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, where all of them came as the only one."""
    (name, value), *more = [*given.items()] or [("", None)]
    content = _from_json(value) if isinstance(value, str) else value
    is_wrapped = not more and name in _WRAPPERS - slots.keys() and isinstance(content, dict)
    return cast("Mapping[str, Any]", content) if is_wrapped else given


def _spelled(slots: Mapping[str, Slot], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments under their own names, where one came as `page-size` or `Query`."""
    if given.keys() <= slots.keys():
        return given
    names = {name: name if name in slots or _compared(name) not in slots else _compared(name) for name in given}
    return {name if names[name] in given else names[name]: value for name, value in given.items()}


def _strays(given: Mapping[str, Any], slots: Mapping[str, Slot]) -> frozenset[str]:
    """The arguments that a client added for itself and that this tool does not have."""
    added = _OF_CLIENTS & given.keys()
    if added:
        added |= {_WITH_THOSE} & given.keys()
    return added - slots.keys()


def _meant(slot: Slot | None, value: Any, *, is_chat: bool) -> Any:
    """What an argument means; `_NOTHING` where nothing is said with it."""
    if slot is None:
        # With an unknown name nothing is lost only where it comes with nothing.
        return _NOTHING if is_chat and (value is None or _is_empty(value)) else value
    meant = _read(slot, value) if is_chat else value
    if slot.may_be_missing and (_is_no_value(slot, meant) or (is_chat and _is_empty(meant))):
        return _NOTHING
    return _NOTHING if is_chat and meant is None else meant


def _is_empty(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else value in ([], {})


def _is_no_value(slot: Slot, value: object) -> bool:
    """Whether this can't be a value there, and stands for nothing."""
    return value is None or (isinstance(value, str) and not slot.takes_free_text and _is_no_word(value))


def _is_no_word(text: str) -> bool:
    return len(text) < 32 and text.strip().lower() in _NO_WORDS


def _read(slot: Slot, value: Any) -> Any:
    """A value in the JSON type that the place takes, where it says the same in another one."""
    if "string" in slot.kinds:
        value = _as_text(slot, value)
    content: Any = _from_text(slot, value) if isinstance(value, str) else value
    if isinstance(content, dict) and slot.members is not None:
        return _object(slot.members, cast("dict[str, Any]", content))
    if isinstance(content, list) and slot.items is not None:
        return _list(slot.items, cast("list[Any]", content))
    if isinstance(content, float) and "integer" in slot.kinds and content.is_integer():
        return int(content)
    return cast("Any", content)


def _as_text(slot: Slot, value: Any) -> Any:
    """A text that came as the only one of a list, or a telephone number or the like that came as a number."""
    values = cast("list[object]", value) if isinstance(value, list) else []
    if len(values) == 1 and isinstance(values[0], str) and "array" not in slot.kinds:
        return values[0]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(cast("int", value)) if is_number and not slot.kinds & {"integer", "number"} else cast("object", value)


def _from_text(slot: Slot, text: str) -> Any:
    kinds = slot.kinds
    if "string" in kinds:
        return slot.choices.get(_compared(text), text) if slot.choices else text
    if "boolean" in kinds:
        return _YES_OR_NO.get(text.strip().lower(), text)
    if "integer" in kinds and (whole := _WHOLE.fullmatch(text)):
        return int(whole[1])
    if not kinds & {"array", "object"}:
        return text
    return _from_json(text) if text.lstrip()[:1] in ("[", "{") else _listed(slot, text)


def _listed(slot: Slot, text: str) -> Any:
    """A text where a list of texts belongs: the one of them; only ids are told apart at commas."""
    if slot.items is None or "string" not in slot.items.kinds or _is_no_word(text):
        return text
    if slot.is_of_ids:
        return [each.strip() for each in text.split(",")]
    return text if "," in text else [text]


def _compared(word: str) -> str:
    """A word of a list without what models vary: `LinkedIn`, `IN PROGRESS`, `in-progress`."""
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


def _from_json(text: str) -> Any:
    try:
        check_depth(text)
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _object(members: Mapping[str, Slot], value: Mapping[str, Any]) -> dict[str, Any]:
    """An object within the arguments: what can't be a value is left out, and all else was meant."""
    read = ((name, members.get(name), each) for name, each in value.items())
    entries = ((name, slot, each if slot is None else _read(slot, each)) for name, slot, each in read)
    return {
        name: each
        for name, slot, each in entries
        if slot is None or not (slot.may_be_missing and _is_no_value(slot, each))
    }


def _list(items: Slot, value: Sequence[Any]) -> list[Any]:
    return [_read(items, each) for each in value if each is not None and each != ""]


def _members(schema: JsonSchema, definitions: JsonSchema) -> dict[str, Slot]:
    needed = schema.get("required", ())
    found: dict[str, Slot] = {}
    for name, inner in schema.get("properties", {}).items():
        slot = _slot(inner, definitions, name=name, may_be_missing=name not in needed)
        found |= {name: slot, to_camel(name): slot}
    return found


def _slot(schema: JsonSchema, definitions: JsonSchema, *, name: str = "", may_be_missing: bool = False) -> Slot:
    choices = [_resolved(choice, definitions) for choice in schema.get("anyOf", [schema])]
    kinds = frozenset(str(choice["type"]) for choice in choices if "type" in choice) - {"null"}
    objects = [choice for choice in choices if "properties" in choice]
    lists = [choice["items"] for choice in choices if isinstance(choice.get("items"), Mapping)]
    is_word = name in _WORDS or name.endswith("_id") or any({"enum", "const", "format"} & set(each) for each in choices)
    words = [word for choice in choices for word in (*choice.get("enum", ()), choice.get("const"))]
    return Slot(
        kinds,
        is_word,
        may_be_missing,
        _members(objects[0], definitions) if objects else None,
        _slot(lists[0], definitions) if lists else None,
        {_compared(word): word for word in words if isinstance(word, str)},
        name.endswith("_ids"),
    )


def _resolved(schema: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    return definitions[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
