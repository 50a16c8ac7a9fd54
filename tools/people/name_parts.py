"""Name parts: the given and the family name of somebody, as their whole name has them (docs/sequences.md, "Texts")."""

import re
from collections.abc import Mapping
from typing import Any

from onelane.tools.people.intake.names import folded

_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NO_NAMES = frozenset(
    {
        "dr", "mr", "mrs", "ms", "mx", "prof", "sir", "dame", "frau", "herr", "miss", "team", "support", "info",
        "sales", "office", "the", "and", "und", "inc", "ltd", "gmbh", "llc", "ag",
    }
)  # fmt: skip


def derived_names(contact: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The given and the family name, where the name is plainly those two words."""
    words = str(contact.get("name") or "").split()
    if len(words) != 2 or contact.get("is_organisation") or not all(map(_is_plain, words)):
        return None, None
    return words[0], words[1]


def parts_after(contact: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, str | None]:
    """The given and the family name that a new name leaves wrong, as they are then: letters would greet by the old one.

    Args:
        contact: their columns before
        changes: those that change; a part that is among them is left as it says
    """
    if not changes.get("name"):
        return {}
    before, after = (f" {folded(name)} " for name in (contact["name"], changes["name"]))
    first, last = derived_names({**contact, **changes})
    derived: Mapping[str, str | None] = {"first_name": first, "last_name": last}
    old = {part: f" {folded(contact.get(part) or '')} " for part in derived if part not in changes}
    return {part: derived[part] for part, text in old.items() if text.strip() and text in before and text not in after}


def _is_plain(word: str) -> bool:
    if not _PLAIN_WORD.fullmatch(word) or word.casefold() in _NO_NAMES or len(word) < 2:
        return False
    # Letters that know no capitals are as plain as a capital with small ones behind it.
    return not word[0].islower() and (not word.isupper() or word.lower() == word.upper())
