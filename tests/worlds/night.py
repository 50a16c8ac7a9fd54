"""Many worlds beside each other, for as long as a night is: `python -m tests.worlds.night --years 1000 --hours 10`.

Each seed lives some weeks of an account. Those that fail are printed as they come, with what is broken, and at the end
how much was lived, how quickly, and how many faults there were. `--days` and `--first` say how long each seed lives and
which is the first; a failing one is replayed by `make world SEED=... WORLD=storm`.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.worlds.invariants.every import every_invariant
from tests.worlds.places import quick_place
from tests.worlds.weather import Weather
from tests.worlds.world import Measure, World, WorldFailed

STORM = Weather(smtp=0.3, commits_a_crash=150, people=16)
DAYS, QUIET_DAYS, YEAR_DAYS = 73.0, 7, 365.0


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of one world.

    Args:
        seed: the world's
        measure: how it went
        letters: so many were seen
        arrived: so many of them arrived
        failure: what is broken, with the last events; empty where nothing is
    """

    seed: int
    measure: Measure
    letters: int
    arrived: int
    failure: str = ""


@dataclass
class Night:
    """What was lived so far."""

    days: float = 0.0
    cpu_seconds: float = 0.0
    faults: int = 0
    failed: list[int] = field(default_factory=list[int])

    def add(self, lived: Lived) -> None:
        """Count a world."""
        self.days += lived.measure.simulated_seconds / 86_400
        self.cpu_seconds += lived.measure.cpu_seconds
        self.faults += lived.measure.faults
        self.failed += [lived.seed] if lived.failure else []

    def __str__(self) -> str:
        years = self.days / YEAR_DAYS
        rate, often = self.days / max(self.cpu_seconds, 1e-9), self.faults / max(years, 1e-9)
        seeds = f"; these seeds failed: {sorted(self.failed)}" if self.failed else "; none failed"
        return (
            f"{years:,.2f} account-years, {self.faults:,} faults ({often:,.0f} in a year), {rate:.3f} account-days "
            f"in a second of a core{seeds}"
        )


def live(seed: int, days: float = DAYS, quiet_days: int = QUIET_DAYS) -> Lived:
    """Let one world live, and ask all that is promised."""
    with TemporaryDirectory(prefix="onelane-night-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        world = World(seed, Path(folder), weather=STORM)
        world.looks += every_invariant()
        failure = ""
        try:
            world.run(world.began + timedelta(days=days))
            world.finish(days=quiet_days)
        except WorldFailed as failed:
            failure = str(failed)
        except Exception:  # noqa: BLE001 - what neither the product nor the world catches is a failure of its seed
            failure = traceback.format_exc()
        finally:
            world.close()
    return Lived(seed, world.measure, len(world.outside.letters), len(world.outside.arrived), failure)


def live_all(
    seeds: Iterable[int], *, days: float, hours: float, at_once: int, quiet_days: int = QUIET_DAYS
) -> Iterator[Lived]:
    """Let these live beside each other; none begins once the hours are over."""
    ends = perf_counter() + hours * 3600
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        worlds = [pool.submit(live, seed, days, quiet_days) for seed in seeds]
        for done in as_completed(worlds):
            yield done.result()
            if perf_counter() > ends:
                pool.shutdown(wait=True, cancel_futures=True)
                return


def through_the_night(*, years: float, hours: float, days: float = DAYS, first: int = 1, at_once: int = 0) -> Night:
    """Live so many years, or as many as there is time for, and tell of each world that fails."""
    night = Night()
    seeds = range(first, first + max(1, round(years * YEAR_DAYS / days)))
    for lived in live_all(seeds, days=days, hours=hours, at_once=at_once or os.cpu_count() or 1):
        night.add(lived)
        if lived.failure:
            sys.stdout.write(f"\nseed {lived.seed} fails:\n{lived.failure}\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{night}\n")
    return night


def main() -> int:
    """Live as the command line says; 1 where a world fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=float, default=1000)
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=0)
    given = parser.parse_args()
    night = through_the_night(
        years=given.years, hours=given.hours, days=given.days, first=given.first, at_once=given.at_once
    )
    return 1 if night.failed else 0


if __name__ == "__main__":
    sys.exit(main())
