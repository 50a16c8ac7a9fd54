"""The floor of `bench_mcp.py`: a server of the same SDK with one tool that does nothing.

python -m tests.bench.bare_mcp [stdio|http] [PORT]

It stands in a module of its own, which imports nothing but the SDK: a floor that imports ours is none.
"""

import sys

from mcp.server import MCPServer


def main(transport: str = "stdio", port: str = "0") -> None:
    """Serve until the process is ended."""
    server = MCPServer("bare", log_level="WARNING")

    @server.tool()
    async def noop() -> str:
        """Does nothing."""
        return "ok"

    if transport == "stdio":
        server.run()
    else:
        server.run("streamable-http", port=int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
