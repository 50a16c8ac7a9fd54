"""The facts of people, as sequences read them by the hundred thousand."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import DialectName, Session
from onelane.storage.database.rows import among, among_given, bare, dialect_of, given_keys, read_rows, table_of
from onelane.storage.people.contact_field import FieldKind
from onelane.storage.people.contacts import CONTACT_FIELDS, Contact
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Channel, Platform
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.stopping.suppressed import suppressions_of
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.registry.gate.vault import Vault


def read_people(
    session: Session, contact_ids: Collection[str], sequence: OutreachSequence, *, template_id: str, vault: Vault
) -> dict[str, ContactFacts]:
    """What is known of people, by id; nobody who is not there.

    Args:
        session: for reading
        contact_ids: who
        sequence: by whose channel they are reached
        template_id: the sequence's template
        vault: hashes their addresses, by which a suppression knows them
    """
    rows = _rows(session, contact_ids)
    addresses = _addresses(session, rows, sequence)
    suppressions = suppressions_of(session, vault, addresses, sequence.channel)
    elsewhere, repliers = _elsewhere(session, contact_ids, template_id)
    return {
        contact_id: ContactFacts(
            id=contact_id,
            name=row.fields["name"] or "",
            fields=row.fields,
            tags=frozenset[str]() if row.tags == "[]" else frozenset(orjson.loads(row.tags)),
            address=addresses.get(contact_id),
            has_replied=contact_id in repliers,
            suppression_reason=suppressions.get(contact_id),
            is_archived=row.is_archived,
            in_other_sequence=contact_id in elsewhere,
        )
        for contact_id, row in rows.items()
    }


class _Person(NamedTuple):
    """A contact's row as sequences read it."""

    fields: Mapping[str, str | None]
    tags: str
    is_archived: bool


_FIELDS = tuple(
    field.name for field in CONTACT_FIELDS if field.kind not in (FieldKind.TAGS, FieldKind.INSTANT, FieldKind.STAGE)
)


def _rows(session: Session, contact_ids: Collection[str]) -> dict[str, _Person]:
    # As the driver gives them: a sequence is entered by the hundred thousand.
    people: dict[str, _Person] = {}
    rows = read_rows(session, _contacts(dialect_of(session)), given_keys(session, contact_ids))
    for contact_id, tags, archived_at, is_organisation, *texts in rows:
        fields: dict[str, str | None] = dict(zip(_FIELDS, texts, strict=True))
        # Whoever derives a given name from a name must know.
        fields["is_organisation"] = "yes" if is_organisation else None
        people[contact_id] = _Person(fields, tags, archived_at is not None)
    return people


@cache
def _contacts(dialect: DialectName) -> sa.Select[*tuple[Any, ...]]:
    table = bare(Contact)
    names = ("id", "tags", "archived_at", "is_organisation", *_FIELDS)
    return sa.select(*(table.c[name] for name in names)).where(among_given(dialect, table.c.id))


def _addresses(session: Session, rows: Mapping[str, _Person], sequence: OutreachSequence) -> dict[str, str | None]:
    """Where people are reached: an e-mail address, or the address of a profile on the platform."""
    if sequence.channel is Channel.EMAIL:
        return {contact_id: row.fields["email"] for contact_id, row in rows.items()}
    profiles = _identities(session, list(rows), sequence.platform)
    domain = _DOMAINS.get(sequence.platform, "\0")
    for contact_id, row in rows.items():
        profile = row.fields["profile_url"]
        if contact_id not in profiles and domain in (profile or ""):
            profiles[contact_id] = profile
    return profiles


_DOMAINS = {Platform.LINKEDIN: "linkedin.com/", Platform.X: "x.com/", Platform.SUBSTACK: "substack.com"}


def _identities(session: Session, contact_ids: Collection[str], platform: Platform) -> dict[str, str | None]:
    """How people are named on a platform: an address, a handle or an id."""
    table = table_of(Identity)
    query = sa.select(table.c.contact_id, table.c.platform_url, table.c.platform_handle, table.c.platform_user_id)
    query = query.where(table.c.platform == platform, among(session, table.c.contact_id, contact_ids))
    return {
        row.contact_id: row.platform_url or row.platform_handle or row.platform_user_id
        for row in session.sql(query.order_by(table.c.is_primary))
    }


def _elsewhere(session: Session, contact_ids: Collection[str], template_id: str) -> tuple[set[str], set[str]]:
    """Who is in another exclusive sequence, and who has answered in this one."""
    elsewhere: set[str] = set()
    repliers: set[str] = set()
    ongoing: set[str] = set()
    for row in session.sql(_stays(dialect_of(session)), given_keys(session, contact_ids)):
        if row.template_id != template_id and row.is_exclusive and row.status in ONGOING:
            elsewhere.add(row.contact_id)
        if row.template_id == template_id:
            (ongoing if row.status in ONGOING else repliers).add(row.contact_id)
    # Whoever answered in an earlier stay and has entered again has not answered in this one: an answer would end it.
    return elsewhere, repliers - ongoing


@cache
def _stays(dialect: DialectName) -> sa.Select[*tuple[Any, ...]]:
    table = table_of(Enrollment)
    query = sa.select(table.c.contact_id, table.c.template_id, table.c.status, table.c.is_exclusive)
    return query.where(
        among_given(dialect, table.c.contact_id), table.c.status.in_([*ONGOING, EnrollmentStatus.REPLIED])
    )
