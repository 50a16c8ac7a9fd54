"""Account relations: who is a follower or the like of which own account, and in which pass that was last seen."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, bare, read_rows
from onelane.storage.people.identities import Identity

_AT_ONCE = 1000


class AccountRelation(Row, table=True):
    """A row of `account_relations`: an identity is in a list of an account, such as its followers."""

    __tablename__ = "account_relations"
    __table_args__ = (sa.Index("ix_account_relations_identity", "identity_id"),)

    platform_account_id: str = Field(
        foreign_key="platform_accounts.id", ondelete="CASCADE", primary_key=True, sa_type=sa.Text
    )
    relation: str = Field(primary_key=True, sa_type=sa.Text)
    """`follower` or `following`."""
    identity_id: str = Field(foreign_key="contact_identities.id", ondelete="CASCADE", primary_key=True, sa_type=sa.Text)
    seen_in: str | None = Field(default=None, sa_type=sa.Text)
    """The mark of the pass over the whole list in which the platform showed it last; None where a file says so."""


def keep_relations(session: Session, relations: Sequence[tuple[str, str, str, str | None]]) -> None:
    """Note who is in which list, and in which pass that was seen; what is noted so already is not written again.

    Args:
        session: a session that writes
        relations: an account's id, the relation, the identity's id, and the mark of the pass if it is a whole one
    """
    if relations:
        session.connection().exec_driver_sql(_KEEP[session.get_bind().dialect.name], list(relations))


def listed_users(session: Session, account_id: str, relation: str, user_ids: Collection[str]) -> set[str]:
    """Those of a platform's users who are in a list of an account, as far as known."""
    relations, identities = bare(AccountRelation), bare(Identity)
    query = sa.select(identities.c.platform_user_id).join(relations, relations.c.identity_id == identities.c.id)
    in_list = (relations.c.platform_account_id == account_id) & (relations.c.relation == relation)
    return {user_id for (user_id,) in session.sql(query.where(in_list, identities.c.platform_user_id.in_(user_ids)))}


def count_seen(session: Session, account_id: str, relation: str, seen_in: str) -> int:
    """How many a pass over the whole list has shown."""
    relations = bare(AccountRelation)
    is_seen = (
        (relations.c.platform_account_id == account_id)
        & (relations.c.relation == relation)
        & (relations.c.seen_in == seen_in)
    )
    return session.sql(sa.select(sa.func.count()).select_from(relations).where(is_seen)).scalar_one()


def lost_in_pass(session: Session, account_id: str, relation: str, seen_in: str) -> Iterator[Sequence[Values]]:
    """Those whom an account's list had before a pass that did not show them, and who are in no other account's list.

    Yields:
        their id and `platform_data`, a thousand at once
    """
    relations = bare(AccountRelation)
    other = relations.alias()
    elsewhere = sa.exists().where(
        other.c.identity_id == relations.c.identity_id,
        other.c.relation == relation,
        other.c.platform_account_id != account_id,
    )
    query = _identities().join(relations, relations.c.identity_id == bare(Identity).c.id)
    yield from _by_the_thousand(session, query.where(_unseen(relations, account_id, relation, seen_in), ~elsewhere))


def never_listed(session: Session, platform: str, relation: str) -> Iterator[Sequence[Values]]:
    """Those who keep a relation from a file of before lists were kept: id and `platform_data`, a thousand at once."""
    relations, identities = bare(AccountRelation), bare(Identity)
    is_listed = sa.exists().where(relations.c.identity_id == identities.c.id, relations.c.relation == relation)
    keeps = identities.c.platform_data.like(f'%"relations":[%"{relation}"%')
    yield from _by_the_thousand(session, _identities().where(identities.c.platform == platform, keeps, ~is_listed))


def forget_unseen(session: Session, account_id: str, relation: str, seen_in: str) -> None:
    """Take out of an account's list whoever was not seen in a pass."""
    relations = bare(AccountRelation)
    session.sql(sa.delete(relations).where(_unseen(relations, account_id, relation, seen_in)))


def _unseen(relations: sa.TableClause, account_id: str, relation: str, seen_in: str) -> sa.ColumnElement[bool]:
    in_list = (relations.c.platform_account_id == account_id) & (relations.c.relation == relation)
    return in_list & relations.c.seen_in.is_distinct_from(seen_in)


def _identities() -> sa.Select[*tuple[Any, ...]]:
    identities = bare(Identity)
    return sa.select(identities.c.id, identities.c.platform_data)


def _by_the_thousand(session: Session, query: sa.Select[*tuple[Any, ...]]) -> Iterator[Sequence[Values]]:
    identity_id, last = bare(Identity).c.id, ""
    while rows := read_rows(session, query.where(identity_id > last).order_by(identity_id).limit(_AT_ONCE)):
        yield rows
        last = rows[-1][0]


_KEEP = {
    "sqlite": "INSERT INTO account_relations (platform_account_id, relation, identity_id, seen_in) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET seen_in = excluded.seen_in "
    "WHERE excluded.seen_in IS NOT NULL AND account_relations.seen_in IS NOT excluded.seen_in",
    "postgresql": "INSERT INTO account_relations (platform_account_id, relation, identity_id, seen_in) "
    "VALUES (%s, %s, %s, %s) ON CONFLICT (platform_account_id, relation, identity_id) DO UPDATE "
    "SET seen_in = excluded.seen_in "
    "WHERE excluded.seen_in IS NOT NULL AND account_relations.seen_in IS DISTINCT FROM excluded.seen_in",
}
