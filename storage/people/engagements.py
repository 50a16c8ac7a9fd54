"""Engagements: what passed between us and a contact, as facts; never the text of a private message.

See docs/tables.md, "Engagements".
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, enum_column, json_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, bare
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import Direction


class EngagementType(Vocabulary):
    """What happened."""

    CONNECTION_REQUEST = "connection_request"
    MESSAGE = "message"
    LIKE = "like"
    COMMENT = "comment"
    SHARE = "share"
    FOLLOW = "follow"
    VIEW = "view"
    REPLY = "reply"
    RETWEET = "retweet", "Repost"
    QUOTE = "quote"
    MENTION = "mention"
    BOOKMARK = "bookmark"
    IMPRESSION = "impression"
    CLICK = "click"
    OPEN = "open"
    RESTACK = "restack"
    REACTION = "reaction"


class Engagement(Row, table=True):
    """A row of `engagements`."""

    __tablename__ = "engagements"
    __table_args__ = (
        sa.Index("idx_engagements_contact", "contact_id", "occurred_at"),
        sa.Index("idx_engagements_content_post", "content_post_id"),
        # The platform's own id of the event, with the contact: a message to three people is three engagements.
        sa.Index("idx_engagements_platform_id", "platform", "platform_engagement_id", "contact_id", unique=True),
        sa.Index("ix_engagements_run", "workflow_run_id"),
        sa.Index("ix_engagements_action", "outbound_action_id", unique=True),
        sa.Index("ix_engagements_template", "template_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    engagement_type: EngagementType = Field(
        sa_column=enum_column(EngagementType, name="ck_engagements_engagement_type")
    )
    direction: Direction = Field(sa_column=enum_column(Direction, name="ck_engagements_direction"))
    content: str | None = Field(default=None, sa_type=sa.Text)
    template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="SET NULL", sa_type=sa.Text
    )
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    content_post_id: str | None = Field(
        default=None, foreign_key="content_posts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    platform: Platform | None = Field(default=None, sa_column=word_column(Platform, nullable=True))
    platform_engagement_id: str | None = Field(default=None, sa_type=sa.Text)
    thread_id: str | None = Field(default=None, sa_type=sa.Text)
    source: str | None = Field(default=None, sa_type=sa.Text)
    platform_data: str = Field(default="{}", sa_column=json_column())
    occurred_at: datetime | None = Field(default=None, sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    outbound_action_id: str | None = Field(
        default=None, foreign_key="outbound_actions.id", ondelete="SET NULL", sa_type=sa.Text
    )
    """What was sent, recorded once."""


def note_sent(
    session: Session,
    *,
    outbound_action_id: str,
    contact_id: str | None,
    platform_account_id: str | None,
    engagement_type: EngagementType,
    template_id: str | None,
    workflow_run_id: str | None,
    platform: Platform,
    platform_engagement_id: str | None,
    thread_id: str | None,
    source: str,
    occurred_at: datetime,
) -> bool:
    """Note what was sent; False when it is noted already, by its action.

    Where an import was quicker and has taken the platform's own id of it, it is noted without that id.
    """
    now = int(session.now().timestamp())
    row = (
        session.new_id("eng"), contact_id, platform_account_id, engagement_type.value, Direction.OUTBOUND.value,
        template_id, workflow_run_id, platform.value, platform_engagement_id, thread_id, source,
        int(occurred_at.timestamp()), now, outbound_action_id,
    )  # fmt: skip
    return session.sql(_NOTE, dict(zip(_SENT, row, strict=True))).rowcount == 1


def forget_sent(session: Session, outbound_action_id: str) -> None:
    """Forget what was noted as sent, and came back undelivered."""
    session.sql(sa.text("DELETE FROM engagements WHERE outbound_action_id = :action"), {"action": outbound_action_id})


_SENT = (
    "id", "contact_id", "platform_account_id", "engagement_type", "direction", "template_id", "workflow_run_id",
    "platform", "platform_engagement_id", "thread_id", "source", "occurred_at", "created_at", "outbound_action_id",
)  # fmt: skip
_UNLESS_TAKEN = (
    "CASE WHEN EXISTS (SELECT 1 FROM engagements WHERE platform = :platform "
    "AND platform_engagement_id = :platform_engagement_id AND contact_id = :contact_id) "
    "THEN NULL ELSE :platform_engagement_id END"
)
_NOTE = sa.text(
    f"INSERT INTO engagements ({', '.join(_SENT)}) VALUES ("  # noqa: S608 - names of ours
    f"{', '.join(_UNLESS_TAKEN if name == 'platform_engagement_id' else f':{name}' for name in _SENT)}) "
    "ON CONFLICT (outbound_action_id) DO NOTHING"
)


def list_latest_engagements(session: Session, contact_id: str, *, limit: int) -> list[Engagement]:
    """What passed between us and a contact, newest first; what has no date comes last."""
    query = select(Engagement).where(Engagement.contact_id == contact_id)
    order = (col(Engagement.occurred_at).desc().nulls_last(), col(Engagement.id).desc())
    return list(session.exec(query.order_by(*order).limit(limit)))


def read_recorded(session: Session, platform: str, event_ids: Collection[str]) -> set[tuple[str, str]]:
    """Which of a platform's events are recorded, and with whom: event id and contact id."""
    table = bare(Engagement)
    query = sa.select(table.c.platform_engagement_id, table.c.contact_id).where(
        table.c.platform == platform, among(session, table.c.platform_engagement_id, event_ids)
    )
    return {(event_id, contact_id) for event_id, contact_id in session.sql(query)}
