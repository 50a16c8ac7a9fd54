"""The places for a tool's arguments, as its schema describes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_camel

JsonSchema = Mapping[str, Any]

_ANY_TEXTS = frozenset({"name", "query", "q"})
_WORDS = frozenset({"cursor", "idempotency_key", "timezone", "cron"})
"""Texts that are no free text, besides ids."""


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


def slots_of(schema: JsonSchema) -> dict[str, Slot]:
    """The places for a tool's arguments, in both spellings.

    Args:
        schema: as pydantic makes it, with names in snake_case
    """
    return _members(schema, schema.get("$defs", {}))


def _members(schema: JsonSchema, definitions: JsonSchema) -> dict[str, Slot]:
    needed = schema.get("required", ())
    slots: dict[str, Slot] = {}
    for name, inner in schema.get("properties", {}).items():
        slot = _slot(inner, definitions, name=name, may_be_missing=name not in needed)
        slots |= {name: slot, to_camel(name): slot}
    return slots


def _slot(schema: JsonSchema, definitions: JsonSchema, *, name: str = "", may_be_missing: bool = False) -> Slot:
    choices = [_definition(choice, definitions) for choice in schema.get("anyOf", [schema])]
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
        {comparable(word): word for word in words if isinstance(word, str)},
        is_of_ids=name.endswith("_ids"),
        is_id=name.endswith("_id"),
        may_say_null=name in _ANY_TEXTS,
    )


def _item_name(name: str) -> str:
    return name.removesuffix("s") if name.endswith("_ids") else ""


def _definition(schema: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    return definitions[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema


def comparable(word: str) -> str:
    """A name or a word of a list without what models vary: `LinkedIn`, `IN PROGRESS`, `in-progress`."""
    return re.sub(r"[\s_-]+", "_", word.strip().lower())
