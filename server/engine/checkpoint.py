"""Brings the write-ahead log into the database's file when nothing writes (docs/engine.md, "The clock")."""

from onelane.storage.database.engine import Database
from onelane.storage.database.snapshot import checkpoint, log_state


class IdleCheckpoint:
    """Looks again and again; what was not written to since the last look is idle.

    Args:
        database: where everything is
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_state: tuple[int, int] | None = None

    def look(self) -> bool:
        """Bring the log into the file if nothing wrote since the last look; whether it was done."""
        state = log_state(self._database)
        is_idle = state is not None and state == self._last_state
        self._last_state = state
        return is_idle and checkpoint(self._database)
