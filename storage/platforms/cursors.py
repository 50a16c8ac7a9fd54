"""Sync cursors: how far each sync of an account has come (docs/tables.md, "Sync cursors")."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, count_column, enum_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, create_row

MAILBOX = "imap"
"""The kind of data that the cursor of an account's mailbox has."""


class SyncStatus(Vocabulary):
    """What a sync is doing."""

    IDLE = "idle"
    SYNCING = "syncing"
    COMPLETED = "completed"
    FAILED = "failed"


class SyncDirection(Vocabulary):
    """Towards newer things or older ones."""

    FORWARD = "forward"
    BACKWARD = "backward"


class SyncCursor(Row, table=True):
    """A row of `sync_cursors`: one for each account and kind of data."""

    __tablename__ = "sync_cursors"
    __table_args__ = (sa.Index("idx_sync_cursor_account_type", "platform_account_id", "data_type", unique=True),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    platform_account_id: str = Field(foreign_key="platform_accounts.id", ondelete="CASCADE", sa_type=sa.Text)
    data_type: str = Field(sa_type=sa.Text)
    """The sync's sub-type."""
    cursor: str | None = Field(default=None, sa_type=sa.Text)
    oldest_fetched_at: datetime | None = Field(default=None, sa_column=time_column())
    newest_fetched_at: datetime | None = Field(default=None, sa_column=time_column())
    total_items_synced: int = Field(default=0, sa_column=count_column())
    sync_status: SyncStatus = Field(
        default=SyncStatus.IDLE,
        sa_column=enum_column(SyncStatus, name="ck_sync_cursors_sync_status", default=SyncStatus.IDLE),
    )
    sync_progress: str | None = Field(default=None, sa_type=sa.Text)
    sync_direction: SyncDirection = Field(
        default=SyncDirection.BACKWARD,
        sa_column=enum_column(SyncDirection, name="ck_sync_cursors_sync_direction", default=SyncDirection.BACKWARD),
    )
    last_sync_started_at: datetime | None = Field(default=None, sa_column=time_column())
    last_sync_completed_at: datetime | None = Field(default=None, sa_column=time_column())
    last_error: str | None = Field(default=None, sa_type=sa.Text)
    run_id: str | None = Field(default=None, sa_type=sa.Text)
    """The run that is at work on it; none when nobody is."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def get_cursor(session: Session, platform_account_id: str, data_type: str) -> SyncCursor | None:
    """The cursor of this account and kind of data."""
    query = select(SyncCursor).where(
        SyncCursor.platform_account_id == platform_account_id, SyncCursor.data_type == data_type
    )
    return session.exec(query).first()


def ensure_cursor(session: Session, platform_account_id: str, data_type: str) -> SyncCursor:
    """The cursor of this account and kind of data, made when there is none."""
    cursor = get_cursor(session, platform_account_id, data_type)
    return cursor or create_row(
        session, SyncCursor, "cur", platform_account_id=platform_account_id, data_type=data_type
    )


def hold_cursor(session: Session, platform_account_id: str, data_type: str, run_id: str) -> SyncCursor:
    """The cursor of this account and kind of data, on which a run is at work from now on."""
    cursor = ensure_cursor(session, platform_account_id, data_type)
    if cursor.run_id != run_id or cursor.sync_status is not SyncStatus.SYNCING:
        cursor.run_id, cursor.sync_status, cursor.last_sync_started_at = run_id, SyncStatus.SYNCING, session.now()
    return cursor


def complete_cursor(session: Session, cursor: SyncCursor) -> None:
    """Say that all there is has come in."""
    cursor.run_id, cursor.sync_status, cursor.last_error = None, SyncStatus.COMPLETED, None
    cursor.last_sync_completed_at = cursor.updated_at = session.now()


def free_cursors(session: Session, run_id: str, *, failed_because: str | None) -> None:
    """Say of all that a run was at work on that it no longer is.

    Args:
        session: the transaction
        run_id: the run
        failed_because: why it failed; None when it did not, but holds or has ended otherwise
    """
    status = SyncStatus.IDLE if failed_because is None else SyncStatus.FAILED
    values = {"sync_status": status, "last_error": failed_because, "run_id": None, "updated_at": session.now()}
    session.sql(sa.update(SyncCursor).where(col(SyncCursor.run_id) == run_id).values(values))


def list_cursors(session: Session) -> list[SyncCursor]:
    """The cursors of all accounts, account by account."""
    return list(session.exec(select(SyncCursor).order_by(sa.asc("platform_account_id"), sa.asc("data_type"))))
