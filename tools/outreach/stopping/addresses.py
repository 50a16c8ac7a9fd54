"""Addresses of people: an e-mail address, or what a platform calls somebody, written in one way.

See docs/sequences.md, "Suppressions".
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.people import emails
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import PLATFORM_OF, Channel
from onelane.tools.registry.gate.vault import written_once


def addresses_of(
    session: Session, contact_ids: Collection[str], channel: Channel | None = None
) -> list[tuple[str, str]]:
    """By what people are known, each with its contact: their e-mail addresses, and what platforms call them.

    Args:
        session: for reading
        contact_ids: who
        channel: on which platform, besides e-mail; every one by default
    """
    people, identities = table_of(Contact), table_of(Identity)
    pairs = emails.read_addresses(session, contact_ids)
    own = sa.select(people.c.id, people.c.email, people.c.profile_url).where(among(session, people.c.id, contact_ids))
    for row in session.sql(own):
        pairs += [(row.id, each) for each in (row.email, row.profile_url) if each]
    if channel is not Channel.EMAIL:
        names = (identities.c.platform_url, identities.c.platform_handle, identities.c.platform_user_id)
        query = sa.select(identities.c.contact_id, *names).where(among(session, identities.c.contact_id, contact_ids))
        if channel is not None and channel in PLATFORM_OF:
            query = query.where(identities.c.platform == PLATFORM_OF[channel])
        for contact_id, *handles in session.sql(query):
            pairs += [(contact_id, each) for each in handles if each]
    return [(contact_id, written_once(each)) for contact_id, each in dict.fromkeys(pairs)]


def owners_of(session: Session, address: str, channel: Channel) -> list[str]:
    """The contacts with this address, on this channel or on any."""
    people = table_of(Contact)
    spellings = sorted({address.strip(), address.strip().lower(), written_once(address)})
    owners = [row.contact_id for row in session.sql(_owners_by_email(session, spellings))]
    owners += session.sql(sa.select(people.c.id).where(people.c.email.in_(spellings))).scalars()
    if channel is not Channel.EMAIL:
        owners += session.sql(_owners_by_identity(written_once(address), spellings, channel)).scalars()
    return list(dict.fromkeys(owners))


def _owners_by_identity(handle: str, spellings: Sequence[str], channel: Channel) -> sa.Select[str]:
    identities = table_of(Identity)
    names = sa.or_(
        identities.c.platform_url.in_([*spellings, f"{handle}/"]),
        sa.func.lower(identities.c.platform_handle).in_([handle, f"@{handle}"]),
        identities.c.platform_user_id.in_(spellings),
    )
    query = sa.select(identities.c.contact_id).where(names)
    return query.where(identities.c.platform == PLATFORM_OF[channel]) if channel in PLATFORM_OF else query


def _owners_by_email(session: Session, spellings: list[str]) -> sa.Select[tuple[str]]:
    table = table_of(emails.ContactEmail)
    return sa.select(table.c.contact_id).where(among(session, table.c.normalized, spellings))
