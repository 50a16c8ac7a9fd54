"""What goes wrong on the way to an answer: what passes is tried again, and the rest is told to the person."""

import logging
import math
import traceback
from datetime import timedelta

import pytest
from pydantic import SecretStr

from onelane.server.agent.claude.client import Claude
from onelane.server.agent.claude.retry import RetryPolicy, server_delay_s
from onelane.server.agent.model import Delta, Usage
from onelane.server.agent.model_errors import (
    AnswerCut,
    KeyRefused,
    ModelBusy,
    ModelUnreachable,
    NoCredit,
    RequestRefused,
    TooLong,
    UnknownModel,
)
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.models import NoModel
from tests.conformance.processes import free_port
from tests.databases import Clock
from tests.server.agent.asks import next_ask, question
from tests.server.agent.conftest import HURRIED, Opening, Play
from tests.server.agent.messages_api import KEY
from tests.server.agent.script import (
    Calls,
    Part,
    Request,
    Script,
    breaks_with,
    calls,
    cuts,
    fails,
    runs_out,
    says,
    thinks,
)

ENOUGH = "Ada is here."


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_a_failure_that_passes_is_tried_again(play: Play, claude_at: Opening, status: int) -> None:
    api = play(Script([fails(status, times=2), says(ENOUGH)]))
    assert claude_at(api.url).ask(question()).text == ENOUGH
    assert [exchange.status for exchange in api.journal.wait_for(3, "refused", "whole")] == [status, status, 200]


@pytest.mark.parametrize(
    "trouble",
    [
        cuts(0, times=2),
        cuts(1, times=2),
        cuts(4, times=2),
        cuts(5, times=2, tidily=True),
        breaks_with("overloaded_error", 0, times=2),
        breaks_with("overloaded_error", 5, times=2),
        breaks_with("api_error", 5, times=2),
    ],
)
def test_a_stream_that_breaks_is_asked_for_again_and_its_pieces_are_void(
    play: Play, claude_at: Opening, trouble: Part
) -> None:
    api = play(Script([trouble, thinks("It may be the first one."), says(ENOUGH)]))
    pieces = list[Delta]()
    answer = claude_at(api.url).ask(question(), on_text=pieces.append)
    assert [block["type"] for block in answer.content] == ["thinking", "text"]
    assert answer.text == ENOUGH
    assert [piece.kind for piece in pieces].count("again") == 2
    last = max(place for place, piece in enumerate(pieces) if piece.kind == "again")
    assert "".join(piece.text for piece in pieces[last + 1 :]) == f"It may be the first one.{ENOUGH}"


def test_the_tokens_of_a_broken_stream_are_reported_and_not_counted_in_the_answer(
    play: Play, claude_at: Opening
) -> None:
    api = play(Script([cuts(4, times=2), says(ENOUGH)]))
    lost = list[Usage]()
    answer = claude_at(api.url).ask(question(), on_lost=lost.append)
    assert len(lost) == 2
    assert {usage.prompt_tokens for usage in lost} == {answer.usage.prompt_tokens}
    assert {usage.output_tokens for usage in lost} == {1}


def test_a_storm_is_waited_out_no_longer_than_the_patience_lasts(play: Play, claude_at: Opening) -> None:
    api = play(Script([fails(529, times=math.inf), says(ENOUGH)]))
    with pytest.raises(ModelBusy, match=r"overloaded.*Resume the run"):
        claude_at(api.url).ask(question())
    assert len(api.journal.exchanges) == HURRIED.attempts


def test_a_stream_that_always_breaks_ends_too(play: Play, claude_at: Opening) -> None:
    api = play(Script([cuts(3, times=math.inf), says(ENOUGH)]))
    with pytest.raises(AnswerCut, match=r"breaks off.*ANTHROPIC_BASE_URL"):
        claude_at(api.url, patience=RetryPolicy(attempts=3, first_s=0.01)).ask(question())
    assert len(api.journal.exchanges) == 3


def test_an_unreachable_provider_is_reported_after_some_attempts(claude_at: Opening) -> None:
    pieces = list[Delta]()
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ModelUnreachable, match="ANTHROPIC_BASE_URL"):
        claude_at(nowhere, patience=RetryPolicy(attempts=3, first_s=0.01)).ask(question(), on_text=pieces.append)
    assert [piece.kind for piece in pieces] == ["again", "again"]


def test_the_server_says_how_long_to_wait(play: Play, claude_at: Opening) -> None:
    pieces = list[Delta]()
    api = play(Script([fails(429, retry_after_ms=30), fails(529, retry_after=0), says(ENOUGH)]))
    slow = RetryPolicy(first_s=1000.0, most_s=1000.0)
    assert claude_at(api.url, patience=slow).ask(question(), on_text=pieces.append).text == ENOUGH
    assert [piece.kind for piece in pieces if piece.kind != "text"] == ["again", "again"]


def test_a_delay_is_read_in_every_way_it_may_be_written(clock: Clock) -> None:
    date = "Mon, 02 Nov 2026 09:01:00 GMT"
    for said, seconds in {"7": 7.0, "1.5": 1.5, date: 60.0, "soon": None, "-3": None}.items():
        assert server_delay_s({"retry-after": said}, clock) == seconds, said
    assert server_delay_s({"retry-after-ms": "250", "retry-after": "9"}, clock) == 0.25
    assert server_delay_s({"retry-after": "Mon, 02 Nov 2026 08:00:00 GMT"}, clock) == 0.0
    assert server_delay_s({"retry-after": "nan"}, clock) is None
    assert server_delay_s({}, clock) is None


def test_a_server_that_wants_a_long_wait_ends_the_call_at_once_and_the_person_knows_until_when(
    play: Play, claude_at: Opening, clock: Clock
) -> None:
    api = play(Script([fails(429, times=math.inf, retry_after=3600), says(ENOUGH)]))
    with pytest.raises(ModelBusy, match=r"until 2026-11-02 10:00 UTC\."):
        claude_at(api.url).ask(question())
    assert len(api.journal.exchanges) == 1
    assert clock() + timedelta(hours=1) == clock.instant.replace(hour=10)


def test_all_waits_together_have_an_end(play: Play, claude_at: Opening) -> None:
    api = play(Script([fails(429, times=math.inf, retry_after_ms=20), says(ENOUGH)]))
    with pytest.raises(ModelBusy):
        claude_at(api.url, patience=RetryPolicy(attempts=1000, total_s=0.05)).ask(question())
    assert len(api.journal.exchanges) == 3


def test_waits_grow_and_differ_between_callers() -> None:
    patience = RetryPolicy(first_s=1, most_s=10)
    assert [patience.delay_s(attempt, 1.0) for attempt in range(1, 6)] == [1, 2, 4, 8, 10]
    assert patience.delay_s(3, 0.0) == 2.0


def test_a_server_can_say_that_there_is_no_point_in_trying_again(play: Play, claude_at: Opening) -> None:
    api = play(Script([fails(500, times=math.inf, x_should_retry="false"), says(ENOUGH)]))
    with pytest.raises(RequestRefused):
        claude_at(api.url).ask(question())
    assert len(api.journal.exchanges) == 1


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        (fails(401, "invalid x-api-key"), KeyRefused, "ANTHROPIC_API_KEY"),
        (fails(403, "not for your organization"), KeyRefused, "not for your organization"),
        (fails(400, "Your credit balance is too low to access the API."), NoCredit, "Add credit"),
        (fails(402, "Billing"), NoCredit, "Add credit"),
        (fails(404, "model: claude-sonnet-5-5"), UnknownModel, r"claude-sonnet-5-5.*ONELANE_MODEL"),
        (fails(413, "Request exceeds the maximum size"), TooLong, "longer than the model can read"),
        (fails(400, "prompt is too long: 1200000 tokens > 1000000 maximum"), TooLong, "longer"),
        (fails(400, "input length and `max_tokens` exceed context limit"), TooLong, "longer"),
        (fails(400, "tools.0.name: String should match pattern"), RequestRefused, r"tools\.0\.name"),
        (breaks_with("invalid_request_error", 3), RequestRefused, "invalid_request_error"),
    ],
)
def test_a_lasting_fault_of_the_provider_is_reported_at_once_with_what_to_do(
    play: Play, claude_at: Opening, trouble: Part, error: type[ToolError], words: str
) -> None:
    api = play(Script([trouble, says(ENOUGH)]))
    with pytest.raises(error, match=words):
        claude_at(api.url).ask(question())
    assert len(api.journal.exchanges) == 1


def test_a_key_that_is_not_valid_is_refused(play: Play, claude_at: Opening) -> None:
    with pytest.raises(KeyRefused):
        claude_at(play(Script(says(ENOUGH))).url, key="sk-ant-of-someone-else").ask(question())


def test_without_a_key_every_call_says_so() -> None:
    claude = Claude(None)
    for call in (claude.check, lambda: claude.ask(question())):
        with pytest.raises(NoModel, match="ANTHROPIC_API_KEY"):
            call()
    claude.close()


def test_the_key_is_in_no_message_no_log_and_no_representation(
    play: Play, claude_at: Opening, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for trouble in (fails(400, f"the key {KEY} may not do this"), fails(403, f"no, {KEY}"), fails(529, KEY, times=99)):
        claude = claude_at(play(Script([trouble, says(ENOUGH)])).url)
        with pytest.raises(ToolError) as caught:
            claude.ask(question())
        text = "".join(traceback.format_exception(caught.value))
        assert KEY not in f"{text} {caught.value.details} {claude!r} {vars(claude)!r}"
    assert caplog.text != ""
    assert KEY not in caplog.text
    assert KEY not in repr(SecretStr(KEY))


def test_a_call_whose_arguments_broke_off_keeps_what_came_of_them(play: Play, claude_at: Opening) -> None:
    # The arguments are not complete; the reason for the stop tells the caller not to make this call.
    api = play(Script([Calls("search_contacts", {}, raw='{"search": "ad'), runs_out()]))
    answer = claude_at(api.url).ask(question())
    assert answer.stop_reason == "max_tokens"
    assert answer.tool_calls[0]["name"] == "search_contacts"


def test_an_answer_that_is_not_readable_is_asked_for_again(play: Play, claude_at: Opening) -> None:
    asked = list[Request]()

    def garbled_once(request: Request) -> list[Part]:
        asked.append(request)
        return [Calls("search_contacts", {}, raw="{]" if len(asked) == 1 else "{}")]

    api = play(garbled_once)
    assert claude_at(api.url).ask(question()).tool_calls[0]["input"] == {}


def test_a_conversation_goes_on_after_a_trouble_in_its_middle(play: Play, claude_at: Opening) -> None:
    api = play(Script(calls("search_contacts"), [fails(529), cuts(3), says(ENOUGH)]))
    claude, ask = claude_at(api.url), question()
    assert claude.ask(next_ask(ask, claude.ask(ask), "found")).text == ENOUGH
    assert [exchange.outcome for exchange in api.journal.wait_for(4)][:3] == ["whole", "refused", "cut"]
