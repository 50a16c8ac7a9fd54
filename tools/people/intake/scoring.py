"""The enrichment score: how complete a contact is."""

from functools import cache
from operator import attrgetter

from onelane.storage.people.contact_field import FieldKind
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact
from onelane.tools.people.intake.names import is_made_up
from onelane.tools.people.intake.person import Person

HIGHEST = 100

_SCORED = [field for field in CONTACT_FIELDS if field.points and field.kind is not FieldKind.NAME]
_values = attrgetter(*(field.name for field in _SCORED))


def enrichment_score(contact: Contact | Person) -> int:
    """0 to 100: what one needs to reach someone counts most; an id, handle or address in a name's place counts nothing.

    Args:
        contact: the contact, whether a row or what an import makes of it
    """
    return _score(not is_made_up(contact.name), *map(bool, _values(contact)))


@cache
def _score(is_named: bool, *are_known: bool) -> int:
    """Fields that add their points once are counted by the word that they share."""
    scored = [field for field, is_known in zip(_SCORED, are_known, strict=True) if is_known]
    if is_named:
        scored += [field for field in CONTACT_FIELDS if field.kind is FieldKind.NAME]
    points = {field.points_for or field.name: field.points for field in scored}
    return min(sum(points.values()), HIGHEST)
