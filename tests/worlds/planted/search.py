"""Runs worlds until a promise is broken: `python -m tests.worlds.planted.search --minutes 30`.

It prints one JSON document: of which seed, what was said, and after how many seconds of machine time. `hunt` runs it on
copies of the tree into each of which a fault is planted.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds.invariants.every import every_invariant
from tests.worlds.world import Weather, World, WorldFailed

FIRST_SEED = 1
STORM = Weather(smtp=0.35, imap=0.08, commits_a_crash=90, power_cuts=0.3, people=40, haste=5, poll=timedelta(hours=1))
"""What is rare elsewhere happens every few hours."""
DAYS = 12.0
_DAYS_OF_QUIET = 6
_LOOKS_APART = 20


def broken_by(seed: int, days: float, without: Sequence[str] = ()) -> WorldFailed | None:
    """How the world of this seed fails within so many days; None when it does not."""
    with TemporaryDirectory(prefix="onelane-world-") as folder:
        world = World(seed, Path(folder), without=without, weather=STORM)
        world.looks += every_invariant(every=_LOOKS_APART)
        try:
            world.run(world.began + timedelta(days=days))
            world.finish(days=_DAYS_OF_QUIET)
        except WorldFailed as failure:
            return failure
        finally:
            world.close()
        return None


def search(seeds: Iterator[int], *, days: float, seconds: float) -> dict[str, object]:
    """Run one world after the other until one fails, or the time is over; what is said of it."""
    began = time.process_time()
    said: Sequence[str] = ()
    for worlds, seed in enumerate(seeds, start=1):
        try:
            failure = broken_by(seed, days)
            said = () if failure is None else failure.violations
        except Exception as error:  # noqa: BLE001 - what the product or the world does not catch is loud, and found as well
            said = [f"{type(error).__name__}: {error}", traceback.format_exc()[-2000:]]
        took_s = time.process_time() - began
        if said or took_s > seconds:
            return {
                "found": bool(said),
                "seed": seed,
                "worlds": worlds,
                "seconds": round(took_s, 1),
                "said": list(said[:5]),
            }
    raise RuntimeError("there are seeds without end")


def main() -> None:
    """Search as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    given = parser.parse_args()
    found = search(count(given.seed), days=given.days, seconds=given.minutes * 60)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
