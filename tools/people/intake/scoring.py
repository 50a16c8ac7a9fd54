"""How much is known of a contact, as a number."""

from itertools import compress
from operator import attrgetter

from onelane.storage.people.contact_field import FieldKind
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact
from onelane.tools.people.intake.person import Person

HIGHEST = 100

_NAME = next(field.points for field in CONTACT_FIELDS if field.kind is FieldKind.NAME)
_SCORED = [field for field in CONTACT_FIELDS if field.points and field.kind is not FieldKind.NAME]
_ALONE = [field for field in _SCORED if field.points_for is None]
_POINTS = tuple(field.points for field in _ALONE)
_values = attrgetter(*(field.name for field in _ALONE))
_SHARED = {
    word: [field for field in _SCORED if field.points_for == word]
    for word in dict.fromkeys(field.points_for for field in _SCORED if field.points_for)
}
_shared = [(attrgetter(*(each.name for each in fields)), fields[0].points) for fields in _SHARED.values()]


def enrichment_score(known: Contact | Person, *, is_named: bool) -> int:
    """0 to 100: what one needs to reach someone counts most.

    Args:
        known: the contact, whether a row or what an import makes of it
        is_named: whether the name is the contact's own, and no id, handle or address in its place
    """
    score = sum(compress(_POINTS, _values(known))) + (_NAME if is_named else 0)
    for values, points in _shared:
        if any(values(known)):
            score += points
    return min(score, HIGHEST)
