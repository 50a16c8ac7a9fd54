"""Error messages of the command line: one sentence, and what to do next."""

import errno
import sys

from onelane.server.cli.output import is_watched

_LONGEST_CHARS = 500


def sentence_about(error: Exception) -> str:
    """What to say about an error that ended a command."""
    # Our own errors say what is wrong and what to do; whatever else comes this far is a fault of ours.
    if type(error).__module__.startswith("onelane."):
        from onelane.server.cli.display.command_words import in_commands
        from onelane.tools.registry.short_ids import with_short_ids

        answer = in_commands(str(error))
        return with_short_ids(answer) if is_watched(sys.stderr) else answer
    if isinstance(error, OSError):
        return _about_the_system(error)
    return _about_the_database(error) or _about_us(error)


def _about_the_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        return "The disk is full. Free some space and try again."
    if error.filename is None:
        return f"That did not work: {reason}."
    advice = " Set ONELANE_HOME to a folder in which you may write." if _is_home(str(error.filename)) else ""
    return f"{error.filename} can't be used: {reason}.{advice}"


def _is_home(path: str) -> bool:
    """Whether the path is in Onelane's home folder, or on the way to it."""
    from pathlib import Path

    from onelane.server.settings import read_settings

    home, place = read_settings().home, Path(path).absolute()
    return home.is_relative_to(place) or place.is_relative_to(home)


def _about_the_database(error: Exception) -> str | None:
    """What a database said that went away, filled its disk or broke while it was in use."""
    cause: object = getattr(error, "orig", None) if type(error).__module__.startswith("sqlalchemy.") else None
    return None if cause is None else f"The database can't be used: {_first_line(cause)}. Try: onelane doctor"


def _about_us(error: Exception) -> str:
    line = _first_line(error)
    fault = f"{type(error).__name__}: {line}" if line else type(error).__name__
    return f"Onelane has a fault: {fault}. Set ONELANE_DEBUG=1 to see where, and report it, please."


def _first_line(error: object) -> str:
    return next(iter(str(error).splitlines()), "")[:_LONGEST_CHARS]
