"""Runs `onelane mcp` without Typer, which would only slow the start."""

from collections.abc import Collection, Iterable
from typing import NoReturn


def serve_stdio(toolsets: Collection[str]) -> NoReturn:
    """Serve one chat client until it goes.

    Args:
        toolsets: the groups of tools to offer; without any, all

    Raises:
        BadSettings: a setting can't be used
        UnknownToolset: there is no toolset of such a name
    """
    import os
    import sys

    from onelane.server.mcp.stdio import run_stdio
    from onelane.server.settings import read_settings, unknown_settings

    settings = read_settings()
    for sentence in unknown_settings(os.environ):
        sys.stderr.write(f"{sentence}\n")
    run_stdio(settings, toolsets=toolsets or None)


def named_toolsets(texts: Iterable[str]) -> list[str]:
    """The names in what was typed: `runs,contacts`, once or several times."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
