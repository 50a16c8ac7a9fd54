"""What becomes of drafts: approved, taken back, published; each change is conditional (docs/tables.md, "Content")."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.platforms.content import (
    ContentItem,
    ContentOrigin,
    ContentPost,
    ContentStatus,
    PostStatus,
)


def get_item(session: Session, item_id: str) -> ContentItem | None:
    """A text of ours by its id, wherever it is on its way; None where there is none."""
    item = session.get(ContentItem, item_id, populate_existing=True)
    return item if item is not None and item.origin is ContentOrigin.AUTHORED else None


def approve_item(session: Session, item: ContentItem) -> bool:
    """Let a draft be one that was approved; False when somebody has changed or decided about it since it was read."""
    table = table_of(ContentItem)
    is_as_read = table.c.title.is_not_distinct_from(item.title) & table.c.body.is_not_distinct_from(item.body)
    return _change_status(session, item.id, ContentStatus.DRAFT, ContentStatus.APPROVED, is_as_read)


def back_to_draft(session: Session, item_id: str) -> bool:
    """Let a text that was approved, and did not go, be a draft again; False when it is none that was."""
    return _change_status(session, item_id, ContentStatus.APPROVED, ContentStatus.DRAFT, sa.true())


def list_approved(session: Session, *, before_id: str | None = None, limit: int) -> list[ContentItem]:
    """Texts of ours that were approved and are not published yet, newest first, beginning behind one of them."""
    query = select(ContentItem).where(_is_approved())
    if before_id is not None:
        query = query.where(col(ContentItem.id) < before_id)
    return list(session.exec(query.order_by(col(ContentItem.id).desc()).limit(limit)))


def count_approved(session: Session) -> int:
    """How many there are; see `list_approved`."""
    return session.sql(sa.select(sa.func.count()).where(_is_approved())).scalar_one()


def publish_item(
    session: Session,
    item_id: str,
    *,
    account_id: str | None,
    post_id: str | None,
    url: str | None,
    published_at: datetime,
) -> None:
    """Note that a text stands on its platform, in one row, also where a sync has seen it there before.

    Args:
        session: a writing one
        item_id: the text
        account_id: who has posted it; None where nobody knows, so that there is no row of the post
        post_id: the platform's own id of it, where that is known
        url: where it is seen
        published_at: when it was posted
    """
    _change_status(
        session, item_id, ContentStatus.APPROVED, ContentStatus.PUBLISHED, sa.true(), platform_account_id=account_id
    )
    if account_id is None:
        return
    post = None if post_id is None else find_post(session, account_id, post_id)
    if post is not None:
        _take_over(session, post, item_id, url)
    elif _own_post(session, item_id) is None:
        create_row_of_post(session, item_id, account_id, post_id, url, published_at)


def create_row_of_post(
    session: Session, item_id: str, account_id: str, post_id: str | None, url: str | None, published_at: datetime
) -> None:
    """A new row of a text as it stands on a platform."""
    session.add(
        ContentPost(
            id=session.new_id("pst"),
            content_item_id=item_id,
            platform_account_id=account_id,
            platform_post_id=post_id,
            platform_url=url,
            published_at=published_at,
            status=PostStatus.PUBLISHED,
        )
    )
    session.flush()


def find_post(session: Session, account_id: str, post_id: str) -> ContentPost | None:
    """An account's post by the platform's own id."""
    query = select(ContentPost).where(ContentPost.platform_account_id == account_id)
    return session.exec(query.where(ContentPost.platform_post_id == post_id)).first()


def post_of_item(session: Session, item_id: str) -> ContentPost | None:
    """A text as it stands on its platform; None where that is not known."""
    return _own_post(session, item_id)


def list_seen_since(session: Session, account_id: str, since: datetime) -> list[tuple[ContentPost, ContentItem]]:
    """What a sync has seen of an account's own posts since then, the newest first."""
    query = select(ContentPost, ContentItem).join(ContentItem, col(ContentPost.content_item_id) == col(ContentItem.id))
    query = query.where(
        ContentPost.platform_account_id == account_id,
        col(ContentPost.published_at) >= since,
        col(ContentPost.status) == PostStatus.IMPORTED,
        col(ContentItem.origin) == ContentOrigin.AUTHORED,
    )
    return list(session.exec(query.order_by(col(ContentPost.published_at).desc())))


def list_unnamed(session: Session, account_id: str) -> Sequence[tuple[ContentPost, ContentItem]]:
    """The posts of an account of which a person says that they stand there, and whose id nobody knows yet."""
    query = select(ContentPost, ContentItem).join(ContentItem, col(ContentPost.content_item_id) == col(ContentItem.id))
    query = query.where(ContentPost.platform_account_id == account_id, col(ContentPost.platform_post_id).is_(None))
    return list(session.exec(query.where(col(ContentPost.status) == PostStatus.PUBLISHED)))


def name_post(session: Session, post: ContentPost, post_id: str, url: str | None) -> None:
    """Note what the platform calls a post."""
    post.platform_post_id, post.platform_url = post_id, post.platform_url or url
    session.add(post)
    session.flush()


def _take_over(session: Session, post: ContentPost, item_id: str, url: str | None) -> None:
    """Let a post that a sync has seen be the one of our text; the text that the sync made of it goes."""
    imported, own = post.content_item_id, _own_post(session, item_id)
    if imported == item_id:
        return
    if own is not None:
        session.delete(own)
        session.flush()
    post.content_item_id, post.status, post.platform_url = item_id, PostStatus.PUBLISHED, post.platform_url or url
    session.add(post)
    session.flush()
    table, posts = table_of(ContentItem), table_of(ContentPost)
    has_more = sa.exists().where(posts.c.content_item_id == table.c.id)
    session.sql(sa.delete(table).where(table.c.id == imported, table.c.status == ContentStatus.IMPORTED, ~has_more))


def _own_post(session: Session, item_id: str) -> ContentPost | None:
    return session.exec(select(ContentPost).where(ContentPost.content_item_id == item_id)).first()


def _is_approved() -> sa.ColumnElement[bool]:
    is_authored = col(ContentItem.origin) == ContentOrigin.AUTHORED
    return (col(ContentItem.status) == ContentStatus.APPROVED) & is_authored


def _change_status(
    session: Session,
    item_id: str,
    from_status: ContentStatus,
    to_status: ContentStatus,
    condition: sa.ColumnElement[bool],
    **changes: object,
) -> bool:
    table = table_of(ContentItem)
    which = (table.c.id == item_id) & (table.c.status == from_status) & (table.c.origin == ContentOrigin.AUTHORED)
    values = {"status": to_status, "updated_at": session.now(), **changes}
    return session.sql(sa.update(table).where(which, condition).values(values)).rowcount == 1
