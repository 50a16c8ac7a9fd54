"""Refusals: who wants no letters, whatever becomes of the rows that say so (docs/backups.md, "Restoring")."""

from collections.abc import Collection

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, insert_into, present_keys, table_of
from onelane.storage.outreach.suppressions import Suppression
from onelane.storage.people.contacts import Contact

_COLUMNS = ("id", "channel", "address_hash", "address", "contact_id", "reason", "source", "created_at")
_REFUSED = "refused"


def bring_refusals(before: Session, into: Session) -> int:
    """Bring what holds in one database into another: its suppressions, and which contacts of both refuse letters.

    Args:
        before: of the newer database
        into: a writing one, of the copy

    Returns:
        How many suppressions the copy did not know.
    """
    count = _bring_suppressions(before, into)
    people = table_of(Contact)
    refusing = before.sql(sa.select(people.c.id).where(_refuses(people))).scalars().all()
    agreed = among(into, people.c.id, refusing) & ~_refuses(people)
    now = into.now()
    into.sql(sa.update(people).where(agreed).values(consent_basis=_REFUSED, consent_at=now, updated_at=now))
    return count


def refusing_names(session: Session, contact_ids: Collection[str]) -> list[str]:
    """The names of those of these contacts who refuse letters."""
    people = table_of(Contact)
    query = sa.select(people.c.name).where(among(session, people.c.id, contact_ids), _refuses(people))
    return list(session.sql(query.order_by(people.c.id)).scalars())


def _refuses(people: sa.Table) -> sa.ColumnElement[bool]:
    """As the gate reads it: in whichever case, with blanks around it."""
    return sa.func.lower(sa.func.trim(sa.func.coalesce(people.c.consent_basis, ""))) == _REFUSED


def _bring_suppressions(before: Session, into: Session) -> int:
    table = table_of(Suppression)
    holding = sa.select(*(table.c[name] for name in _COLUMNS)).where(table.c.lifted_at.is_(None))
    rows = list(before.sql(holding).mappings())
    known_ids = present_keys(into, table_of(Contact).c.id, {row["contact_id"] for row in rows})
    count = 0
    for row in rows:
        contact_id = row["contact_id"] if row["contact_id"] in known_ids else None
        values = {**row, "contact_id": contact_id}
        count += into.sql(insert_into(into, table).values(values).on_conflict_do_nothing()).rowcount
    return count
