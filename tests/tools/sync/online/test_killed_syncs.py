"""A sync of forty pages is killed with `kill -9` at random moments, and what it leaves is as if nobody had."""

import os
import random
import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.platforms import cursors
from onelane.storage.platforms.cursors import SyncStatus
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.workflows.run_reading.run_views import RunPage
from tests.acceptance.processes import begun_module
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online import lives
from tests.tools.sync.online.lists import Lists
from tests.tools.sync.online.online_world import World, online_world

PAGES, PAGE_SIZE = 40, 25
KILLS_A_SYNC = 4 if FULL else 2
SYNCS = 25 if FULL else 1
KINDS = ("sqlite", "postgresql") if FULL else ("sqlite",)
WAIT_S = 60


@dataclass
class Lives:
    """Forks lives of one sync.

    Args:
        process: does so
    """

    process: "subprocess.Popen[str]"

    def begin(self) -> int:
        """A new life; its process id."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._line())

    def end(self) -> int:
        """How the life ended."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def lives_of(database: Database, url: str, module: str = lives.__name__, what: object = PAGES) -> Generator[Lives]:
    """What forks lives on this database, which asks the platform at this address."""
    where = database.url.render_as_string(hide_password=False)
    piped, root = subprocess.PIPE, Path(lives.__file__).parents[4]
    with begun_module(module, [where, url, str(what)], stdin=piped, stdout=piped, cwd=root) as process:
        yield Lives(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(WAIT_S) == 0


class Moment:
    """Comes with a request of the platform's double.

    Args:
        lists: the platform
    """

    def __init__(self, lists: Lists) -> None:
        self._come = threading.Event()
        self._left = 0
        lists.on_request = self._tell

    def after(self, requests: int) -> None:
        """It comes with so many more requests."""
        self._come.clear()
        self._left = requests

    def wait(self) -> None:
        """Wait until it has come."""
        assert self._come.wait(WAIT_S)

    def _tell(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._come.set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(SYNCS))
def test_a_sync_that_is_killed_at_random_moments_loses_no_page_and_pays_for_none_twice(
    request: pytest.FixtureRequest, clock: Clock, number: int, kind: str
) -> None:
    database: Database = request.getfixturevalue(f"{kind}_database")
    chance = random.Random(number)
    lists = Lists(dict.fromkeys(lives.NAMES, PAGES // 2), page_size=PAGE_SIZE)
    with online_world(database, clock, lists) as world:
        account_id, moment = world.connect(), Moment(lists)
        with lives_of(database, world.url) as sync:
            for _ in range(KILLS_A_SYNC):
                moment.after(chance.randint(1, PAGES // (KILLS_A_SYNC + 1)))
                life = sync.begin()
                moment.wait()
                # Before the answer has come, while the page is written, or behind its commit.
                sleep(chance.uniform(0, 0.04))
                os.kill(life, signal.SIGKILL)
                assert sync.end() == -signal.SIGKILL
            sync.begin()
            assert sync.end() == 0
        assert _standing(world, account_id) == (PAGES * PAGE_SIZE, SyncStatus.COMPLETED, RunStatus.COMPLETED)
        assert set(lists.asked) == {f"{name}:{page}" for name in lives.NAMES for page in range(PAGES // 2)}
        # At each death one page may have been in flight, and no other is asked for again.
        assert len(lists.asked) - PAGES <= KILLS_A_SYNC
        assert not lists.double.complaints


def _standing(world: World, account_id: str) -> tuple[int, SyncStatus, RunStatus]:
    with world.database.read() as session:
        people = contacts.count_contacts(session).live
        cursor = cursors.get_cursor(session, account_id, "x_contacts")
    assert cursor is not None
    assert cursor.total_items_synced == people
    newest = world.tools.call(RunPage, "list_runs").data[0]
    return people, cursor.sync_status, newest.status
