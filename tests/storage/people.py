"""Contacts for tests of searching: put into the tables as an import does, and indexed."""

import json
from collections.abc import Sequence
from typing import Any

from onelane.storage.database.engine import Database, Session
from onelane.storage.people.contacts import Contact, create_contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_search import ContactQuery, FoundContacts, index_contacts, search


def add(
    database: Database,
    *names: str,
    tags: Sequence[str] = (),
    handles: Sequence[str] = (),
    platform: Platform = Platform.LINKEDIN,
    **columns: Any,
) -> list[str]:
    """Add a contact for each name, all with the same of the rest; their ids."""
    with database.write() as session:
        contacts = [create_contact(session, name=name, tags=json.dumps(list(tags)), **columns) for name in names]
        for contact in contacts:
            _add_ways_to_reach(session, contact, handles, platform)
        session.flush()
        index_contacts(session, [contact.id for contact in contacts])
        return [contact.id for contact in contacts]


def _add_ways_to_reach(session: Session, contact: Contact, handles: Sequence[str], platform: Platform) -> None:
    now = session.now()
    for handle in handles:
        session.add(
            Identity(
                id=session.new_id("idn"),
                contact_id=contact.id,
                platform=platform,
                platform_user_id=f"{contact.id}/{handle}",
                platform_handle=handle,
                created_at=now,
                updated_at=now,
            )
        )
    if contact.email is not None:
        session.add(
            ContactEmail(
                id=session.new_id("eml"),
                contact_id=contact.id,
                address=contact.email,
                normalized=contact.email.lower(),
                source="test",
                created_at=now,
            )
        )


def found(database: Database, text: str = "", **conditions: Any) -> list[str]:
    """The names of those who are found, in order."""
    return [row["name"] for row in look(database, text, **conditions).rows]


def look(database: Database, text: str = "", **conditions: Any) -> FoundContacts:
    """What a search gives."""
    with database.read() as session:
        return search(session, ContactQuery(text=text, **conditions))


def look_through(database: Database, text: str = "", **conditions: Any) -> list[dict[str, Any]]:
    """All pages of a search, one after another."""
    page = look(database, text, **conditions)
    rows = list(page.rows)
    while page.next_cursor is not None:
        page = look(database, text, **conditions, cursor=page.next_cursor)
        rows += page.rows
    return rows
