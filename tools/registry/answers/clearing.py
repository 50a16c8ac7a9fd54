"""Fields that a call empties: which may be, and what the answer says of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_snake

from onelane.tools.registry.arguments.errors import nearest
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest

CLEAR = "clear"
_LONGEST_CHARS = 200
_HOLDS_NOTHING: Sequence[object] = (None, "", "[]", "{}", [])


def fields_to_clear(clear: Collection[str], may_be_empty: Collection[str], given: Mapping[str, Any]) -> frozenset[str]:
    """The fields that a call shall empty.

    Args:
        clear: as they were named
        may_be_empty: those that can be
        given: the values that the same call gives

    Raises:
        BadRequest: a name is unknown, is of a field that can't be empty, or is given a value as well
    """
    names = frozenset(map(to_snake, clear))
    for name in sorted(names):
        if name not in may_be_empty:
            raise BadRequest(f"{name!r} can't be cleared.{nearest(name, sorted(may_be_empty))}")
        if given.get(name) is not None:
            raise BadRequest(f"{name!r} is both given and to be cleared. Do one of them.")
    return names


def tell_cleared(ctx: Context, before: Mapping[str, Any], cleared: Collection[str]) -> None:
    """Say what a call emptied, with the old values, and what it did not.

    Args:
        ctx: the call
        before: what the fields held that can be emptied
        cleared: those that are empty now
    """
    held = {name: value for name, value in before.items() if value not in _HOLDS_NOTHING}
    emptied = [f"{name} (it was {str(held[name])[:_LONGEST_CHARS]!r})" for name in held if name in cleared]
    kept = sorted(name for name in ctx.passed_over if name in held and name not in cleared)
    if emptied:
        ctx.notes.append(f"Cleared: {', '.join(emptied)}.")
    if kept:
        ctx.notes.append(
            f"Not cleared, because an empty value says nothing here: {', '.join(kept)}. To clear them, call again with "
            f"{CLEAR}={kept}."
        )
