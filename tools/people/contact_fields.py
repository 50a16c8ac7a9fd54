"""Validates and normalizes contact fields as people and models write them."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, cast
from unicodedata import normalize
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from onelane.storage.people.contact_field import ContactField, FieldKind
from onelane.storage.people.contacts import FunnelStage, fields_by_place
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.registry.answers.clearing import fields_to_clear
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.zones import country_names, zone_named
from onelane.tools.registry.tool import UNLISTED, Help


def one_line(text: str) -> str:
    """The text without line breaks and tabs, so that a line of an answer is one line."""
    return " ".join(text.split())


def tags_json(tags: list[str]) -> str:
    """Tags as they are kept: each once."""
    return json.dumps(list(dict.fromkeys(tags)), ensure_ascii=False)


def _visible(text: str) -> str:
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        raise PydanticCustomError("blank", "must not be blank")
    return text


def _address(text: str) -> str:
    if not text:
        return ""
    from onelane.tools.platforms.formats.contact_details import addresses_in, parse_email

    # `Ada Example <ada@example.com>` holds one address; of several none is meant for sure.
    addresses = addresses_in(text)
    email = parse_email(addresses[0]) if len(addresses) == 1 else None
    if email is None:
        raise PydanticCustomError("email", "is no e-mail address; write it like ada@example.com")
    return email.address


def _phone(text: str) -> str:
    if not text:
        return ""
    from onelane.tools.platforms.formats.contact_details import parse_phone

    return parse_phone(text)


def _web_address(text: str) -> str:
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    if not _is_web_address(address):
        raise PydanticCustomError("url", "is no web address; write it like https://example.com")
    return address


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_http = parts.scheme.lower() in ("http", "https") and "." in (parts.hostname or "")
    return is_http and port_is_good and not any(letter.isspace() for letter in address)


def _profile_url(text: str) -> str:
    profile = parse_profile(text)
    return profile.url if profile else _web_address(text)


def _zone_name(text: str) -> str:
    if not text:
        return ""
    try:
        return zone_named(text).key
    except BadRequest as error:
        raise PydanticCustomError("time_zone", "is no time zone. {advice}", {"advice": str(error)}) from error


def _country(text: str) -> str:
    code = text.upper()
    if code and code not in country_names():
        raise PydanticCustomError("country", "is no country of ISO 3166; write it with two letters, like DE")
    return code


def _days(value: object) -> object:
    """The number of days that words such as "every 3 months" mean; anything else as it is."""
    if not isinstance(value, str):
        return value
    match = _EVERY.fullmatch(value.strip().casefold())
    if match is not None and match["unit"] is not None:
        return int(match["count"] or 1) * _UNITS[match["unit"].removesuffix("s")]
    return _ONE_WORD.get(value.strip().casefold(), value)


_EVERY = re.compile(r"(?:every|each)?\s*(?P<count>\d{1,4})?\s*(?P<unit>days?|weeks?|months?|quarters?|years?)")
_UNITS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
_ONE_WORD = {"": 0, "never": 0, "daily": 1, "weekly": 7, "monthly": 30, "quarterly": 90, "yearly": 365}


def is_refusal(consent_basis: str | None) -> bool:
    """Whether what is on record of somebody's consent is their no."""
    return (consent_basis or "").strip().casefold() == "refused"


def in_range(value: datetime) -> datetime:
    """An instant that can be kept."""
    if value.tzinfo is None:
        raise PydanticCustomError("zone", "must carry a time zone, such as 2026-11-22T09:00:00Z, or be Unix seconds")
    if not 0 <= value.timestamp() <= _END_OF_9999:
        raise PydanticCustomError("range", "must be between the years 1970 and 9999")
    return value


_END_OF_9999 = 253_402_300_799


def _composed(text: str) -> str:
    return normalize("NFC", text)


Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(one_line), AfterValidator(_composed)]
"""A line of text; empty clears the field."""
PersonName = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(one_line),
    AfterValidator(_visible),
    AfterValidator(_composed),
]
Prose = Annotated[str, StringConstraints(max_length=20_000, strip_whitespace=True)]
"""Some lines of text; empty clears the field."""
EmailAddress = Annotated[Line, AfterValidator(_address)]
Phone = Annotated[Line, AfterValidator(_phone)]
WebAddress = Annotated[Line, AfterValidator(_web_address)]
ProfileUrl = Annotated[Line, AfterValidator(_profile_url)]
ZoneName = Annotated[Line, AfterValidator(_zone_name)]
Country = Annotated[Line, AfterValidator(_country)]
RhythmDays = Annotated[int, Field(ge=0, le=3_660), BeforeValidator(_days)]
"""So many days, also as people say it; 0 clears the field."""
RecordedInstant = Annotated[datetime, AfterValidator(in_range)]
Tag = Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line), AfterValidator(_visible)]
Tags = Annotated[list[Tag], Field(max_length=50)]
Reason = Annotated[str, StringConstraints(max_length=1000), AfterValidator(one_line), AfterValidator(_visible)]
ContactIds = Annotated[list[str], Field(min_length=1, max_length=500)]


FORMS: Mapping[FieldKind, Any] = {
    FieldKind.NAME: PersonName,
    FieldKind.LINE: Line,
    FieldKind.COMPANY: Line,
    FieldKind.EMAIL: EmailAddress,
    FieldKind.PHONE: Phone,
    FieldKind.WEB_ADDRESS: WebAddress,
    FieldKind.PROFILE_URL: ProfileUrl,
    FieldKind.PROSE: Prose,
    FieldKind.TAGS: Tags,
    FieldKind.STAGE: FunnelStage,
    FieldKind.TIME_ZONE: ZoneName,
    FieldKind.COUNTRY: Country,
    FieldKind.INSTANT: RecordedInstant,
    FieldKind.DAYS: RhythmDays,
}
"""How each kind of field is written, and the form in which it is kept."""


def saved_fields() -> dict[str, Any]:
    """The fields that people fill in, as arguments of a tool."""
    return {field.name: _argument(field) for field in fields_by_place() if field.place is not None}


def page_fields() -> dict[str, Any]:
    """The fields that a page can fill, but for the name, as arguments of a tool."""
    fields = [field for field in fields_by_place() if field.found_on_pages and field.kind is not FieldKind.NAME]
    return {field.name: _argument(field) for field in fields}


def _argument(field: ContactField) -> Any:
    if not field.listed:
        return Annotated[FORMS[field.kind] | None, Help(field.label), UNLISTED]
    return Annotated[FORMS[field.kind] | None, Help(field.label)]


def emptied(clear: Sequence[str], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are named to be cleared, as columns keep them when they are empty.

    Raises:
        BadRequest: there is no such field, it can't be empty, or it is given as well
    """
    kinds = {field.name: field.kind for field in clearable_fields()}
    names = fields_to_clear(clear, kinds, fields)
    return {name: tags_json([]) if kinds[name] is FieldKind.TAGS else None for name in names}


def clearable_fields() -> list[ContactField]:
    """The fields that people fill in and may empty."""
    never = (FieldKind.NAME, FieldKind.STAGE)
    return [field for field in fields_by_place() if field.place is not None and field.kind not in never]


def column_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, as columns keep them; an empty text, or no days, clear their field."""
    return {name: _column_value(value) for name, value in fields.items() if value is not None}


def _column_value(value: Any) -> Any:
    return tags_json(cast("list[str]", value)) if isinstance(value, list) else None if value in ("", 0) else value
