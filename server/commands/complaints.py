"""What the person reads when something went wrong: one sentence, and what to do next."""

import errno

_LONGEST_CHARS = 500


def sentence_about(error: Exception) -> str:
    """What to say about an error that ended a command."""
    from onelane.tools.errors import ToolError

    if isinstance(error, ToolError):
        return error.message
    if isinstance(error, OSError):
        return _about_the_system(error)
    return str(error) if _is_meant_for_people(error) else _about_us(error)


def _is_meant_for_people(error: Exception) -> bool:
    from onelane.server.settings import BadSettings
    from onelane.storage.database import DatabaseUnavailable

    return isinstance(error, BadSettings | DatabaseUnavailable)


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


def _about_us(error: Exception) -> str:
    first_line = next(iter(str(error).splitlines()), "")[:_LONGEST_CHARS]
    what = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"Onelane has a fault: {what}. Set ONELANE_DEBUG=1 to see where, and report it, please."
