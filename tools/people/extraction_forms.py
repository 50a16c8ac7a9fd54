"""The forms that a model fills in from a text; each value has its quotation."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from onelane.tools.people.fact_fields import FactField

_AS_WRITTEN = ConfigDict(extra="forbid", defer_build=True)


class Quoted(BaseModel):
    """A value, and the words that say so."""

    model_config = _AS_WRITTEN

    value: str = Field(description="the value, as the text writes it")
    quote: str = Field(description="the words of the text that say so, copied exactly, at most a sentence")


def _about(description: str) -> Any:
    return Field(default=None, description=f"{description}; null when the text does not say")


def form_of(fields: Mapping[str, str], name: str = "CustomFacts") -> type[BaseModel]:
    """A form with these fields.

    Args:
        fields: names, each with what belongs there
        name: what the form is called
    """
    columns: dict[str, Any] = {name: (Quoted | None, _about(description)) for name, description in fields.items()}
    return create_model(name, __config__=_AS_WRITTEN, **columns)


class PersonFacts(form_of({field.value: field.about.page_label for field in FactField}, "FoundOnPages")):
    """A person."""


class PeopleFacts(BaseModel):
    """Everyone whom a text tells of."""

    model_config = _AS_WRITTEN

    people: list[PersonFacts] = Field(default=[], description="each person once, in the order of the text")


class CompanyFacts(BaseModel):
    """A company."""

    model_config = _AS_WRITTEN

    name: Quoted | None = _about("what it is called")
    description: Quoted | None = _about("what it does, in a sentence of the text")
    industry: Quoted | None = _about("its line of business")
    size: Quoted | None = _about("how many work there")
    location: Quoted | None = _about("the place of its seat")
    website: Quoted | None = _about("the address of its site")
    email: Quoted | None = _about("its e-mail address")
    phone: Quoted | None = _about("its telephone number")
    profile_url: Quoted | None = _about("the address of its profile, such as on LinkedIn")
