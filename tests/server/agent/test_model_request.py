"""What a request holds: marks for the cache, thinking, effort and schemas, within what the model can do."""

from dataclasses import replace
from typing import Any

import pytest

from onelane.server.agent.claude.client import abilities_of, request_body
from onelane.server.agent.model import Ask, Json
from tests.server.agent.asks import next_ask, question
from tests.server.agent.conftest import Opening, Play
from tests.server.agent.script import Part, Request, Script, always, calls, fails, says, thinks

SCHEMA: Json = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}


def body_of(ask: Ask) -> Json:
    return request_body(ask, abilities_of(ask.model))


def marked(blocks: Any) -> list[int]:
    """Which blocks are marked, from the end."""
    return [place - len(blocks) for place, block in enumerate(blocks) if "cache_control" in block]


def test_tools_system_and_the_ends_of_the_last_two_messages_of_the_user_are_marked(
    play: Play, claude_at: Opening
) -> None:
    api = play(
        Script([thinks("hm"), *(calls("search_contacts") for _ in range(3))], calls("search_contacts"), says("ok"))
    )
    claude, ask = claude_at(api.url), question()
    for _ in range(3):
        answer = claude.ask(ask)
        ask = next_ask(ask, answer, *("found" for _ in answer.tool_calls))
    body = api.journal.exchanges[2].body or {}
    assert (marked(body["tools"]), marked(body["system"])) == ([-1], [-1])
    assert [marked(message["content"]) for message in body["messages"]] == [[], [], [-1], [], [-1]]


def test_a_request_does_not_change_the_messages_it_was_given() -> None:
    ask = question()
    before = repr(ask)
    body_of(ask)
    assert repr(ask) == before


def test_a_request_that_is_not_repeated_has_no_cache_mark() -> None:
    assert "cache_control" not in repr(body_of(replace(question(), caching=False)))


def test_a_new_model_thinks_where_it_sees_fit_and_shows_it() -> None:
    body = body_of(replace(question(), effort="high"))
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        ("claude-opus-4-6", "adaptive"),
        ("claude-sonnet-5", "adaptive"),
        ("claude-haiku-5-5-20261101", "adaptive"),
        ("claude-mythos-preview", "adaptive"),
        ("anthropic.claude-opus-5-5", "adaptive"),
        ("claude-opus-4-5-20251101", "enabled"),
        ("claude-haiku-4-5", "enabled"),
        ("claude-sonnet-4-20250514", "enabled"),
        ("claude-3-7-sonnet-latest", "enabled"),
        ("claude-3-5-sonnet-20241022", None),
        ("claude-2", None),
        ("qwen3:32b", None),
    ],
)
def test_a_model_is_asked_to_think_in_the_way_that_it_knows(model: str, thinking: str | None) -> None:
    body = body_of(replace(question(model=model), effort="low"))
    assert body.get("thinking", {}).get("type") == thinking
    assert ("output_config" in body) == (thinking == "adaptive")


def test_where_the_model_may_write_little_it_is_not_asked_to_think_by_a_budget() -> None:
    assert "thinking" not in body_of(question(model="claude-haiku-4-5", max_tokens=2000))


def test_thinking_is_off_where_that_can_be_said() -> None:
    assert body_of(replace(question(), thinking=False))["thinking"] == {"type": "disabled"}
    assert "thinking" not in body_of(replace(question(model="claude-fable-5-2"), thinking=False))


def test_a_model_that_cannot_be_held_to_a_schema_is_told_of_it() -> None:
    held = body_of(replace(question(), output_schema=SCHEMA))
    assert held["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
    body = body_of(replace(question(model="qwen3:32b"), output_schema=SCHEMA))
    assert "output_config" not in body
    assert '"additionalProperties":false' in body["system"][0]["text"]


def test_a_feature_that_a_model_refuses_is_left_out_of_later_requests(play: Play, claude_at: Opening) -> None:
    def choosy(request: Request) -> Part:
        if "effort" in request.body.get("output_config", {}):
            return fails(400, "This model does not support the effort parameter.", times=9)
        if "thinking" in request.body:
            return fails(400, "adaptive thinking is not supported on this model", times=9)
        return says("Fine.")

    api = play(always(choosy))
    claude, ask = claude_at(api.url), replace(question(), effort="low")
    assert claude.ask(ask).text == "Fine."
    assert len(api.journal.exchanges) == 3
    assert claude.ask(ask).text == "Fine."
    assert len(api.journal.exchanges) == 4


def test_a_request_without_tools_or_system_says_nothing_of_them() -> None:
    body = body_of(Ask(model="claude-sonnet-5-5", system="", messages=[{"role": "user", "content": "x"}], max_tokens=5))
    assert body.keys() == {"model", "max_tokens", "messages", "thinking"}
