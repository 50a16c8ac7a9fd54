"""The fixture server's process: `python -m tests.conformance.fixture_server PORT`, started in the project folder."""

import sys

import uvicorn
from mcp.server import MCPServer
from starlette.types import ASGIApp

from tests.conformance.fixtures import add_fixtures


def build() -> ASGIApp:
    """The application that is judged: the server with the fixtures on it, behind its web application."""
    server = MCPServer("onelane-fixtures", version="1", log_level="WARNING")
    add_fixtures(server)
    return server.streamable_http_app()


def main() -> None:
    """Serve on the loopback port that the first argument names, until told to stop."""
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
