"""Names and ids as people and models give them: a name where only one thing is called so, ids one a line."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from onelane.tools.registry.errors import Conflict, NotFound

_MOST_IDS = 5


class Named(Protocol):
    """What has an id beside its name."""

    @property
    def id(self) -> str:
        """How it is told from others of the same name."""
        ...


Thing = TypeVar("Thing", bound=Named)


def only_one(found: Sequence[Thing], said: str, noun: str) -> Thing:
    """The only thing that is called so.

    Args:
        found: all that are called so
        said: what was given
        noun: what things of their kind are called

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    if len(found) == 1:
        return found[0]
    if found:
        raise Conflict(f"Several {noun}s are called {said!r}: {listed_ids(found)}. Give the id of the one you mean.")
    raise NotFound(f"There is no {noun} {said!r}. list_{noun}s shows what there is.")


def listed_ids(things: Sequence[Named]) -> str:
    """Their ids, the first few."""
    more = " and more" if len(things) > _MOST_IDS else ""
    return f"{', '.join(each.id for each in things[:_MOST_IDS])}{more}"


def ids_in(text: str) -> Sequence[str]:
    """The first word of each line; what follows a comma or a tab is for people."""
    words = (line.replace(",", " ").split() for line in text.splitlines())
    return [each[0].strip('"') for each in words if each]
