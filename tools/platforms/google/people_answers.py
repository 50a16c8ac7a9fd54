"""What Google's People API answers, as entries of an address book (docs/platforms.md, "Google's address book").

Unknown and missing fields do no harm. An entry is put together as contacts_csv does it from Google's own CSV, so that
an export and a sync of the same person give the same record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of, texts_of
from onelane.tools.platforms.formats.markup import plain_text
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine

_PREDEFINED_LABELS = frozenset({"home", "work", "other"})
"""Labels that an export writes with a capital letter."""
ENTRY = "people/"
"""How the names of entries begin."""
_EMPTY: JsonObject = {}
_PHONETIC = {
    "phonetic_first_name": "phoneticGivenName",
    "phonetic_middle_name": "phoneticMiddleName",
    "phonetic_last_name": "phoneticFamilyName",
}


@dataclass(frozen=True, slots=True)
class GooglePerson:
    """An entry of the address book, or the word that it is gone.

    Args:
        resource_name: what Google calls it, such as `people/c1001`
        former_names: what Google called it, and those that were merged into it, before
        is_deleted: whether it was taken out of the address book; then nothing else is known
        body: what Google says
    """

    resource_name: str
    former_names: tuple[str, ...]
    is_deleted: bool
    body: JsonObject


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of the address book, or of what changed in it.

    Args:
        people: the entries
        next_page_token: of the next page; empty at the end
        next_sync_token: with which the next sync asks for what changed; on the last page only
        total: so many entries there are in all, where that is told
    """

    people: tuple[GooglePerson, ...]
    next_page_token: str
    next_sync_token: str
    total: int | None


def read_people(body: JsonObject) -> PeoplePage:
    """The answer of `people.connections.list` or `otherContacts.list`; where nothing changed it has no list at all."""
    people = (*objects_of(body, "connections"), *objects_of(body, "otherContacts"))
    total = text_of(body, "totalItems", "totalSize", "totalPeople")
    return PeoplePage(
        tuple(_person(each) for each in people),
        text_of(body, "nextPageToken"),
        text_of(body, "nextSyncToken"),
        int(total) if total.isascii() and total.isdigit() and len(total) < 19 else None,
    )


def person_record(person: GooglePerson, line: int) -> PersonRecord | BadLine | SkippedLine:
    """The record of an entry; of one that was taken out, that it is gone.

    Args:
        person: the entry
        line: its place in the list
    """
    if person.is_deleted:
        return PersonRecord(line=line, platform="gmail", platform_user_id=person.resource_name, is_gone=True)
    record = record_of(_card(person.body), line)
    # Whom one has only mailed has no entry, and so no id that would stay.
    if isinstance(record, PersonRecord) and person.resource_name.startswith(ENTRY):
        record.platform_user_id, record.former_user_ids = person.resource_name, person.former_names
        record.is_live, record.avatar_url = True, _photo(person.body)
    return record


def _person(body: JsonObject) -> GooglePerson:
    about = object_of(body, "metadata")
    return GooglePerson(
        text_of(body, "resourceName"), texts_of(about, "previousResourceNames"), about.get("deleted") is True, body
    )


def _card(body: JsonObject) -> Card:
    name, work, place = (_first(body, each) for each in ("names", "organizations", "addresses"))
    has_parts = any(text_of(name, each) for each in ("givenName", "familyName", "middleName"))
    return Card(
        full="" if has_parts else _text(name, "displayName", "unstructuredName"),
        prefix=_text(name, "honorificPrefix"),
        first=_text(name, "givenName"),
        middle=_text(name, "middleName"),
        last=_text(name, "familyName"),
        suffix=_text(name, "honorificSuffix"),
        emails=[
            (_text(each, "value"), _label(each))
            for each in _values_by_rank(body, "emailAddresses")
            if _text(each, "value")
        ],
        phones=list(_values(body, "phoneNumbers", "value", "canonicalForm")),
        company=_text(work, "name"),
        title=_text(work, "title"),
        location=_location(place),
        websites=list(_values(body, "urls", "value")),
        notes=_notes(_first(body, "biographies")),
        more={
            "department": _text(work, "department"),
            **{key: text for key, field in _PHONETIC.items() if (text := _text(name, field))},
        },
    )


def _values_by_rank(body: JsonObject, key: str) -> Sequence[JsonObject]:
    """The values of a field, the preferred one first."""
    return sorted(objects_of(body, key), key=lambda each: object_of(each, "metadata").get("primary") is not True)


def _first(body: JsonObject, key: str) -> JsonObject:
    return next(iter(_values_by_rank(body, key)), _EMPTY)


def _values(body: JsonObject, key: str, *names: str) -> Iterator[str]:
    return (text for each in _values_by_rank(body, key) if (text := _text(each, *names)))


def _text(value: JsonObject, *names: str) -> str:
    return text_of(value, *names).strip()


def _photo(body: JsonObject) -> str | None:
    """The address of a picture; where there is none, Google draws the first letter of the name."""
    return (
        next((_text(each, "url") for each in _values_by_rank(body, "photos") if each.get("default") is not True), "")
        or None
    )


def _label(email: JsonObject) -> str:
    kind = _text(email, "type")
    return kind.capitalize() if kind in _PREDEFINED_LABELS else kind


def _location(place: JsonObject) -> str:
    parts = [_text(place, "city"), _text(place, "region"), _text(place, "country", "countryCode")]
    return ", ".join(filter(None, parts)) or ", ".join(_text(place, "formattedValue").split("\n"))


def _notes(biography: JsonObject) -> str:
    text = _text(biography, "value")
    return plain_text(text) if _text(biography, "contentType") == "TEXT_HTML" else text
