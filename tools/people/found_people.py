"""Tools that save people found by research: new contacts, and facts about known ones."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from onelane.storage.people import contacts, identities
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.run_contacts import Touch
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.bulk_changes import changing_words, note_contacts
from onelane.tools.people.contact_facts import Fact, FactTaken, Filled, fill_gaps
from onelane.tools.people.contact_fields import PersonName, Reason, WebAddress, one_line, page_fields
from onelane.tools.people.contacts import ContactOutcomes, archive_contacts
from onelane.tools.people.fact_fields import FactField, field_named
from onelane.tools.people.intake.names import is_made_up
from onelane.tools.people.known_people import find_known
from onelane.tools.people.merge_questions import ask
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import About, Result
from onelane.tools.registry.tool import Arguments, Help
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


def _page(address: str) -> str:
    if not address:
        raise ValueError("is needed: the address of the page that says so")
    return address


SourceUrl = Annotated[WebAddress, AfterValidator(_page)]
"""The page that says something; never empty."""
FoundMethod = Literal[SourceMethod.MODEL, SourceMethod.STRUCTURED, SourceMethod.SEARCH]
"""How a page was read. What a person says is saved with `save_contact`."""
FoundValues = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=20_000)]],
    Field(min_length=1, max_length=20),
    Help(f"by field: {', '.join(FactField)}; each as the page has it"),
]


class FoundOutcome(StrEnum):
    """Whether someone was new."""

    CREATED = "created"
    KNOWN = "known"


class FoundPerson(Result):
    """A person from a page, saved as a contact."""

    outcome: FoundOutcome
    contact_id: str
    contact_name: str
    is_archived: bool = False
    """Someone who was put aside stays as they are."""
    enrichment_score: int
    url: str
    facts: Sequence[FactTaken] = ()
    merge_proposals: int = 0
    """How many contacts this may be besides; a person is asked."""

    def text(self) -> str:
        """Who it is, then a line for each fact."""
        lines = [f"{self.outcome.value}\t{self.contact_id}\t{one_line(self.contact_name)}"]
        if self.is_archived:
            lines.append("Archived, so nothing was changed; restore_contacts brings them back.")
        if self.merge_proposals:
            lines.append(f"May be the same as {self.merge_proposals} known; the person is asked (get_contact shows).")
        return "\n".join([*lines, *(fact.text() for fact in self.facts)])

    def shows_kept(self, made: Collection[str]) -> bool:
        """Of somebody new is known what was said."""
        return self.outcome is not FoundOutcome.CREATED

    def recorded_about(self) -> About:
        """The contact, and the page."""
        return {"contact_id": self.contact_id, "url": self.url}

    def recorded_as(self) -> StepType | None:
        """Whoever is known already gains what the page says."""
        return StepType.CONTACT_CREATE if self.outcome is FoundOutcome.CREATED else StepType.CONTACT_MERGE


@tool(
    effect=Effect.WRITE,
    toolset="research",
    title="Add what a page says to a contact",
    route="POST /api/contacts/{contact_id}/facts",
    step=StepType.CONTACT_MERGE,
    reveals=Reveals,
)
def contact_merge(
    ctx: Context, contact_id: str, values: FoundValues, source_url: SourceUrl, method: FoundMethod = SourceMethod.MODEL
) -> Filled:
    """Fill a contact's empty fields with what a page says and keep the page as their source. Nothing is overwritten.

    A value that differs from the kept one is told as a conflict; to change it, ask the person and call save_contact.

    Args:
        contact_id: whom
        source_url: the page that says so
        method: how it was found there
    """
    facts = [Fact(field_named(name), value, source_url, method) for name, value in values.items()]
    note_contacts(ctx, [contact_id], Touch.FILLED)
    return fill_gaps(ctx.session, contact_id, facts, run_id=ctx.caller.run_id)


@tool(
    effect=Effect.WRITE,
    toolset="research",
    title="Add someone who was found",
    route="POST /api/contacts/found",
    status=201,
    step=StepType.CONTACT_CREATE,
    creates=True,
    reveals=Reveals,
)
def contact_create(
    ctx: Context,
    name: PersonName,
    source_url: SourceUrl,
    method: FoundMethod = SourceMethod.MODEL,
    **fields: Annotated[object, Arguments(page_fields)],
) -> FoundPerson:
    """Add a person whom a page tells of, unless they are a contact already; then only their empty fields are filled.

    A profile or an address tells who someone is. Where only name and company agree, the person is asked later.

    Args:
        name: the full name
        source_url: the page that says so
        method: how it was found there
        email: their address, as the page has it
        website: their own page
    """
    if is_made_up(name):
        raise BadRequest(f"{name!r} is no name of a person. Find the name first, or leave this one out.")
    values = {FactField.NAME: name, **{FactField(field): str(value) for field, value in fields.items() if value}}
    facts = [Fact(field, value, source_url, method) for field, value in values.items()]
    person = _create_or_fill(ctx, values, source_url, facts)
    note_contacts(ctx, [person.contact_id], Touch.CREATED if person.outcome is FoundOutcome.CREATED else Touch.FILLED)
    return person


def _ask_before_archiving(ctx: Context, contact_id: str, reason: str) -> str | None:
    words = changing_words(ctx, "Archive", [contact_id])
    return None if words is None else f"{words} The reason: {reason}"


@tool(
    effect=Effect.WRITE,
    toolset="research",
    title="Archive a contact",
    route="POST /api/contacts/{contact_id}/archive",
    lasting=_ask_before_archiving,
    step=StepType.CONTACT_ARCHIVE,
    reveals=Reveals,
)
def contact_archive(ctx: Context, contact_id: str, reason: Reason) -> ContactOutcomes:
    """Put one contact aside for a reason of its own. Nothing is deleted: `restore_contacts` takes it back.

    Args:
        contact_id: whom
        reason: what was found that speaks against them, in one sentence
    """
    return archive_contacts(ctx, [contact_id], reason=reason)


def _create_or_fill(ctx: Context, values: Mapping[FactField, str], url: str, facts: Sequence[Fact]) -> FoundPerson:
    session, run_id = ctx.session, ctx.caller.run_id
    identities.hold_identities(session)
    known_id, candidates = find_known(session, values, url)
    existing = None if known_id is None else contacts.get_contact(session, known_id)
    if existing is not None and existing.archived_at is not None:
        return _archived(existing, url)
    contact = existing or contacts.create_contact(session, name=values[FactField.NAME])
    filled = fill_gaps(session, contact.id, facts, run_id=run_id)
    is_question_new = [ask(session, contact, other_id, reason, run_id=run_id) for other_id, reason in candidates]
    return FoundPerson(
        outcome=FoundOutcome.CREATED if existing is None else FoundOutcome.KNOWN,
        contact_id=contact.id,
        contact_name=contact.name,
        enrichment_score=contact.enrichment_score,
        url=url,
        facts=filled.facts,
        merge_proposals=sum(is_question_new),
    )


def _archived(contact: Contact, url: str) -> FoundPerson:
    return FoundPerson(
        outcome=FoundOutcome.KNOWN,
        contact_id=contact.id,
        contact_name=contact.name,
        is_archived=True,
        enrichment_score=contact.enrichment_score,
        url=url,
    )
