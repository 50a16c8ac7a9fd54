"""Complaints about arguments: in sentences, with the nearest name for an unknown one."""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onelane.tools.registry.errors import BadRequest

_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""A word of an enum as Python writes it for programmers."""


def explained(
    error: ValidationError | Sequence[ErrorDetails], known: Iterable[str], spelled: Callable[[str], str]
) -> BadRequest:
    """What pydantic found, as an error for whoever sent it.

    Args:
        error: what it found, or a part of it
        known: the arguments that there are
        spelled: how the sender spells their names
    """
    names = list(known)
    details = error.errors() if isinstance(error, ValidationError) else error
    problems = [_problem(detail["loc"], detail["type"], detail["msg"], names, spelled) for detail in details]
    return BadRequest(" ".join(problems), details={"problems": problems})


def nearest(name: str, known: Iterable[str], spelled: Callable[[str], str] = str) -> str:
    """The end of a complaint about an unknown name: the one that was probably meant, or all that there are."""
    words = [spelled(word) for word in known]
    near = get_close_matches(name, words, n=1, cutoff=0.6) or get_close_matches(spelled(name), words, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(words) or 'none'}."


def _problem(
    location: tuple[int | str, ...], kind: str, message: str, known: Iterable[str], spelled: Callable[[str], str]
) -> str:
    if kind == "extra_forbidden":
        # As it was sent: whoever sent it looks for exactly that.
        name = ".".join(map(str, location))
        return f"Unknown argument {name!r}.{nearest(name, known, spelled)}"
    name = ".".join(spelled(str(part)) for part in location) or "arguments"
    if kind == "missing":
        return f"{name!r} is required."
    plain = _MEMBER.sub(lambda word: word[1], message.removeprefix("Value error, "))
    return f"{name!r}: {plain}."
