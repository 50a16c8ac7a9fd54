"""Gateways and local models that speak the Messages API nearly: a run goes on, or says whose fault it is."""

import json
from typing import Any

import pytest

from onelane.server.agent.claude.assembly import Assembly
from onelane.storage.database.engine import Database
from tests.server.agent.agents import agency
from tests.server.agent.script import Raw, Script, breaks_with, calls, fails, says, thinks

Json = dict[str, Any]

END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}
STOP = {"type": "message_stop"}
HALVES = ("\ud83c", "\udf89")


def start(**more: object) -> Json:
    message: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": []}
    return {"type": "message_start", "message": {**message, "usage": {"input_tokens": 7, "output_tokens": 1}, **more}}


def text(*pieces: str) -> list[Json]:
    begin = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}} for each in pieces
    ]
    return [begin, *deltas, {"type": "content_block_stop", "index": 0}]


def call(given: object) -> list[Json]:
    """A call whose arguments come as JSON, in one piece."""
    block: Json = {"type": "tool_use", "id": "toolu_1", "name": "search_contacts", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps(given)}
    return [
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
        STOP,
    ]


def raw(*events: object) -> Raw:
    return Raw(tuple(events))


def test_halves_of_a_character_are_joined_and_one_alone_is_replaced(sqlite_database: Database) -> None:
    answer = raw(start(), *text("Party ", *HALVES, " and ", HALVES[0], "."), END, STOP)
    with agency(sqlite_database, Script(answer)) as agents:
        run = agents.run(agents.start())
    assert (run["status"], json.loads(run["result"])["message"]) == ("completed", "Party \U0001f389 and \ufffd.")
    assert run["cost_usd"] > 0


def test_halves_in_the_arguments_of_a_call_are_whole_when_it_is_made(sqlite_database: Database) -> None:
    search = raw(start(), *call({"query": f"{''.join(HALVES)} {HALVES[1]}"}))
    with agency(sqlite_database, Script(search, says("Done."))) as agents:
        run_id = agents.start()
        assert agents.run(run_id)["status"] == "completed"
        (made,) = [step for step in agents.steps(run_id) if step["step_type"] == "tool_call"]
    assert made["input"] == {"query": "\U0001f389 \ufffd"}


@pytest.mark.parametrize("given", [["Ada"], "Ada", 7, True])
def test_arguments_that_are_no_object_are_answered_with_an_error_and_the_run_goes_on(
    sqlite_database: Database, given: object
) -> None:
    with agency(sqlite_database, Script(raw(start(), *call(given)), says("Done."))) as agents:
        run = agents.run(agents.start())
        messages = agents.sent(1)
    assert run["status"] == "completed"
    assert isinstance(messages[1]["content"][0]["input"], dict)
    assert messages[2]["content"][0]["is_error"]
    assert "must be one JSON object" in messages[2]["content"][0]["content"][0]["text"]


def test_arguments_that_are_an_object_within_a_text_are_read(sqlite_database: Database) -> None:
    with agency(sqlite_database, Script(raw(start(), *call('{"query": "Ada"}')), says("Done."))) as agents:
        run_id = agents.start()
        (made,) = [step for step in agents.steps(run_id) if step["step_type"] == "tool_call"]
    assert made["input"] == {"query": "Ada"}


def test_null_for_what_may_be_left_out_is_left_out_by_the_agent_too(sqlite_database: Database) -> None:
    filled = {"query": None, "tags": "[]", "platform": "", "has_email": "null", "page_size": "5", "cursor": ""}
    with agency(sqlite_database, Script(calls("search_contacts", **filled), says("Done."))) as agents:
        agents.start()
        (block,) = agents.sent(1)[2]["content"]
    assert "is_error" not in block


@pytest.mark.parametrize(
    "events",
    [
        [start(usage=None), *text("Hello."), {**END, "usage": None}, STOP],
        [start(usage=None), *text("Hello."), {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, STOP],
        [start(usage={"input_tokens": None, "output_tokens": "9"}), *text("Hello."), {**END, "usage": {}}, STOP],
    ],
)
def test_what_an_answer_used_is_unknown_where_nothing_says_it(sqlite_database: Database, events: list[Json]) -> None:
    with agency(sqlite_database, Script(raw(*events))) as agents:
        run_id = agents.start()
        run = agents.run(run_id)
    assert (run["status"], run["cost_usd"]) == ("completed", None), run["status_reason"]


@pytest.mark.parametrize(
    "answer",
    [
        raw(*text("Hello."), END, STOP),
        raw(start(), {"type": "content_block_delta", "index": 4, "delta": {"type": "text_delta", "text": "x"}}),
        raw(start(), {"type": "content_block_start", "index": 0, "content_block": "text"}),
        raw(start(), *text("Hello.")[:1], {"type": "content_block_delta", "delta": {"type": "text_delta", "text": 7}}),
        raw({"type": "message_start", "message": None}),
        raw(["message_start"]),
        Raw(body="<html>Welcome</html>", kind="text/html; charset=utf-8"),
        Raw(body='{"choices": []}', kind="application/json"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_the_providers_fault(sqlite_database: Database, answer: Raw) -> None:
    with agency(sqlite_database, Script(answer)) as agents:
        run = agents.run(agents.start())
        assert len(agents.api.journal.exchanges) == 1
    assert run["status"] == "failed"
    assert "can't be understood" in run["status_reason"]
    assert "ANTHROPIC_BASE_URL" in run["status_reason"]


def test_a_gateway_that_does_not_stream_is_understood(sqlite_database: Database) -> None:
    message = {**start()["message"], "content": [{"type": "text", "text": "Hello."}], "stop_reason": "stop"}
    answer = Raw(body=json.dumps(message), kind="application/json")
    with agency(sqlite_database, Script(answer)) as agents:
        run = agents.run(agents.start())
    assert json.loads(run["result"])["message"] == "Hello."


def test_an_error_within_an_answer_is_told_and_an_unknown_one_tried_again(sqlite_database: Database) -> None:
    refused = {"type": "error", "error": {"type": "invalid_request_error", "message": "No such thing."}}
    with agency(sqlite_database, Script(raw(refused))) as agents:
        assert "No such thing." in agents.run(agents.start())["status_reason"]
    with agency(sqlite_database, Script([breaks_with("odd_error", 2), says("Hello.")])) as agents:
        assert agents.run(agents.start())["status"] == "completed"


def test_calls_without_ids_of_their_own_get_one(sqlite_database: Database) -> None:
    ids = ("", "call_0", "call_0")
    uses = [{"type": "tool_use", "id": given, "name": "overview"} for given in ids]
    blocks = [{"type": "content_block_start", "index": at, "content_block": use} for at, use in enumerate(uses)]
    end = {"type": "message_delta", "delta": {"stop_reason": "tool_calls"}, "usage": {"output_tokens": 5}}
    with agency(sqlite_database, Script(raw(start(), *blocks, end, STOP), says("Done."))) as agents:
        assert agents.run(agents.start())["status"] == "completed"
        results = agents.sent(1)[2]["content"]
    assert len({result["tool_use_id"] for result in results}) == 3


def test_an_answer_without_a_word_says_so(sqlite_database: Database) -> None:
    with agency(sqlite_database, Script(raw(start(), END, STOP))) as agents:
        run = agents.run(agents.start())
    assert "without a word" in json.loads(run["result"])["message"]


def test_signed_thoughts_go_to_the_model_that_signed_them_and_to_no_other(sqlite_database: Database) -> None:
    script = Script(
        [thinks("They want Ada."), calls("search_contacts", query="Ada")],
        [fails(400, "Your credit balance is too low"), says("Done.")],
    )
    with agency(sqlite_database, script) as agents:
        run_id = agents.start()
        assert "credit" in agents.run(run_id)["status_reason"]
        same = agents.sent(1)[1]["content"]
        agents.call("fork_run", run_id=run_id, steps=3, config={"model": "claude-opus-5-5"})
        other = agents.sent(2)[1]["content"]
    assert [block["type"] for block in same] == ["thinking", "tool_use"]
    assert [block["type"] for block in other] == ["tool_use"]


def test_pieces_of_any_answer_add_up_or_are_refused_in_words() -> None:
    assembly = Assembly()
    for event in (start(), *text("Hel", "lo."), END, STOP):
        assembly.add(event)
    assert (assembly.whole_answer()["content"], assembly.is_complete) == ([{"type": "text", "text": "Hello."}], True)
