"""Chance: all that is drawn comes from the seed, and each thing by a key of its own, so that nothing shifts another.

A world that is run again `without` some keys draws all else as before: that is what shrinking takes away.
"""

import hashlib
import random
from collections.abc import Collection


class Chance:
    """The chance of one seed.

    Args:
        seed: what everything is drawn from
        without: keys of events and faults that do not happen in this run
    """

    def __init__(self, seed: int, without: Collection[str] = ()) -> None:
        self.seed = seed
        self.without = frozenset(without)

    def of(self, key: str) -> random.Random:
        """The chance of one thing; the same whenever it is asked for."""
        return random.Random(self.bytes(key))

    def bytes(self, key: str) -> bytes:
        """32 bytes that belong to this seed and this key."""
        return hashlib.sha256(f"{self.seed}/{key}".encode()).digest()

    def happens(self, key: str, likely: float = 1.0) -> bool:
        """Whether an event or a fault happens."""
        return key not in self.without and (likely >= 1 or self.of(key).random() < likely)
