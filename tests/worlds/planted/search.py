"""Runs worlds until a promise is broken: `python -m tests.worlds.planted.search --minutes 30`.

It prints one JSON document: of which seed, what was said, and after how many seconds of machine time. `hunt` runs it on
copies of the tree into each of which a fault is planted, and names the promises that have to do with it: nothing else
is asked then, and a world that ends otherwise is followed by the next seed. The first worlds are short, and none lives
on when the time is over.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds.invariants.every import every_invariant
from tests.worlds.places import quick_place
from tests.worlds.planted.storms import STORMS, USUAL_STORM, Storm
from tests.worlds.view import WorldView
from tests.worlds.world import World, WorldFailed

FIRST_SEED = 1
DAYS = 12.0
_LOOKS_APART = 4


class TimeIsUp(Exception):
    """A world was not at its end when the time was over."""


@dataclass(frozen=True, slots=True)
class Quest:
    """What is looked for, where, and for how long.

    Args:
        promises: the invariants that are asked; all, if none are named
        storm: the kind of storm in which worlds live
        days: so long things go wrong in a world at most
        seconds: so much machine time there is
    """

    promises: Collection[str] = ()
    storm: str = USUAL_STORM
    days: float = DAYS
    seconds: float = inf

    @property
    def kind(self) -> Storm:
        """The kind of storm."""
        return STORMS[self.storm]

    def asks(self, promise: str) -> bool:
        """Whether it looks for this promise."""
        return not self.promises or promise in self.promises

    def in_time(self, view: WorldView) -> Sequence[str]:
        """Asked like an invariant.

        Raises:
            TimeIsUp: there is no more
        """
        if time.process_time() > self.seconds:
            raise TimeIsUp
        return ()


def broken_by(seed: int, days: float, quest: Quest) -> WorldFailed | None:
    """How the world of this seed fails within so many days; None when it does not.

    Raises:
        TimeIsUp: it had not come to its end
    """
    with TemporaryDirectory(prefix="onelane-world-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        world = World(seed, Path(folder), weather=quest.kind.weather)
        looks = every_invariant(every=_LOOKS_APART)
        world.looks += [each for each in looks if quest.asks(each.name)]
        world.looks.append(quest.in_time)
        try:
            world.run(world.began + timedelta(days=days))
            world.finish(days=quest.kind.quiet_days)
        except WorldFailed as failure:
            return failure
        finally:
            world.close()
        return None


def search(seeds: Iterator[int], quest: Quest) -> dict[str, object]:
    """Run one world after the other until one breaks a promise, or the time is over; what is said of it."""
    said: Sequence[str] = ()
    for worlds, seed in enumerate(seeds, start=1):
        lived = min(quest.days, quest.kind.days * (1 + worlds // 3))
        is_over = False
        try:
            said = [each for each in _said(seed, lived, quest) if quest.asks(_promise(each))]
        except TimeIsUp:
            is_over = True
        if said or is_over:
            took_s = round(time.process_time(), 1)
            return {"found": bool(said), "seed": seed, "worlds": worlds, "seconds": took_s, "said": said[:5]}
    raise RuntimeError("there are seeds without end")


def _said(seed: int, days: float, quest: Quest) -> Sequence[str]:
    try:
        failure = broken_by(seed, days, quest)
    except TimeIsUp:
        raise
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
    parser.add_argument("--storm", choices=sorted(STORMS), default=USUAL_STORM)
    parser.add_argument("--promises", nargs="*", default=())
    given = parser.parse_args()
    quest = Quest(given.promises, given.storm, given.days, given.minutes * 60)
    found = search(count(given.seed), quest)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
