"""Content items and the posts made of them (docs/tables.md, "Content")."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, enum_column, flag_column, json_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, among, bare, create_row, read_rows, table_of


class ContentType(Vocabulary):
    """What kind of text an item is."""

    POST = "post"
    ARTICLE = "article"
    THREAD = "thread"
    REPLY = "reply"
    IMAGE = "image"
    VIDEO = "video"
    EMAIL = "email"
    DM = "dm", "Direct message"
    NEWSLETTER = "newsletter"
    REPOST = "repost"


class ContentStatus(Vocabulary):
    """Where an item is on its way to being published."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    IMPORTED = "imported"


class ContentOrigin(Vocabulary):
    """Whose text it is."""

    AUTHORED = "authored"
    RECEIVED = "received"
    IMPORTED = "imported"


class Direction(Vocabulary):
    """From us or to us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class PostStatus(Vocabulary):
    """Where a post is."""

    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    IMPORTED = "imported"


class ContentItem(Row, table=True):
    """A row of `content_items`."""

    __tablename__ = "content_items"
    __table_args__ = (
        sa.Index("idx_content_items_type", "content_type"),
        sa.Index("idx_content_items_status", "status"),
        sa.Index("idx_content_items_origin", "origin"),
        sa.Index("idx_content_items_account", "platform_account_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    title: str | None = Field(default=None, sa_type=sa.Text)
    body: str | None = Field(default=None, sa_type=sa.Text)
    content_type: ContentType = Field(sa_column=enum_column(ContentType, name="ck_content_items_content_type"))
    platform_target: str | None = Field(default=None, sa_type=sa.Text)
    status: ContentStatus = Field(
        default=ContentStatus.DRAFT,
        sa_column=enum_column(ContentStatus, name="ck_content_items_status", default=ContentStatus.DRAFT),
    )
    ai_generated: bool = Field(default=False, sa_column=flag_column(default=False))
    generation_prompt: str | None = Field(default=None, sa_type=sa.Text)
    scheduled_at: datetime | None = Field(default=None, sa_column=time_column())
    origin: ContentOrigin | None = Field(
        default=None, sa_column=enum_column(ContentOrigin, name="ck_content_items_origin", nullable=True)
    )
    direction: Direction | None = Field(
        default=None, sa_column=enum_column(Direction, name="ck_content_items_direction", nullable=True)
    )
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    thread_id: str | None = Field(default=None, sa_type=sa.Text)
    parent_item_id: str | None = Field(default=None, sa_type=sa.Text)
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="SET NULL", sa_type=sa.Text)
    platform_data: str = Field(default="{}", sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


class ContentPost(Row, table=True):
    """A row of `content_posts`: an item as it stands on a platform."""

    __tablename__ = "content_posts"
    __table_args__ = (
        sa.Index("idx_content_posts_platform_id", "platform_post_id", "platform_account_id", unique=True),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    content_item_id: str = Field(foreign_key="content_items.id", ondelete="CASCADE", sa_type=sa.Text)
    platform_account_id: str = Field(foreign_key="platform_accounts.id", ondelete="CASCADE", sa_type=sa.Text)
    platform_post_id: str | None = Field(default=None, sa_type=sa.Text)
    platform_url: str | None = Field(default=None, sa_type=sa.Text)
    published_at: datetime | None = Field(default=None, sa_column=time_column())
    status: PostStatus = Field(
        default=PostStatus.SCHEDULED,
        sa_column=enum_column(PostStatus, name="ck_content_posts_status", default=PostStatus.SCHEDULED),
    )
    engagement_snapshot: str = Field(default="{}", sa_column=json_column())


def create_item(session: Session, **values: Any) -> ContentItem:
    """A new item; `values` are its columns but for id and times."""
    return create_row(session, ContentItem, "cnt", **values)


def list_drafts(
    session: Session, *, contact_id: str | None = None, before_id: str | None = None, limit: int
) -> list[ContentItem]:
    """Texts that were drafted here and wait for approval, newest first, beginning behind one of them."""
    query = select(ContentItem).where(_is_draft(contact_id))
    if before_id is not None:
        query = query.where(col(ContentItem.id) < before_id)
    return list(session.exec(query.order_by(col(ContentItem.id).desc()).limit(limit)))


def count_drafts(session: Session, *, contact_id: str | None = None) -> int:
    """How many there are; see `list_drafts`."""
    return session.sql(sa.select(sa.func.count()).where(_is_draft(contact_id))).scalar_one()


def get_draft(session: Session, draft_id: str) -> ContentItem | None:
    """A draft of ours; see `list_drafts`."""
    return session.exec(select(ContentItem).where(col(ContentItem.id) == draft_id, _is_draft(None))).one_or_none()


def rewrite_draft(session: Session, draft: ContentItem, *, title: str | None, body: str) -> bool:
    """Change a draft's words; False when somebody else has changed them since it was read."""
    table = table_of(ContentItem)
    is_as_read = table.c.title.is_not_distinct_from(draft.title) & table.c.body.is_not_distinct_from(draft.body)
    changes = {"title": title, "body": body, "updated_at": session.now()}
    rewritten = sa.update(table).where(table.c.id == draft.id, _is_draft(None), is_as_read).values(changes)
    return session.sql(rewritten).rowcount == 1


def delete_draft(session: Session, draft_id: str) -> bool:
    """Delete a draft; False when there is none."""
    deleted = sa.delete(table_of(ContentItem)).where(col(ContentItem.id) == draft_id, _is_draft(None))
    return session.sql(deleted).rowcount == 1


def list_published(
    session: Session, *, before: tuple[datetime, str] | None = None, limit: int
) -> list[tuple[ContentPost, ContentItem]]:
    """Our posts that stand on a platform with their texts, newest first, beginning behind an instant and id of one."""
    published_at, post_id = col(ContentPost.published_at), col(ContentPost.id)
    query = select(ContentPost, ContentItem).join(ContentItem, col(ContentPost.content_item_id) == col(ContentItem.id))
    query = query.where(_is_published())
    if before is not None:
        query = query.where((published_at < before[0]) | ((published_at == before[0]) & (post_id < before[1])))
    return list(session.exec(query.order_by(published_at.desc(), post_id.desc()).limit(limit)))


def count_published(session: Session) -> int:
    """How many there are; see `list_published`."""
    query = sa.select(sa.func.count()).join_from(ContentPost, ContentItem).where(_is_published())
    return session.sql(query).scalar_one()


def _is_published() -> sa.ColumnElement[bool]:
    """Whether a post stands on a platform and is ours; what others wrote to us was received."""
    is_ours = col(ContentItem.origin).is_distinct_from(ContentOrigin.RECEIVED)
    return col(ContentPost.published_at).is_not(None) & is_ours


def _is_draft(contact_id: str | None) -> sa.ColumnElement[bool]:
    """Whether an item is a draft of ours, to this contact if given. What an account's export calls a draft is not."""
    is_authored = col(ContentItem.origin) == ContentOrigin.AUTHORED
    draft = (
        (col(ContentItem.status) == ContentStatus.DRAFT) & is_authored & col(ContentItem.platform_account_id).is_(None)
    )
    return draft if contact_id is None else draft & (col(ContentItem.contact_id) == contact_id)


CARRIED = ("id", "title", "body", "status", "platform_data")
"""The columns of an item that imports read and fill, in the order in which `read_posts` gives them."""

_OF_POST = ("platform_post_id", "id", "platform_url", "published_at", "engagement_snapshot")


def read_posts(
    session: Session, platform_account_id: str, *, post_ids: Collection[str] = (), urls: Collection[str] = ()
) -> list[Values]:
    """An account's posts by the platform's ids, or by their addresses.

    Returns:
        of each post its `platform_post_id`, `id`, `platform_url`, `published_at` (Unix seconds) and
        `engagement_snapshot`, then the item's `CARRIED` columns and its `thread_id`
    """
    posts = bare(ContentPost)
    condition = among(session, posts.c.platform_post_id, post_ids)
    if urls:
        condition = condition | among(session, posts.c.platform_url, urls)
    return read_rows(session, _posts_with_items().where(posts.c.platform_account_id == platform_account_id, condition))


def _posts_with_items() -> sa.Select[*tuple[Any, ...]]:
    posts, items = bare(ContentPost), bare(ContentItem)
    of_post = [posts.c[name] for name in _OF_POST]
    of_item = [items.c[name] for name in (*CARRIED, "thread_id")]
    return sa.select(*of_post, *of_item).join_from(posts, items, posts.c.content_item_id == items.c.id)
