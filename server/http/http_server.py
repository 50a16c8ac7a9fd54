"""Runs uvicorn with Onelane's start and stop behaviour."""

import gc
import socket
import sys
from collections.abc import Callable
from time import monotonic

import uvicorn
from starlette.types import ASGIApp

from onelane.server.http.connections import MOST_HEAD_BYTES, LimitedConnection, end_late

YOUNG_OBJECTS = 10_000
"""So many more objects than before, and cycles among them are looked for; Python's own choice is 700."""
SWITCH_SECONDS = 0.0005
"""So soon a thread that reads a large file lets another one go on. Python's own choice is 5 ms, and whoever writes
would wait for that at each row that SQLite takes."""
TICKS_PER_LOOK = 10
"""Once a second it is looked whose request takes too long to arrive."""
GRACE_SECONDS = 1
"""So long answers that are under way may take when the server is told to stop."""


class HttpServer(uvicorn.Server):
    """First SIGTERM or SIGINT: graceful stop; second: at once.

    Args:
        app: what answers
        on_listening: called once connections are taken
        on_stopping: called when the server is told to stop; ends what would not end by itself
    """

    def __init__(self, app: ASGIApp, *, on_listening: Callable[[], None], on_stopping: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            http=LimitedConnection,
            # h11 would refuse a head that is too long in words of its own; so it does not come to that.
            h11_max_incomplete_event_size=2 * MOST_HEAD_BYTES,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._on_listening = on_listening
        self._on_stopping = on_stopping

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop; told so a second time, at once."""
        # The inherited one raises the signal again at the end, so that a clean stop would look like a crash.
        self.force_exit = self.should_exit
        self.should_exit = True

    def leave(self) -> None:
        """Stop, for this process can't do its work any more; from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        # An answer of 500 rows makes a thousand objects and drops them at once. Looking for cycles among them again and
        # again took a quarter of its time, and finds none.
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)
        sys.setswitchinterval(SWITCH_SECONDS)
        await super().startup(sockets)
        self._on_listening()

    async def on_tick(self, counter: int) -> bool:
        """What comes again ten times a second."""
        if counter % TICKS_PER_LOOK == 0:
            end_late(self.server_state.connections, monotonic())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._on_stopping()
        await super().shutdown(sockets)
