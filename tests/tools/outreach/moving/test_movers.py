"""Movers side by side, and the duty that moves sequences."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from onelane.server.engine.duties import Duties
from onelane.server.engine.recurring_outreach import RecurringOutreach
from onelane.server.engine.scheduler import Scheduler
from onelane.storage.database.engine import Database
from onelane.tools.outreach.moving.mover import move_due
from tests.databases import Clock
from tests.tools.outreach.moving.moved import MovingSequence, mail, moved

WAIT_S = 30


def test_two_movers_at_once_take_nobody_twice(postgresql_database: Database, clock: Clock) -> None:
    world = moved(postgresql_database, clock)
    world.begins(mail())
    world.enrolls(80)
    together = threading.Barrier(2)

    def look(_: int) -> list[int]:
        together.wait(WAIT_S)
        return [move_due(world.database, world.tools.services, limit=15) for _ in range(4)]

    with ThreadPoolExecutor(2) as threads:
        looks = [count for each in threads.map(look, range(2)) for count in each]
    assert sum(looks) == 80
    assert Counter(each.enrollment_id for each in world.actions()) == dict.fromkeys(world.enrollment_ids, 1)
    assert [step["step_index"] for step in world.steps()] == list(range(80))


def test_the_process_that_executes_moves_sequences_by_itself(sqlite_database: Database, clock: Clock) -> None:
    world = moved(sqlite_database, clock)
    world.begins(mail())
    world.enrolls(3)
    duties = Duties()
    services = world.tools.services
    scheduler = Scheduler(RecurringOutreach(services).jobs(), duties)
    scheduler.start()
    try:
        assert until_written(world, 3)
    finally:
        scheduler.stop()
        duties.stop()


def until_written(world: MovingSequence, count: int) -> bool:
    pause = threading.Event()
    for _ in range(WAIT_S * 20):
        if len(world.actions()) == count:
            return True
        pause.wait(0.05)
    return False
