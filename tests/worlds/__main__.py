"""Replays a world from its seed: `make world SEED=7 DAYS=30`.

usage: python -m tests.worlds SEED [DAYS] [calm|storm] [without=KEY,KEY...]

It prints each event, how quickly the world went, and the hash of its step log, which is the same at each replay. What
fails is told with the last events before it.
"""

import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds.invariants.every import every_invariant
from tests.worlds.night import STORM
from tests.worlds.places import quick_place
from tests.worlds.weather import CALM, USUAL_WEATHER
from tests.worlds.world import World, WorldFailed

USUAL_DAYS = 14.0
_WEATHERS = {"calm": CALM, "storm": STORM}


def main(arguments: list[str]) -> int:
    """Replay; 1 where the world fails."""
    words = [each for each in arguments if each]
    if not words or not words[0].lstrip("-").isdigit():
        sys.stderr.write("make world SEED=a number, such as make world SEED=7 DAYS=30\n")
        return 2
    days = next((float(each) for each in words[1:] if each.replace(".", "", 1).isdigit()), USUAL_DAYS)
    left_out = [key for each in words if each.startswith("without=") for key in each[len("without=") :].split(",")]
    weather = next((known for word, known in _WEATHERS.items() if word in words), USUAL_WEATHER)
    with TemporaryDirectory(prefix="onelane-world-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        world = World(int(words[0]), Path(folder), without=left_out, weather=weather)
        world.looks += every_invariant()
        try:
            return _played(world, days)
        finally:
            world.close()


def _played(world: World, days: float) -> int:
    failed = None
    try:
        world.run(world.began + timedelta(days=days))
        world.finish(days=7)
    except WorldFailed as error:
        failed = error
    for event in world.events:
        sys.stdout.write(f"{event}\n")
    measured = world.measure
    sys.stdout.write(
        f"\nseed {world.seed}: {measured.simulated_seconds / 86_400:.1f} days, {measured.events} events, "
        f"{measured.faults} faults, {len(world.outside.letters)} letters; {measured.cpu_seconds:.1f} s of CPU, "
        f"{measured.rate:,.0f} times real time\nhash {world.step_hash()}\n"
    )
    if failed is not None:
        sys.stdout.write(f"{failed}\n")
    return 0 if failed is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
