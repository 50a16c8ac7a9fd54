"""Joins two accounts: repoints all foreign keys, deletes the one that was known from exports alone."""

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, columns_that_refer_to, table_of
from onelane.storage.people.account_relations import AccountRelation
from onelane.storage.people.engagements import Engagement
from onelane.storage.platforms.accounts import Account
from onelane.storage.platforms.content import ContentItem, ContentPost
from onelane.storage.platforms.cursors import SyncCursor, get_cursor


def join_accounts(session: Session, *, kept_id: str, gone_id: str) -> None:
    """Give all that belongs to one account to another of its platform, and remove it.

    Of what the kept account has already, such as a post, the other's is dropped: a unique key would refuse it.
    """
    _drop_known_posts(session, kept_id, gone_id)
    _drop_known(session, AccountRelation, ("relation", "identity_id"), kept_id, gone_id)
    for cursor in _cursors_of(session, gone_id):
        _unite_cursor(session, kept_id, cursor)
    for column in columns_that_refer_to(Account):
        session.sql(sa.update(column.table).where(column == gone_id).values({column.name: kept_id}))
    session.sql(sa.delete(Account).where(table_of(Account).c.id == gone_id))
    session.expire_all()


def _drop_known_posts(session: Session, kept_id: str, gone_id: str) -> None:
    """Drop posts that the kept account has as well, with their text; who engaged with one stays with the other."""
    posts, kept_posts = table_of(ContentPost), table_of(ContentPost).alias()
    query = sa.select(posts.c.id, posts.c.content_item_id, kept_posts.c.id).where(
        posts.c.platform_account_id == gone_id,
        kept_posts.c.platform_account_id == kept_id,
        posts.c.platform_post_id == kept_posts.c.platform_post_id,
    )
    engagements, items = table_of(Engagement), table_of(ContentItem)
    for post_id, item_id, kept_post_id in session.sql(query).all():
        of_post = engagements.c.content_post_id == post_id
        session.sql(sa.update(engagements).where(of_post).values(content_post_id=kept_post_id))
        session.sql(sa.delete(items).where(items.c.id == item_id))


def _drop_known(session: Session, row: type[Row], columns: tuple[str, ...], kept_id: str, gone_id: str) -> None:
    table = table_of(row)
    names = [table.c[name] for name in columns]
    of_kept = sa.select(*names).where(table.c.platform_account_id == kept_id)
    of_gone = table.c.platform_account_id == gone_id
    session.sql(sa.delete(table).where(of_gone, sa.tuple_(*names).in_(of_kept)))


def _cursors_of(session: Session, account_id: str) -> list[SyncCursor]:
    table = table_of(SyncCursor)
    kinds = session.sql(sa.select(table.c.data_type).where(table.c.platform_account_id == account_id)).scalars()
    cursors = [get_cursor(session, account_id, kind) for kind in kinds.all()]
    return [cursor for cursor in cursors if cursor is not None]


def _unite_cursor(session: Session, kept_id: str, gone_cursor: SyncCursor) -> None:
    """A kind of data that both have read has the places of both: an import's part is its own."""
    kept_cursor = get_cursor(session, kept_id, gone_cursor.data_type)
    if kept_cursor is None:
        return
    parts = {**orjson.loads(gone_cursor.cursor or "{}"), **orjson.loads(kept_cursor.cursor or "{}")}
    kept_cursor.cursor = orjson.dumps(parts).decode()
    kept_cursor.total_items_synced += gone_cursor.total_items_synced
    session.add(kept_cursor)
    session.delete(gone_cursor)
    session.flush()
