"""Pauses Python's garbage collector during imports; that saves a fifth of the time."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Generator[None]:
    """Let the collector rest for a page of an import.

    Thousands of objects live until the page is written and refer to nothing in a circle; looking through them, and
    through the whole program, again and again takes the collector a fifth of the time.
    """
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()
