"""Where contacts work and by which number they are reached, with all values that exports have said."""

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values, bare, read_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity

_ALSO = sa.text("platform_data LIKE '%\"also\":{%' AND (platform_data LIKE :company OR platform_data LIKE :phone)")


def sole_origin(session: Session) -> str | None:
    """The platform that all contacts first came from; null where they came from several, or there are none."""
    table = bare(Contact)
    first = session.sql(sa.select(table.c.platform).limit(1)).scalar()
    from_elsewhere = sa.select(table.c.id).where(table.c.platform.is_distinct_from(first)).limit(1)
    return None if first is None or session.sql(from_elsewhere).first() else first


def read_workplaces(session: Session) -> list[Values]:
    """Id, name, company, phone and time of the last change of every contact that has one of the two."""
    table = bare(Contact)
    columns = (table.c.id, table.c.name, table.c.company, table.c.phone, table.c.updated_at)
    has_workplace = table.c.company.is_not(None) | table.c.phone.is_not(None)
    return read_rows(session, sa.select(*columns).where(has_workplace).order_by(table.c.id))


def read_other_workplaces(session: Session) -> Iterator[tuple[str, str, str]]:
    """Contact id, `company` or `phone`, and a value that an export has said of a contact beside the one that counts."""
    table = bare(Identity)
    query = sa.select(table.c.contact_id, table.c.platform_data).where(_ALSO).order_by(table.c.id)
    for contact_id, data in read_rows(session, query, {"company": '%"company":[%', "phone": '%"phone":[%'}):
        also: dict[str, Any] = orjson.loads(data).get("also", {})
        for name in ("company", "phone"):
            yield from ((contact_id, name, str(value)) for value in also.get(name, ()))
