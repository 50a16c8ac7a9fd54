"""The command `onelane`."""

from onelane.server.cli.entry_point import main

__all__ = ["main"]
