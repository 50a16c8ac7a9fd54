"""What tests ask a model, and how a conversation goes on."""

from dataclasses import replace

from onelane.server.agent.model import Ask, Json, ModelAnswer

SONNET = "claude-sonnet-5-5"
SEARCH: Json = {
    "name": "search_contacts",
    "description": "Find contacts.",
    "input_schema": {"type": "object", "properties": {"search": {"type": "string"}}},
}
ARCHIVE: Json = {
    "name": "archive_contacts",
    "description": "Archive contacts.",
    "input_schema": {"type": "object", "properties": {"ids": {"type": "array", "items": {"type": "string"}}}},
}


def question(text: str = "Who is Ada?", *, model: str = SONNET, max_tokens: int = 4000) -> Ask:
    """The first request of a conversation."""
    messages: list[Json] = [{"role": "user", "content": text}]
    return Ask(
        model=model, system="You keep contacts.", tools=[SEARCH, ARCHIVE], messages=messages, max_tokens=max_tokens
    )


def next_ask(ask: Ask, answer: ModelAnswer, *results: str) -> Ask:
    """The request that follows an answer: with a result for each call, or with nothing but the answer."""
    blocks: list[Json] = [
        {"type": "tool_result", "tool_use_id": call["id"], "content": result}
        for call, result in zip(answer.tool_calls, results, strict=True)
    ]
    said: list[Json] = [{"role": "assistant", "content": answer.content}]
    heard: list[Json] = [{"role": "user", "content": blocks}] if blocks else []
    return replace(ask, messages=[*ask.messages, *said, *heard])
