"""By what a platform, or failing that a file, knows a person: the user ids under which identities are kept.

A platform's own id is best. Where an export has none, an id is made that the next import makes again:

- an X handle without its number: `@handle`, until a file tells the number;
- an address book or mailbox: the first address that is one person's, which stands beside the resource name where
  Google's API has told that. Two people whose names contradict each other and
  who share an address, and everyone behind a role's address, get the name added: `office@example.com|bob meyer`;
- a LinkedIn row without profile (older files): `~name|day of connection|company`. The title is not in it, so with a new
  title it is the same person; with a new company it is somebody else who is proposed to be the same;
- an entry of an address book without address: `~name|telephone number`, or the company where there is no number.
"""

import re
from dataclasses import dataclass

from onelane.tools.people.intake.names import folded, folded_company
from onelane.tools.platforms.formats.contact_details import EXTENSION, is_shared
from onelane.tools.platforms.formats.records import Json, PersonRecord
from onelane.tools.platforms.linkedin.profiles import parse_profile

MADE = "~"
"""How ids begin that were made of names."""

_X_PROFILE = re.compile(r"(?:https?://)?(?:www\.|mobile\.)?(?:x|twitter)\.com/@?(\w{1,20})/?(?:\?.*)?", re.IGNORECASE)
_NO_HANDLES = {"home", "i", "intent", "search", "share", "hashtag", "explore", "settings", "messages", "login", "tos"}


@dataclass(frozen=True, slots=True)
class Reference:
    """An identity that a record speaks of."""

    platform: str
    user_id: str
    handle: str | None
    url: str | None


def is_own_id(user_id: str) -> bool:
    """Whether the platform itself uses this id, and it names one account for good."""
    return "@" not in user_id and not user_id.startswith(MADE)


def own_id(record: PersonRecord) -> str | None:
    """The platform's own id of a record's person, if the record has it."""
    return record.platform_user_id if record.platform_user_id and is_own_id(record.platform_user_id) else None


def user_ids(record: PersonRecord) -> tuple[str, ...]:
    """The ids under which a record's person may be kept, the best first; none when there is nothing to go by."""
    own = own_id(record)
    return ids_without_own(record) if own is None else (own,)


def has_made_id_too(record: PersonRecord) -> bool:
    """Whether a person is kept under an id of an export beside the platform's own: exports of the address book have no
    other."""
    return record.platform == "gmail" and own_id(record) is not None


def ids_without_own(record: PersonRecord) -> tuple[str, ...]:
    """The ids under which an export keeps a person that does not know the platform's own."""
    if handle := x_handle(record):
        return (f"@{handle.lower()}",)
    if record.platform != "linkedin" and record.emails:
        return _address_ids(record)
    return _made_ids(record)


def made_id(record: PersonRecord) -> str | None:
    """The id that is made of name, day and company (LinkedIn) or of name and number; null without a name."""
    if not record.name:
        return None
    if record.is_organisation:
        return f"{MADE}{folded(record.name)}|organisation"
    company = folded_company(record.company or "")
    if record.platform == "linkedin":
        day = record.connected_at.date().isoformat() if record.connected_at else ""
        return f"{MADE}{folded(record.name)}|{day}|{company}"
    number = record.phones[0].partition(EXTENSION)[0] if record.phones else company
    return f"{MADE}{folded(record.name)}|{number}"


def x_handle(record: PersonRecord) -> str | None:
    """The handle of a person on X, as written."""
    return record.handle if record.platform == "x" else None


def x_url(handle: str) -> str:
    """The one spelling of an X profile's address, by which identities are found."""
    return f"https://x.com/{handle.lower()}"


def linked_references(record: PersonRecord) -> list[Reference]:
    """The profiles that the person wrote into an entry of the address book."""
    if record.platform != "gmail":
        return []
    websites = _texts(record.extra.get("websites")) or ([record.website] if record.website else [])
    addresses = [*websites, *_texts(record.extra.get("profiles"))]
    return [reference for address in addresses if (reference := _profile(address)) is not None]


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _address_ids(record: PersonRecord) -> tuple[str, ...]:
    own = next((email.normalized for email in record.emails if not is_shared(email.normalized)), None)
    address = own or record.emails[0].normalized
    address_and_name = f"{address}|{folded(record.name)}" if record.name else address
    return (address, address_and_name) if own else (address_and_name,)


def _made_ids(record: PersonRecord) -> tuple[str, ...]:
    user_id = made_id(record)
    if user_id is None:
        return ()
    return (user_id, *(f"{user_id}|{email.normalized}" for email in record.emails[:1]))


def _profile(website: str) -> Reference | None:
    if (match := _X_PROFILE.fullmatch(website.strip())) and match[1].lower() not in _NO_HANDLES:
        return Reference("x", f"@{match[1].lower()}", match[1], x_url(match[1]))
    if profile := parse_profile(website):
        return Reference("linkedin", profile.slug, profile.slug, profile.url)
    return None
