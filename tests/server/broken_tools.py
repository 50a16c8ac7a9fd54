"""Tools that fail on REST."""

import errno

from onelane.storage.database.engine import DatabaseUnavailable
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect, tool


@tool(effect=Effect.READ, toolset="broken", title="Break", route="GET /api/broken")
def break_down(ctx: Context) -> Result:
    """Fail in a way that nobody has foreseen."""
    raise RuntimeError("the password is hunter2")


@tool(effect=Effect.READ, toolset="broken", title="Lose", route="GET /api/gone")
def lose(ctx: Context) -> Result:
    """Find the database broken."""
    ctx.session.connection().exec_driver_sql("SELECT * FROM no_such_table")
    return Result()


@tool(effect=Effect.READ, toolset="broken", title="Lock out", route="GET /api/locked")
def lock_out(ctx: Context) -> Result:
    """Find the database closed."""
    raise DatabaseUnavailable("The disk is full. Free some space and try again.")


@tool(effect=Effect.READ, toolset="broken", title="Fill up", route="GET /api/full")
def fill_up(ctx: Context) -> Result:
    """Find no room for a file."""
    raise OSError(errno.ENOSPC, "No space left on device")
