"""Heartbeat of a chat: while it beats, no other process takes the chat's run."""

import logging
import threading

from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import DatabaseUnavailable

LOG = logging.getLogger(__name__)

BEAT_SECONDS = 2
LOST_AFTER_SECONDS = 10
"""A chat that was not heard of for so long is gone; should it come back, its claim is void and it can't do harm."""


class Heartbeat:
    """Renews the heartbeat of a run from `start` to `stop`.

    Args:
        execution: of the run
    """

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="onelane-chat-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin, without blocking."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; a second call changes nothing."""
        self._stopping.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                self._execution.beat()
            except DatabaseUnavailable as error:
                LOG.warning("no heartbeat for %s: %s", self._execution.run_id, error)
