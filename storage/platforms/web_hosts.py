"""Hosts on the web: when each may be asked again, and what its robots.txt says; shared by all processes."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import large_count_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of


class WebHost(Row, table=True):
    """A row of `web_hosts`."""

    __tablename__ = "web_hosts"

    host: str = Field(primary_key=True, sa_type=sa.Text)
    """Bare for its turns, as `example.com`; with scheme and port for its robots.txt, as `https://example.com:443`."""
    next_turn_ms: int = Field(default=0, sa_column=large_count_column())
    """The instant, in Unix milliseconds, before which nobody asks this host again."""
    robots: str | None = Field(default=None, sa_type=sa.Text)
    robots_read_at: datetime | None = Field(default=None, sa_column=time_column())


class Robots(NamedTuple):
    """What a host's robots.txt said, and when."""

    text: str
    read_at: datetime


def take_turn(session: Session, host: str, *, now_ms: int, gap_ms: int) -> int:
    """Take the next turn to ask a host; nobody else gets it.

    Returns:
        How many milliseconds to wait for it.
    """
    table = table_of(WebHost)
    later = sa.case((table.c.next_turn_ms > now_ms, table.c.next_turn_ms), else_=now_ms) + gap_ms
    statement = (
        insert_into(session, table)
        .values(host=host, next_turn_ms=now_ms + gap_ms)
        .on_conflict_do_update(index_elements=[table.c.host], set_={"next_turn_ms": later})
        .returning(table.c.next_turn_ms)
    )
    return session.sql(statement).scalar_one() - gap_ms - now_ms


def get_robots(session: Session, host: str) -> Robots | None:
    """What the host's robots.txt said when it was last read; None when it never was."""
    row = session.get(WebHost, host)
    if row is None or row.robots is None or row.robots_read_at is None:
        return None
    return Robots(row.robots, row.robots_read_at)


def keep_robots(session: Session, host: str, text: str) -> None:
    """Keep what a host's robots.txt says; an empty text allows everything."""
    table = table_of(WebHost)
    values = {"robots": text, "robots_read_at": session.now()}
    session.sql(
        insert_into(session, table)
        .values(host=host, **values)
        .on_conflict_do_update(index_elements=[table.c.host], set_=values)
    )
