"""Replays a world from its seed: `make world SEED=7 DAYS=30`.

usage: python -m tests.worlds SEED [DAYS] [calm|storm] [shrink] [without=KEY,KEY...]

It prints each event, how quickly the world went, and the hash of its step log, which is the same at each replay. What
fails is told with the last events before it; with `shrink` it is lived again with ever fewer events, and those that are
enough are printed.
"""

import sys
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds.invariants.every import every_invariant
from tests.worlds.night import STORM
from tests.worlds.places import quick_place
from tests.worlds.shrinking import Shrunk, shrink
from tests.worlds.view import Invariant
from tests.worlds.weather import CALM, USUAL_WEATHER, Weather
from tests.worlds.world import World, WorldFailed

USUAL_DAYS, QUIET_DAYS = 14.0, 7
_WEATHERS = {"calm": CALM, "storm": STORM}


@dataclass(frozen=True, slots=True)
class Replay:
    """What is lived again.

    Args:
        seed: the world's
        days: so long things happen in it
        weather: how hard it is
        without: keys of events that do not happen
        quiet_days: so long nothing new happens at its end
        promises: gives what is asked of a world; some remember what they have seen of it
    """

    seed: int
    days: float = USUAL_DAYS
    weather: Weather = USUAL_WEATHER
    without: Collection[str] = ()
    quiet_days: int = QUIET_DAYS
    promises: Callable[[], Sequence[Invariant]] = every_invariant

    @contextmanager
    def world(self, without: Collection[str] = ()) -> Generator[World]:
        """The world at its beginning, without these events as well."""
        with TemporaryDirectory(prefix="onelane-world-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
            world = World(self.seed, Path(folder), without={*self.without, *without}, weather=self.weather)
            world.looks += self.promises()
            try:
                yield world
            finally:
                world.close()

    def failure(self, world: World) -> WorldFailed | None:
        """Live to the end, and tell how that failed."""
        try:
            world.run(world.began + timedelta(days=self.days))
            world.finish(days=self.quiet_days)
        except WorldFailed as failed:
            return failed
        return None

    def up_to(self, world: World) -> "Replay":
        """The same up to where this world has failed: what has not come by then need not be lived again."""
        lived_days = (world.clock() - world.began) / timedelta(days=1)
        return self if lived_days >= self.days else replace(self, days=lived_days, quiet_days=0)

    def shrunk(self, failed: WorldFailed, keys: Sequence[str]) -> Shrunk:
        """The fewest of these events with which it fails in the same way."""

        def run(without: Collection[str]) -> WorldFailed | None:
            with self.world(without) as world:
                return self.failure(world)

        return shrink(failed, keys, run, on_run=_tell_run)


def read_replay(words: Sequence[str]) -> Replay | None:
    """What the command line says; None where it names no seed."""
    if not words or not words[0].lstrip("-").isdigit():
        return None
    days = next((float(each) for each in words[1:] if each.replace(".", "", 1).isdigit()), USUAL_DAYS)
    left_out = [key for each in words if each.startswith("without=") for key in each[len("without=") :].split(",")]
    weather = next((known for word, known in _WEATHERS.items() if word in words), USUAL_WEATHER)
    return Replay(int(words[0]), days, weather, left_out)


def main(arguments: list[str]) -> int:
    """Replay; 1 where the world fails."""
    words = [each for each in arguments if each]
    replay = read_replay(words)
    if replay is None:
        sys.stderr.write("make world SEED=a number, such as make world SEED=7 DAYS=30\n")
        return 2
    with replay.world() as world:
        failed = replay.failure(world)
        replay = replay.up_to(world)
        _tell(world)
    if failed is None:
        return 0
    sys.stdout.write(f"{failed}\n")
    if "shrink" in words:
        sys.stdout.write(f"\n{replay.shrunk(failed, [event.key for event in world.events])}\n")
    return 1


def _tell_run(runs: int, events: int) -> None:
    sys.stderr.write(f"run {runs}: {events} events are enough so far\n")


def _tell(world: World) -> None:
    for event in world.events:
        sys.stdout.write(f"{event}\n")
    measured = world.measure
    sys.stdout.write(
        f"\nseed {world.seed}: {measured.simulated_seconds / 86_400:.1f} days, {measured.events} events, "
        f"{measured.faults} faults, {len(world.outside.letters)} letters; {measured.cpu_seconds:.1f} s of CPU, "
        f"{measured.rate:,.0f} times real time\nhash {world.step_hash()}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
