"""Workers that are killed again and again at any moment of their work. Started by `test_kills_of_all_kinds.py`.

usage: python -m tests.acceptance.mortals PORT SEED KILLS

Each carries out what waits in the home that the environment names, on a network where every name leads to PORT. One
after the other is killed with SIGKILL: right after it was born, or as soon as it has recorded something and a moment
has passed. After so many kills, or once nothing is left to do, the last one is left alone until everything is over.
The answer is how many were killed.
"""

import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from onelane.server.app import open_onelane
from onelane.server.run_types import all_run_types
from onelane.server.settings import read_settings
from onelane.tools.catalogue import all_tools
from tests.acceptance.processes import WAIT_S
from tests.acceptance.workers import born, get_ready, kill
from tests.websites import PublicNetwork

NEWBORN = 0.2
"""So many of all kills come without waiting for anything."""
MOMENT_S = 0.15
MOST_IN_A_ROW = 4
"""So often a run may be killed before it has recorded anything; then the next kill waits for it."""
_NEEDED = (
    "onelane.storage.metadata",
    "anthropic",
    "apscheduler.schedulers.background",
    "apscheduler.triggers.interval",
    "httpx2",
    "lxml.html",
    "onelane.server.agent.claude.client",
    "onelane.tools.platforms.exports",
    "onelane.tools.sync.file_sync",
    "onelane.tools.web.reading.reading",
    "trafilatura",
)
"""What workers import late."""


def main() -> None:
    port, seed, most = map(int, sys.argv[1:])
    all_run_types().load()
    all_tools().load()
    get_ready(_NEEDED)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    chance, hunt, killed = random.Random(seed), Hunt(read_settings().home / "onelane.db"), 0
    while killed < most and hunt.goes_on():
        with alive(port):
            hunt.wait(chance)
        killed += 1
    with alive(port):
        hunt.wait_for_the_end()
    sys.stdout.write(str(killed))


@contextmanager
def alive(port: int) -> Generator[None]:
    """A worker lives for the length of a block, and is killed then."""
    pid = born(lambda settings: open_onelane(settings, network=PublicNetwork(port)))
    try:
        yield
    finally:
        # Nobody waits for the end of one that was left behind.
        kill(pid)
    signal.sigtimedwait({signal.SIGCHLD}, 0)


def look_around(seconds: float = 0.02) -> None:
    """Let a moment pass in which no worker may end."""
    assert signal.sigtimedwait({signal.SIGCHLD}, seconds) is None, "a worker has ended by itself"


class Hunt:
    """Says when the next kill comes.

    Args:
        file: the workers' database
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._in_vain = Counter[str]()
        """How often each run was killed before it had recorded anything."""

    def goes_on(self) -> bool:
        """Whether there is anything left to do."""
        with self._looking() as steps:
            return steps() != {}

    def wait(self, chance: random.Random) -> None:
        """Wait until it is time to kill."""
        with self._looking() as steps:
            before = steps()
            if chance.random() > NEWBORN:
                self._wait_for_a_step(before, steps)
            look_around(chance.uniform(0, MOMENT_S))
            after = steps()
        for run_id in before:
            self._in_vain[run_id] = self._in_vain[run_id] + 1 if after.get(run_id) == before[run_id] else 0

    def wait_for_the_end(self) -> None:
        """Wait until nothing is left to do."""
        until = time.monotonic() + WAIT_S
        with self._looking() as steps:
            while left := steps():
                assert time.monotonic() < until, f"it does not come to an end: {left}"
                look_around()

    @contextmanager
    def _looking(self) -> Generator[Callable[[], Mapping[str, int]]]:
        """Tells how many steps each run has that is not over. No connection is open while a worker is born."""
        query = "SELECT id, step_count FROM workflow_runs WHERE status IN ('pending', 'running')"
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=30)) as connection:
            yield lambda: dict(connection.execute(query).fetchall())

    def _wait_for_a_step(self, before: Mapping[str, int], steps: Callable[[], Mapping[str, int]]) -> None:
        starving = [run_id for run_id in before if self._in_vain[run_id] >= MOST_IN_A_ROW]
        until = time.monotonic() + WAIT_S
        while (now := steps()) == before or any(now.get(each) == before[each] for each in starving):
            assert time.monotonic() < until, f"nothing moves: {before}"
            look_around()


if __name__ == "__main__":
    main()
