"""Names and ids as people and models give them: a name where only one thing is called so, ids one a line."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from onelane.tools.registry.errors import Conflict, NotFound

_MOST_IDS = 5


class NamedThing(Protocol):
    """What has an id beside its name."""

    @property
    def id(self) -> str:
        """How it is told from others of the same name."""
        ...


Thing = TypeVar("Thing", bound=NamedThing)


def only_one(things: Sequence[Thing], name: str, noun: str) -> Thing:
    """The only thing that is called so.

    Args:
        things: all that are called so
        name: what was given
        noun: what things of their kind are called

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    if len(things) == 1:
        return things[0]
    if things:
        ids = listed([each.id for each in things])
        raise Conflict(f"Several {noun}s are called {name!r}: {ids}. Give the id of the one you mean.")
    raise NotFound(f"There is no {noun} {name!r}. list_{noun}s shows what there is.")


def listed(ids: Sequence[str]) -> str:
    """Ids in one line, the first few of them."""
    return f"{', '.join(ids[:_MOST_IDS])}{' and more' if len(ids) > _MOST_IDS else ''}"


def ids_in(text: str) -> Sequence[str]:
    """The first word of each line; what follows a comma or a tab is for people."""
    words = (line.replace(",", " ").split() for line in text.splitlines())
    return [each[0].strip('"') for each in words if each]
