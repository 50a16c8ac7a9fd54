"""A request as the Messages API wants it: what was asked, marked for the cache, within what the model can do.

Manual: platform.claude.com/docs/en/api/messages and /build-with-claude/prompt-caching
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from onelane.server.agent.claude.abilities import Abilities
from onelane.server.agent.model import Ask, Json

SMALLEST_THINKING_TOKENS = 1024
"""The provider refuses a smaller budget."""
_MARK: Json = {"cache_control": {"type": "ephemeral"}}
_UNMARKABLE = ("thinking", "redacted_thinking")


def request_body(ask: Ask, abilities: Abilities) -> Json:
    """The request's body, as keyword arguments of the SDK. What was asked stays as it is."""
    body: Json = {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "messages": _marked_messages(ask.messages) if ask.caching else list(ask.messages),
    }
    if system := _system(ask, abilities):
        body["system"] = [{"type": "text", "text": system} | (_MARK if ask.caching else {})]
    if ask.tools:
        body["tools"] = _marked_last(ask.tools) if ask.caching else list(ask.tools)
    if thinking := _thinking(ask, abilities):
        body["thinking"] = thinking
    if output := dict(_output_config(ask, abilities)):
        body["output_config"] = output
    return body


def _system(ask: Ask, abilities: Abilities) -> str:
    if ask.output_schema is None or abilities.output_schema:
        return ask.system
    # A model that can't be held to a schema is told of it, and the answer is checked as any other.
    schema = orjson.dumps(ask.output_schema).decode()
    return f"{ask.system}\n\nAnswer with nothing but one JSON object of this JSON schema:\n{schema}".strip()


def _thinking(ask: Ask, abilities: Abilities) -> Json | None:
    if abilities.adaptive_thinking and ask.thinking:
        # Said outright, because models differ in whether they show their thinking when nothing is said.
        return {"type": "adaptive", "display": "summarized"}
    if abilities.budgeted_thinking and ask.thinking and ask.max_tokens >= 2 * SMALLEST_THINKING_TOKENS:
        return {"type": "enabled", "budget_tokens": ask.max_tokens // 2}
    if abilities.thinking_can_be_off and not ask.thinking:
        return {"type": "disabled"}
    return None


def _output_config(ask: Ask, abilities: Abilities) -> Iterator[tuple[str, Any]]:
    if ask.effort is not None and abilities.effort:
        yield "effort", ask.effort
    if ask.output_schema is not None and abilities.output_schema:
        yield "format", {"type": "json_schema", "schema": ask.output_schema}


def _marked_messages(messages: Sequence[Json]) -> list[Json]:
    """The messages with marks at the end of the last two of the user's.

    The last mark writes what is new; the one before it is where the previous request wrote, which a long answer with
    many calls would otherwise push out of the provider's reach.
    """
    marked = list(messages)
    asked = [place for place, message in enumerate(messages) if message["role"] == "user"]
    for place in asked[-2:]:
        marked[place] = marked[place] | {"content": _marked_content(marked[place]["content"])}
    return marked


def _marked_content(content: str | list[Json]) -> list[Json]:
    blocks: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    last = blocks[-1]
    if last["type"] in _UNMARKABLE or last.get("text") == "":
        return blocks
    return _marked_last(blocks)


def _marked_last(blocks: Sequence[Json]) -> list[Json]:
    return [*blocks[:-1], blocks[-1] | _MARK]
