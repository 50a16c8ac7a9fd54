"""vCards that pages link to: whom they describe (RFC 6350)."""

import io
from urllib.parse import urlsplit

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.records import PersonRecord
from onelane.tools.platforms.formats.vcard import read_vcards
from onelane.tools.registry.ports.page import Link
from onelane.tools.research.described_people import Described

VCARD_TYPES = frozenset({"text/vcard", "text/x-vcard", "text/directory", "application/vcard"})
_ENDINGS = (".vcf", ".vcard")
_MOST_CARDS = 100


def leads_to_vcard(link: Link) -> bool:
    """Whether a link says that it leads to a vCard."""
    return is_vcard_address(link.url)


def is_vcard_address(url: str) -> bool:
    """Whether an address is one of a vCard, by its ending."""
    return urlsplit(url).path.lower().endswith(_ENDINGS)


def described_in_vcards(text: str) -> list[Described]:
    """Everybody who has a card in this text; cards that can't be read are passed over."""
    body = text.encode()
    cards = read_vcards(Member("card.vcf", len(body), lambda: io.BufferedReader(io.BytesIO(body))))
    people = [card for card in cards if isinstance(card, PersonRecord) and card.name]
    return [_described(person) for person in people[:_MOST_CARDS]]


def _described(person: PersonRecord) -> Described:
    texts_by_field: dict[str, list[str | None]] = {
        "first_name": [person.first_name],
        "last_name": [person.last_name],
        "email": [email.address for email in person.emails],
        "phone": list(person.phones),
        "title": [person.title],
        "company": [None if person.is_organisation else person.company],
        "location": [person.location],
        "website": [person.website],
        "bio": [person.notes],
    }
    values = {field: [text for text in texts if text] for field, texts in texts_by_field.items()}
    return Described(
        name=person.name or "",
        is_organisation=person.is_organisation,
        values={field: texts for field, texts in values.items() if texts},
    )
