"""The same client against a double of the Messages API that others wrote."""

from dataclasses import replace

import pytest
from pydantic import BaseModel

from onelane.server.agent.claude.retry import RetryPolicy
from onelane.server.agent.extraction import AnthropicModels
from onelane.server.agent.model import Delta, Json
from onelane.server.agent.model_errors import ModelBusy, RequestRefused
from tests.server.agent.asks import next_ask, question
from tests.server.agent.conftest import Opening
from tests.server.agent.test_extracting import Purse

pytestmark = pytest.mark.xdist_group("aimock")

FOLLOWERS: Json = {
    "name": "list_followers",
    "description": "d",
    "input_schema": {"type": "object", "properties": {"handle": {"type": "string"}, "limit": {"type": "integer"}}},
}


class Score(BaseModel):
    """A name with its score."""

    name: str
    score: int


def test_a_tool_is_called_and_its_result_answered(aimock: str, claude_at: Opening) -> None:
    claude, ask = claude_at(aimock), replace(question("please find followers"), tools=[FOLLOWERS])
    pieces = list[Delta]()
    first = claude.ask(ask, on_text=pieces.append)
    assert [block["type"] for block in first.content] == ["thinking", "text", "tool_use"]
    assert first.tool_calls[0]["input"] == {"handle": "nora_looms", "limit": 2}
    assert (first.stop_reason, first.usage.output_tokens) == ("tool_use", 70)
    assert {piece.kind for piece in pieces} == {"thinking", "text", "tool"}
    answer = claude.ask(next_ask(ask, first, '["Otis", "Bea"]'))
    assert (answer.text, answer.stop_reason) == ("There are two: Otis and Bea.", "end_turn")


def test_a_thought_is_missed_when_it_is_not_sent_back(aimock: str, claude_at: Opening) -> None:
    # This double looks for it only where thinking has a budget, as with the models before adaptive thinking.
    claude, ask = claude_at(aimock), replace(question("find followers", model="claude-haiku-4-5"), tools=[FOLLOWERS])
    first = claude.ask(ask)
    assert claude.ask(next_ask(ask, first, "[]")).stop_reason == "end_turn"
    thoughtless = replace(first, content=[block for block in first.content if block["type"] != "thinking"])
    with pytest.raises(RequestRefused, match="thinking"):
        claude.ask(next_ask(ask, thoughtless, "[]"))


def test_a_refusal_is_an_answer_that_says_so(aimock: str, claude_at: Opening) -> None:
    assert claude_at(aimock).ask(question("refuse")).stop_reason == "refusal"


def test_a_form_is_filled_in(aimock: str, claude_at: Opening) -> None:
    models = AnthropicModels(claude_at(aimock), Purse(), model_name="claude-haiku-5-5")
    found = models.extract(Score, "structured", instructions="Whose score?", key="k", run_id=None)
    assert found.value == Score(name="Nora", score=4)


@pytest.mark.parametrize("goal", ["rate me", "overloaded"])
def test_a_server_that_stays_busy_is_asked_a_few_times(aimock: str, claude_at: Opening, goal: str) -> None:
    pieces = list[Delta]()
    hurried = RetryPolicy(attempts=2, first_s=0.01)
    with pytest.raises(ModelBusy):
        claude_at(aimock, patience=hurried).ask(question(goal), on_text=pieces.append)
    assert [piece.kind for piece in pieces] == ["again"]
