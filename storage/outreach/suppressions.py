"""Suppressions: addresses that are not written to (docs/tables.md, "Suppressions").

An address is known by its keyed hash, so that one which was erased is still recognised.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, enum_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, insert_into, table_of
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.approvals import Door


class SuppressionReason(Vocabulary):
    """Why an address is not written to."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCE_HARD = "bounce_hard"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    ERASED = "erased"


_NOT_LIFTED = sa.text("lifted_at IS NULL")


class Suppression(Row, table=True):
    """A row of `suppressions`."""

    __tablename__ = "suppressions"
    __table_args__ = (
        sa.Index(
            "ix_suppressions_address",
            "channel",
            "address_hash",
            unique=True,
            sqlite_where=_NOT_LIFTED,
            postgresql_where=_NOT_LIFTED,
        ),
        sa.Index("ix_suppressions_contact", "contact_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    channel: Channel = Field(sa_column=word_column(Channel))
    address_hash: str = Field(sa_type=sa.Text)
    address: str | None = Field(default=None, sa_type=sa.Text)
    """Null once the person was erased."""
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="SET NULL", sa_type=sa.Text)
    reason: SuppressionReason = Field(sa_column=enum_column(SuppressionReason, name="ck_suppressions_reason"))
    source: str | None = Field(default=None, sa_type=sa.Text)
    """Where it comes from, such as a message's id or a command."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    lifted_at: datetime | None = Field(default=None, sa_column=time_column())
    lifted_via: Door | None = Field(
        default=None, sa_column=enum_column(Door, name="ck_suppressions_lifted_via", nullable=True)
    )


def suppress(
    session: Session,
    *,
    channel: Channel,
    address_hash: str,
    address: str | None,
    reason: SuppressionReason,
    contact_id: str | None = None,
    source: str | None = None,
) -> bool:
    """Write to this address no more; False when that was so already."""
    values = {
        "id": session.new_id("sup"),
        "channel": channel,
        "address_hash": address_hash,
        "address": address,
        "contact_id": contact_id,
        "reason": reason,
        "source": source,
        "created_at": session.now(),
    }
    return (
        session.sql(insert_into(session, table_of(Suppression)).values(**values).on_conflict_do_nothing()).rowcount == 1
    )


def has_any(session: Session) -> bool:
    """Whether anything holds for anybody."""
    return session.sql(_ANY).first() is not None


def find_suppressions(session: Session, address_hashes: Collection[str]) -> Sequence[Suppression]:
    """What holds for these addresses on any channel."""
    table = table_of(Suppression)
    query = select(Suppression).where(among(session, table.c.address_hash, address_hashes))
    return session.exec(query.where(col(Suppression.lifted_at).is_(None)).order_by(col(Suppression.id))).all()


def find_holding(
    session: Session, channel: Channel, *, address_hashes: Collection[str], contact_ids: Collection[str]
) -> Sequence[Suppression]:
    """What holds on a channel for these addresses, or for these contacts whatever their addresses, oldest first."""
    table = table_of(Suppression)
    # Each half is found by an index of its own.
    by_address, by_contact = (
        sa.select(table.c.id).where(which, table.c.channel.in_([channel, Channel.ALL]), table.c.lifted_at.is_(None))
        for which in (
            among(session, table.c.address_hash, address_hashes),
            among(session, table.c.contact_id, contact_ids),
        )
    )
    query = select(Suppression).where(col(Suppression.id).in_(by_address.union(by_contact)))
    return session.exec(query.order_by(col(Suppression.id))).all()


def get_suppression(session: Session, suppression_id: str) -> Suppression | None:
    """The suppression with this id, lifted or not."""
    return session.get(Suppression, suppression_id)


def list_suppressions(
    session: Session,
    *,
    channel: Channel | None = None,
    address_hashes: Collection[str] | None = None,
    after_id: str | None = None,
    limit: int,
) -> Sequence[Suppression]:
    """What holds, oldest first, beginning after `after_id`; on a channel or for addresses, if any are given."""
    query = select(Suppression).where(*_holding(session, channel, address_hashes))
    if after_id is not None:
        query = query.where(col(Suppression.id) > after_id)
    return session.exec(query.order_by(col(Suppression.id)).limit(limit)).all()


def count_suppressions(
    session: Session, *, channel: Channel | None = None, address_hashes: Collection[str] | None = None
) -> int:
    """How many hold; see `list_suppressions`."""
    query = sa.select(sa.func.count()).select_from(Suppression).where(*_holding(session, channel, address_hashes))
    return session.sql(query).scalar_one()


def _holding(
    session: Session, channel: Channel | None, address_hashes: Collection[str] | None
) -> list[sa.ColumnElement[bool]]:
    table = table_of(Suppression)
    conditions: list[sa.ColumnElement[bool]] = [table.c.lifted_at.is_(None)]
    if channel is not None:
        conditions.append(table.c.channel == channel)
    if address_hashes is not None:
        conditions.append(among(session, table.c.address_hash, address_hashes))
    return conditions


def latest_with_address(session: Session) -> Suppression | None:
    """The latest of those that hold and whose address is known."""
    query = select(Suppression).where(col(Suppression.lifted_at).is_(None), col(Suppression.address).is_not(None))
    return session.exec(query.order_by(col(Suppression.id).desc()).limit(1)).first()


def change_hash(session: Session, suppression_id: str, address_hash: str) -> None:
    """Let an address be known by another hash, unless it is known by that already."""
    table = table_of(Suppression)
    other = table.alias("other")
    is_known = sa.exists().where(
        other.c.channel == table.c.channel, other.c.address_hash == address_hash, other.c.lifted_at.is_(None)
    )
    statement = sa.update(table).where(table.c.id == suppression_id, ~is_known)
    session.sql(statement.values(address_hash=address_hash))


def lift(session: Session, suppression_id: str, *, via: Door) -> bool:
    """Let an address be written to again; False when it was lifted already."""
    table = table_of(Suppression)
    statement = sa.update(Suppression).where(table.c.id == suppression_id, table.c.lifted_at.is_(None))
    return session.sql(statement.values(lifted_at=session.now(), lifted_via=via)).rowcount == 1


def forget_address(session: Session, contact_id: str) -> None:
    """Keep only the hashes of an erased person's addresses."""
    statement = sa.update(Suppression).where(table_of(Suppression).c.contact_id == contact_id)
    session.sql(statement.values(address=None, contact_id=None))


_ANY = sa.text("SELECT 1 FROM suppressions WHERE lifted_at IS NULL LIMIT 1")
