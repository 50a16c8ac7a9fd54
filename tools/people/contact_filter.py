"""Which contacts are meant: those with a tag, of a company, with some words, or who are due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from onelane.storage.database.engine import Session
from onelane.storage.outreach.contact_rhythms import list_due
from onelane.storage.search.contact_search import is_searchable, list_matching
from onelane.tools.people.contact_fields import Line, Tag
from onelane.tools.registry.errors import BadRequest, Conflict


class ContactFilter(BaseModel):
    """Which contacts are meant: those with this tag, of this company and with these words, and who are due."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: Tag | None = None
    company: Line | None = None
    query: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] | None = None
    due: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.query and not is_searchable(self.query):
            raise ValueError("query holds no word that can be looked for")
        if not (self.tag or self.company or self.query or self.due):
            raise ValueError("say whom with tag, with company, with query, with due, or with several of them")
        return self

    def find(self, session: Session, *, changed_since: datetime | None = None) -> Sequence[str]:
        """The ids of all live contacts that fit, oldest first; a typo is not forgiven.

        Args:
            session: a session
            changed_since: only those whose row has changed since then
        """
        tags = [self.tag] if self.tag else []
        return list_matching(
            session,
            text=self.query or "",
            tags=tags,
            company=self.company or None,
            changed_since=changed_since,
            among_ids=due_ids(session) if self.due else None,
        )


def due_ids(session: Session) -> list[str]:
    """With whom the person wanted to be in touch again by now."""
    return [each.contact_id for each in list_due(session)]


Expect = Annotated[int | None, Field(ge=0)]
"""How many contacts a caller thinks that a filter finds."""


def check_expectation(where: ContactFilter | None, expect: int | None) -> None:
    """See whether a call that changes whoever fits says how many those are.

    Raises:
        BadRequest: it does not
    """
    if where is not None and expect is None:
        raise BadRequest("Say with expect how many contacts you mean by where; search_contacts counts them.")


def contacts_meant(
    session: Session, contact_ids: Sequence[str] | None, where: ContactFilter | None, expect: int | None
) -> Sequence[str]:
    """The ids of the contacts that a call is about, which names them or says how they are found.

    Args:
        session: a session
        contact_ids: as they were named
        where: how they are found instead
        expect: how many there should be, so that nobody is touched whom the caller did not mean

    Raises:
        BadRequest: both or neither are given
        Conflict: there are not as many as expected
    """
    if bool(contact_ids) == (where is not None):
        raise BadRequest("Say whom: give contact_ids, or where, and not both.")
    ids = list(dict.fromkeys(contact_ids or ())) if where is None else where.find(session)
    if expect and not ids:
        raise Conflict(f"Nobody fits, and {expect:,} should: nothing was done. search_contacts shows who is there.")
    if expect is not None and len(ids) != expect:
        raise Conflict(
            f"{len(ids):,} contacts fit, and not {expect:,}: nothing was done. Look at them with "
            f"search_contacts; then call again with expect={len(ids)}."
        )
    return ids
