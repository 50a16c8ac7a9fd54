"""Two processes that tick on the same schedules and are killed again and again. Started by `test_a_year_of_ticks.py`.

usage: python -m tests.acceptance.tickers URL END SEED DEATHS

Each jumps from one due instant to the next until none is left before END (Unix seconds), so that both want the same
instants. One firing in DEATHS kills its process, within the transaction, before or after the run is written; and after
every few firings one of the two is killed from outside. Whoever dies is followed by another. The answer is how often it
came to that.
"""

import os
import random
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows import schedules
from onelane.storage.workflows.runs import Run, WorkflowType
from onelane.tools.registry.context import Services
from onelane.tools.registry.toolbox import Registry, Toolbox
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.engines import IdleBody, run_types_of

AT_ONCE = 2
MOST_FIRINGS = 200
"""Between two kills from outside: counted by what was done and not by the clock, so that busy machines get on too."""


def main() -> None:
    # A run's foreign keys lead to tables that nothing else here imports; and whoever is short-lived imports nothing.
    for module in ("onelane.storage.metadata", "cronsim"):
        import_module(module)
    all_run_types().load()
    url, end, seed, deaths = sys.argv[1:]
    chance = random.Random(seed)
    firings, note = os.pipe()

    def ticker() -> int:
        its_chance = chance.random()
        pid = os.fork()
        if pid == 0:
            tick(url, datetime.fromtimestamp(int(end), UTC), random.Random(its_chance), int(deaths), note)
            os._exit(0)
        return pid

    alive = [ticker() for _ in range(AT_ONCE)]
    killed = died = 0
    left = chance.randrange(MOST_FIRINGS)
    while alive:
        left -= count_firings(firings)
        if left < 0:
            left = chance.randrange(MOST_FIRINGS)
            os.kill(chance.choice(alive), signal.SIGKILL)
            killed += 1
        for pid, status in ended():
            alive.remove(pid)
            if status != 0:
                died += 1
                alive.append(ticker())
    sys.stdout.write(f"{killed} {died - killed}")


def count_firings(firings: int) -> int:
    """How many there were since the last look; it waits a little for one."""
    return len(os.read(firings, 1)) if select.select([firings], [], [], 0.05)[0] else 0


def ended() -> Iterator[tuple[int, int]]:
    """The processes that have ended, and how."""
    try:
        while (end := os.waitpid(-1, os.WNOHANG))[0] != 0:
            yield end
    except ChildProcessError:
        return


def tick(url: str, end: datetime, chance: random.Random, deaths: int, note: int) -> None:
    clock = Clock()
    database = Database(url, clock=clock)
    engine = MortalEngine(database, chance, deaths)
    while (instant := earliest(database)) is not None and instant < end:
        clock.instant = instant + timedelta(seconds=chance.randrange(60))
        fire_due(database, engine, clock())
        os.write(note, b".")


class MortalEngine(RunEngine):
    """An engine that dies now and then between the firing of a schedule and the commit of its run."""

    def __init__(self, database: Database, chance: random.Random, deaths: int) -> None:
        super().__init__(database, InlineDispatcher(), run_types_of({WorkflowType.PRUNE: IdleBody()}))
        self.equip(Toolbox(Registry(), Services(database, self, [])))
        self._chance, self._deaths = chance, deaths

    def start(self, session: Session, workflow_type: WorkflowType, config: Mapping[str, Any], **of_run: Any) -> Run:
        self._die_perhaps()
        run = super().start(session, workflow_type, config, **of_run)
        self._die_perhaps()
        return run

    def _die_perhaps(self) -> None:
        if self._chance.randrange(2 * self._deaths) == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def earliest(database: Database) -> datetime | None:
    with database.read() as session:
        coming = schedules.list_next_schedules(session, limit=1)
    return coming[0].next_run_at if coming else None


if __name__ == "__main__":
    main()
