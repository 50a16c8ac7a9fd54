"""A process that forks lives of a sync of Google: each begins it, or goes on where the one before was killed.

usage: google_lives.py DATABASE_URL GOOGLE_URL SUB_TYPE:RUNS_BEFORE

For each line on stdin it forks a life, says its process id, waits for its end, and says how that was.
"""

import sys
from dataclasses import dataclass
from os import waitpid, waitstatus_to_exitcode, write
from pathlib import Path

import httpx2

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs
from tests.databases import Clock
from tests.storage.racers import born
from tests.tools.sync.online.google_world import GoogleWorld


class Leading(httpx2.HTTPTransport):
    """Leads all requests to one address of this machine.

    Args:
        url: where to
    """

    def __init__(self, url: str) -> None:
        # Certificates take long to read, and nothing is encrypted here.
        super().__init__(verify=False)
        self._url = httpx2.URL(url)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request there."""
        request.url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        return super().handle_request(request)


@dataclass
class RemoteGoogleWorld(GoogleWorld):
    """The same, whose Google is in another process."""

    url: str = ""

    def _connect(self) -> httpx2.Client:
        return httpx2.Client(transport=Leading(self.url))


def live(database_url: str, url: str, sub_type: str, before: int) -> None:
    """Begin the sync, or take up the one that was lost, and carry it out."""
    database = Database(database_url)
    ensure_schema(database)
    world = RemoteGoogleWorld(database, Clock(), Path(), url=url)
    with database.read() as session:
        is_begun = runs.count_workflow_runs(session) > before
    if is_begun:
        world.engine.sweep(lost_after_seconds=0)
    else:
        world.sync(sub_type)
    world.engine.stop()
    database.close()


def main() -> None:
    database_url, url, what = sys.argv[1:]
    sub_type, _, before = what.partition(":")
    for _ in sys.stdin:
        pid = born(lambda: live(database_url, url, sub_type, int(before)))
        write(1, f"{pid}\n".encode())
        write(1, f"{waitstatus_to_exitcode(waitpid(pid, 0)[1])}\n".encode())


if __name__ == "__main__":
    main()
