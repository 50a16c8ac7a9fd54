"""Engagement metrics: how a post did, as snapshots over time (docs/tables.md, "Engagements")."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import count_column, time_column
from onelane.storage.database.rows import Row


class EngagementMetrics(Row, table=True):
    """A row of `engagement_metrics`."""

    __tablename__ = "engagement_metrics"
    __table_args__ = (
        sa.Index("idx_engagement_metrics_post", "content_post_id"),
        sa.Index("idx_engagement_metrics_snapshot", "snapshot_at"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    content_post_id: str = Field(foreign_key="content_posts.id", ondelete="CASCADE", sa_type=sa.Text)
    snapshot_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    likes: int = Field(default=0, sa_column=count_column())
    comments: int = Field(default=0, sa_column=count_column())
    shares: int = Field(default=0, sa_column=count_column())
    impressions: int = Field(default=0, sa_column=count_column())
    clicks: int = Field(default=0, sa_column=count_column())
    bookmarks: int = Field(default=0, sa_column=count_column())
    quotes: int = Field(default=0, sa_column=count_column())
    retweets: int = Field(default=0, sa_column=count_column())
