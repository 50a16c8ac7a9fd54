"""What is away and comes back by itself: the database, or room on the disk."""

import errno

from onelane.storage.database.engine import DISK_FULL, DatabaseUnavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def absence_reason(error: BaseException) -> str | None:
    """Why a thing can't be done at the moment, though nobody's fault stands behind it.

    Args:
        error: what ended it

    Returns:
        a sentence that says what to do; None where the error is no such absence
    """
    if isinstance(error, DatabaseUnavailable):
        return str(error)
    return DISK_FULL if isinstance(error, OSError) and error.errno in _FULL else None
