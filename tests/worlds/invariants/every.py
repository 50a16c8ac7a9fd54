"""All invariants as a world asks them: some as things happen, those that read everything now and then."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.worlds.invariants.billing import BILLING
from tests.worlds.invariants.consent import CONSENT
from tests.worlds.invariants.counters import COUNTERS
from tests.worlds.invariants.cursors import CURSORS
from tests.worlds.invariants.foretold import WhatIsExplainedComesTrue
from tests.worlds.invariants.left_behind import LEFT_BEHIND, LEFT_BY_WHAT_ENDED
from tests.worlds.invariants.letters import LETTERS
from tests.worlds.invariants.looks import six_looks_change_nothing
from tests.worlds.invariants.money import MONEY
from tests.worlds.invariants.pace import NoMoreGoesThanMay, NothingGoesOutsideItsWindow
from tests.worlds.invariants.people import any_order_of_imports_gives_the_same_people
from tests.worlds.invariants.schedules import SCHEDULES
from tests.worlds.invariants.stops import STOPS, NothingGoesToWhoIsArchived
from tests.worlds.invariants.taken_back import an_undo_restores_what_was
from tests.worlds.view import Invariant, WorldView

HISTORY: Sequence[Invariant] = (*LETTERS, *CONSENT, *STOPS, *CURSORS, *BILLING, *SCHEDULES)
"""What was seen outside against what was said: asked now and then, for it stays as it was."""
ROWS: Sequence[Invariant] = (*COUNTERS, *MONEY, *LEFT_BY_WHAT_ENDED)
"""What the database says of itself after each commit."""
ENDS: Sequence[Invariant] = (*LEFT_BEHIND, any_order_of_imports_gives_the_same_people, an_undo_restores_what_was)
"""What can be said once all is quiet. What an undo leaves comes last: it does things to people."""


def every_invariant(*, every: int = 500) -> list["Asked"]:
    """All of them, for one world: some remember what they have seen of it.

    Args:
        every: so many looks lie between two at which the whole history is gone through
    """
    as_it_happens: Sequence[Invariant] = (
        NoMoreGoesThanMay(),
        NothingGoesOutsideItsWindow(),
        NothingGoesToWhoIsArchived(),
        WhatIsExplainedComesTrue(),
    )
    return [
        *(Asked(each) for each in as_it_happens),
        *(Asked(each, every=every) for each in HISTORY),
        *(Asked(each, every=2 * every) for each in ROWS),
        Asked(six_looks_change_nothing, every=4 * every),
        *(Asked(each, every=None) for each in ENDS),
    ]


@dataclass
class Asked:
    """Asks an invariant at each so many looks and at the end, and says whose sentence it is.

    Args:
        invariant: which
        every: so many looks; None for the end alone
    """

    invariant: Invariant
    every: int | None = 1
    looks: int = 0

    @property
    def name(self) -> str:
        """What it promises, such as `nothing_is_sent_twice`."""
        return name_of(self.invariant)

    def __call__(self, view: WorldView) -> Iterable[str]:
        """Ask it, if it is time."""
        self.looks += 1
        if view.is_over or (self.every is not None and self.looks % self.every == 0):
            return self._said(view)
        return ()

    def _said(self, view: WorldView) -> Iterator[str]:
        return (f"{self.name}: {said}" for said in self.invariant(view))


def name_of(invariant: Invariant) -> str:
    """The name of an invariant, which is a sentence in small letters."""
    known = getattr(invariant, "__name__", None) or type(invariant).__name__
    return re.sub(r"(?<!^)(?=[A-Z])", "_", known).lower()
