"""Shrinking: a failing world is reduced to the fewest events with which it still fails (delta debugging).

What happens in a world has keys, and a world that is run `without` some of them is otherwise the same. So parts of the
keys are left out, ever smaller ones, for as long as the same promise is broken; what remains is what it takes.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from tests.worlds.world import WorldFailed

Run = Callable[[Collection[str]], WorldFailed | None]
"""Runs a world without the events of these keys; how it failed, or None."""


@dataclass(frozen=True)
class Shrunk:
    """A failure with as few events as it takes.

    Args:
        failure: how the smallest world failed
        keys: the events that are left
        without: the keys that are left out
        runs: how many worlds that took
    """

    failure: WorldFailed
    keys: Sequence[str]
    without: Collection[str]
    runs: int

    def __str__(self) -> str:
        left = "\n".join(f"    {key}" for key in self.keys)
        return f"{self.failure.violations[0]}\n{len(self.keys)} events are enough, after {self.runs} runs:\n{left}"


def in_silence(runs: int, events: int) -> None:
    """Tell nobody."""


def shrink(
    failure: WorldFailed,
    keys: Iterable[str],
    run: Run,
    *,
    most_runs: int = 300,
    on_run: Callable[[int, int], None] = in_silence,
) -> Shrunk:
    """The fewest events with which the same promise is broken, as far as so many runs tell.

    Args:
        failure: how the world failed
        keys: what had happened in it until then
        run: runs it again
        most_runs: it is given up after so many
        on_run: told before each run which one it is, and how many events are enough so far
    """
    every = list(dict.fromkeys(keys))
    broken = promises(failure)
    smallest, enough, runs = failure, len(every), 0

    def fails(kept: Collection[str]) -> bool:
        nonlocal smallest, enough, runs
        if runs >= most_runs:
            return False
        runs += 1
        on_run(runs, enough)
        found = run(frozenset(every).difference(kept))
        if found is None or not promises(found) & broken:
            return False
        smallest, enough = found, len(kept)
        return True

    left = fewest(every, fails)
    return Shrunk(smallest, left, frozenset(every).difference(left), runs)


def promises(failure: WorldFailed) -> frozenset[str]:
    """The names of the promises that are broken."""
    return frozenset(said.partition(":")[0] for said in failure.violations)


def fewest(keys: Sequence[str], fails: Callable[[Collection[str]], bool]) -> list[str]:
    """Keys of which none can be left out any more (Zeller's ddmin).

    Args:
        keys: with all of them it fails
        fails: whether it fails with these alone
    """
    kept, parts = list(keys), 2
    if not kept or fails([]):
        return []
    while len(kept) > 1:
        size = -(-len(kept) // parts)
        chunks = [kept[at : at + size] for at in range(0, len(kept), size)]
        smaller = _smaller(chunks, fails)
        if smaller is not None:
            is_chunk = len(smaller) <= size
            kept, parts = smaller, 2 if is_chunk else max(2, parts - 1)
        elif size == 1:
            break
        else:
            parts = min(len(kept), parts * 2)
    return kept


def _smaller(chunks: Sequence[list[str]], fails: Callable[[Collection[str]], bool]) -> list[str] | None:
    """One of the chunks, or all but one of them, with which it still fails."""
    for chunk in chunks:
        if fails(chunk):
            return chunk
    if len(chunks) > 2:
        for left_out in range(len(chunks)):
            rest = [key for at, chunk in enumerate(chunks) if at != left_out for key in chunk]
            if fails(rest):
                return rest
    return None
