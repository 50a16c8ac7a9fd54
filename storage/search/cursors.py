"""Opaque cursors of searches: where the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2s

import orjson


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: its tier, its place there, and the total reported."""

    rank: int
    place: int
    total: int


def write_cursor(position: Position, search: str) -> str:
    """The cursor of a position in a search; `search` is what all pages of it have in common."""
    content = orjson.dumps([_digest(search), position.rank, position.place, position.total])
    return urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(cursor: str, search: str) -> Position:
    """The position that a cursor stands for.

    Raises:
        ValueError: it is no cursor, or one of another search
    """
    match _content(cursor):
        case [str(digest), int(rank), int(place), int(total)] if rank >= 0 and abs(place) < _FURTHEST:
            if digest != _digest(search):
                raise ValueError("The cursor belongs to another search. Leave it out to begin this one.")
            return Position(rank, place, total)
        case _:
            raise ValueError(_UNREADABLE)


def _content(cursor: str) -> object:
    try:
        padding = "=" * (-len(cursor) % 4)
        return orjson.loads(urlsafe_b64decode(cursor + padding))
    except ValueError as error:
        raise ValueError(_UNREADABLE) from error


def _digest(search: str) -> str:
    return blake2s(search.encode(), digest_size=6).hexdigest()


_FURTHEST = 1 << 62
_UNREADABLE = "The cursor is none that a search gave. Leave it out to begin at the first page."
