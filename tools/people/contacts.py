"""Contacts: finding, showing, saving, archiving and restoring the people that one knows."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import Field, StringConstraints

from onelane.storage.outreach import suppressions
from onelane.storage.outreach.contact_rhythms import find_rhythm, last_contact
from onelane.storage.people import contact_sources, contacts, emails, engagements, identities
from onelane.storage.people.contacts import FunnelStage, Standing
from onelane.storage.platforms.accounts import Channel, Platform
from onelane.storage.search.contact_search import ContactQuery, index_contacts, search
from onelane.storage.workflows import enrollments, runs, tasks
from onelane.storage.workflows.run_contacts import Touch
from onelane.storage.workflows.runs import ONGOING, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.tasks import Task
from onelane.tools.people.archiving import archive
from onelane.tools.people.bulk_changes import changing_words, note_contacts, saving_words
from onelane.tools.people.contact_fields import ContactIds, Line, Reason, Tags, column_values, emptied, saved_fields
from onelane.tools.people.contact_filter import ContactFilter, Expect, check_expectation, contacts_meant, due_ids
from onelane.tools.people.contact_saving import (
    SourceUrl,
    change_fields,
    contact_stands,
    create_with_fields,
    keep_sources,
    known_contact,
    tell_namesakes,
)
from onelane.tools.people.contact_views import (
    ContactDetail,
    ContactPage,
    FoundContact,
    MergeProposal,
    Nearest,
    SavedContact,
    other_values_of,
    values_of,
)
from onelane.tools.people.finding.near_search import near_matches
from onelane.tools.people.outcomes import ContactOutcome, Outcomes, count_outcomes
from onelane.tools.registry.arguments.reading import CONTRACT_FACES
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.registry.gate.vault import written_once
from onelane.tools.registry.result import About
from onelane.tools.registry.tool import UNLISTED, Arguments
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

_ENGAGEMENTS, _PROPOSALS, _ENROLLMENTS, _SOURCES = 10, 10, 20, 40
_OUTCOMES = 500
"""A run may have archived many thousands; so many of them are told one by one."""


class Outcome(StrEnum):
    """What became of one contact of many."""

    ARCHIVED = "archived"
    ALREADY_ARCHIVED = "already_archived"
    RESTORED = "restored"
    NOT_ARCHIVED = "not_archived"
    NOT_FOUND = "not_found"


_WAYS_ON = {
    Outcome.ARCHIVED: "restore_contacts brings back who was archived.",
    Outcome.NOT_FOUND: "Not found: search_contacts shows who is there.",
}


class ContactOutcomes(Outcomes[ContactOutcome[Outcome]]):
    """What became of each contact that was to be archived or restored."""

    def text(self) -> str:
        """What became of them, and what can be done about it."""
        ways_on = [sentence for outcome, sentence in _WAYS_ON.items() if outcome in self.counts]
        return "\n".join([super().text(), *ways_on])

    def recorded_about(self) -> About:
        """The contact, where there was one only."""
        ids = [each.contact_id for each in self.data if each.outcome is not Outcome.NOT_FOUND]
        return {"contact_id": ids[0]} if self.total == len(ids) == 1 else {}


@tool(
    effect=Effect.READ,
    toolset="contacts",
    title="Search contacts",
    route="GET /api/contacts",
    reveals=Reveals,
)
def search_contacts(
    ctx: Context,
    query: Annotated[str, StringConstraints(max_length=500)] = "",
    tags: Tags = [],  # noqa: B006 - pydantic copies defaults
    platform: Platform | None = None,
    funnel_stage: FunnelStage | None = None,
    company: Line | None = None,
    min_enrichment_score: Annotated[int, Field(ge=0, le=100), UNLISTED] = 0,
    has_email: bool | None = None,
    due: bool = False,
    archived: bool = False,
    page_size: Annotated[int, Field(ge=1, le=100)] = 25,
    cursor: str | None = None,
) -> ContactPage:
    """Find contacts by name, company, title, e-mail, handle, tag or any word; a typo in a name is forgiven.

    Args:
        query: words to look for; without them all are listed, newest first
        tags: only with all of these tags
        platform: only known from this platform
        funnel_stage: only at this stage
        company: only of this company
        min_enrichment_score: only of whom at least so much is known, 0 to 100
        has_email: only with an address, or only without
        due: only who is due
        archived: archived ones instead
        page_size: how many at once
        cursor: from `next_cursor`
    """
    contact_query = ContactQuery(
        text=query,
        tags=tags,
        platform=platform,
        funnel_stage=funnel_stage,
        company=company,
        min_enrichment_score=min_enrichment_score,
        has_email=has_email,
        among_ids=due_ids(ctx.session) if due else None,
        archived=archived,
        limit=page_size,
        cursor=cursor,
    )
    try:
        exact_matches = search(ctx.session, contact_query)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    # A program asked for all words and gets those; a person or a model is told what comes nearest.
    near = (
        None if exact_matches.total or ctx.caller.face in CONTRACT_FACES else near_matches(ctx.session, contact_query)
    )
    matches = exact_matches if near is None else near.found
    if not matches.total and cursor is None:
        _say_why_nobody(ctx, archived=archived)
    return ContactPage(
        data=[FoundContact.model_validate(row) for row in matches.rows],
        total=matches.total,
        total_is_exact=matches.total_is_exact,
        next_cursor=matches.next_cursor if near is None else None,
        nearest=near and Nearest(query=near.words, missing=near.missing, next_cursor=matches.next_cursor),
    )


def _say_why_nobody(ctx: Context, *, archived: bool) -> None:
    """What to do where a search finds nobody."""
    count = contacts.count_contacts(ctx.session)
    import_id = _import_under_way(ctx)
    if import_id is not None:
        ctx.notes.append(
            f"An import is under way, so whoever it brings may be missing: get_run(run_id={import_id!r}) says how far "
            "it is."
        )
    if count.live or count.archived:
        among = count.archived if archived else count.live
        noun = f"{'archived ' if archived else ''}{'contact' if among == 1 else 'contacts'}"
        ctx.notes.append(f"Nobody of {among:,} {noun} fits. Fewer words or filters find more.")
    elif import_id is None:
        ctx.notes.append("Nobody is here yet: start_sync brings people in from an export file.")


def _import_under_way(ctx: Context) -> str | None:
    for status in ONGOING:
        rows = runs.list_workflow_runs_after(
            ctx.session, after=None, limit=1, status=status, workflow_type=WorkflowType.SYNC
        )
        if rows:
            return str(rows[0]["id"])
    return None


@tool(
    effect=Effect.READ,
    toolset="contacts",
    title="Show a contact",
    route="GET /api/contacts/{contact_id}",
    reveals=Reveals,
)
def get_contact(ctx: Context, contact_id: str) -> ContactDetail:
    """Show a contact with identities, addresses, enrollments, latest engagements, merge proposals and sources.

    Args:
        contact_id: the contact's id
    """
    contact = known_contact(ctx.session, contact_id)
    detail = ContactDetail.model_validate(values_of(contact) | _around(ctx, contact))
    if ways := _suppressed_ways(ctx, contact, [each.address for each in detail.emails]):
        ctx.notes.append(f"Not written to any more: {'; '.join(ways)}.")
    return detail


def _suppressed_ways(ctx: Context, contact: contacts.Contact, addresses: Sequence[str]) -> list[str]:
    """By which channels somebody is not written to, and why."""
    if not suppressions.has_any(ctx.session):
        return []
    own = {written_once(address) for address in (*addresses, contact.email) if address}
    hashes = {ctx.services.vault.address_hash(each) for each in own}
    ways: dict[str, None] = {}
    for channel in Channel:
        for row in suppressions.find_holding(ctx.session, channel, address_hashes=hashes, contact_ids=[contact.id]):
            where = "on all channels" if row.channel is Channel.ALL else f"by {row.channel.label}"
            ways[f"{where} ({row.reason.label.lower()})"] = None
    return list(ways)


def _ask_before_saving(
    ctx: Context, contact_id: str | None = None, clear: Sequence[str] = (), source_url: object = None, **fields: Any
) -> str | None:
    return None if contact_id is None else saving_words(ctx, contact_id, column_values(fields) | emptied(clear, fields))


@tool(
    effect=Effect.WRITE,
    toolset="contacts",
    title="Save a contact",
    route="POST /api/contacts",
    status=201,
    step=StepType.CONTACT_MERGE,
    creates=True,
    lasting=_ask_before_saving,
    stands=contact_stands,
    reveals=Reveals,
)
def save_contact(
    ctx: Context,
    contact_id: str | None = None,
    clear: Sequence[str] = (),
    source_url: SourceUrl | None = None,
    **fields: Annotated[object, Arguments(saved_fields)],
) -> SavedContact:
    """Create a contact, or change one: with `contact_id` only what is given changes.

    Args:
        contact_id: the contact to change; without it a new one is made, which needs a name
        clear: names of fields to empty
        source_url: the page that says it
    """
    values = column_values(fields) | emptied(clear, fields)
    contact = create_with_fields(ctx, values) if contact_id is None else change_fields(ctx, contact_id, values)
    if source_url is not None:
        keep_sources(ctx, contact.id, values, source_url)
    note_contacts(ctx, [contact.id], Touch.CREATED if contact_id is None else Touch.CHANGED)
    return SavedContact.model_validate(values_of(contact) | {"created": contact_id is None})


def _ask_before_archiving(
    ctx: Context,
    reason: str,
    contact_ids: Sequence[str] | None = None,
    where: ContactFilter | None = None,
    expect: int | None = None,
) -> str | None:
    words = changing_words(ctx, "Archive", contacts_meant(ctx.session, contact_ids, where, expect))
    return None if words is None else f"{words} The reason: {reason}"


def _to_archive(
    ctx: Context,
    contact_ids: Sequence[str] | None = None,
    *,
    where: ContactFilter | None = None,
    expect: int | None = None,
    **_: object,
) -> Sequence[str]:
    """Whom a call of `archive_contacts` means; refused where the call is."""
    check_expectation(where, expect)
    return contacts_meant(ctx.session, contact_ids, where, expect)


@tool(
    effect=Effect.WRITE,
    toolset="contacts",
    title="Archive contacts",
    route="POST /api/contacts/archive",
    step=StepType.CONTACT_ARCHIVE,
    lasting=_ask_before_archiving,
    durable=True,
    check=_to_archive,
    reveals=Reveals,
)
def archive_contacts(
    ctx: Context,
    contact_ids: ContactIds | None = None,
    *,
    reason: Reason,
    where: ContactFilter | None = None,
    expect: Expect = None,
) -> ContactOutcomes:
    """Put contacts aside and keep the reason; they leave what they are enrolled in. `restore_contacts` takes it back.

    Args:
        contact_ids: ids of the contacts, up to 500
        reason: why, in one sentence
        where: instead of ids, all contacts that fit; comes with `expect`
        expect: how many those are, else nothing is done
    """
    ids = _to_archive(ctx, contact_ids, where=where, expect=expect)
    tell_namesakes(ctx, ctx.session, ids)
    standings = contacts.hold_contacts(ctx.session, ids)
    live = [contact_id for contact_id, contact in standings.items() if not contact.is_archived]
    archive(ctx.session, dict.fromkeys(live, reason), run_id=ctx.caller.run_id)
    note_contacts(ctx, live)
    return _outcomes(ids, standings, if_live=Outcome.ARCHIVED, if_archived=Outcome.ALREADY_ARCHIVED)


def _ask_to_restore(ctx: Context, contact_ids: Sequence[str] | None = None, run_id: str | None = None) -> str | None:
    ids = contacts.list_archived_by(ctx.session, run_id) if run_id else contact_ids or []
    return changing_words(ctx, "Restore", ids)


def _to_restore(ctx: Context, contact_ids: Sequence[str] | None = None, run_id: str | None = None) -> Sequence[str]:
    """Whom a call of `restore_contacts` means; refused where the call is."""
    if (contact_ids is None) == (run_id is None):
        raise BadRequest("Give either contact_ids or run_id.")
    ids = contacts.list_archived_by(ctx.session, run_id) if run_id else list(dict.fromkeys(contact_ids or []))
    if run_id and not ids and runs.get_workflow_run(ctx.session, run_id) is None:
        raise NotFound(f"There is no run {run_id[:100]!r}, so it archived nobody. list_runs shows the latest ones.")
    return ids


@tool(
    effect=Effect.WRITE,
    toolset="contacts",
    title="Restore contacts",
    route="POST /api/contacts/restore",
    step=StepType.CONTACT_MERGE,
    lasting=_ask_to_restore,
    reveals=Reveals,
    check=_to_restore,
)
def restore_contacts(ctx: Context, contact_ids: ContactIds | None = None, run_id: str | None = None) -> ContactOutcomes:
    """Bring archived contacts back: some by their ids, or all that a run archived. They are not enrolled again.

    Args:
        contact_ids: ids of the contacts, up to 500
        run_id: the run that archived them, instead of `contact_ids`
    """
    ids = _to_restore(ctx, contact_ids, run_id)
    if not ids:
        ctx.notes.append("Nobody whom that run archived is archived now; search_contacts with archived shows who is.")
    tell_namesakes(ctx, ctx.session, ids)
    standings = contacts.hold_contacts(ctx.session, ids)
    archived = [contact_id for contact_id, contact in standings.items() if contact.is_archived]
    contacts.restore_contacts(ctx.session, archived)
    index_contacts(ctx.session, archived)
    note_contacts(ctx, archived)
    return _outcomes(ids, standings, if_live=Outcome.NOT_ARCHIVED, if_archived=Outcome.RESTORED)


def _around(ctx: Context, contact: contacts.Contact) -> dict[str, object]:
    session, contact_id = ctx.session, contact.id
    proposals = tasks.list_merge_proposals(session, contact_id, limit=_PROPOSALS)
    own_identities = identities.list_identities(session, contact_id)
    return {
        "identities": own_identities,
        "other_values": other_values_of(contact, own_identities),
        "emails": emails.list_emails(session, contact_id),
        "engagements": engagements.list_latest_engagements(session, contact_id, limit=_ENGAGEMENTS),
        "enrollments": [dict(row) for row in enrollments.list_ongoing_of(session, contact_id, limit=_ENROLLMENTS)],
        "merge_proposals": [_proposal(task) for task in proposals],
        "sources": contact_sources.list_sources(session, contact_id)[:_SOURCES],
        **_rhythm(ctx, contact_id),
    }


def _rhythm(ctx: Context, contact_id: str) -> dict[str, object]:
    rhythm = find_rhythm(ctx.session, contact_id)
    last_at = last_contact(ctx.session, contact_id) if rhythm is None else rhythm.last_at
    return {"last_contact_at": last_at, "next_contact_at": None if rhythm is None else rhythm.due_at}


def _proposal(task: Task) -> MergeProposal:
    about = orjson.loads(task.payload)
    return MergeProposal.model_validate({**task.model_dump(), "contact_ids": about.get("contact_ids", [])})


def _outcomes(
    ids: Sequence[str], standings: Mapping[str, Standing], *, if_live: Outcome, if_archived: Outcome
) -> ContactOutcomes:
    data: list[ContactOutcome[Outcome]] = []
    for contact_id in ids:
        standing = standings.get(contact_id)
        outcome = Outcome.NOT_FOUND if standing is None else if_archived if standing.is_archived else if_live
        data.append(
            ContactOutcome[Outcome](contact_id=contact_id, contact_name=standing and standing.name, outcome=outcome)
        )
    return ContactOutcomes(data=data[:_OUTCOMES], total=len(data), counts=count_outcomes(data))
