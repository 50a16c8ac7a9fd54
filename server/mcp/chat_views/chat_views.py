"""Which tools show their answers in a view, and what a client that shows views is given besides the words.

See docs/protocol.md, "Views".
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from mcp.server.apps import APP_MIME_TYPE, Apps, client_supports_apps
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resources import FunctionResource

if TYPE_CHECKING:
    from onelane.server.backend import Backend
    from onelane.tools.registry.result import Result

META = "onelane/view"
"""Where an answer has its fragment; what stands there is for the view and not for the model."""
_OLDER_KEY = "ui/resourceUri"
"""Where hosts look for a tool's view that were made before `ui` had its place."""


@dataclass(frozen=True, slots=True)
class View:
    """A document in which a client shows answers.

    Args:
        name: its name in its address
        title: what it shows
        description: the same, in a sentence
        tools: those for which a client opens it
    """

    name: str
    title: str
    description: str
    tools: tuple[str, ...]

    @property
    def uri(self) -> str:
        """Its address."""
        return f"ui://onelane/{self.name}.html"


VIEWS = (
    View(
        "board",
        "the board",
        "Runs by state, how everything stands, or messages with what holds them.",
        ("list_runs", "overview", "list_outbound"),
    ),
    View("run", "the run", "A run: how it stands, its figures, its steps; with buttons that steer it.", ("get_run",)),
)
VIEW_TOOLS = frozenset({"list_run_steps", *(tool for view in VIEWS for tool in view.tools)})
"""The tools whose answers are shown: an open view also asks for more steps."""
Show = Callable[[Mapping[str, Any], "Result"], str | None]
"""Makes the fragment of what a tool answered to these arguments."""


class ChatViews:
    """The views of a server.

    Args:
        onelane: what they show
        tools: the tools that its clients may call
    """

    def __init__(self, onelane: "Backend", tools: Collection[str]) -> None:
        self._onelane = onelane
        self._tools = frozenset(tools)

    def extension(self) -> Apps:
        """The documents as resources; each is made when it is first read."""
        apps = Apps()
        for view in VIEWS:
            if self._tools.intersection(view.tools):
                apps.add_resource(_resource(view))
        return apps

    def meta_of(self, tool: str) -> dict[str, Any] | None:
        """What a tool tells of its view; None where it has none."""
        for view in VIEWS:
            if tool in view.tools:
                return {"ui": {"resourceUri": view.uri}, _OLDER_KEY: view.uri}
        return None

    def shower(self, tool: str, context: Context[Any, Any]) -> Show | None:
        """Makes the fragment of this tool's answer; None where the client shows none, or the tool has none."""
        if tool not in VIEW_TOOLS or not client_supports_apps(context):
            return None
        return partial(self._fragment, tool, self._home(context))

    def _fragment(self, tool: str, home: str, arguments: Mapping[str, Any], result: "Result") -> str | None:
        # Templates take a tenth of a second to be read, and most clients show no views.
        from onelane.server.mcp.chat_views.fragments import ToolAnswer, fragment_of

        usual = {name: each.default for name, each in self._onelane.registry[tool].signature.parameters.items()}
        words = {name: word for name, value in arguments.items() if value != usual[name] and (word := _word(value))}
        data = orjson.loads(result.contract_json())
        return fragment_of(ToolAnswer(self._onelane, tool, words, data, self._tools, home))

    def _home(self, context: Context[Any, Any]) -> str:
        """Where the person's browser finds the dashboard: where this server was called, if it is at no other name."""
        settings = self._onelane.settings
        host = (context.headers or {}).get("host")
        return settings.base_url if host is None or settings.public_url else f"http://{host}"


def _resource(view: View) -> FunctionResource:
    return FunctionResource(
        uri=view.uri,
        name=view.name,
        title=f"Onelane: {view.title}",
        description=view.description,
        mime_type=APP_MIME_TYPE,
        fn=partial(_document, view),
        meta={"ui": {"prefersBorder": True}},
    )


def _document(view: View) -> str:
    # Icons take a tenth of a second to be read, and a client asks for a document once.
    from onelane.server.mcp.chat_views.documents import document

    return document(view.name, view.title)


def _word(value: object) -> str | None:
    """An argument as a button says it again; None where there is nothing to say."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else None
