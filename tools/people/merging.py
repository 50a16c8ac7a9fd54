"""Merging: two contacts that are one person become one, or are known to be two from then on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Session
from onelane.storage.people import contacts, identities
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact, FunnelStage
from onelane.storage.search.contact_index import index_contacts
from onelane.storage.workflows import due_enrollments
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.contact_fields import is_refusal, one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.people.intake.names import is_made_up
from onelane.tools.people.intake.scoring import enrichment_score
from onelane.tools.people.merge_questions import Answer, answer, move_questions
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.result import About, Result
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

_GAPS = ("platform", *(field.name for field in CONTACT_FIELDS if field.fills_gap and field.name != "notes"))
"""What the contact that stays gets where it has nothing; the notes of both are kept."""
_REMEMBERED = ("id", "name", *_GAPS)


class MergedContacts(Result):
    """Two contacts that are one now."""

    contact_id: str
    contact_name: str
    gone_id: str
    gone_name: str

    def text(self) -> str:
        """One line: who is left, who is gone."""
        return f"{self.contact_id}\t{one_line(self.contact_name)}\tnow also has what {self.gone_id} had, which is gone."

    def recorded_about(self) -> About:
        """The one that is left."""
        return {"contact_id": self.contact_id}


class ContactsApart(Result):
    """Two contacts that are two people."""

    contact_id: str
    other_id: str

    def text(self) -> str:
        """One line."""
        return f"{self.contact_id} and {self.other_id} are two people; nobody will ask again."

    def recorded_about(self) -> About:
        """One of the two."""
        return {"contact_id": self.contact_id}


def _question(ctx: Context, other_id: str, kept_id: str) -> str:
    other, kept_contact = _pair(ctx.session, other_id, kept_id)
    return (
        f"Make {_description(other)} one with {_description(kept_contact)}? The first entry goes; the second gets its "
        "addresses, profiles, history and whatever it lacks."
    )


@tool(
    effect=Effect.DESTROY,
    toolset="contacts",
    title="Merge two contacts",
    route="POST /api/contacts/merge",
    step=StepType.CONTACT_MERGE,
    confirm=_question,
    asks=_question,
    reveals=Reveals,
)
def merge_contacts(ctx: Context, other_id: str, kept_id: str) -> MergedContacts:
    """Make two contacts one, because they are the same person. It answers the question that get_contact shows.

    Args:
        other_id: id of the duplicate, which is deleted
        kept_id: id of the contact that stays, and gets what it lacks
    """
    session = ctx.session
    identities.hold_identities(session)
    contacts.hold_contacts(session, [other_id, kept_id])
    other, kept_contact = _pair(session, other_id, kept_id)
    if kept_contact.archived_at is not None and other.archived_at is None:
        raise Conflict(
            f"{kept_contact.id} is archived and {other.id} is not. Keep {other.id} instead, or call restore_contacts "
            "first."
        )
    answer(session, kept_contact, other, Answer.SAME)
    move_questions(session, kept_id=kept_contact.id, gone_id=other.id)
    outcome = MergedContacts(
        contact_id=kept_contact.id, contact_name=kept_contact.name, gone_id=other.id, gone_name=other.name
    )
    _fill(session, kept_contact, other)
    session.expunge(other)
    unite_contacts(session, kept_id=kept_contact.id, gone_id=other.id)
    index_contacts(session, [kept_contact.id])
    due_enrollments.look_again(session, contact_ids=[kept_contact.id])
    return outcome.model_copy(update={"contact_name": kept_contact.name})


@tool(
    effect=Effect.WRITE,
    toolset="contacts",
    title="Keep two contacts apart",
    route="POST /api/contacts/apart",
    agents=False,
)
def keep_contacts_apart(ctx: Context, contact_id: str, other_id: str) -> ContactsApart:
    """Note that two contacts are two people, as the person says; no import asks again.

    Args:
        contact_id: one of them
        other_id: the other
    """
    identities.hold_identities(ctx.session)
    contact, other = _pair(ctx.session, contact_id, other_id)
    answer(ctx.session, contact, other, Answer.DIFFERENT)
    return ContactsApart(contact_id=contact.id, other_id=other.id)


def _pair(session: Session, one_id: str, other_id: str) -> tuple[Contact, Contact]:
    if one_id == other_id:
        raise BadRequest("Those are the same contact. Give the ids of two.")
    return known_contact(session, one_id), known_contact(session, other_id)


def _description(contact: Contact) -> str:
    work = " at ".join(one_line(part) for part in (contact.title, contact.company) if part)
    details = ", ".join(part for part in (work, contact.email, contact.id) if part)
    return f"{one_line(contact.name)} ({details})"


def _fill(session: Session, contact: Contact, other: Contact) -> None:
    """Let the contact that stays lack nothing that the other has."""
    before = _remembered(other)
    if is_refusal(other.consent_basis) and not is_refusal(contact.consent_basis):
        # A no is not lost, whatever the other entry says.
        contact.consent_basis, contact.consent_at = other.consent_basis, other.consent_at
    for name in _GAPS:
        if not getattr(contact, name):
            setattr(contact, name, getattr(other, name))
    if is_made_up(contact.name):
        contact.name = other.name
    contact.notes = _united_notes(contact.notes, other.notes)
    contact.tags = _json_text(list(dict.fromkeys([*orjson.loads(contact.tags), *orjson.loads(other.tags)])))
    contact.metadata_ = _united_metadata(contact.metadata_, other.metadata_, before)
    contact.funnel_stage = max(contact.funnel_stage, other.funnel_stage, key=list(FunnelStage).index)
    contact.score = max(contact.score, other.score)
    contact.is_self = contact.is_self or other.is_self
    contact.last_interaction_at = _later(contact.last_interaction_at, other.last_interaction_at)
    # Whoever is to be written to more often is not forgotten, and what was put off stays put off.
    contact.rhythm_days = min((days for days in (contact.rhythm_days, other.rhythm_days) if days), default=None)
    contact.rhythm_from = _later(contact.rhythm_from, other.rhythm_from)
    contact.enriched_at = _later(contact.enriched_at, other.enriched_at)
    contact.enrichment_score = enrichment_score(contact)
    contact.updated_at = session.now()
    session.flush()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _remembered(contact: Contact) -> dict[str, str]:
    """What a contact said that is gone, for whoever wonders later."""
    return {name: str(value) for name in _REMEMBERED if (value := getattr(contact, name))}


def _united_notes(notes: str | None, other_notes: str | None) -> str | None:
    """The person's own words are not lost."""
    if not notes or not other_notes or other_notes in notes:
        return notes or other_notes
    return f"{notes}\n\n{other_notes}"


def _united_metadata(metadata: str, other_metadata: str, other_contact: Mapping[str, str]) -> str:
    values: dict[str, Any] = orjson.loads(metadata)
    other_values: dict[str, Any] = orjson.loads(other_metadata)
    merged_contacts = [*values.get("merged", []), *other_values.get("merged", []), dict(other_contact)]
    return _json_text({**other_values, **values, "merged": merged_contacts})


def _json_text(value: object) -> str:
    return orjson.dumps(value).decode()
