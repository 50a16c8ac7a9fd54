"""What there is to know of a contact field, said once: on its column (docs/storage.md, "Contact fields")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, ParamSpec

import sqlalchemy as sa
from sqlmodel import Field

Said = ParamSpec("Said")

LAST = 100
"""The place in a form of a field that says none."""
_INFO = "contact_field"

Weight = Literal["A", "B", "C", "D"]
"""The column of the search index: the name, the company, other short details, free text."""


class FieldKind(StrEnum):
    """The form in which a field is written and kept. `tools/people/contact_fields.py` checks and parses each form."""

    NAME = "name"
    LINE = "line"
    COMPANY = "company"
    EMAIL = "email"
    PHONE = "phone"
    WEB_ADDRESS = "web_address"
    PROFILE_URL = "profile_url"
    PROSE = "prose"
    TAGS = "tags"
    STAGE = "stage"
    TIME_ZONE = "time_zone"
    COUNTRY = "country"
    INSTANT = "instant"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class ContactField:
    """A field of a contact.

    Args:
        kind: the form in which it is written and kept
        label: what belongs into it, for whoever fills it in
        place: where forms ask for it, the lowest first; None where none does
        fills_gap: an import or a merge puts a value where there was none
        found_on_pages: whether a page can fill it; a text says to the model that reads the page what belongs into it
        points: what it adds to the enrichment score
        points_for: fields that share this word add their points once
        weight: the column of the search index that its words are in; None where nobody searches for it
        in_text: whether the text of `get_contact` has a line for it
        judged: whether pruning looks at it
        listed: whether models are told that it can be given; whoever gives another one is understood
        name: the column's name
    """

    kind: FieldKind
    label: str
    place: int | None = LAST
    fills_gap: bool = False
    found_on_pages: bool | str = False
    points: int = 0
    points_for: str | None = None
    weight: Weight | None = None
    in_text: bool = True
    judged: bool = False
    listed: bool = True
    name: str = ""

    @property
    def page_label(self) -> str:
        """What belongs into it, for the model that reads a page."""
        return self.found_on_pages if isinstance(self.found_on_pages, str) else self.label


def _as_column(make_field: Callable[Said, ContactField]) -> Callable[Said, Any]:
    def column(*args: Said.args, **more: Said.kwargs) -> Any:
        return Field(default=None, sa_type=sa.Text, sa_column_kwargs={"info": {_INFO: make_field(*args, **more)}})

    return column


contact_field = _as_column(ContactField)
"""A column of text that is a contact field; it takes what `ContactField` takes."""


def with_field(column: sa.Column[Any], field: ContactField) -> sa.Column[Any]:
    """Another column that is a contact field."""
    column.info[_INFO] = field
    return column


def fields_of(table: sa.Table, names: Sequence[str]) -> tuple[ContactField, ...]:
    """The columns of these names that are contact fields, in the order of the names."""
    field_by_name = {column.name: column.info[_INFO] for column in table.columns if _INFO in column.info}
    return tuple(replace(field_by_name[name], name=name) for name in names if name in field_by_name)
