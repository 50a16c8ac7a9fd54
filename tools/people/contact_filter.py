"""A filter of contacts: those with a tag, or with some words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from onelane.storage.database.engine import Session
from onelane.storage.search.contact_search import is_searchable, list_matching
from onelane.tools.people.contact_fields import Tag


class ContactFilter(BaseModel):
    """Which contacts are meant: those with this tag and these words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: Annotated[Tag | None, Field(description="a tag that they have")] = None
    query: Annotated[
        Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] | None,
        Field(description="words, as `search_contacts` takes them"),
    ] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.query and not is_searchable(self.query):
            raise ValueError("query holds no word that can be looked for")
        if not (self.tag or self.query):
            raise ValueError("say whom with tag, with query, or with both")
        return self

    def find(self, session: Session, *, changed_since: datetime | None = None) -> Sequence[str]:
        """The ids of all live contacts that fit, oldest first; a typo is not forgiven.

        Args:
            session: a session
            changed_since: only those whose row has changed since then
        """
        tags = [self.tag] if self.tag else []
        return list_matching(session, text=self.query or "", tags=tags, changed_since=changed_since)
