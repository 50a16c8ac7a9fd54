"""One value as its place takes it: `"5"` where a number belongs, `**linkedin**` where a word of a list does."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, cast

from onelane.storage.short_ids import TABLES
from onelane.tools.registry.arguments.blanks import is_no_item, is_no_value, is_no_word
from onelane.tools.registry.arguments.slots import Slot, comparable
from onelane.tools.registry.json_depth import value_in

# A point before three digits may part thousands, so that 1.000 is not one number for sure.
_WHOLE = re.compile(r"\s*(-?[0-9]{1,18})(?:\.0{1,2})?\s*", re.ASCII)
_THOUSANDS = re.compile(r"\s*-?[0-9]{1,3}(?:([, _'\u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*\s*", re.ASCII)
_WITH_NOUN = re.compile(
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


def read_value(slot: Slot, value: Any) -> Any:
    """A value in the JSON type that its place takes, where it says the same in another one; any other as it came."""
    if (
        isinstance(value, list)
        and not slot.kinds & {"array", "object"}
        and len(values := cast("list[Any]", value)) == 1
    ):
        value = values[0]
    if "string" in slot.kinds:
        value = _as_text(slot, value)
    content = cast("Any", _from_text(slot, value) if isinstance(value, str) else value)
    if isinstance(content, dict) and slot.is_id and (own_id := _id_in(cast("dict[str, object]", content))):
        return own_id
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
    return value_in(text) if text.lstrip()[:1] in ("[", "{") else _text_as_list(slot, text)


def _word(slot: Slot, text: str) -> str:
    """A word of a list, an id or the like, without what models put around it; free text is as it is."""
    if slot.choices:
        return (
            slot.choices.get(comparable(text))
            or slot.choices.get(comparable(text).replace("_", ""))
            or _singular(slot, comparable(text.strip(_AROUND)))
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
    if match := _WHOLE.fullmatch(text) or _WITH_NOUN.fullmatch(text):
        return int(match[1])
    return int(re.sub(r"[^0-9-]", "", text)) if _THOUSANDS.fullmatch(text) else None


def _text_as_list(slot: Slot, text: str) -> Any:
    """A text where a list of texts belongs: the one of them; only ids are told apart at commas."""
    if slot.items is None or "string" not in slot.items.kinds or is_no_word(text):
        return text
    if slot.is_of_ids:
        return [each.strip() for each in re.split(r"[,;\n]|(?<=\w) (?:and|und|et|y|&) (?=\w+_)", text) if each.strip()]
    return text if "," in text else [text]


def _object(members: Mapping[str, Slot], value: Mapping[str, Any]) -> dict[str, Any]:
    """An object within the arguments: what can't be a value is left out, and all else was meant."""
    places = ((name, members.get(name), each) for name, each in value.items())
    entries = ((name, slot, each if slot is None else read_value(slot, each)) for name, slot, each in places)
    return {
        name: each
        for name, slot, each in entries
        if slot is None or not (slot.may_be_missing and is_no_value(slot, each))
    }


def _list(items: Slot, value: Sequence[Any]) -> list[Any]:
    values = (read_value(items, each) for each in value if each is not None)
    return [each for each in values if not is_no_item(each)]
