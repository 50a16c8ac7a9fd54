"""Builds the body of a Messages API request: cache marks, and only parameters that the model accepts.

Manual: platform.claude.com/docs/en/api/messages and /build-with-claude/prompt-caching
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from onelane.server.agent.model import Ask, Json


@dataclass(frozen=True, slots=True)
class Abilities:
    """Which parameters a model takes.

    Args:
        adaptive_thinking: it thinks where it sees fit
        budgeted_thinking: it thinks up to a number of tokens
        thinking_can_be_off: it can be told not to think
        effort: it can be told how much work to put in
        output_schema: its answer can be held to a schema
    """

    adaptive_thinking: bool = False
    budgeted_thinking: bool = False
    thinking_can_be_off: bool = False
    effort: bool = False
    output_schema: bool = False


_NAME = re.compile(
    r"claude-(?P<family>opus|sonnet|haiku|fable|mythos)-(?P<major>\d{1,2})(?:[-.](?P<minor>\d{1,2}))?(?!\d)"
)
_OLD_NAME = re.compile(r"claude-(?P<major>\d)(?:[-.](?P<minor>\d))?(?:-(?P<family>opus|sonnet|haiku)|$)")
_ALWAYS_THINKS = ("fable", "mythos")


def abilities_of(model: str) -> Abilities:
    """What a model of this name can be asked for; of a name that says nothing, nothing is asked but the answer.

    Source: platform.claude.com/docs/en/build-with-claude/thinking, /effort and /structured-outputs.
    """
    if "mythos-preview" in model:
        return Abilities(adaptive_thinking=True, effort=True, output_schema=True)
    named = _NAME.search(model) or _OLD_NAME.search(model)
    if named is None:
        return Abilities()
    version = int(named["major"]), int(named["minor"] or 0)
    if version >= (4, 6):
        can_be_off = named["family"] not in _ALWAYS_THINKS
        return Abilities(adaptive_thinking=True, thinking_can_be_off=can_be_off, effort=True, output_schema=True)
    return Abilities(budgeted_thinking=version >= (3, 7), output_schema=version >= (4, 5))


def without_what_was_refused(abilities: Abilities, refusal: str) -> Abilities:
    """The same, without the parameter that a provider's refusal names; unchanged when it names none of them.

    Args:
        abilities: what was tried
        refusal: the provider's message, such as `adaptive thinking is not supported on this model`
    """
    if not re.search(
        r"not support|unsupported|not permitted|not available|not allowed|unknown|unrecognized", refusal, re.IGNORECASE
    ):
        return abilities
    if re.search(r"effort", refusal, re.IGNORECASE):
        return replace(abilities, effort=False)
    if re.search(r"output_config|output_format|json_schema|structured output", refusal, re.IGNORECASE):
        return replace(abilities, effort=False, output_schema=False)
    if re.search(r"thinking", refusal, re.IGNORECASE):
        return replace(abilities, adaptive_thinking=False, budgeted_thinking=False, thinking_can_be_off=False)
    return abilities


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
