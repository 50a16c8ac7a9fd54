"""The contact fields that pages can fill: normal form, and when two values are equal."""

import re
from functools import cache
from typing import ClassVar

from pydantic import TypeAdapter, ValidationError

from onelane.storage.database.columns import Vocabulary
from onelane.storage.people.contact_field import ContactField, FieldKind
from onelane.storage.people.contacts import CONTACT_FIELDS, fields_by_place
from onelane.tools.people.contact_fields import FORMS
from onelane.tools.people.intake.names import folded, folded_company
from onelane.tools.platforms.formats.contact_details import is_nobodys
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.registry.arguments.errors import nearest, reason_of
from onelane.tools.registry.errors import BadRequest

_WEB = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"\D")


class FactField(Vocabulary):
    """A field of a contact that a page can fill. Notes, tags and stage are the person's own."""

    vars().update({field.name.upper(): field.name for field in fields_by_place() if field.found_on_pages})

    # Those of which the code itself speaks, for type checkers.
    NAME: ClassVar["FactField"]
    FIRST_NAME: ClassVar["FactField"]
    LAST_NAME: ClassVar["FactField"]
    TITLE: ClassVar["FactField"]
    COMPANY: ClassVar["FactField"]
    EMAIL: ClassVar["FactField"]
    PHONE: ClassVar["FactField"]
    LOCATION: ClassVar["FactField"]
    WEBSITE: ClassVar["FactField"]
    PROFILE_URL: ClassVar["FactField"]
    BIO: ClassVar["FactField"]

    @property
    def about(self) -> ContactField:
        """What there is to know of the field."""
        return _ABOUT[self.value]

    @property
    def kind(self) -> FieldKind:
        """The form in which it is written and kept."""
        return self.about.kind


_ABOUT = {field.name: field for field in CONTACT_FIELDS}


class Unusable(Exception):
    """A value that no contact can have; the message says why."""


def field_named(name: str) -> FactField:
    """The field of this name. BadRequest when there is none; it names the nearest."""
    try:
        return FactField(name)
    except ValueError as error:
        raise BadRequest(f"A page can't fill {name!r}.{nearest(name, list(FactField))}") from error


def parse_value(field: FactField, text: str) -> str:
    """A value in the form in which contacts keep it; empty when there is nothing in it.

    Raises:
        Unusable: no contact can have that value
    """
    try:
        value = _form(field).validate_python(_storable(text).strip())
    except ValidationError as error:
        raise Unusable(reason_of(error.errors()[0])) from error
    if field.kind is FieldKind.EMAIL and is_nobodys(value.lower()):
        raise Unusable("nobody reads what is sent there")
    return value


def say_the_same(field: FactField, one: str, other: str) -> bool:
    """Whether two values of a field differ at most in how they are written."""
    return _compared(field, one) == _compared(field, other)


@cache
def _form(field: FactField) -> TypeAdapter[str]:
    return TypeAdapter(FORMS[field.kind])


def _storable(text: str) -> str:
    """Pages may hold what no database can keep."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _compared(field: FactField, value: str) -> str:
    if field.kind is FieldKind.COMPANY:
        return folded_company(value)
    if field.kind is FieldKind.PHONE:
        return _NOT_DIGITS.sub("", value) or folded(value)
    if field.kind is FieldKind.PROFILE_URL and (profile := parse_profile(value)):
        return profile.url
    if field.kind in (FieldKind.PROFILE_URL, FieldKind.WEB_ADDRESS):
        host, slash, path = _WEB.sub("", value).rstrip("/").partition("/")
        return f"{host.lower()}{slash}{path}"
    return folded(value)
