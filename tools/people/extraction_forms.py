"""The forms that a model fills in from a text: each value comes with the words of the text that say so."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

_AS_WRITTEN = ConfigDict(extra="forbid", defer_build=True)


class Quoted(BaseModel):
    """A value, and the words that say so."""

    model_config = _AS_WRITTEN

    value: str = Field(description="the value, as the text writes it")
    quote: str = Field(description="the words of the text that say so, copied exactly, at most a sentence")


def _about(description: str) -> Any:
    return Field(default=None, description=f"{description}; null when the text does not say")


class PersonFacts(BaseModel):
    """A person."""

    model_config = _AS_WRITTEN

    name: Quoted | None = _about("the full name")
    first_name: Quoted | None = _about("the given name")
    last_name: Quoted | None = _about("the family name")
    title: Quoted | None = _about("what they do at present, such as Head of Data")
    company: Quoted | None = _about("where they work at present")
    email: Quoted | None = _about("their own e-mail address")
    phone: Quoted | None = _about("their own telephone number")
    headline: Quoted | None = _about("what they say of themselves in a line")
    location: Quoted | None = _about("the place where they live")
    website: Quoted | None = _about("the address of their own page")
    profile_url: Quoted | None = _about("the address of their profile, such as on LinkedIn")
    bio: Quoted | None = _about("about them, in a few sentences of the text")


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


def form_of(fields: Mapping[str, str]) -> type[BaseModel]:
    """A form with fields of one's own.

    Args:
        fields: names, each with what belongs there
    """
    columns: dict[str, Any] = {name: (Quoted | None, _about(said)) for name, said in fields.items()}
    return create_model("CustomFacts", __config__=_AS_WRITTEN, **columns)
