"""One of several processes that tick on the same schedules. Started by `test_a_year_of_ticks.py`.

usage: python -m tests.acceptance.ticker URL END SEED DEATHS

It jumps from one due instant to the next until none is left before END (Unix seconds), so that all that run at once
want the same instants. It says when it is ready to begin. One firing in DEATHS kills it, within the transaction, before or after the run is written.
"""

import os
import random
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.firing import fire_due
from onelane.storage import schedules
from onelane.storage.database import Database, Session
from onelane.storage.runs import Run, WorkflowType
from tests.databases import Clock
from tests.engines import IdleBody


class MortalEngine(RunEngine):
    """An engine that dies now and then between the firing of a schedule and the commit of its run."""

    def __init__(self, database: Database, chance: random.Random, deaths: int) -> None:
        super().__init__(database, InlineDispatcher(), {WorkflowType.PRUNE: IdleBody()})
        self._chance, self._deaths = chance, deaths

    def start(self, session: Session, workflow_type: WorkflowType, config: Mapping[str, Any], **of_run: Any) -> Run:
        self._die_perhaps()
        run = super().start(session, workflow_type, config, **of_run)
        self._die_perhaps()
        return run

    def _die_perhaps(self) -> None:
        if self._chance.randrange(2 * self._deaths) == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    url, end, seed, deaths = sys.argv[1:]
    chance = random.Random(seed)
    clock = Clock()
    database = Database(url, clock=clock)
    engine = MortalEngine(database, chance, int(deaths))
    with database.read() as session:
        session.connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while (instant := earliest(database)) is not None and instant < datetime.fromtimestamp(int(end), UTC):
        clock.instant = instant + timedelta(seconds=chance.randrange(60))
        fire_due(database, engine, clock())
    database.close()


def earliest(database: Database) -> datetime | None:
    with database.read() as session:
        coming = schedules.list_next_schedules(session, limit=1)
    return coming[0].next_run_at if coming else None


if __name__ == "__main__":
    main()
