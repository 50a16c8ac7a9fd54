"""Names and ids as people and models give them: a name where only one thing is called so, ids one a line."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Protocol, TypeVar

from onelane.tools.registry.errors import Conflict, NotFound

_MOST_IDS = 5
NAMES_TO_TRY = 100
"""So many of the latest things may be meant by a name that is almost theirs."""


class NamedThing(Protocol):
    """What has an id beside its name."""

    @property
    def id(self) -> str:
        """How it is told from others of the same name."""
        ...


Thing = TypeVar("Thing", bound=NamedThing)


def only_one(things: Sequence[Thing], name: str, noun: str, names: Callable[[], Iterable[str]] = tuple) -> Thing:
    """The only thing that is called so.

    Args:
        things: all that are called so
        name: what was given
        noun: what things of their kind are called
        names: what those are called that there are, for a name that is almost one of theirs

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    if len(things) == 1:
        return things[0]
    if things:
        ids = listed([each.id for each in things])
        raise Conflict(f"Several {noun}s are called {name!r}: {ids}. Give the id of the one you mean.")
    if near := _near(name, names()):
        raise NotFound(f"There is no {noun} {name!r}. Did you mean {near!r}? list_{noun}s shows all that there are.")
    raise NotFound(f"There is no {noun} {name!r}. list_{noun}s shows what there is.")


def _near(name: str, names: Iterable[str]) -> str | None:
    """The name that this is a part of, or that is written almost so."""
    by_folded = {each.casefold(): each for each in names}
    folded = name.strip().casefold()
    holders = [each for each in by_folded if folded and folded in each]
    alike = holders if len(holders) == 1 else get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return by_folded[alike[0]] if alike else None


def listed(ids: Sequence[str]) -> str:
    """Ids in one line, the first few of them."""
    return f"{', '.join(ids[:_MOST_IDS])}{' and more' if len(ids) > _MOST_IDS else ''}"


def ids_in(text: str) -> Sequence[str]:
    """The first word of each line; what follows a comma or a tab is for people."""
    words = (line.replace(",", " ").split() for line in text.splitlines())
    return [each[0].strip('"') for each in words if each]
