"""Whether a person from a page is a contact already (as imports do it, `intake.matching`)."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from onelane.storage.database.engine import Session
from onelane.storage.people import contact_sources, contacts, emails, identities
from onelane.tools.people.fact_fields import FactField, say_the_same
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.matching import who_is
from onelane.tools.people.intake.names import names_agree
from onelane.tools.platforms.formats.contact_details import is_shared, parse_email
from onelane.tools.platforms.formats.records import PersonRecord

_MOST_NAMESAKES = 10

Candidate: TypeAlias = tuple[str, str]
"""A contact's id, and why it may be them."""


def find_known(session: Session, values: Mapping[FactField, str], url: str) -> tuple[str | None, Sequence[Candidate]]:
    """The contact that a page tells of, null when it is new; and who else it may be. The caller holds the identities.

    Certain are a profile and an address that prove who someone is, and what the same page, or another page with the
    same profile, said under that name before. Weaker likenesses are candidates.

    Args:
        session: a session that writes
        values: what the page says, in the form in which contacts keep it
        url: the page
    """
    record = _record(values)
    directory = Directory(session, [record])
    # What an older address book without addresses calls someone is too weak for a page: name and company are proposed.
    directory.made_ids_on.clear()
    person, others = who_is(directory, record)
    candidates = {other.id: reason for other, reason in others}
    if person is not None:
        return person.id, list(candidates.items())
    for contact_id, reason in _by_unvouched_address(session, record):
        if reason is None:
            return contact_id, ()
        candidates.setdefault(contact_id, reason)
    if told_before := _told_before(session, values, url):
        return told_before, ()
    return None, list(candidates.items())


def _record(values: Mapping[FactField, str]) -> PersonRecord:
    email = parse_email(values.get(FactField.EMAIL, ""))
    phone = values.get(FactField.PHONE)
    links = [values[field] for field in (FactField.PROFILE_URL, FactField.WEBSITE) if field in values]
    return PersonRecord(
        line=1,
        # As an entry of an address book, which may name profiles on other platforms.
        platform="gmail",
        name=values[FactField.NAME],
        first_name=values.get(FactField.FIRST_NAME),
        last_name=values.get(FactField.LAST_NAME),
        emails=() if email is None else (email,),
        phones=() if phone is None else (phone,),
        company=values.get(FactField.COMPANY),
        website=links[0] if links else None,
        extra={"websites": links},
    )


def _by_unvouched_address(session: Session, record: PersonRecord) -> list[tuple[str, str | None]]:
    """Who has the address by what a page said: certain (no reason) where the name agrees, or else a candidate."""
    owners: list[tuple[str, str | None]] = []
    for email in record.emails:
        if is_shared(email.normalized):
            continue
        for _, contact_id, _ in emails.read_owners(session, [email.normalized]):
            contact = contacts.get_contact(session, contact_id)
            if contact is not None:
                agree = names_agree(contact.name, record.name or "")
                owners.append((contact_id, None if agree else f"they have the same address {email.address}"))
    return sorted(owners, key=lambda each: each[1] is not None)


def _told_before(session: Session, values: Mapping[FactField, str], url: str) -> str | None:
    """Who has exactly this name from this page, or exactly this name and profile."""
    profile = values.get(FactField.PROFILE_URL)
    for contact_id in sorted(identities.find_namesakes(session, [values[FactField.NAME]], most=_MOST_NAMESAKES)):
        sources = contact_sources.list_sources(session, contact_id)
        if any(source.url == url and source.field == FactField.NAME for source in sources):
            return contact_id
        contact = contacts.get_contact(session, contact_id)
        profile_url = contact and contact.profile_url
        if profile and profile_url and say_the_same(FactField.PROFILE_URL, profile, profile_url):
            return contact_id
    return None
