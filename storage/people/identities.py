"""Contact identities: who a contact is on each platform (docs/tables.md, "Contact identities")."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, select

from onelane.storage.database.columns import count_column, flag_column, json_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, among, bare, create_row, each, read_rows, table_of, update_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Platform

_IS_ON_X = sa.text("platform = 'x'")


class Identity(Row, table=True):
    """A row of `contact_identities`. A platform's user belongs to one contact: the unique key says so."""

    __tablename__ = "contact_identities"
    __table_args__ = (
        sa.Index("idx_identity_platform_user", "platform", "platform_user_id", unique=True),
        sa.Index("idx_identity_contact", "contact_id"),
        # Elsewhere the address of a profile is made of the id; on X it is made of the handle, and leads to the id.
        sa.Index("ix_identity_x_url", "platform_url", sqlite_where=_IS_ON_X, postgresql_where=_IS_ON_X),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    platform: Platform = Field(sa_column=word_column(Platform))
    platform_user_id: str = Field(sa_type=sa.Text)
    platform_handle: str | None = Field(default=None, sa_type=sa.Text)
    platform_url: str | None = Field(default=None, sa_type=sa.Text)
    platform_data: str = Field(default="{}", sa_column=json_column())
    is_primary: bool = Field(default=False, sa_column=flag_column(default=False))
    is_active: bool = Field(default=True, sa_column=flag_column(default=True))
    followers_count: int | None = Field(default=None)
    following_count: int | None = Field(default=None)
    posts_count: int = Field(default=0, sa_column=count_column())
    last_synced_at: datetime | None = Field(default=None, sa_column=time_column())
    sync_errors: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def list_identities(session: Session, contact_id: str) -> list[Identity]:
    """All identities of a contact, the primary one first."""
    query = select(Identity).where(Identity.contact_id == contact_id)
    return list(session.exec(query.order_by(sa.desc("is_primary"), sa.asc("id"))))


def identities_by_contact(session: Session, contact_ids: Collection[str]) -> dict[str, list[Identity]]:
    """All identities of many contacts by the contact, each contact's primary one first."""
    query = select(Identity).where(among(session, table_of(Identity).c.contact_id, contact_ids))
    by_contact: dict[str, list[Identity]] = {}
    for identity in session.exec(query.order_by(sa.desc("is_primary"), sa.asc("id"))):
        by_contact.setdefault(identity.contact_id, []).append(identity)
    return by_contact


def find_identity(session: Session, platform: Platform, platform_user_id: str) -> Identity | None:
    """Whom the platform calls so."""
    query = select(Identity).where(Identity.platform == platform, Identity.platform_user_id == platform_user_id)
    return session.exec(query).first()


def create_identity(
    session: Session, *, contact_id: str, platform: Platform, platform_user_id: str, platform_url: str | None = None
) -> Identity:
    """A contact's identity on a platform; the unique key refuses a second one for the same user."""
    return create_row(
        session,
        Identity,
        "idn",
        contact_id=contact_id,
        platform=platform,
        platform_user_id=platform_user_id,
        platform_url=platform_url,
    )


CARRIED = (
    "id", "contact_id", "platform", "platform_user_id", "platform_handle", "platform_url", "platform_data", "is_active",
    "followers_count", "following_count", "posts_count",
)  # fmt: skip
"""The columns that imports read and fill, in the order in which the queries below give them."""

_ADVISORY_LOCK = 7_163_252


def users_of(session: Session, platform: Platform, contact_ids: Collection[str]) -> list[str]:
    """The numbers by which a platform knows contacts, in the order of their text."""
    table = table_of(Identity)
    of_contacts = among(session, table.c.contact_id, contact_ids)
    query = sa.select(table.c.platform_user_id).where(of_contacts, *_has_number(table, platform))
    return sorted(session.sql(query).scalars())


def contacts_on(session: Session, platform: Platform, contact_ids: Collection[str]) -> set[str]:
    """Those of some contacts whom a platform knows by a number."""
    table = table_of(Identity)
    of_contacts = among(session, table.c.contact_id, contact_ids)
    return set(session.sql(sa.select(table.c.contact_id).where(of_contacts, *_has_number(table, platform))).scalars())


def users_unasked(session: Session, platform: Platform, after: str, limit: int) -> list[str]:
    """Those of a platform's users, by its numbers, whom the platform itself was never asked about.

    Args:
        session: a session
        platform: whose
        after: the numbers behind this one, in the order of their text
        limit: at most so many
    """
    table = table_of(Identity)
    query = sa.select(table.c.platform_user_id).where(*_unasked(table, platform, after))
    return list(session.sql(query.order_by(table.c.platform_user_id).limit(limit)).scalars())


def count_unasked(session: Session, platform: Platform, after: str = "") -> int:
    """How many there are; see `users_unasked`."""
    table = table_of(Identity)
    query = sa.select(sa.func.count()).select_from(table).where(*_unasked(table, platform, after))
    return session.sql(query).scalar_one()


def _unasked(table: sa.Table, platform: Platform, after: str) -> tuple[sa.ColumnElement[bool], ...]:
    # What a platform itself said stands under this name; see tools/people/intake/facts.py.
    never = table.c.platform_data.not_like('%"live":%') & table.c.is_active
    return (never, table.c.platform_user_id > after, *_has_number(table, platform))


def _has_number(table: sa.Table, platform: Platform) -> tuple[sa.ColumnElement[bool], ...]:
    """Who is known by a handle alone has no number yet."""
    is_number = (table.c.platform_user_id >= "0") & (table.c.platform_user_id < ":")
    return (table.c.platform == platform, is_number)


def hold_identities(session: Session) -> None:
    """Wait until nobody else decides who is who; it ends with the transaction.

    Whoever finds nobody with an identity and then inserts one must hold this, or two of them insert a person each.
    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.sql(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def read_identities(session: Session, platform: str, user_ids: Collection[str]) -> list[Values]:
    """The `CARRIED` columns of the identities that a platform calls so."""
    table = bare(Identity)
    return _read(session, table.c.platform == platform, among(session, table.c.platform_user_id, user_ids))


def read_x_identities_at(session: Session, urls: Collection[str]) -> list[Values]:
    """The `CARRIED` columns of the identities on X with these profile addresses."""
    return _read(session, _IS_ON_X, among(session, bare(Identity).c.platform_url, urls))


def read_identities_of(session: Session, contact_ids: Collection[str]) -> list[Values]:
    """The `CARRIED` columns of all identities of many contacts."""
    return _read(session, among(session, bare(Identity).c.contact_id, contact_ids))


def _read(session: Session, *conditions: sa.ColumnElement[bool] | sa.TextClause) -> list[Values]:
    table = bare(Identity)
    query = sa.select(*(table.c[name] for name in CARRIED)).where(*conditions).order_by(table.c.id)
    return read_rows(session, query)


def may_begin_with(session: Session, platform: str, beginning: str) -> bool:
    """Whether a platform may have user ids that begin so. SQLite knows; PostgreSQL sorts text as people do, not byte by
    byte, so that its index can't tell, and the answer is yes."""
    if session.get_bind().dialect.name != "sqlite":
        return True
    table = bare(Identity)
    begins_so = table.c.platform_user_id.between(beginning, f"{beginning}\U0010ffff")
    query = sa.select(table.c.id).where(table.c.platform == platform, begins_so).limit(1)
    return session.sql(query).first() is not None


_HAND_OVER = sa.text(
    "INSERT INTO account_relations (platform_account_id, relation, identity_id, seen_in) "
    "SELECT platform_account_id, relation, CAST(:by AS TEXT), seen_in FROM account_relations WHERE identity_id = :gone "
    "ON CONFLICT DO NOTHING"
)


def replace_identity(session: Session, gone_id: str, by_id: str) -> None:
    """Remove an identity that turned out to be another one of the same contact, which becomes primary if this was."""
    table = table_of(Identity)
    old = table.alias()
    was_primary = sa.exists().where(old.c.id == gone_id, old.c.is_primary)
    session.sql(sa.update(table).where(table.c.id == by_id, was_primary).values(is_primary=True))
    session.sql(_HAND_OVER, {"gone": gone_id, "by": by_id})
    session.sql(sa.delete(table).where(table.c.id == gone_id))


def keep_platform_data(session: Session, data: Collection[tuple[str, str]]) -> None:
    """Write what identities keep; each is the `platform_data` and the identity's id."""
    now = int(session.now().timestamp())
    update_rows(session, Identity, ("platform_data", "updated_at"), [(text, now, key) for text, key in data])


def find_namesakes(
    session: Session,
    names: Collection[str],
    *,
    most: int,
    unknown_to: str | None = None,
    came_not_from: str | None = None,
) -> list[str]:
    """The ids of contacts that bear one of these names, exactly as written.

    Args:
        names: the names; those that more than `most` contacts bear are passed over, for they tell nothing
        most: how many contacts may bear a name
        unknown_to: leave out the contacts whom this platform has an id of its own for
        came_not_from: leave out the contacts who first came from this platform
    """
    contacts, bearers = bare(Contact), bare(Contact).alias()
    name = each(session, names)
    some = sa.select(sa.literal(1).label("one")).where(bearers.c.name == name).correlate(name.table).limit(most + 1)
    bearer_count = sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()
    telling = list(session.sql(sa.select(name).where(bearer_count.between(1, most))).scalars())
    query = sa.select(contacts.c.id).where(among(session, contacts.c.name, telling))
    if came_not_from is not None:
        query = query.where(contacts.c.platform.is_distinct_from(came_not_from))
    if unknown_to is not None:
        query = query.where(~_has_own_id(contacts, unknown_to))
    return list(session.sql(query).scalars()) if telling else []


def _has_own_id(contacts: sa.TableClause, platform: str) -> sa.ColumnElement[bool]:
    """Whether a platform knows a contact by its own id, and not by one that an import made up (`~...`, `@...`)."""
    table = bare(Identity)
    own = table.c.platform_user_id.not_like("~%") & table.c.platform_user_id.not_like("%@%")
    return sa.exists().where(table.c.contact_id == contacts.c.id, table.c.platform == platform, own)
