"""A process that forks lives of a sync: each begins it, or goes on where the one before was killed.

usage: lives.py DATABASE_URL LISTS_URL PAGES

For each line on stdin it forks a life, says its process id, waits for its end, and says how that was.
"""

import sys
from os import waitpid, waitstatus_to_exitcode, write

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs
from tests.databases import Clock
from tests.storage.racers import born
from tests.tools.sync.online.lists import Lists
from tests.tools.sync.online.online_world import World

NAMES = ("followers", "following")


def live(database_url: str, lists_url: str, pages: int) -> None:
    """Begin the sync, or take up the one that was lost, and carry it out."""
    database = Database(database_url)
    ensure_schema(database)
    world = World(database, Clock(), Lists(dict.fromkeys(NAMES, pages // len(NAMES))), lists_url)
    with database.read() as session:
        is_begun = runs.count_workflow_runs(session) > 0
    if is_begun:
        world.engine.sweep(lost_after_seconds=0)
    else:
        world.start()
    world.engine.stop()
    database.close()


def main() -> None:
    database_url, lists_url, pages = sys.argv[1:]
    for _ in sys.stdin:
        pid = born(lambda: live(database_url, lists_url, int(pages)))
        write(1, f"{pid}\n".encode())
        write(1, f"{waitstatus_to_exitcode(waitpid(pid, 0)[1])}\n".encode())


if __name__ == "__main__":
    main()
