"""`onelane mcp`: one client over stdin and stdout (docs/protocol.md, "Over stdio").

Chat clients start this process and wait for it, so everything that the first answer can do without comes after it: the
tools are listed from a file, and imported once they are, or a second has passed. Then the database is opened, and runs
are executed.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Collection
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from onelane.server.logs import DiscreetFormatter, LogStream
from onelane.server.settings import Settings

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from onelane.server.app import Onelane
    from onelane.server.mcp.lazy_onelane import LazyOnelane

LONGEST_WAIT_SECONDS = 1.0
"""How long a client may take to ask before the database is opened all the same."""
WRITING_SECONDS = 0.02
"""How long that answer gets to leave the process before anything else wants the processor."""
OPEN_AGAIN_SECONDS = 5.0
"""How often it is looked whether a database that could not be opened can be."""
LET_GO_SECONDS = 2.0
"""How long leaving may take. What is cut short then is taken up by the next process, as after a crash."""


def run_stdio(
    settings: Settings,
    *,
    toolsets: Collection[str] | None = None,
    open_onelane: "Callable[[Settings], Onelane] | None" = None,
) -> NoReturn:
    """Serve until stdin ends or a signal comes, then leave the process with exit code 0.

    It leaves with 1 when it can't carry out runs any more.

    Args:
        settings: what the environment says
        toolsets: the groups of tools to offer; all by default
        open_onelane: opens Onelane; by default `onelane.server.app.open_onelane`

    Raises:
        SystemExit: there is no toolset of such a name; stderr says which there are
    """
    # Some hundred thousand objects are made on the way to the first answer, and none of them is garbage.
    gc.disable()
    import anyio

    from onelane.server.mcp import build_mcp
    from onelane.server.mcp.lazy_onelane import LazyOnelane
    from onelane.server.mcp.listing import kept_listing
    from onelane.server.mcp.server import UnknownToolset

    # stdout is the wire; what there is to say besides goes to stderr.
    stderr = LogStream()
    stderr.setFormatter(DiscreetFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[stderr])
    onelane = LazyOnelane(settings, open_onelane or _open_onelane, _leave_lost)
    try:
        server = build_mcp(onelane, toolsets=toolsets, listing=kept_listing())
    except UnknownToolset as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from error
    anyio.run(_served, server, onelane)
    raise AssertionError("serving ends by leaving the process")


def _open_onelane(settings: Settings) -> "Onelane":
    from onelane.server.app import open_onelane

    return open_onelane(settings)


async def _served(server: "MCPServer[Any]", onelane: "LazyOnelane") -> None:
    import anyio

    first = FirstAnswer()
    server.middleware.append(first)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_leave_on_signal, onelane)
        tasks.start_soon(_open, onelane, first)
        try:
            await _served_over_stdio(server)
        except* BrokenPipeError:
            # The client has died; there is nobody left to tell.
            pass
        await _let_go(onelane)
        # Here and not after the loop has ended, which would wait for the threads of calls that nobody wants any more.
        _leave()


async def _served_over_stdio(server: "MCPServer[Any]") -> None:
    """Like `MCPServer.run_stdio_async`, with streams that leave no request without an answer."""
    from mcp.server.stdio import stdio_server

    from onelane.server.mcp.stdio_streams import AnsweredInput, NotedOutput, OpenRequests

    lowlevel = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - as the SDK itself runs it
    async with stdio_server() as (incoming, outgoing):
        requests = OpenRequests()
        output = NotedOutput(outgoing, requests)
        await lowlevel.run(AnsweredInput(incoming, output, requests), output, lowlevel.create_initialization_options())


class FirstAnswer:
    """Middleware that notices the first answer after the handshake."""

    def __init__(self) -> None:
        import anyio

        self.given = anyio.Event()

    async def __call__(self, ctx: "ServerRequestContext[Any, Any]", call_next: "CallNext") -> "HandlerResult":
        """Pass everything on."""
        result = await call_next(ctx)
        if not ctx.method.startswith(("initialize", "server/", "notifications/", "ping")):
            self.given.set()
        return result


async def _open(onelane: "LazyOnelane", first: FirstAnswer) -> None:
    """Open the database once the client has its first answer, so that runs go on even when no tool is called.

    One that is away is waited for.
    """
    import anyio
    import anyio.to_thread

    with anyio.move_on_after(LONGEST_WAIT_SECONDS):
        await first.given.wait()
        await anyio.sleep(WRITING_SECONDS)
    await anyio.to_thread.run_sync(_import_the_rest, abandon_on_cancel=True)
    from onelane.storage.database.engine import DatabaseUnavailable

    gc.freeze()
    gc.enable()
    last_complaint = ""
    while True:
        try:
            await anyio.to_thread.run_sync(onelane.open, abandon_on_cancel=True)
        except DatabaseUnavailable as error:
            if str(error) != last_complaint:
                last_complaint = str(error)
                sys.stderr.write(f"{last_complaint}\n")
            await anyio.sleep(OPEN_AGAIN_SECONDS)
        else:
            return


def _import_the_rest() -> None:
    """All that it takes to answer calls and to carry out runs; to list the tools takes none of it.

    A call that comes meanwhile imports the same in the same order, so that one of the two waits for the other.
    """
    import_module("onelane.server.mcp.answers")
    from onelane.tools.catalogue import all_tools

    all_tools().load()
    import_module("onelane.server.app")


async def _leave_on_signal(onelane: "LazyOnelane") -> None:
    """SIGTERM and SIGINT: let go of the database and leave, without waiting for a thread that reads stdin."""
    if sys.platform == "win32":
        return
    import anyio

    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            await _let_go(onelane)
            _leave()


async def _let_go(onelane: "LazyOnelane") -> None:
    import anyio
    import anyio.to_thread

    with anyio.move_on_after(LET_GO_SECONDS, shield=True):
        await anyio.to_thread.run_sync(onelane.close, abandon_on_cancel=True)


def _leave(code: int = 0) -> NoReturn:
    # Not sys.exit: the thread that reads stdin can't be stopped, and would be waited for.
    sys.stderr.flush()
    os._exit(code)


def _leave_lost() -> None:
    _leave(1)
