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
    other, kept = _pair(ctx.session, other_id, kept_id)
    return (
        f"Make {_shown(other)} one with {_shown(kept)}? The first entry goes; the second gets its addresses, profiles, "
        "history and whatever it lacks."
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
    other, kept = _pair(session, other_id, kept_id)
    if kept.archived_at is not None and other.archived_at is None:
        raise Conflict(
            f"{kept.id} is archived and {other.id} is not. Keep {other.id} instead, or call restore_contacts first."
        )
    answer(session, kept, other, Answer.SAME)
    move_questions(session, kept_id=kept.id, gone_id=other.id)
    merged = MergedContacts(contact_id=kept.id, contact_name=kept.name, gone_id=other.id, gone_name=other.name)
    _fill(session, kept, other)
    session.expunge(other)
    unite_contacts(session, kept_id=kept.id, gone_id=other.id)
    index_contacts(session, [kept.id])
    due_enrollments.look_again(session, contact_ids=[kept.id])
    return merged.model_copy(update={"contact_name": kept.name})


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


def _shown(contact: Contact) -> str:
    work = " at ".join(one_line(part) for part in (contact.title, contact.company) if part)
    known = ", ".join(part for part in (work, contact.email, contact.id) if part)
    return f"{one_line(contact.name)} ({known})"


def _fill(session: Session, kept: Contact, other: Contact) -> None:
    """Let the contact that stays lack nothing that the other has."""
    before = _remembered(other)
    if is_refusal(other.consent_basis) and not is_refusal(kept.consent_basis):
        # A no is not lost, whatever the other entry says.
        kept.consent_basis, kept.consent_at = other.consent_basis, other.consent_at
    for name in _GAPS:
        if not getattr(kept, name):
            setattr(kept, name, getattr(other, name))
    if is_made_up(kept.name):
        kept.name = other.name
    kept.notes = _united_notes(kept.notes, other.notes)
    kept.tags = _written(list(dict.fromkeys([*orjson.loads(kept.tags), *orjson.loads(other.tags)])))
    kept.metadata_ = _united_metadata(kept.metadata_, other.metadata_, before)
    kept.funnel_stage = max(kept.funnel_stage, other.funnel_stage, key=list(FunnelStage).index)
    kept.score = max(kept.score, other.score)
    kept.is_self = kept.is_self or other.is_self
    kept.last_interaction_at = _later(kept.last_interaction_at, other.last_interaction_at)
    # Whoever is to be written to more often is not forgotten, and what was put off stays put off.
    kept.rhythm_days = min((days for days in (kept.rhythm_days, other.rhythm_days) if days), default=None)
    kept.rhythm_from = _later(kept.rhythm_from, other.rhythm_from)
    kept.enriched_at = _later(kept.enriched_at, other.enriched_at)
    kept.enrichment_score = enrichment_score(kept)
    kept.updated_at = session.now()
    session.flush()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _remembered(gone: Contact) -> dict[str, str]:
    """What a contact said that is gone, for whoever wonders later."""
    return {name: str(value) for name in _REMEMBERED if (value := getattr(gone, name))}


def _united_notes(kept: str | None, other: str | None) -> str | None:
    """The person's own words are not lost."""
    if not kept or not other or other in kept:
        return kept or other
    return f"{kept}\n\n{other}"


def _united_metadata(kept: str, other: str, gone: Mapping[str, str]) -> str:
    ours: dict[str, Any] = orjson.loads(kept)
    theirs: dict[str, Any] = orjson.loads(other)
    merged = [*ours.get("merged", []), *theirs.get("merged", []), dict(gone)]
    return _written({**theirs, **ours, "merged": merged})


def _written(value: object) -> str:
    return orjson.dumps(value).decode()
