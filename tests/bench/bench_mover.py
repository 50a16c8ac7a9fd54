"""What waiting costs: the look for who is due among many who wait, an idle second, and steps that are written and done.

    python -m tests.bench.bench_mover [--waiting 1000000] [--people 1000] [--only sqlite|postgresql]
    python -m tests.bench.bench_mover --waiting 1 --people 1      in small, to see that it runs

The look is the one that the process that executes makes each second, on a database in which so many enrollments wait;
the idle share is the CPU time of a thousand such looks against the seconds in which they are made. A task step is
written by the mover (rendered, with its action, its task and its gates), then done (with its step, its engagement and
its counters), 25 in a commit.
"""

import argparse
import os
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter, process_time

import sqlalchemy as sa

from onelane.storage.outreach.outbound import action_moves
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows import due_enrollments
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.moving.outcomes import finish_step
from tests.bench.databases import new_database
from tests.bench.figures import Figure, tell
from tests.databases import Clock
from tests.tools.outreach.moving.moved import MovingSequence, moved

LOOKS = 1000
MOST_CLAIMED = 500
AIM_MS, AIM_IDLE_PERCENT, AIM_A_SECOND = 20, 1, 500
"""What is aimed at: for a look at most, of a core at most, task steps at least."""
_SERIES = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :count) ",
    "postgresql": "WITH s AS (SELECT CAST(generate_series(1, :count) AS bigint) AS n) ",
}


def wait_many(world: MovingSequence, count: int) -> None:
    """So many people who wait, each for an instant of the coming year."""
    series = _SERIES[world.database.dialect]
    now = int(world.now.timestamp())
    with world.database.write() as session:
        people = f"INSERT INTO contacts (id, name) {series} SELECT 'con_bench' || n, 'Ada Example' FROM s"
        enrolled = (
            "INSERT INTO workflow_enrollments (id, template_id, contact_id, status, next_step_at, step_began_at) "
            f"{series} SELECT 'enr_bench' || n, :template, 'con_bench' || n, 'active', "
            f"{now} + 86400 + (n * 7919) % 31536000, {now} FROM s"
        )
        session.sql(sa.text(people), {"count": count})
        session.sql(sa.text(enrolled), {"count": count, "template": world.template_id})
    if world.database.dialect == "postgresql":
        with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE workflow_enrollments")


def timed(do: Callable[[], object], times: int) -> tuple[float, float]:
    """The 95th percentile in milliseconds, and the CPU seconds of all together."""
    spent: list[float] = []
    cpu = process_time()
    for _ in range(times):
        began = perf_counter()
        do()
        spent.append(perf_counter() - began)
    return 1000 * statistics.quantiles(spent, n=20)[-1], process_time() - cpu


def look(world: MovingSequence) -> None:
    with world.database.read() as session:
        due_enrollments.is_anybody_due(session)


def claim(world: MovingSequence) -> int:
    """Take as many as are claimed at once of those who are due, and give them back; how many these were."""
    with world.database.write() as session:
        found = due_enrollments.claim_due(session, seconds=60, limit=MOST_CLAIMED)
        session.rollback()
    return len(found.enrollment_ids)


def measure_waiting(world: MovingSequence, count: int) -> list[Figure]:
    connect = {"step_type": "connect", "config": {"note": "Hello {{ first_name }}"}}
    world.begins(connect, platform="linkedin")
    began = perf_counter()
    wait_many(world, count)
    print(f"  {count:,} people wait (written in {perf_counter() - began:.0f} s)")
    p95, cpu = timed(lambda: look(world), LOOKS)
    print(
        f"  look while nobody is due: p95 {p95:.2f} ms (aim: under {AIM_MS}); "
        f"idle CPU {100 * cpu / LOOKS:.2f}% of a core (aim: under {AIM_IDLE_PERCENT}%)"
    )
    world.clock.advance(days=2)
    p95, _ = timed(lambda: look(world), LOOKS)
    p95_of_look = p95
    print(f"  look while people are due: p95 {p95:.2f} ms (aim: under {AIM_MS})")
    p95, _ = timed(lambda: claim(world), 100)
    print(f"  {claim(world)} of those who are due claimed: p95 {p95:.2f} ms")
    world.clock.advance(days=-2)
    floor, _ = timed(lambda: look_at_nothing(world), LOOKS)
    where = f"{count:,} people wait, {world.database.dialect}"
    return [Figure(f"a look for who is due, p95, {where}", p95_of_look, "ms", floor, "SELECT 1")]


def look_at_nothing(world: MovingSequence) -> None:
    with world.database.read() as session:
        session.sql(sa.text("SELECT 1")).scalar_one()


def measure_steps(world: MovingSequence, people: int) -> list[Figure]:
    connect = {"step_type": "connect", "config": {"note": "Hello {{ first_name }}"}}
    world.begins(connect, connect, platform="linkedin")
    for first in range(0, people, 500):
        world.enrolls(min(500, people - first), profile_url="https://www.linkedin.com/in/ada")
    began, cpu = perf_counter(), process_time()
    while move_due(world.database, world.tools.services):
        pass
    written, written_cpu = perf_counter() - began, process_time() - cpu
    began, cpu = perf_counter(), process_time()
    done = finish_all(world)
    ended, ended_cpu = perf_counter() - began, process_time() - cpu
    print(
        f"  {done} task steps: written {done / written:.0f} a second ({1000 * written_cpu / done:.2f} ms of CPU each), "
        f"done {done / ended:.0f} a second ({1000 * ended_cpu / done:.2f} ms of CPU each), "
        f"both {done / (written + ended):.0f} a second (aim: {AIM_A_SECOND})"
    )
    work = f"a task step written and done, of {done:,}, {world.database.dialect}"
    return [Figure(work, 1000 * (written_cpu + ended_cpu) / done, "ms of CPU")]


def finish_all(world: MovingSequence) -> int:
    actions = world.actions(ActionStatus.APPROVED)
    for first in range(0, len(actions), 25):
        with world.database.write() as session:
            for action in actions[first : first + 25]:
                approved, sent = [ActionStatus.APPROVED], ActionStatus.SENT
                action_moves.move_action(session, action.id, from_any=approved, to=sent, sent_at=session.now())
                finish_step(session, action, "done", at=session.now())
    return len(actions)


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--only", choices=list(_SERIES))
    chosen = parser.parse_args(typed)
    figures: list[Figure] = []
    for name in [chosen.only] if chosen.only else _SERIES:
        clock = Clock()
        print(f"{name} (load {os.getloadavg()[0]:.1f})")
        with new_database(on_postgresql=name == "postgresql", clock=clock) as database:
            figures += measure_steps(moved(database, clock), chosen.people)
            figures += measure_waiting(moved(database, clock), chosen.waiting)
    return tell(figures)


if __name__ == "__main__":
    main()
