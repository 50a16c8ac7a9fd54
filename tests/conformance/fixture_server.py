"""The fixture server's process: `python -m tests.conformance.fixture_server PORT`, started in the project folder."""

import sys
from typing import Any

import uvicorn
from mcp.server import MCPServer
from starlette.types import ASGIApp

from onelane.server.app import open_onelane
from onelane.server.http.asgi import create_web_app
from onelane.server.mcp import build_mcp
from onelane.server.settings import read_settings
from tests.conformance.fixtures import add_fixtures


def build() -> ASGIApp:
    """The application that is judged: the product's own server with the fixtures on it, behind its web application."""
    onelane = open_onelane(read_settings())

    def with_fixtures() -> MCPServer[Any]:
        server = build_mcp(onelane)
        add_fixtures(server)
        return server

    return create_web_app(onelane, with_fixtures)


def main() -> None:
    """Serve on the loopback port that the first argument names, until told to stop."""
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
