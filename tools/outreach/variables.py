"""Variables: what a text may say of a person, and what is derived where it is plain (docs/sequences.md, "Texts")."""

import re
from collections.abc import Mapping
from typing import Any

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.people.contact_fields import one_line

OWN = ("sender_name", "unsubscribe")
"""What is not said of the person."""
_HIDDEN = frozenset({"notes", "tags", "funnel_stage", "avatar_url", "consent_basis", "consent_at"})
FIELDS = tuple(field.name for field in CONTACT_FIELDS if field.name not in _HIDDEN)
KNOWN = frozenset({*FIELDS, *OWN, "tags"})
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NO_NAMES = frozenset(
    {
        "dr", "mr", "mrs", "ms", "mx", "prof", "sir", "dame", "frau", "herr", "miss", "team", "support", "info",
        "sales", "office", "the", "and", "und", "inc", "ltd", "gmbh", "llc", "ag",
    }
)  # fmt: skip


def variables_of(contact: Mapping[str, Any], *, values: Mapping[str, Any], **own: str | None) -> dict[str, Any]:
    """What stands for each name in a text that goes to this person.

    Args:
        contact: their columns
        values: what was given for the template's parameters
        own: `sender_name` and `unsubscribe`
    """
    first, last = derived_names(contact)
    fields = {name: _clean(contact.get(name)) for name in FIELDS}
    fields |= {"first_name": fields["first_name"] or first, "last_name": fields["last_name"] or last}
    return {**values, **fields, "tags": list(contact.get("tags") or ()), **dict.fromkeys(OWN), **own}


def derived_names(contact: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The given and the family name, where the name is plainly those two words."""
    words = str(contact.get("name") or "").split()
    if len(words) != 2 or contact.get("is_organisation") or not all(map(_is_plain, words)):
        return None, None
    return words[0], words[1]


def _is_plain(word: str) -> bool:
    if not _PLAIN_WORD.fullmatch(word) or word.casefold() in _NO_NAMES or len(word) < 2:
        return False
    # Letters that know no capitals are as plain as a capital with small ones behind it.
    return not word[0].islower() and (not word.isupper() or word.lower() == word.upper())


def _clean(value: object) -> str | None:
    """A value in one line, so that no name can begin a header or a paragraph of its own."""
    if value is None:
        return None
    visible = "".join(letter if letter.isprintable() or letter.isspace() else "" for letter in str(value))
    return one_line(visible) or None
