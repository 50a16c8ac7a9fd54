"""What the conformance suite expects to find on a server: its test tools, resources and prompts.

The names and texts are the suite's (`conformance server`, 0.2.0-alpha.12); each scenario describes the one it needs.
They are added to a server made by the product's factory, so that what is judged is the product's own stack.
"""

import json
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    AudioContent,
    CallToolResult,
    Completion,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

from tests.conformance.legacy import add_legacy_requests
from tests.conformance.pixels import PNG, PNG_BASE64, WAV_BASE64
from tests.conformance.questions import add_questions
from tests.conformance.vocabulary import add_vocabulary_tool


def add_fixtures(server: MCPServer) -> None:
    """Add all that the two requirement sets ask for to `server`; what it has itself stays.

    Args:
        server: a server that is not being served yet
    """
    add_content_tools(server)
    add_change_tools(server)
    add_questions(server)
    add_vocabulary_tool(server)
    add_resources(server)
    add_prompts(server)
    add_legacy_requests(server)
    add_completion_where_missing(server)


def add_content_tools(server: MCPServer) -> None:
    """Tools that answer with each kind of content, fail, report progress, or read a header."""
    for tool in (
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_error_handling,
        test_tool_with_progress,
        test_header_parameter,
    ):
        server.add_tool(tool, structured_output=False)


async def test_simple_text() -> str:
    """Answers with one text."""
    return "This is a simple text response for testing."


async def test_image_content() -> CallToolResult:
    """Answers with one image."""
    return answer(ImageContent(data=PNG_BASE64, mime_type="image/png"))


async def test_audio_content() -> CallToolResult:
    """Answers with one sound."""
    return answer(AudioContent(data=WAV_BASE64, mime_type="audio/wav"))


async def test_embedded_resource() -> CallToolResult:
    """Answers with a resource inside the result."""
    return answer(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))


async def test_multiple_content_types() -> CallToolResult:
    """Answers with a text, an image and a resource."""
    return answer(
        TextContent(text="Multiple content types test:"),
        ImageContent(data=PNG_BASE64, mime_type="image/png"),
        embedded("test://mixed-content-resource", "application/json", json.dumps({"test": "data", "value": 123})),
    )


async def test_error_handling() -> str:
    """Always fails, with a text that the model reads."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_progress(ctx: Context) -> str:
    """Reports progress 0, 50 and 100 of 100."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
    return "All three steps are done."


async def test_header_parameter(
    region: Annotated[str, Field(description="Also sent as a header.", json_schema_extra={"x-mcp-header": "Region"})],
) -> str:
    """Takes an argument that a client repeats in the header Mcp-Param-Region."""
    return f"Region: {region}"


def add_change_tools(server: MCPServer) -> None:
    """Tools that say that the list of tools, or of prompts, has changed."""
    for tool in (test_trigger_tool_change, test_trigger_prompt_change):
        server.add_tool(tool, structured_output=False)


async def test_trigger_tool_change(ctx: Context) -> str:
    """Tells listeners that the tools have changed."""
    await ctx.notify_tools_changed()
    return "Told."


async def test_trigger_prompt_change(ctx: Context) -> str:
    """Tells listeners that the prompts have changed."""
    await ctx.notify_prompts_changed()
    return "Told."


def add_resources(server: MCPServer) -> None:
    """Static text and bytes, a template, and one resource to watch."""
    server.resource("test://static-text", mime_type="text/plain")(static_text)
    server.resource("test://static-binary", mime_type="image/png")(static_binary)
    server.resource("test://template/{id}/data", mime_type="application/json")(template_data)
    server.resource("test://watched-resource", mime_type="text/plain")(watched_resource)


def static_text() -> str:
    """A text that never changes."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """Bytes that never change."""
    return PNG


def template_data(id: str) -> str:  # noqa: A002  # the suite's template calls it so
    """A document made from the id in its address."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def watched_resource() -> str:
    """A text to subscribe to."""
    return "This is the content of the watched resource."


def add_prompts(server: MCPServer) -> None:
    """Prompts without and with arguments, with a resource, and with an image."""
    for prompt in (
        test_simple_prompt,
        test_prompt_with_arguments,
        test_prompt_with_embedded_resource,
        test_prompt_with_image,
    ):
        server.prompt()(prompt)


def test_simple_prompt() -> str:
    """A prompt without arguments."""
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(
    resourceUri: str,  # noqa: N803  # the suite calls it so
) -> list[UserMessage]:
    """A prompt that carries a resource."""
    return [
        UserMessage(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
        UserMessage("Please process the embedded resource above."),
    ]


def test_prompt_with_image() -> list[UserMessage]:
    """A prompt that carries an image."""
    return [
        UserMessage(ImageContent(data=PNG_BASE64, mime_type="image/png")),
        UserMessage("Please analyze the image above."),
    ]


def add_completion_where_missing(server: MCPServer) -> None:
    """A completion that knows nothing, for a server that has none; the product's own is left in place."""
    lowlevel = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]  # MCPServer doesn't say what it has
    if lowlevel.get_request_handler("completion/complete") is None:
        server.completion()(complete_nothing)


async def complete_nothing(*_: Any) -> Completion:
    """Suggests nothing."""
    return Completion(values=[], total=0, has_more=False)


def answer(*content: ContentBlock) -> CallToolResult:
    return CallToolResult(content=list(content))


def embedded(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))
