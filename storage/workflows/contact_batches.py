"""Batches of contacts for a run, in the order of ids, so that it can continue after a crash."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.people.contacts import Contact, FunnelStage, fields_by_place
from onelane.storage.people.engagements import Engagement
from onelane.storage.workflows.enrollments import ONGOING, Enrollment

_LOOKED_AT = (
    "id",
    *(field.name for field in fields_by_place() if field.judged),
    "tags",
    "enrichment_score",
    "created_at",
    "last_interaction_at",
)
_UNREADABLE_PROFILES = ("%linkedin.com/%", "%lnkd.in/%", "%//x.com/%", "%.x.com/%", "%twitter.com/%")
"""Profiles on platforms whose pages are never read; whoever reads pages decides that again for each address."""


def read_prunable(
    session: Session,
    *,
    after_id: str,
    limit: int,
    untouchable: Collection[FunnelStage],
    among_ids: Collection[str] | None = None,
    locks: bool = True,
) -> Sequence[RowMapping]:
    """Contacts that may be archived by a run: live, nobody's self, at no untouchable stage and in no sequence.

    Args:
        session: where to read
        after_id: the page begins behind this id
        limit: how many at most
        untouchable: the stages of contacts that stay
        among_ids: only these
        locks: until the transaction ends nobody else archives or restores them

    Returns:
        What pruning looks at, and `was_contacted`.
    """
    query, params = _prunable(frozenset(untouchable)), {"after_id": after_id, "limit": limit}
    if locks:
        query = query.with_for_update(key_share=True, of=table_of(Contact))
    if among_ids is not None:
        query = query.where(among(session, table_of(Contact).c.id, among_ids))
    return list(session.connection().execute(query, params).mappings())


@cache
def _prunable(untouchable: frozenset[FunnelStage]) -> sa.Select[*tuple[Any, ...]]:
    table, happened, enrolled = table_of(Contact), table_of(Engagement), table_of(Enrollment)
    contacted = sa.exists().where(happened.c.contact_id == table.c.id)
    query = sa.select(
        *(table.c[name] for name in _LOOKED_AT),
        sa.or_(table.c.last_interaction_at.is_not(None), contacted).label("was_contacted"),
    )
    ongoing = sa.exists().where(enrolled.c.contact_id == table.c.id, enrolled.c.status.in_(ONGOING))
    query = query.where(
        table.c.archived_at.is_(None), ~table.c.is_self, table.c.funnel_stage.not_in(sorted(untouchable)), ~ongoing
    )
    return query.where(table.c.id > sa.bindparam("after_id")).order_by(table.c.id).limit(sa.bindparam("limit"))


def take_for_enrichment(
    session: Session,
    *,
    after_id: str,
    limit: int,
    rested_before: datetime,
    below_score: int | None,
    missing_columns: Sequence[str],
    with_page: bool,
    among_ids: Collection[str] | None,
) -> Sequence[tuple[str, datetime | None]]:
    """Take contacts to look for what is missing; whoever takes them next must wait until they have rested.

    Args:
        session: a writing one
        after_id: the page begins behind this id
        limit: how many at most
        rested_before: only contacts that nobody has looked at since then
        below_score: only contacts of whom less is known than that; None for any
        missing_columns: only contacts that lack one of these columns; empty for any
        with_page: only contacts with an address that may be read
        among_ids: only these

    Returns:
        Their ids in order, and when each had been looked at before.
    """
    table = table_of(Contact)
    rested = sa.or_(table.c.enriched_at.is_(None), table.c.enriched_at < rested_before)
    query = sa.select(table.c.id, table.c.enriched_at).where(table.c.archived_at.is_(None), ~table.c.is_self, rested)
    query = query.where(*_wanting(table, below_score, missing_columns), table.c.id > after_id)
    if with_page:
        query = query.where(_has_page(table))
    if among_ids is not None:
        query = query.where(among(session, table.c.id, among_ids))
    # Two runs at once wait for each other here, and the second one sees what the first one took.
    query = query.order_by(table.c.id).limit(limit).with_for_update(key_share=True)
    enriched_before = {row[0]: row[1] for row in session.sql(query)}
    statement = sa.update(table).where(among(session, table.c.id, list(enriched_before)), rested)
    ids = set(session.sql(statement.values(enriched_at=session.now()).returning(table.c.id)).scalars())
    return [(contact_id, before) for contact_id, before in enriched_before.items() if contact_id in ids]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why contacts are not looked at.

    Args:
        live: how many there are
        complete: how many lack nothing of what is wanted
        resting: how many of the rest were looked at a short time ago
        without_page: how many of what remains have no address that may be read
    """

    live: int
    complete: int
    resting: int
    without_page: int


def count_left_out(
    session: Session, *, rested_before: datetime, below_score: int | None, missing_columns: Sequence[str]
) -> LeftOut:
    """Count whom `take_for_enrichment` leaves out and why, each under the first reason; see there."""
    table = table_of(Contact)
    live = (table.c.archived_at.is_(None), ~table.c.is_self)
    wanting = _wanting(table, below_score, missing_columns)
    rested = sa.or_(table.c.enriched_at.is_(None), table.c.enriched_at < rested_before)

    def count(*conditions: sa.ColumnElement[bool]) -> int:
        return session.sql(sa.select(sa.func.count()).select_from(table).where(*live, *conditions)).scalar_one()

    everybody, lacking, able = count(), count(*wanting), count(*wanting, rested)
    return LeftOut(everybody, everybody - lacking, lacking - able, able - count(*wanting, rested, _has_page(table)))


def give_back(session: Session, contacts: Sequence[tuple[str, datetime | None]]) -> None:
    """Let contacts that were taken and not looked at be taken at once, as before."""
    table = table_of(Contact)
    for contact_id, before in contacts:
        session.sql(sa.update(table).where(table.c.id == contact_id).values(enriched_at=before))


def _wanting(
    table: sa.FromClause, below_score: int | None, missing_columns: Sequence[str]
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if below_score is not None:
        conditions.append(table.c.enrichment_score < below_score)
    if missing_columns:
        conditions.append(sa.or_(*(_is_missing(table.c[name]) for name in missing_columns)))
    return conditions


def _is_missing(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column == "")


def _has_page(table: sa.FromClause) -> sa.ColumnElement[bool]:
    profile = table.c.profile_url
    readable = sa.and_(~_is_missing(profile), *(profile.not_like(pattern) for pattern in _UNREADABLE_PROFILES))
    return sa.or_(~_is_missing(table.c.website), readable)
