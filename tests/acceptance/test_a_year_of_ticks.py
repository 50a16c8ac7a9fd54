"""Two processes tick through a year in five time zones, are killed at random, and every instant fires exactly once."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from onelane.storage import schedules
from onelane.storage.database import Database
from onelane.storage.ids import derived_id
from onelane.storage.rows import table_of
from onelane.storage.runs import Run
from onelane.storage.schedules import Schedule
from onelane.tools.cron import parse
from tests.wall_clocks import walked

FULL = os.environ.get("ONELANE_PROOF") == "full"

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata")
EVERYWHERE = ("30 2 * * *", "45 1 * * *", "*/20 2 * * 0")
"""Times that are skipped in spring and shown twice in autumn, in all of these zones that change their clocks."""

HOURLY = "0 * * * *" if FULL else "0 * * * 0"

# Without the full proof, both edges of all five: clocks are changed in Casablanca on 15 February and 22 March, in New
# York on 8 March and 1 November, in Berlin on 29 March and 25 October, on Lord Howe on 5 April and 4 October.
SPANS = [("2026-01-01", "2027-01-01")] if FULL else [("2026-02-13", "2026-04-07"), ("2026-10-02", "2026-11-03")]
CRONS = [(zone, cron) for zone in ZONES for cron in (*EVERYWHERE, HOURLY)]
DEATHS = 1000 if FULL else 100
"""One firing in so many kills its process."""


@dataclass
class Deaths:
    """How the processes ended before their work was done."""

    killed: int = 0
    """By the test, at any moment."""
    died: int = 0
    """By themselves, between the firing of a schedule and the commit of its run."""


def test_each_instant_of_a_year_fires_once_whoever_ticks_and_dies(
    database: Database, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, deaths, began, fired_in_all = random.Random(20261122), Deaths(), monotonic(), 0
    for first, last in SPANS:
        start, end = instant(first), instant(last)
        made = [set_schedule(database, zone, cron, start) for zone, cron in CRONS]
        tick_to_the_end(database, end, project, chance, deaths)
        expected = {run_id for schedule in made for run_id in expected_runs(schedule, start, end)}
        fired = taken_runs(database)
        assert sorted(expected - fired) == []
        assert sorted(fired - expected) == []
        fired_in_all += len(fired)
        clear(database)
    with capsys.disabled():
        rate = fired_in_all / (monotonic() - began)
        sys.stdout.write(f"\n{database.dialect}: {fired_in_all} instants, each once, {rate:.0f} a second; {deaths}\n")
    assert deaths.died > 3
    assert deaths.killed > 3


def instant(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def set_schedule(database: Database, zone: str, cron: str, start: datetime) -> Schedule:
    first = parse(cron).after(start, ZoneInfo(zone))
    with database.write() as session:
        return schedules.create_schedule(
            session, job_type="prune", cron_expression=cron, timezone=zone, run_at=first, next_run_at=first
        )


def expected_runs(schedule: Schedule, start: datetime, end: datetime) -> Iterator[str]:
    for at in walked(schedule.cron_expression or "", ZoneInfo(schedule.timezone), start, end):
        if at < end:
            yield derived_id("run", at, schedule.id)


def taken_runs(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.sql(sa.select(table_of(Run).c.id)).scalars())


def clear(database: Database) -> None:
    with database.write() as session:
        for table in (Run, Schedule):
            session.sql(sa.delete(table_of(table)))


def tick_to_the_end(database: Database, end: datetime, project: Path, chance: random.Random, deaths: Deaths) -> None:
    """Keep two processes ticking until there is nothing left to fire; whoever dies is followed by another."""
    seeds = count()

    def ticker() -> "subprocess.Popen[bytes]":
        url = database.url.render_as_string(hide_password=False)
        arguments = (url, f"{end.timestamp():.0f}", f"{chance.random()} {next(seeds)}", str(DEATHS))
        return subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.ticker", *arguments], cwd=project, stdout=subprocess.PIPE
        )

    running = [ticker(), ticker()]
    while running:
        process = running.pop(chance.randrange(len(running)))
        if not over(process, chance, deaths):
            running.append(ticker())


def over(process: "subprocess.Popen[bytes]", chance: random.Random, deaths: Deaths) -> bool:
    """Whether a process ended because its work is done; if it goes on for long, it is killed."""
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.communicate(timeout=chance.uniform(0.2, 3.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        deaths.killed += 1
        return False
    assert process.returncode in (0, -signal.SIGKILL)
    deaths.died += process.returncode != 0
    return process.returncode == 0
