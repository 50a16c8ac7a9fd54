"""What is imported once the server listens: every tool takes longer than everything else that a start needs."""

from collections.abc import Callable
from threading import Lock

from anyio import sleep, to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_SECONDS = 0.5
"""So long everything else that a start needs comes first, unless somebody asks."""


class LateApp:
    """An application that is made once somebody asks for it, or in the background before that.

    Args:
        make: imports what it takes, and makes it; called once, in a thread
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = Lock()

    def load(self) -> ASGIApp:
        """The application; for threads, since the first to ask waits."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def run(self) -> None:
        """Make it in the background."""
        await sleep(PATIENCE_SECONDS)
        await to_thread.run_sync(self.load, abandon_on_cancel=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, once it is made."""
        app = self._made or await to_thread.run_sync(self.load)
        await app(scope, receive, send)
