"""How much of a list fits into a fragment."""

from collections.abc import Callable

MOST_BYTES = 16_000
"""A fragment is no longer than this; what does not fit is asked for by a tool."""


def fitting(render: Callable[[int], str], most: int) -> str | None:
    """The longest fragment that is short enough; None where not even the one without any item is.

    Args:
        render: makes the fragment with so many items
        most: how many items there are at most
    """
    count = most
    while True:
        fragment = render(count)
        size = len(fragment.encode())
        if size <= MOST_BYTES:
            return fragment
        if count == 0:
            return None
        # Items are of similar size, so the first guess is nearly right.
        count = min(count - 1, count * MOST_BYTES // size)
