"""The protocol's face: tools, resources, prompts and updates for MCP clients, over stdio and HTTP.

See docs/protocol.md.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from onelane.server.backend import Backend
    from onelane.server.mcp.listing import Listing

__all__ = ["build_mcp", "listing", "stdio"]


def build_mcp(
    onelane: "Backend", *, toolsets: Collection[str] | None = None, listing: "Listing | None" = None
) -> "MCPServer[Any]":
    """The protocol's server for this Onelane; it serves any number of clients, over any transport.

    Args:
        onelane: whose tools it offers
        toolsets: the groups of tools to offer; all by default
        listing: what it tells of the tools; by default it is made from the registry, for which each is imported

    Raises:
        UnknownToolset: there is no toolset of such a name
    """
    # The protocol's SDK takes half a second to import, and what starts quickly begins by importing this package.
    from onelane.server.mcp.server import protocol_server

    if listing is None:
        from onelane.server.mcp.tools import listing_of

        listing = listing_of(onelane.registry)
    return protocol_server(onelane, listing, toolsets)
