"""A world: the whole product, the world outside it and its person, in one process and from one seed.

    world = World(seed=7, directory=tmp_path)
    world.looks.append(nothing_is_sent_twice)      # asked after each event
    world.run(world.began + timedelta(days=30))
    world.crash()                                   # what was in memory is gone, and the product is opened again
    world.finish()                                  # nothing new happens, all that is due is done; looked at once more
    world.step_hash()                               # the same for the same seed

`World.database`, `outside`, `yeses`, `clock` and `view()` are what invariants read. A violation raises `WorldFailed`,
which names the seed and the last events. `without` leaves single events out, by their keys, and nothing else changes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from onelane.server.app import Onelane
from onelane.storage.database.engine import Database
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.events import Agenda, Event
from tests.worlds.outside import Outside
from tests.worlds.view import Invariant, WorldView
from tests.worlds.yeses import Yeses

Backend = Literal["sqlite", "postgresql"]
_EVENTS_TOLD = 30


class WorldFailed(AssertionError):
    """Something is as it must never be.

    Args:
        seed: of which world
        violations: what is wrong, a sentence each
        events: what happened last
    """

    def __init__(self, seed: int, violations: Collection[str], events: Collection[Event]) -> None:
        self.seed = seed
        self.violations = tuple(violations)
        self.events = tuple(events)
        told = "\n".join(
            ["", *self.violations, "", "the last events:", *map(str, events), "", f"make world SEED={seed}"]
        )
        super().__init__(told)


@dataclass(frozen=True, slots=True)
class Measure:
    """How quickly a world went.

    Args:
        simulated_seconds: so much time passed in it
        wall_seconds: so much passed here
        events: so many things happened
        faults: so many of them were faults
    """

    simulated_seconds: float
    wall_seconds: float
    events: int
    faults: int

    @property
    def rate(self) -> float:
        """How many times as fast as real time."""
        return self.simulated_seconds / max(self.wall_seconds, 1e-9)


class World:
    """One world.

    Args:
        seed: everything in it comes from that
        directory: where its home is; empty at first
        backend: the kind of database
        without: keys of events that do not happen
    """

    def __init__(
        self, seed: int, directory: Path, backend: Backend = "sqlite", *, without: Collection[str] = ()
    ) -> None:
        self.seed = seed
        self.directory = directory
        self.backend: Backend = backend
        self.chance = Chance(seed, without)
        self.clock = WorldClock()
        self.began = self.clock()
        self.outside = Outside()
        self.yeses = Yeses()
        self.events: list[Event] = []
        self.agenda = Agenda()
        self.looks: list[Invariant] = []
        self._product: Onelane | None = None

    @property
    def product(self) -> Onelane:
        """Onelane as it is open now."""
        assert self._product is not None, "the world has not begun"
        return self._product

    @property
    def database(self) -> Database:
        """Onelane's database."""
        return self.product.database

    def view(self, *, is_over: bool = False) -> WorldView:
        """What invariants are given now."""
        return WorldView(
            self.seed, self.began, self.clock(), is_over, self.outside, self.yeses, self.events, self.product
        )

    def run(self, until: datetime) -> None:
        """Let everything happen until then."""
        raise NotImplementedError

    def crash(self) -> None:
        """Lose what is in memory and keep what was committed; Onelane is opened again."""
        raise NotImplementedError

    def finish(self) -> None:
        """Let nothing new happen, and everything that is due be done."""
        raise NotImplementedError

    def step_hash(self) -> str:
        """The hash of all that was recorded and seen so far; the same for the same seed."""
        raise NotImplementedError

    def look(self, *, is_over: bool = False) -> None:
        """Ask all invariants.

        Raises:
            WorldFailed: something is as it must never be
        """
        violations = [said for look in self.looks for said in look(self.view(is_over=is_over))]
        if violations:
            raise WorldFailed(self.seed, violations, self.events[-_EVENTS_TOLD:])

    def happened(self, key: str, words: str = "") -> None:
        """Note an event."""
        self.events.append(Event(self.clock(), key, words))
