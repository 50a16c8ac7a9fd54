"""How many contacts there are of each company, tag, platform, stage or month."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa

from onelane.storage.database.columns import Vocabulary
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.people.contacts import Contact


class CountBy(Vocabulary):
    """What contacts are counted by."""

    COMPANY = "company"
    TAG = "tag"
    PLATFORM = "platform"
    STAGE = "stage"
    MONTH = "month"
    """In which they came in."""


_COLUMNS = {
    CountBy.COMPANY: "company",
    CountBy.TAG: "tags",
    CountBy.PLATFORM: "platform",
    CountBy.STAGE: "funnel_stage",
    CountBy.MONTH: "created_at",
}


def count_by(session: Session, by: CountBy, contact_ids: Collection[str] | None) -> Counter[str]:
    """How many live contacts each has, those without any under an empty text.

    Args:
        session: a session
        by: what is told apart; companies whatever the case of their letters, tags each by itself
        contact_ids: only these; None for all
    """
    table = table_of(Contact)
    query = sa.select(table.c[_COLUMNS[by]]).where(table.c.archived_at.is_(None), ~table.c.is_self)
    if contact_ids is not None:
        query = query.where(among(session, table.c.id, contact_ids))
    counts, spellings = Counter[str](), dict[str, str]()
    for value in session.sql(query).scalars():
        for word in _words(by, value):
            counts[spellings.setdefault(word.casefold(), word)] += 1
    return counts


def _words(by: CountBy, value: object) -> list[str]:
    if by is CountBy.TAG:
        tags: list[str] = orjson.loads(str(value))
        return tags or [""]
    if isinstance(value, datetime):
        return [f"{value.astimezone(UTC):%Y-%m}"]
    return ["" if value is None else str(value).strip()]
