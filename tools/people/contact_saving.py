"""Saves a contact: its columns, e-mail address and profile."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import StringConstraints

from onelane.storage.database.engine import Session
from onelane.storage.outreach.contact_rhythms import last_contact
from onelane.storage.people import contact_sources, contacts, emails, identities
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_search import ContactQuery, index_contacts, search
from onelane.storage.workflows import due_enrollments
from onelane.tools.people.contact_fields import clearable_fields, one_line, tags_json
from onelane.tools.people.contact_views import ContactView, values_of
from onelane.tools.people.intake.names import folded
from onelane.tools.people.intake.scoring import enrichment_score
from onelane.tools.people.merge_questions import ask
from onelane.tools.people.name_parts import parts_after
from onelane.tools.platforms.formats.contact_details import is_shared, parse_email
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.registry.answers.clearing import tell_cleared
from onelane.tools.registry.arguments.reading import CONTRACT_FACES
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.names import near_name

_NAMESAKES = 5
_WORDS_CHARS = 100
SourceUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://\S+$")]
BY_HAND = "person"
"""The source of an address that a person gave."""


def create_with_fields(ctx: Context, fields: Mapping[str, Any]) -> Contact:
    """A new contact with these columns.

    Raises:
        BadRequest: it has no name
        Conflict: its address or profile belongs to another contact; it says whose
    """
    if "name" not in fields:
        raise BadRequest("A new contact needs a name. To change a contact, give its contact_id.")
    identities.hold_identities(ctx.session)
    alike = [] if ctx.caller.face in CONTRACT_FACES else _namesakes(ctx, fields["name"])
    contact = _finish(ctx, contacts.create_contact(ctx.session, **fields), fields)
    _ask_about(ctx, contact, alike)
    return contact


def change_fields(ctx: Context, contact_id: str, fields: Mapping[str, Any]) -> Contact:
    """A contact, once these columns of it have changed; None empties one.

    Raises:
        NotFound: there is none with this id
        Conflict: its new address or profile belongs to another contact; it says whose
    """
    identities.hold_identities(ctx.session)
    contact = known_contact(ctx.session, contact_id)
    before = {field.name: getattr(contact, field.name) for field in clearable_fields()}
    tell_cleared(ctx, before, [name for name, value in fields.items() if value in (None, tags_json([]))])
    if fields.get("email", "") is None and contact.email:
        _forget_email(ctx, contact, contact.email)
    contacts.update_contact(ctx.session, contact_id, **fields, **parts_after(values_of(contact), fields))
    return _finish(ctx, contact, fields)


def keep_sources(ctx: Context, contact_id: str, values: Mapping[str, Any], url: str) -> None:
    """Note of each value that was given which page says it."""
    method = SourceMethod.MODEL if ctx.caller.face.is_chat else SourceMethod.PERSON
    for field, value in values.items():
        if value is not None:
            contact_sources.keep_source(
                ctx.session,
                contact_id=contact_id,
                field=field,
                value=str(value),
                url=url,
                method=method,
                workflow_run_id=ctx.caller.run_id,
            )


def _namesakes(ctx: Context, name: str) -> list[Contact]:
    """Whoever is called so already; an import would ask about them too."""
    rows = search(ctx.session, ContactQuery(text=name, limit=_NAMESAKES)).rows
    ids = [row["id"] for row in rows if folded(row["name"]) == folded(name) and not row["is_self"]]
    return contacts.list_contacts(ctx.session, ids)


def _ask_about(ctx: Context, contact: Contact, alike: Sequence[Contact]) -> None:
    """Ask whether a new contact is somebody who is there already."""
    doubles = [each for each in alike if ask(ctx.session, contact, each.id, "they have the same name", run_id=None)]
    if doubles:
        names = "; ".join(map(_line, doubles))
        ctx.notes.append(
            f"Called so already: {names}. Ask the person whether they are one: merge_contacts(other_id={contact.id!r}, "
            f"kept_id={doubles[0].id!r}), or keep_contacts_apart with the same two."
        )


def _line(contact: Contact) -> str:
    return ", ".join(one_line(part) for part in (contact.id, contact.title, contact.company) if part)


def _finish(ctx: Context, contact: Contact, fields: Mapping[str, Any]) -> Contact:
    """The contact, once what its fields say about who it is has been written down too."""
    if fields.get("email"):
        _keep_email(ctx, contact, fields["email"])
    if fields.get("profile_url"):
        _keep_identity(ctx, contact, fields["profile_url"])
    if "rhythm_days" in fields:
        _begin_rhythm(ctx, contact)
    contact.enrichment_score = enrichment_score(contact)
    ctx.session.flush()
    index_contacts(ctx.session, [contact.id])
    due_enrollments.look_again(ctx.session, contact_ids=[contact.id])
    return contact


def _begin_rhythm(ctx: Context, contact: Contact) -> None:
    """Let the days count from when the two were last in touch, and where that is not known from now."""
    if contact.rhythm_days is None:
        contact.rhythm_from = None
    elif contact.rhythm_from is None:
        contact.rhythm_from = last_contact(ctx.session, contact.id) or ctx.now()


def _keep_email(ctx: Context, contact: Contact, address: str) -> None:
    email = parse_email(address)
    if email is None:
        raise BadRequest(f"{address} is no e-mail address.")
    vouched = not is_shared(email.normalized)
    for other in emails.find_vouched(ctx.session, email.normalized):
        if vouched and other.id != contact.id:
            raise _owner_conflict(address, other)
    emails.keep_email(
        ctx.session,
        contact.id,
        address=email.address,
        normalized=email.normalized,
        source=BY_HAND,
        is_verified=vouched,
    )


def _forget_email(ctx: Context, contact: Contact, address: str) -> None:
    email = parse_email(address)
    emails.forget_email(ctx.session, contact.id, email.normalized if email else address.lower())


def _keep_identity(ctx: Context, contact: Contact, profile_url: str) -> None:
    """A profile on LinkedIn says who someone is, so that an import finds this contact and makes no second one."""
    profile = parse_profile(profile_url)
    if profile is None:
        return
    identity = identities.find_identity(ctx.session, Platform.LINKEDIN, profile.slug)
    if identity is None:
        identities.create_identity(
            ctx.session,
            contact_id=contact.id,
            platform=Platform.LINKEDIN,
            platform_user_id=profile.slug,
            platform_url=profile.url,
        )
    elif identity.contact_id != contact.id and (other := contacts.get_contact(ctx.session, identity.contact_id)):
        raise _owner_conflict(profile.url, other)


def _owner_conflict(value: str, owner: Contact) -> Conflict:
    archived = ", archived: restore_contacts brings them back" if owner.archived_at else ""
    return Conflict(
        f"{value} belongs to {one_line(owner.name)} ({owner.id}{archived}). To change that contact, call save_contact "
        f"with contact_id={owner.id!r}."
    )


def contact_stands(ctx: Context, view: ContactView) -> str:
    """How a contact stands that was saved some time ago."""
    contact = contacts.get_contact(ctx.session, view.id)
    if contact is None:
        return f"Contact {view.id} is there no more."
    return f"Contact {view.id} is {'there' if contact.archived_at is None else 'archived'} now."


def known_contact(session: Session, contact_id: str) -> Contact:
    """The contact with this id, archived or not.

    Raises:
        NotFound: there is none; it says how to find people
    """
    contact = contacts.get_contact(session, contact_id)
    if contact is None:
        raise NotFound(_how_to_find(session, contact_id.strip()[:_WORDS_CHARS]))
    return contact


def _how_to_find(session: Session, words: str) -> str:
    if words.startswith("con_"):
        return f"There is no contact {words!r}. search_contacts finds people by name, company or address."
    if alike := _namesake_words(session, words) or _near_words(session, words):
        return alike
    return f"{words!r} is no id of a contact. search_contacts(query={words!r}) finds people, with their ids."


def refuse_unknown_people(session: Session, config: Mapping[str, Any]) -> None:
    """See that a run's settings name contacts by their ids: a run about nobody would end without a word.

    Raises:
        NotFound: one is a name that nobody has; it says who is called almost so
    """
    for setting in ("contact_ids", "contactIds"):
        meant = config.get(setting)
        for each in cast("list[object]", meant) if isinstance(meant, list) else ():
            if isinstance(each, str) and not each.startswith("con_"):
                known_contact(session, each)


def tell_namesakes(ctx: Context, session: Session, contact_ids: Sequence[str]) -> None:
    """Name the ids of those for whom a name was given instead of an id.

    Args:
        ctx: the call, whose caller is told
        session: a session
        contact_ids: what was given
    """
    names = [each for each in contact_ids if not each.startswith("con_")]
    for name in names[:_NAMESAKES]:
        if words := _namesake_words(session, name) or _near_words(session, name):
            ctx.notes.append(words)


def _namesake_words(session: Session, name: str) -> str | None:
    ids = identities.find_namesakes(session, [name.strip()], most=_NAMESAKES)
    return f"{name.strip()!r} is no id; called so: {', '.join(sorted(ids))}. Call again with the id." if ids else None


def _near_words(session: Session, name: str) -> str | None:
    """Who is called almost so. Told by the id alone: what strangers call themselves is not read by the way."""
    rows = search(session, ContactQuery(text=name, limit=_NAMESAKES)).rows
    alike = near_name(name, [row["name"] for row in rows])
    ids = sorted(row["id"] for row in rows if row["name"] == alike)
    return f"{name.strip()!r} is no id; called almost so: {', '.join(ids)}. Call again with the id." if ids else None
