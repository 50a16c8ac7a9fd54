"""A platform that counts what it is asked, and whoever asks it until they must wait."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock

import httpx2

from onelane.storage.database.engine import Database
from onelane.tools.platforms.online.failures import AgainAt
from tests.tools.platforms.online.asking import Answering, SeenBearer, client_of

WINDOW = timedelta(minutes=15)


@dataclass
class LimitedServer:
    """A platform that counts.

    Args:
        clock: its own
        limit: so many requests a window allows
    """

    clock: Callable[[], datetime]
    limit: int = 5
    left: int = 0
    resets_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    early: int = 0
    """So many requests came though nothing was left."""
    asked: int = 0
    guard: Lock = field(default_factory=Lock)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        with self.guard:
            now = self.clock()
            self.asked += 1
            if now >= self.resets_at:
                self.left, self.resets_at = self.limit, now + WINDOW
            self.early += self.left == 0
            status, self.left = (200 if self.left else 429), max(0, self.left - 1)
            headers = {
                "Date": format_datetime(now, usegmt=True),
                "X-Rate-Limit-Limit": str(self.limit),
                "X-Rate-Limit-Remaining": str(self.left),
                "X-Rate-Limit-Reset": str(int(self.resets_at.timestamp())),
            }
            return httpx2.Response(status, json={"data": []}, headers=headers)


def ask_until_closed(database: Database, server: Answering, account_id: str, most: int = 100) -> AgainAt | None:
    """Ask as one process does, until it must wait longer than another's request takes."""
    with client_of(database, server, bearer=SeenBearer(account_id)) as client:
        for _ in range(most):
            try:
                client.get("followers", "/2/users/12/followers")
            except AgainAt as failure:
                if failure.at - database.clock() > timedelta(seconds=10):
                    return failure
    return None
