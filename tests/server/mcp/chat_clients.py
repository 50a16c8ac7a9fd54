"""A chat client that shows views: in a real browser, on the official bridge, before a real server in memory."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client import advertise
from mcp.client.session import ElicitationFnT
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import TextResourceContents
from playwright.sync_api import ConsoleMessage, FrameLocator, Page, Route

from onelane.server.mcp import build_mcp
from tests.server.houses import House

SHOWS_APPS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
ADDRESS = "http://chat.test"
CALL = "call"
"""Where the host's page has a tool called for a view."""
PAGES = Path(__file__).with_name("chat_host")
KINDS = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}


@dataclass
class ChatClient:
    """A client that shows views in this window.

    Args:
        page: its window, in which the host's page is open
        portal: where the protocol runs
        client: speaks it
    """

    page: Page
    portal: BlockingPortal
    client: Client

    def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What a tool answers, as it goes over the wire."""
        answer = self.portal.call(self.client.call_tool, tool, dict(arguments))
        return answer.model_dump(mode="json", by_alias=True, exclude_none=True)

    def document(self, tool: str) -> str:
        """The view to which a tool points."""
        tools = self.portal.call(self.client.list_tools).tools
        uri = next(tool_.meta["ui"]["resourceUri"] for tool_ in tools if tool_.name == tool and tool_.meta)
        (content,) = self.portal.call(self.client.read_resource, uri).contents
        assert isinstance(content, TextResourceContents)
        return content.text

    def show(self, tool: str, arguments: Mapping[str, Any], **context: Any) -> FrameLocator:
        """Call a tool and show its answer in its view, as the model's turn does; with what the host says of itself."""
        return self.show_result(tool, arguments, self.call(tool, arguments), **context)

    def show_result(
        self, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], **context: Any
    ) -> FrameLocator:
        """Show this answer of a tool in its view."""
        view_values = [self.document(tool), dict(arguments), dict(result), context]
        self.page.evaluate("([text, given, result, context]) => openView(text, given, result, context)", view_values)
        return self.page.frame_locator("#view")

    def seen(self, kind: str) -> Any:
        """What the view that is open has asked of the host: `opened`, `called` or `heights`."""
        return self.page.evaluate("what => seen[what]", kind)

    def change(self, **context: Any) -> None:
        """Say that something of the host has changed."""
        self.page.evaluate("changed => changeContext(changed)", context)


class ChatWindow:
    """A window with the host's page, which one client after the other uses: to load the bridge takes seconds.

    Args:
        page: the window
        node_modules: where the official bridge is installed
    """

    def __init__(self, page: Page, node_modules: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        """What its console was told; the bridge itself tells every message there, which is no complaint."""
        self._node_modules = node_modules
        self._chat: ChatClient | None = None
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route(f"{ADDRESS}/**", self._answer)
        page.goto(f"{ADDRESS}/")
        page.wait_for_function("window.isReady")

    @contextmanager
    def client(self, onelane: House, ask: ElicitationFnT | None = None) -> Generator[ChatClient]:
        """A client of this Onelane, for the length of a block.

        Args:
            onelane: whose tools it calls
            ask: shows the person a form; without it the client has none
        """
        self.complaints.clear()
        with start_blocking_portal() as portal:
            connection = Client(build_mcp(onelane), extensions=[SHOWS_APPS], elicitation_callback=ask)
            with portal.wrap_async_context_manager(connection) as client:
                self._chat = ChatClient(self.page, portal, client)
                yield self._chat

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS).lstrip("/") or "host.html"
        if path == CALL:
            message = json.loads(route.request.post_data or "{}")
            assert self._chat is not None
            route.fulfill(json=self._chat.call(message["name"], message.get("arguments") or {}))
            return
        folder = self._node_modules.parent if path.startswith("node_modules/") else PAGES
        route.fulfill(path=folder / path, content_type=KINDS[Path(path).suffix])
