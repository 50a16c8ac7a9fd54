"""What a contact's page and its form show of the fields, and what a form says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic.alias_generators import to_camel

from onelane.server.dashboard.visit import Form
from onelane.storage.people.contact_field import ContactField, FieldKind
from onelane.storage.people.contacts import fields_by_place
from onelane.tools.registry.errors import Conflict

Contact = Mapping[str, Any]
_OLD_PREFIX = "was_"
_LINKS = (FieldKind.WEB_ADDRESS, FieldKind.PROFILE_URL)
_NOT_TYPED = (FieldKind.STAGE, FieldKind.INSTANT)
_SHOWN_ELSEWHERE = ("name", "tags", "rhythm_days")
_LABELS = {
    "email": "E-mail",
    "profile_url": "Profile",
    "rhythm_days": "In touch every, days",
    "consent_basis": "Consent",
}
"""How people call a field whose column is called otherwise."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as pages show it.

    Args:
        name: the column's name
        label: how people call it
        help: what belongs into it
        value: what it holds, as it is written in a form
        is_long: whether it takes several lines
        is_link: whether it is an address of the web
        sources: the pages that say this
    """

    name: str
    label: str
    help: str
    value: str
    is_long: bool = False
    is_link: bool = False
    sources: Sequence[Mapping[str, Any]] = ()


def form_fields(contact: Contact | None = None) -> list[Field]:
    """The fields that a person types, with what a contact holds."""
    return [_field(field, contact or {}) for field in fields_by_place() if _is_typed(field)]


def known_fields(contact: Contact) -> list[Field]:
    """What is known of a contact, each with the pages that say it."""
    return [field for field in form_fields(contact) if field.value and field.name not in _SHOWN_ELSEWHERE]


def other_sources(contact: Contact) -> list[Mapping[str, Any]]:
    """What pages say that is not what the contact's own fields hold."""
    pairs = {(field.name, field.value) for field in form_fields(contact)}
    return [source for source in contact["sources"] if (source["field"], source["value"]) not in pairs]


def differing(contact: Contact, second: Contact) -> list[tuple[Field, Field]]:
    """The fields of two contacts, side by side, that one of them has."""
    pairs = zip(form_fields(contact), form_fields(second), strict=True)
    return [(left, right) for left, right in pairs if left.value or right.value]


def new_values(form: Form) -> dict[str, Any]:
    """What a form for somebody new says."""
    values = {field.name: _form_value(field, form.text(field.name)) for field in fields_by_place() if _is_typed(field)}
    return {name: value for name, value in {**values, "funnel_stage": form.text("funnel_stage")}.items() if value}


def changed_values(form: Form, contact: Contact) -> dict[str, Any]:
    """What a person changed in a form.

    Raises:
        Conflict: somebody else has changed the same field since the form was shown
    """
    names = [field.name for field in form_fields()] + ["funnel_stage"]
    changed_names = [name for name in names if name in form.fields and form.text(name) != form.text(_OLD_PREFIX + name)]
    now = {**{field.name: field.value for field in form_fields(contact)}, "funnel_stage": contact["funnelStage"]}
    for name in changed_names:
        if now[name] != form.text(_OLD_PREFIX + name):
            raise Conflict(f"{_label(name)} has become {now[name]!r} meanwhile. Nothing was changed; look, then save.")
    fields = {field.name: field for field in fields_by_place()}
    return {name: _form_value(fields[name], form.text(name)) for name in changed_names}


def _is_typed(field: ContactField) -> bool:
    return field.place is not None and field.kind not in _NOT_TYPED


def _field(field: ContactField, contact: Contact) -> Field:
    value = _form_text(field, contact.get(to_camel(field.name)))
    sources = [each for each in contact.get("sources", ()) if (each["field"], each["value"]) == (field.name, value)]
    is_long, is_link = field.kind is FieldKind.PROSE, field.kind in _LINKS
    return Field(field.name, _label(field.name), field.label, value, is_long, is_link, sources)


def _form_text(field: ContactField, value: object) -> str:
    if field.kind is FieldKind.TAGS and isinstance(value, list):
        return ", ".join(cast("list[str]", value))
    return "" if value is None else "\n".join(str(value).split("\r\n")).strip()


def _form_value(field: ContactField, text: str) -> Any:
    if field.kind is FieldKind.TAGS:
        return [tag.strip() for tag in text.split(",") if tag.strip()]
    return text


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ").capitalize()
