"""Variables: what a text may say of a person, and what is derived where it is plain (docs/sequences.md, "Texts")."""

from collections.abc import Mapping
from typing import Any

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.name_parts import derived_names

OWN = ("sender_name", "unsubscribe")
"""What is not said of the person."""
_HIDDEN = frozenset({"notes", "tags", "funnel_stage", "avatar_url", "consent_basis", "consent_at"})
FIELDS = tuple(field.name for field in CONTACT_FIELDS if field.name not in _HIDDEN)
KNOWN = frozenset({*FIELDS, *OWN, "tags"})


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


def _clean(value: object) -> str | None:
    """A value in one line, so that no name can begin a header or a paragraph of its own."""
    if value is None:
        return None
    visible = "".join(letter if letter.isprintable() or letter.isspace() else "" for letter in str(value))
    return one_line(visible) or None
