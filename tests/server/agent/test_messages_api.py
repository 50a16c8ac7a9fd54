"""The stand-in refuses what the real API refuses, repeats itself, and keeps its journal."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.server.agent.asks import question
from tests.server.agent.conftest import Opening, Play
from tests.server.agent.messages_api import KEY
from tests.server.agent.messages_journal import answers, read_journal, repeated
from tests.server.agent.script import Json, Script, always, calls, says, thinks

PLAIN: Json = {"model": "claude-sonnet-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
MARK: Json = {"cache_control": {"type": "ephemeral"}}
CALL: Json = {"type": "tool_use", "id": "toolu_1N", "name": "a", "input": {}}
RESULT: Json = {"type": "tool_result", "tool_use_id": "toolu_1N", "content": "x"}


def post(url: str, body: Any, key: str = KEY) -> httpx2.Response:
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(timeout=20, trust_env=False) as client:
        return client.post(f"{url}/v1/messages", json=body, headers=headers)


def conversation(*messages: Any) -> Json:
    roles = ("user", "assistant")
    return PLAIN | {"messages": [{"role": roles[place % 2], "content": each} for place, each in enumerate(messages)]}


WRONG: list[tuple[Json, str]] = [
    ({"model": "claude-sonnet-5-5", "messages": []}, "max_tokens: Field required"),
    (PLAIN | {"max_token": 5}, "max_token: Extra inputs are not permitted"),
    (PLAIN | {"max_tokens": 0}, "max_tokens"),
    (PLAIN | {"messages": []}, "at least one message"),
    (PLAIN | {"messages": [{"role": "assistant", "content": "x"}]}, "first message"),
    (PLAIN | {"messages": PLAIN["messages"] * 2}, "alternate"),
    (conversation(""), "non-empty"),
    (conversation("hello", [CALL]), "without `tool_result`"),
    (conversation("hello", [CALL], "well?"), "without `tool_result`"),
    (conversation("hello", "hi", [RESULT]), "unexpected `tool_use_id`"),
    (conversation("hello", [CALL], [{"type": "text", "text": "first"}, RESULT]), "must come first"),
    (conversation("hello", [{"type": "thinking", "thinking": "x", "signature": "forged"}], "hi"), "signature"),
    (PLAIN | {"system": [{"type": "text", "text": "x"} | MARK] * 5}, "maximum of 4"),
    (PLAIN | {"output_config": {"effort": "enormous"}}, "effort"),
    (PLAIN | {"output_config": {"format": {"schema": {"type": "object"}}}}, "additionalProperties"),
    (PLAIN | {"thinking": {"type": "enabled", "budget_tokens": 99}}, "budget_tokens"),
    (PLAIN | {"tools": [{"name": "a", "input_schema": {"type": "object"}}] * 2}, "unique"),
]


@pytest.mark.parametrize(("body", "words"), WRONG)
def test_a_request_that_is_not_right_is_refused(play: Play, body: Json, words: str) -> None:
    answer = post(play(always(says("hi"))).url, body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert words in answer.json()["error"]["message"]


def test_a_thought_that_got_lost_is_refused(play: Play) -> None:
    api = play(Script([thinks("hm"), calls("a")], says("done")))
    asked = PLAIN | {"thinking": {"type": "adaptive"}}
    content = post(api.url, asked).json()["content"]
    result = [RESULT | {"tool_use_id": content[1]["id"]}]
    whole = asked | {"messages": conversation("hello", content, result)["messages"]}
    assert post(api.url, whole).status_code == 200
    without = asked | {"messages": conversation("hello", content[1:], result)["messages"]}
    assert "Expected `thinking`" in post(api.url, without).json()["error"]["message"]


def test_a_wrong_key_and_an_unknown_model_are_refused(play: Play) -> None:
    api = play(always(says("hi")))
    assert post(api.url, PLAIN, key="sk-other").status_code == 401
    assert post(api.url, PLAIN | {"model": "claude-unknown"}).status_code == 404


def test_a_script_that_is_over_says_so(play: Play) -> None:
    answer = post(play(Script(says("hi"))).url, conversation("hello", "hi", "and?"))
    assert "would be number 2" in answer.json()["error"]["message"]


def test_the_same_request_gets_the_same_answer_streamed_or_not(play: Play, claude_at: Opening) -> None:
    api = play(Script([thinks("hm"), says("One moment."), calls("search_contacts", search="ada")]))
    claude = claude_at(api.url)
    streamed = [claude.ask(question()) for _ in range(2)]
    assert streamed[0].content == streamed[1].content
    assert streamed[0].usage == streamed[1].usage
    whole = post(api.url, {**(api.journal.exchanges[0].body or {}), "stream": False}).json()
    assert whole["content"] == streamed[0].content
    assert repeated(api.journal.exchanges) == {api.journal.exchanges[0].hash: 2}


def test_as_a_process_of_its_own_it_keeps_a_journal_that_outlives_it(tmp_path: Path, claude_at: Opening) -> None:
    journal = tmp_path / "journal"
    for _ in range(2):
        with process(journal) as url:
            assert claude_at(url).ask(question()).text == "Hello."
    exchanges = read_journal(journal)
    assert [exchange.attempt for exchange in exchanges] == [1, 2]
    assert [exchange.outcome for exchange in exchanges] == ["whole", "whole"]
    assert len(answers(exchanges)) == 1


@contextmanager
def process(journal: Path) -> Generator[str]:
    script = "tests.server.agent.scripts:HELLO"
    command = [sys.executable, "-m", "tests.server.agent.messages_api", "--journal", str(journal), "--script", script]
    with subprocess.Popen(
        command, cwd=Path(__file__).resolve().parents[3], stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        try:
            yield f"http://127.0.0.1:{served.stdout.readline().strip()}"
        finally:
            served.terminate()
