"""The log: what went wrong inside, for whoever has to mend it; the person at the command line reads a sentence."""

import logging
import os
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import cast

LOG_FILE = "onelane.log"
MOST_BYTES = 5_000_000
"""A log that has grown so long is put aside, in place of the one before."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Tells where something went wrong and of what kind it was, but not the exception's own words.

    Those may hold what people said, names and addresses among it; ONELANE_DEBUG=1 has them shown nevertheless.
    """

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the standard library's name
        """The frames of the exception and of what caused it, with types in place of messages."""
        if os.environ.get("ONELANE_DEBUG") == "1" or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_told(ei[1]))


_FORMAT = DiscreetFormatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")


@contextmanager
def logging_into(home: Path, *, on_stderr: bool) -> Generator[None]:
    """Write Onelane's warnings and errors into the home's log while this lasts.

    Args:
        home: the home folder; where there is none, as there need not be on PostgreSQL, no file is written
        on_stderr: show them there as well, as a server does; ONELANE_DEBUG=1 shows them always
    """
    log = logging.getLogger("onelane")
    handlers: list[logging.Handler] = [_file_handler(home / LOG_FILE)] if home.is_dir() else []
    if on_stderr or os.environ.get("ONELANE_DEBUG") == "1":
        handlers.append(logging.StreamHandler(sys.stderr))
    propagated, log.propagate = log.propagate, False
    for handler in handlers:
        handler.setFormatter(_FORMAT)
        log.addHandler(handler)
    try:
        yield
    finally:
        log.propagate = propagated
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()


def _file_handler(path: Path) -> logging.Handler:
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_suffix(".log.1"))
    # Opened when there is something to write: most commands leave no file behind.
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    return handler


def _told(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__} (its message is left out: ONELANE_DEBUG=1 shows it)"
    if isinstance(error, BaseExceptionGroup):
        for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _told(each)
