"""The log: internal errors for developers; the person at the command line reads a sentence."""

import logging
import os
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO, cast

LOG_FILE = "onelane.log"
MOST_BYTES = 5_000_000
"""A log that has grown so long is put aside, in place of the one before."""

MOST_EXCEPTIONS = 20
"""So many are told of one that led to another, or that stand in a group."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Logs the type and place of an exception, but not its message, which may hold private text.

    Those may hold what people said, names and addresses among it; ONELANE_DEBUG=1 has them shown nevertheless.
    """

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the standard library's name
        """The frames of the exception and of what caused it, with types in place of messages."""
        if os.environ.get("ONELANE_DEBUG") == "1" or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_traceback_lines(ei[1]))


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
        handlers.append(LogStream(sys.stderr))
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
    with suppress(OSError):  # then the log grows on, or can't be written at all, which is said where something is
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            path.replace(path.with_suffix(".log.1"))
    # Opened when there is something to write: most commands leave no file behind.
    handler = _LogFile(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setLevel(logging.WARNING)
    return handler


class _Unfailing(logging.Handler):
    """Writing the log never raises: who has something to tell is busy with an error already."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except Exception:  # noqa: BLE001 - whatever it is, it must not replace what was to be told
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say that the log can't be written, if there is anybody to say it to; not what was to be written."""
        kind = type(sys.exception()).__name__
        with suppress(Exception):
            sys.stderr.write(f"Onelane can't write to its log ({kind}).\n")


class _LogFile(_Unfailing, logging.FileHandler):
    """The log in the home folder."""


class LogStream(_Unfailing, logging.StreamHandler[TextIO]):
    """The log on a stream, such as stderr."""


def _traceback_lines(error: BaseException) -> Iterator[str]:
    """What is told of an exception, of what led to it, and of what it groups: of each once, of so many at most."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting and len(seen) < MOST_EXCEPTIONS:
        each = waiting.pop()
        if id(each) in seen:
            continue
        chain = _chain(each, seen)
        yield from "\nwhich led to:\n".join("\n".join(_frames(link)) for link in chain).splitlines()
        for link in chain:
            if isinstance(link, BaseExceptionGroup):
                grouped = cast("BaseExceptionGroup[BaseException]", link).exceptions
                waiting.extend(reversed(grouped[:MOST_EXCEPTIONS]))
    if waiting:
        yield "There are more exceptions than are told."


def _chain(error: BaseException, seen: set[int]) -> list[BaseException]:
    """The exception and what led to it, the first cause first. Causes may form a circle, or go on by the thousand."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen and len(seen) < MOST_EXCEPTIONS:
        seen.add(id(cause))
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain[::-1]


def _frames(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__} (its message is left out: ONELANE_DEBUG=1 shows it)"
