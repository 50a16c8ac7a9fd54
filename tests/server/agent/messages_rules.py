"""What the Messages API refuses, of what a client can get wrong (platform.claude.com/docs/en/api/messages)."""

from collections.abc import Iterator
from typing import Any, cast

from tests.server.agent.script import Json, signature_of, thought_of_by

FIELDS = frozenset(
    {"model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "stream"}
    | {"metadata", "stop_sequences", "temperature", "top_k", "top_p", "service_tier", "cache_control", "speed"}
)
MOST_MARKS = 4
EFFORTS = ("low", "medium", "high", "xhigh", "max")
THOUGHTS = ("thinking", "redacted_thinking")


class Refused(Exception):
    """The request is not as it must be."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error") -> None:
        self.message, self.status, self.kind = message, status, kind
        super().__init__(message)


def check(body: Any) -> None:
    """Refuse what the API would refuse.

    Raises:
        Refused: with the status and words of the API, as nearly as is known
    """
    if not isinstance(body, dict):
        raise Refused("The request body is not valid JSON.")
    body = cast("Json", body)
    _check_fields(body)
    _check_tools(body.get("tools", []))
    _check_messages(body["messages"], body["model"])
    _check_thinking(body)
    _check_output(body.get("output_config", {}))
    _check_marks(body)


def _check_fields(body: Json) -> None:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise Refused(f"{name}: Field required")
    if unknown := sorted(body.keys() - FIELDS):
        raise Refused(f"{unknown[0]}: Extra inputs are not permitted")
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        raise Refused("max_tokens: Input should be greater than or equal to 1")
    if not isinstance(body["messages"], list) or not body["messages"]:
        raise Refused("messages: at least one message is required")
    if not str(body["model"]).startswith("claude-") or "unknown" in body["model"]:
        raise Refused(f"model: {body['model']}", status=404, kind="not_found_error")


def _check_tools(tools: list[Json]) -> None:
    names = [tool["name"] for tool in tools]
    if len(set(names)) < len(names):
        raise Refused("tools: Tool names must be unique.")
    for tool in tools:
        if "type" not in tool and tool.get("input_schema", {}).get("type") != "object":
            raise Refused(f"tools.{tool['name']}.input_schema: must be an object's schema")


def _check_messages(messages: list[Json], model: str) -> None:
    if messages[0]["role"] != "user":
        raise Refused('messages: first message must use the "user" role')
    for place, message in enumerate(messages):
        if message["role"] not in ("user", "assistant"):
            raise Refused(f"messages.{place}.role: Input should be 'user' or 'assistant'")
        if place and message["role"] == "user" == messages[place - 1]["role"]:
            raise Refused('messages: roles must alternate between "user" and "assistant"')
        _check_content(place, message["content"], model)
    asked: list[str] = []
    for place, message in enumerate(messages):
        asked = _check_calls(place, message, asked)
    if asked:
        raise Refused(f"messages: `tool_use` ids were found without `tool_result` blocks: {', '.join(asked)}")


def _check_content(place: int, content: Any, model: str) -> None:
    if content == "" or content == []:
        raise Refused(f"messages.{place}: user messages must have non-empty content")
    for block in blocks_of(content):
        if block["type"] == "text" and not block["text"].strip():
            raise Refused(f"messages.{place}: text content blocks must be non-empty")
        if block["type"] == "thinking" and block.get("signature") != signature_of(block["thinking"], model):
            raise Refused(f"messages.{place}: Invalid `signature` in `thinking` block")


def _check_calls(place: int, message: Json, asked: list[str]) -> list[str]:
    """The calls that this message leaves open."""
    blocks = blocks_of(message["content"])
    if message["role"] == "assistant":
        return asked + [block["id"] for block in blocks if block["type"] == "tool_use"]
    answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    if strange := [call for call in answered if call not in asked]:
        raise Refused(f"messages.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {strange[0]}")
    if missing := [call for call in asked if call not in answered]:
        raise Refused(f"messages.{place}: `tool_use` ids were found without `tool_result` blocks: {', '.join(missing)}")
    if len(set(answered)) < len(answered):
        raise Refused(f"messages.{place}: each tool_use must have a single result")
    if [block["type"] for block in blocks[: len(answered)]] != ["tool_result"] * len(answered):
        raise Refused(f"messages.{place}: `tool_result` blocks must come first")
    return []


def _check_thinking(body: Json) -> None:
    thinking = body.get("thinking", {"type": "disabled"})
    if thinking["type"] not in ("adaptive", "enabled", "disabled", "between_tools"):
        raise Refused("thinking: Input tag does not match any of the expected tags")
    if thinking["type"] == "enabled" and not 1024 <= thinking["budget_tokens"] < body["max_tokens"]:
        raise Refused("thinking.budget_tokens: must be at least 1024 and less than max_tokens")
    if thinking["type"] == "disabled":
        return
    mark = thought_of_by(body["model"])
    for place, message in _since_the_user_spoke(body["messages"]):
        blocks = blocks_of(message["content"])
        thought_of = any(block["type"] == "tool_use" and block["id"].endswith(mark) for block in blocks)
        if thought_of and blocks[0]["type"] not in THOUGHTS:
            raise Refused(f"messages.{place}.content.0: Expected `thinking` or `redacted_thinking`")


def _since_the_user_spoke(messages: list[Json]) -> Iterator[tuple[int, Json]]:
    spoken = [
        place
        for place, message in enumerate(messages)
        if message["role"] == "user" and all(block["type"] != "tool_result" for block in blocks_of(message["content"]))
    ]
    for place in range(max(spoken), len(messages)):
        if messages[place]["role"] == "assistant":
            yield place, messages[place]


def _check_output(config: Json) -> None:
    if unknown := sorted(config.keys() - {"effort", "format"}):
        raise Refused(f"output_config.{unknown[0]}: Extra inputs are not permitted")
    if config.get("effort") not in (None, *EFFORTS):
        raise Refused("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    if "format" in config:
        for schema in _schemas(config["format"]["schema"]):
            if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
                raise Refused("output_config.format.schema: For 'object' type, 'additionalProperties' must be false")


def _schemas(schema: Any) -> Iterator[Json]:
    if isinstance(schema, dict):
        schema = cast("Json", schema)
        yield schema
        for part in schema.values():
            yield from _schemas(part)
    if isinstance(schema, list):
        for part in cast("list[Any]", schema):
            yield from _schemas(part)


def _check_marks(body: Json) -> None:
    marked = [block for block in all_blocks(body) if "cache_control" in block]
    if len(marked) > MOST_MARKS:
        raise Refused(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marked)}.")
    if any(block.get("type") in THOUGHTS for block in marked):
        raise Refused("cache_control: Extra inputs are not permitted on thinking blocks")


def all_blocks(body: Json) -> Iterator[Json]:
    """All that is read for a request, in the order in which it is cached: tools, system, messages."""
    yield from body.get("tools", [])
    yield from blocks_of(body.get("system", []))
    for message in body["messages"]:
        yield from blocks_of(message["content"])


def blocks_of(content: Any) -> list[Json]:
    """The blocks of a message, also of one that is nothing but text."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return cast("list[Json]", content)
