"""An application that is imported once the server listens."""

from collections.abc import Callable

from anyio import sleep
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.late_import import LateImport

PATIENCE_SECONDS = 0.5
"""So long everything else that a start needs comes first, unless somebody asks."""


class LateApp:
    """An application that is made once somebody asks for it, or in the background before that.

    Args:
        make: imports what it takes, and makes it
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._app = LateImport(make)

    async def run(self) -> None:
        """Make it in the background."""
        await sleep(PATIENCE_SECONDS)
        await self._app.ready()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, once it is made."""
        await (await self._app.ready())(scope, receive, send)
