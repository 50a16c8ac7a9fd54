"""Asking a model and getting its answer, over real HTTP with the real SDK."""

import pytest

from onelane.server.agent.model import Delta, ModelAnswer
from tests.server.agent.asks import next_ask, question
from tests.server.agent.conftest import Opening, Play
from tests.server.agent.script import (
    Script,
    calls,
    fills_window,
    pauses,
    refuses,
    runs_out,
    says,
    searches,
    thinks,
    thinks_in_secret,
)


def test_an_answer_comes_with_its_usage_its_cost_and_the_providers_names(play: Play, claude_at: Opening) -> None:
    api = play(Script(says("Ada is in your contacts.")))
    answer = claude_at(api.url).ask(question())
    assert (answer.text, answer.stop_reason, answer.model) == (
        "Ada is in your contacts.",
        "end_turn",
        "claude-sonnet-5-5",
    )
    assert answer.request_id == "req_0"
    assert answer.raw_usage == api.journal.wait_for(1, "whole")[0].usage
    assert answer.usage.output_tokens == answer.raw_usage["output_tokens"]
    assert answer.cost_usd is not None
    assert answer.cost_usd > 0


def test_the_pieces_come_in_the_order_of_the_answer(play: Play, claude_at: Opening) -> None:
    script = Script([thinks("They mean Ada Lovelace, I think."), says("Let me look."), calls("search_contacts")])
    pieces = list[Delta]()
    claude_at(play(script).url).ask(question(), on_text=pieces.append)
    assert [piece.kind for piece in pieces] == ["thinking", "thinking", "text", "tool"]
    assert "".join(piece.text for piece in pieces[:2]) == "They mean Ada Lovelace, I think."
    assert pieces[-1] == Delta("tool", "search_contacts")


def test_a_thought_goes_back_with_its_signature_before_its_call(play: Play, claude_at: Opening) -> None:
    api = play(Script([thinks("hm"), calls("search_contacts", search="ada")], says("There she is.")))
    claude, ask = claude_at(api.url), question()
    first = claude.ask(ask)
    assert [block["type"] for block in first.content] == ["thinking", "tool_use"]
    assert first.tool_calls[0]["input"] == {"search": "ada"}
    assert claude.ask(next_ask(ask, first, "Ada Lovelace")).text == "There she is."


def test_a_redacted_thought_goes_back_as_it_came(play: Play, claude_at: Opening) -> None:
    api = play(Script([thinks_in_secret(), calls("search_contacts")], says("Done.")))
    claude, ask = claude_at(api.url), question()
    first = claude.ask(ask)
    assert first.content[0]["type"] == "redacted_thinking"
    assert claude.ask(next_ask(ask, first, "nobody")).text == "Done."


def test_several_calls_of_one_turn_come_together_and_apart(play: Play, claude_at: Opening) -> None:
    api = play(
        Script([calls("search_contacts", search="ada"), calls("archive_contacts", ids=["a", "b"])], says("Both done."))
    )
    claude, ask = claude_at(api.url), question()
    first = claude.ask(ask)
    assert [call["input"] for call in first.tool_calls] == [{"search": "ada"}, {"ids": ["a", "b"]}]
    assert len({call["id"] for call in first.tool_calls}) == 2
    assert claude.ask(next_ask(ask, first, "Ada", "archived")).text == "Both done."


def test_a_pause_is_sent_back_unchanged_and_goes_on(play: Play, claude_at: Opening) -> None:
    found = {"Ada's page": "https://example.com/ada"}
    api = play(Script([searches("ada", **found), pauses()], says("She has a page.")))
    claude, ask = claude_at(api.url), question()
    paused = claude.ask(ask)
    assert paused.stop_reason == "pause_turn"
    assert paused.usage.web_searches == 1
    assert [block["type"] for block in paused.content] == ["server_tool_use", "web_search_tool_result"]
    assert paused.content[1]["content"][0]["url"] == "https://example.com/ada"
    assert claude.ask(next_ask(ask, paused)).text == "She has a page."


def test_every_other_end_says_which_it_is(play: Play, claude_at: Opening) -> None:
    ends = {"refusal": refuses(), "max_tokens": runs_out(), "model_context_window_exceeded": fills_window()}
    for reason, end in ends.items():
        answer = claude_at(play(Script([says("Well"), end])).url).ask(question())
        assert (answer.stop_reason, answer.text) == (reason, "Well")


def test_a_later_turn_reads_from_the_cache_what_the_turn_before_it_wrote(play: Play, claude_at: Opening) -> None:
    api = play(Script(calls("search_contacts"), calls("search_contacts"), says("Done.")))
    claude, ask = claude_at(api.url), question()
    answers = list[ModelAnswer]()
    for _ in range(3):
        answers.append(claude.ask(ask))
        ask = next_ask(ask, answers[-1], *("some contacts" for _ in answers[-1].tool_calls))
    reads = [answer.usage.cache_read_tokens for answer in answers]
    written = [answer.usage.cache_write_tokens for answer in answers]
    assert reads == [0, written[0], written[0] + written[1]]
    assert all(answer.usage.input_tokens == 0 for answer in answers)


def test_an_answer_counts_the_tokens_that_the_provider_counted(play: Play, claude_at: Opening) -> None:
    api = play(Script(calls("search_contacts"), says("Done.")))
    claude, ask = claude_at(api.url), question()
    first = claude.ask(ask)
    total = first.usage + claude.ask(next_ask(ask, first, "nobody")).usage
    usages = [exchange.usage for exchange in api.journal.wait_for(2, "whole") if exchange.usage is not None]
    assert total.output_tokens == sum(usage["output_tokens"] for usage in usages)
    counted = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert total.prompt_tokens == sum(usage[name] for usage in usages for name in counted)


@pytest.mark.parametrize("text", ["Grüße, 你好, \U0001f600", "line\u2028separator", '</text> {} " \\ \x7f'])
def test_text_of_every_kind_arrives_as_it_was_said(play: Play, claude_at: Opening, text: str) -> None:
    api = play(Script([says(text), calls("search_contacts", search=text)]))
    answer = claude_at(api.url).ask(question(text))
    assert answer.text == text
    assert answer.tool_calls[0]["input"] == {"search": text}
    assert api.journal.exchanges[0].goal == text
