"""Runs worlds until a promise is broken: `python -m tests.worlds.planted.search --minutes 30`.

It prints one JSON document: of which seed, what was said, and after how many seconds of machine time. `hunt` runs it on
copies of the tree into each of which a fault is planted, and names the promises that have to do with it: nothing else
is asked then, and a world that ends otherwise is followed by the next seed. The first worlds are short.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds.invariants.every import every_invariant
from tests.worlds.places import quick_place
from tests.worlds.world import Weather, World, WorldFailed

FIRST_SEED = 1
STORM = Weather(
    smtp=0.35,
    imap=0.08,
    meanwhile=0.15,
    commits_a_crash=90,
    power_cuts=0.3,
    people=40,
    haste=5,
    poll=timedelta(hours=1),
)
"""What is rare elsewhere happens every few hours."""
DAYS = 12.0
_FIRST_DAYS = 2.0
_DAYS_OF_QUIET = 2
_LOOKS_APART = 20


def broken_by(
    seed: int, days: float, promises: Collection[str] = (), without: Sequence[str] = ()
) -> WorldFailed | None:
    """How the world of this seed fails within so many days; None when it does not.

    Args:
        seed: the world's
        days: so long things go wrong in it
        promises: the invariants that are asked; all, if none are named
        without: keys of events that do not happen
    """
    with TemporaryDirectory(prefix="onelane-world-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        world = World(seed, Path(folder), without=without, weather=STORM)
        looks = every_invariant(every=_LOOKS_APART)
        world.looks += [each for each in looks if not promises or each.name in promises]
        try:
            world.run(world.began + timedelta(days=days))
            world.finish(days=_DAYS_OF_QUIET)
        except WorldFailed as failure:
            return failure
        finally:
            world.close()
        return None


def search(seeds: Iterator[int], *, days: float, seconds: float, promises: Collection[str] = ()) -> dict[str, object]:
    """Run one world after the other until one breaks a promise, or the time is over; what is said of it."""
    began = time.process_time()
    for worlds, seed in enumerate(seeds, start=1):
        lived = min(days, _FIRST_DAYS * (1 + worlds // 3))
        said = [each for each in _said(seed, lived, promises) if not promises or _promise(each) in promises]
        took_s = round(time.process_time() - began, 1)
        if said or took_s > seconds:
            return {"found": bool(said), "seed": seed, "worlds": worlds, "seconds": took_s, "said": said[:5]}
    raise RuntimeError("there are seeds without end")


def _said(seed: int, days: float, promises: Collection[str]) -> Sequence[str]:
    try:
        failure = broken_by(seed, days, promises)
    except Exception as error:  # noqa: BLE001 - what the product or the world does not catch is loud, and found as well
        return [f"an error was raised: {type(error).__name__}: {error}\n{traceback.format_exc()[-2000:]}"]
    return () if failure is None else failure.violations


def _promise(said: str) -> str:
    return said.partition(":")[0]


def main() -> None:
    """Search as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--promises", nargs="*", default=())
    given = parser.parse_args()
    found = search(count(given.seed), days=given.days, seconds=given.minutes * 60, promises=given.promises)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
