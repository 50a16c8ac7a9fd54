"""Two processes tick through a year in five time zones, are killed at random, and every instant fires exactly once."""

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.ids import derived_id
from onelane.storage.database.rows import table_of
from onelane.storage.workflows import schedules
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.schedules import Schedule
from onelane.tools.workflows.cron import parse
from tests.acceptance.processes import run_module
from tests.proof import FULL
from tests.wall_clocks import walked_instants

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata")
EVERYWHERE = ("30 2 * * *", "45 1 * * *", "*/20 2 * * 0")
"""Times that are skipped in spring and shown twice in autumn, in all of these zones that change their clocks."""

HOURLY = "0 * * * *" if FULL else "0 * * * 0"

# Without the full proof, one edge for each database: clocks are changed in Berlin on 29 March, and in New York on
# 1 November. What the edges of all zones fire is shown by the tests of cron.
EDGES = {
    "sqlite": (("2026-03-28", "2026-03-30"),),
    "postgresql": (("2026-10-31", "2026-11-02"),),
}
YEAR = (("2026-01-01", "2027-01-01"),)
CRONS = [(zone, cron) for zone in ZONES for cron in (*EVERYWHERE, HOURLY)]
DEATHS = 1000 if FULL else 30
"""One firing in so many kills its process."""


def test_each_instant_of_a_year_fires_once_whoever_ticks_and_dies(
    database: Database, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, began = random.Random(20261122), monotonic()
    fired_in_all = killed_in_all = died_in_all = 0
    for first, last in YEAR if FULL else EDGES[database.dialect]:
        start, end = instant(first), instant(last)
        made = [set_schedule(database, zone, cron, start) for zone, cron in CRONS]
        killed, died = tick_to_the_end(database, end, project, seed=chance.randrange(10**9))
        expected = {run_id for schedule in made for run_id in expected_runs(schedule, start, end)}
        fired = fired_runs(database)
        assert sorted(expected - fired) == []
        assert sorted(fired - expected) == []
        clear(database)
        fired_in_all, killed_in_all, died_in_all = fired_in_all + len(fired), killed_in_all + killed, died_in_all + died
    with capsys.disabled():
        sys.stdout.write(
            f"\n{database.dialect}: {fired_in_all} instants, each once, in {monotonic() - began:.0f} s; "
            f"{killed_in_all} processes killed, {died_in_all} more between firing and starting\n"
        )
    assert died_in_all > 0
    if FULL:
        # Some weeks may be over before anybody is killed from outside.
        assert killed_in_all > 3


def instant(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def set_schedule(database: Database, zone: str, cron: str, start: datetime) -> Schedule:
    first = parse(cron).after(start, ZoneInfo(zone))
    with database.write() as session:
        return schedules.create_schedule(
            session, job_type="prune", cron_expression=cron, timezone=zone, run_at=first, next_run_at=first
        )


def expected_runs(schedule: Schedule, start: datetime, end: datetime) -> Iterator[str]:
    for at in walked_instants(schedule.cron_expression or "", ZoneInfo(schedule.timezone), start, end):
        if at < end:
            yield derived_id("run", at, schedule.id)


def fired_runs(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.sql(sa.select(table_of(Run).c.id)).scalars())


def clear(database: Database) -> None:
    with database.write() as session:
        for table in (Run, Schedule):
            session.sql(sa.delete(table_of(table)))


def tick_to_the_end(database: Database, end: datetime, project: Path, *, seed: int) -> tuple[int, int]:
    """Let two processes tick until nothing is left to fire; how many were killed, and how many died by themselves."""
    url = database.url.render_as_string(hide_password=False)
    arguments = (url, f"{end.timestamp():.0f}", str(seed), str(DEATHS))
    killed, died = run_module("tests.acceptance.tickers", arguments, cwd=project).split()
    return int(killed), int(died)
