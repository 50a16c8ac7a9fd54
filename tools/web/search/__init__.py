"""Search engines: a file each, behind one port; `choice` picks the one that is set up.

See docs/web.md, "Search engines".
"""

__all__ = ["choice", "server"]
