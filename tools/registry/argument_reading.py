"""Reads arguments as models, and the clients around them, really fill them; what they mean is validated afterwards.

Many fill in every argument that they know of, and send null, an empty text, `[]` or `{}` where they have nothing to
say. On chat that is nothing said: what is to be emptied is named. A program and a person mean what they write, so that
only what can't be a value counts as nothing there (docs/protocol.md, "Arguments").
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic.alias_generators import to_camel, to_snake

from onelane.storage.short_ids import TABLES
from onelane.tools.registry.context import Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_depth import value_in

JsonSchema = Mapping[str, Any]

CONTRACT_FACES = frozenset({Face.REST, Face.DASHBOARD})
"""Where programs call, which are held to the contract to the letter."""

_NO_WORDS = frozenset({"", "null", "none", "undefined", "nil", "nan", "n/a", "-", "<null>", "[]", "{}", '""', "''"})
"""What stands for nothing where only a word can stand, such as an id."""
_NO_TEXTS = frozenset({"null", "none", "undefined", "nil", "n/a", "<null>"})
"""What stands for nothing also where any text can stand, but for names and what is searched for."""
_NO_LIST_WORDS = frozenset({"", "null", "undefined", "<null>"})
_ANY_TEXTS = frozenset({"name", "query", "q"})
_ALL_WORDS = frozenset({"any", "all", "*", "everything"})
"""What stands for nothing where one of a list's words is chosen."""
_WORDS = frozenset({"cursor", "idempotency_key", "timezone", "cron"})
"""Texts that are no free text, besides ids."""
_KEYS = frozenset({"idempotency_key", "idempotencyKey"})
_OF_CLIENTS = frozenset({
    "toolCallId", "sessionId", "chatInput", "random_string", "dummy", "noop", "placeholder", "no_params", "no_args",
})  # fmt: skip
"""What some clients add to each call for themselves."""
_WITH_THOSE = "action"
_WRAPPERS = frozenset({"arguments", "args", "kwargs", "input", "params", "parameters"})
"""Into what some models put all that they say."""
_ENVELOPE = frozenset({"name", "tool", "tool_name", "toolName", "id", "type", "function"})
"""What stands beside the arguments where a model sends the whole call as one."""
_MOST_WRAPPERS = 4
_FENCE = re.compile(r"\s*```\w*\s(.*?)```\s*", re.DOTALL)
# A point before three digits may part thousands, so that 1.000 is not one number for sure.
_WHOLE = re.compile(r"\s*(-?[0-9]{1,18})(?:\.0{1,2})?\s*", re.ASCII)
_THOUSANDS = re.compile(r"\s*-?[0-9]{1,3}(?:([, _'\u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*\s*", re.ASCII)
_COUNTED = re.compile(
    r"\s*([0-9]{1,9})\s*(?:items?|results?|contacts?|people|persons?|rows?|entries|steps?|runs?)\s*",
    re.ASCII | re.IGNORECASE,
)
_YES_OR_NO = {
    **dict.fromkeys(["true", "yes", "y", "on", "1", "ja", "oui", "sí", "si", "sim", "да", "はい", "是", "wahr", "vrai",
                     "verdadero", "verdadeiro", "vero", "tak", "evet"], True),
    **dict.fromkeys(["false", "no", "n", "off", "0", "nein", "non", "não", "нет", "いいえ", "否", "falsch", "faux",
                     "falso", "nee", "nej", "nie", "hayır"], False),
}  # fmt: skip
_AROUND = " \t\r\n\"'`’“”.,;:*#<>()[]\u200b\ufeff"
"""What models put around a word: quotes, marks of Markdown, the end of a sentence."""
_ID = re.compile(rf"(?<![a-z0-9_])(?:{'|'.join(TABLES)})_[0-9a-v]+(?![a-z0-9_])")
_NOTHING = object()


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
        is_id: its text is an id
        may_say_null: `null` is a text there as any other
    """

    kinds: frozenset[str]
    is_word: bool
    may_be_missing: bool
    members: "Mapping[str, Slot] | None" = None
    items: "Slot | None" = None
    choices: "Mapping[str, str]" = field(default_factory=dict[str, str])
    is_of_ids: bool = False
    is_id: bool = False
    may_say_null: bool = False

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


def said_word(value: object) -> object:
    """A value where only an id or another word can stand; None for whatever stands for nothing."""
    return None if isinstance(value, str) and _is_no_word(value) else value


def _of_program(given: Mapping[str, Any]) -> Given:
    """What a program says: null empties a field, and an empty key is none."""
    emptied = frozenset(to_snake(name) for name, value in given.items() if value is None)
    said = {name: value for name, value in given.items() if name not in _KEYS or said_word(value) is not None}
    return Given(said, emptied)


def _unwrapped(slots: Mapping[str, Slot], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, where all of them came as the only one, or beside the name of the tool."""
    for _ in range(_MOST_WRAPPERS):
        names = [name for name in given if name not in slots]
        wrappers = [name for name in names if name in _WRAPPERS] or [name for name in names if name not in _ENVELOPE]
        if len(wrappers) != 1 or given.keys() - {*wrappers} - (_ENVELOPE - slots.keys()):
            break
        content = _content(given[wrappers[0]])
        if content is None or not (wrappers[0] in _WRAPPERS or _all_known(slots, content)):
            break
        given = content
    return given


def _content(value: object) -> Mapping[str, Any] | None:
    """The object that a wrapper holds: as it is, as text, or as the only one of a list."""
    if isinstance(value, str):
        fence = _FENCE.fullmatch(value)
        value = value_in(fence[1] if fence else value)
    if isinstance(value, list) and len(values := cast("list[object]", value)) == 1:
        value = values[0]
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def _all_known(slots: Mapping[str, Slot], content: Mapping[str, Any]) -> bool:
    """Whether an object that came under an unknown name holds nothing but arguments."""
    return bool(content) and all(name in slots or name in _WRAPPERS for name in content)


def _spelled(slots: Mapping[str, Slot], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments under their own names, where one came as `page-size` or `Query`."""
    if given.keys() <= slots.keys():
        return given
    by_letters = {_compared(name).replace("_", ""): to_snake(name) for name in slots}
    names = {name: name if name in slots else _own_name(slots, by_letters, name) for name in given}
    return {name if names[name] in given else names[name]: value for name, value in given.items()}


def _own_name(slots: Mapping[str, Slot], by_letters: Mapping[str, str], name: str) -> str:
    """What an argument is called here that came as `subtype`; an id that is needed also as `id`, or as one of many."""
    letters = _compared(name).replace("_", "")
    found = by_letters.get(letters) or by_letters.get(f"{letters}s") or by_letters.get(letters.removesuffix("s")) or ""
    if letters in by_letters or found.endswith(("_id", "_ids")):
        return found
    needed = [each for each, slot in slots.items() if each.endswith(("_id", "_ids")) and not slot.may_be_missing]
    alike = needed if letters == "id" else [each for each in needed if each == f"{letters}_id"]
    return alike[0] if len(alike) == 1 else name


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
    if slot.may_be_missing and (
        _is_no_value(slot, meant) or (is_chat and (_is_empty(meant) or _is_unsaid(slot, meant)))
    ):
        return _NOTHING
    return _NOTHING if is_chat and meant is None else meant


def _is_empty(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else value in ([], {})


def _is_no_value(slot: Slot, value: object) -> bool:
    """Whether this can't be a value there, and stands for nothing."""
    return value is None or (isinstance(value, str) and not slot.takes_free_text and _is_no_word(value))


def _is_unsaid(slot: Slot, value: object) -> bool:
    """Whether a chat says nothing with a word: `any` of a list's words, or `null` as text."""
    if not isinstance(value, str):
        return False
    word = value.strip().lower()
    if slot.choices:
        return word in _ALL_WORDS and word not in slot.choices
    return word == "*" if slot.may_say_null else slot.takes_free_text and word in _NO_TEXTS


def _is_no_word(text: str) -> bool:
    return len(text) < 32 and text.strip().lower() in _NO_WORDS


def _read(slot: Slot, value: Any) -> Any:
    """A value in the JSON type that the place takes, where it says the same in another one."""
    if (
        isinstance(value, list)
        and not slot.kinds & {"array", "object"}
        and len(values := cast("list[Any]", value)) == 1
    ):
        value = values[0]
    if "string" in slot.kinds:
        value = _as_text(slot, value)
    content = cast("Any", _from_text(slot, value) if isinstance(value, str) else value)
    if isinstance(content, dict) and slot.is_id and (found := _id_in(cast("dict[str, object]", content))):
        return found
    if isinstance(content, dict) and slot.members is not None:
        return _object(slot.members, cast("dict[str, Any]", content))
    if isinstance(content, list) and slot.items is not None:
        return _list(slot.items, cast("list[Any]", content))
    if isinstance(content, float) and "integer" in slot.kinds and content.is_integer():
        return int(content)
    return cast("Any", content)


def _id_in(value: Mapping[str, object]) -> str | None:
    """The only id in an object, such as a whole contact where its id belongs."""
    ids = {text for text in value.values() if isinstance(text, str) and _ID.fullmatch(text)}
    return ids.pop() if len(ids) == 1 else None


def _as_text(slot: Slot, value: Any) -> Any:
    """A telephone number or the like that came as a number."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(cast("int", value)) if is_number and not slot.kinds & {"integer", "number"} else cast("object", value)


def _from_text(slot: Slot, text: str) -> Any:
    kinds = slot.kinds
    if "string" in kinds:
        return _word(slot, text)
    if "boolean" in kinds:
        return _YES_OR_NO.get(text.strip(_AROUND).lower(), text)
    if "integer" in kinds and (whole := _whole(text)) is not None:
        return whole
    if not kinds & {"array", "object"}:
        return text
    return value_in(text) if text.lstrip()[:1] in ("[", "{") else _listed(slot, text)


def _word(slot: Slot, text: str) -> str:
    """A word of a list, an id or the like, without what models put around it; free text is as it is."""
    if slot.choices:
        return (
            slot.choices.get(_compared(text))
            or slot.choices.get(_compared(text).replace("_", ""))
            or _singular(slot, _compared(text.strip(_AROUND)))
            or text
        )
    if not slot.is_word:
        return text
    if slot.is_id and len(ids := set(_ID.findall(text.lower()))) == 1:
        return ids.pop()
    return text.strip().strip("\"'`") if text.strip()[:1] in {'"', "'", "`"} else text


def _singular(slot: Slot, word: str) -> str | None:
    """The word of the list that is this one, or of which this is the plural."""
    singulars = (word, word.removesuffix("s"), f"{word.removesuffix('ies')}y")
    return next((slot.choices[each] for each in singulars if each in slot.choices), None)


def _whole(text: str) -> int | None:
    """A whole number in any digits, also with its thousands parted, or with what is counted behind it."""
    text = text if text.isascii() else "".join(str(unicodedata.decimal(each, each)) for each in text)
    if match := _WHOLE.fullmatch(text) or _COUNTED.fullmatch(text):
        return int(match[1])
    return int(re.sub(r"[^0-9-]", "", text)) if _THOUSANDS.fullmatch(text) else None


def _listed(slot: Slot, text: str) -> Any:
    """A text where a list of texts belongs: the one of them; only ids are told apart at commas."""
    if slot.items is None or "string" not in slot.items.kinds or _is_no_word(text):
        return text
    if slot.is_of_ids:
        return [each.strip() for each in re.split(r"[,;\n]|(?<=\w) (?:and|und|et|y|&) (?=\w+_)", text) if each.strip()]
    return text if "," in text else [text]


def _compared(word: str) -> str:
    """A word of a list without what models vary: `LinkedIn`, `IN PROGRESS`, `in-progress`."""
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


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
    read = (_read(items, each) for each in value if each is not None)
    return [each for each in read if not (isinstance(each, str) and each.strip().lower() in _NO_LIST_WORDS)]


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
        _slot(lists[0], definitions, name=_item_name(name)) if lists else None,
        {_compared(word): word for word in words if isinstance(word, str)},
        is_of_ids=name.endswith("_ids"),
        is_id=name.endswith("_id"),
        may_say_null=name in _ANY_TEXTS,
    )


def _item_name(name: str) -> str:
    return name.removesuffix("s") if name.endswith("_ids") else ""


def _resolved(schema: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    return definitions[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
