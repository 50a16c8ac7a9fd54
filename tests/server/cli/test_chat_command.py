"""`onelane chat` in scripts: one message, one answer, and what is typed wrongly."""

from collections.abc import Sequence

import pytest

from tests.commands import Terminal
from tests.server.agent.messages_api import KEY, MessagesApi, serving_messages
from tests.server.agent.script import Part, Request, Script, always, calls, fails, says, thinks

GREETING = Script([thinks("They want Ada."), calls("search_contacts", query="ada")], [says("There is no \x1b[1mAda.")])


def talks_to(terminal: Terminal, api: MessagesApi) -> None:
    terminal.set(ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=api.url)


def test_the_answer_is_on_stdout_and_what_was_done_for_it_beside_it(terminal: Terminal) -> None:
    with serving_messages(GREETING) as api:
        talks_to(terminal, api)
        done = terminal.type("chat", "Is Ada there?")
    assert (done.code, done.out) == (0, "There is no [1mAda.\n")
    assert '✓ search_contacts query="ada" → No contacts.' in done.err
    assert "2 turns · " in done.err
    assert "\x1b" not in done.err
    (run,) = terminal.json("runs", "list")["data"]
    assert (run["workflow_type"], run["status"], run["model"]) == ("agent", "completed", "claude-sonnet-5-5")
    shown = terminal.json("runs", "show", run["id"])
    assert shown["result"] == {"message": "There is no \x1b[1mAda.", "messages": 1, "toolCalls": 1, "turns": 2}
    system = (api.journal.exchanges[0].body or {})["system"][0]["text"]
    assert "The person is there, at a terminal" in system


def test_a_program_gets_the_answer_the_run_and_what_it_cost(terminal: Terminal) -> None:
    with serving_messages(GREETING) as api:
        talks_to(terminal, api)
        done = terminal.type("chat", "Is Ada there?", "--model", "claude-opus-5-5", "--budget-usd", "2", "--json")
        assert {each.model for each in api.journal.exchanges} == {"claude-opus-5-5"}
    assert done.err == ""
    run = terminal.json("runs", "show", done.json["run_id"])
    assert done.json["status"] == run["status"] == "completed"
    assert done.json["message"] == "There is no \x1b[1mAda."
    for name in ("input_tokens", "output_tokens", "cost_usd"):
        assert done.json[name] == run[name]
    assert run["config"]["budget"]["usd"] == 2


def test_without_a_key_it_says_what_to_do_and_leaves_nothing(terminal: Terminal) -> None:
    done = terminal.type("chat", "Hello")
    assert (done.code, done.out) == (1, "")
    assert "onelane keys set anthropic" in done.err
    assert terminal.json("runs", "list")["data"] == []


def test_a_model_that_does_not_answer_fails_the_run_with_the_reason(terminal: Terminal) -> None:
    with serving_messages(always(fails(401, "invalid x-api-key", times=9))) as api:
        talks_to(terminal, api)
        done = terminal.type("chat", "Hello")
    assert done.code == 1
    (run,) = terminal.json("runs", "list")["data"]
    assert run["status"] == "failed"
    assert run["status_reason"] in done.err


def test_a_budget_that_is_used_up_ends_the_chat_with_what_it_has(terminal: Terminal) -> None:
    with serving_messages(GREETING) as api:
        talks_to(terminal, api)
        done = terminal.type("chat", "Is Ada there?", "--budget-usd", "0", "--json")
        assert api.journal.exchanges == []
    assert "The budget of $0.00 for this run is used up." in done.json["reason"]


def test_prompts_are_commands(terminal: Terminal) -> None:
    with serving_messages(always(says("Here they are."))) as api:
        talks_to(terminal, api)
        terminal.type("chat", "/prospect who=heads of data in Berlin count=5")
        terminal.type("chat", "/prospect 'heads of data'")
        terminal.type("chat", "/tmp/list.csv has them")
        first, second, third = (each.goal for each in api.journal.exchanges)
    assert first.startswith("Find people among my contacts who fit this: heads of data in Berlin\n\nAt most 5")
    assert second.startswith("Find people among my contacts who fit this: heads of data\n")
    assert third == "/tmp/list.csv has them"


@pytest.mark.parametrize(
    ("typed", "code", "complaint"),
    [
        (["/prospct who=ada"], 1, "There is no command /prospct. Did you mean /prospect?"),
        (["/prospect"], 1, "/prospect needs who: whom to look for"),
        (["/prospect who=ada coutn=3"], 1, "/prospect has no 'coutn'. Type: /prospect who=… [count=…]"),
        (["  "], 2, "There is nothing to answer"),
        (["--json"], 2, "--json needs a MESSAGE"),
        (["x" * 100_001], 1, "That message has 100,001 characters"),
        (["Hello", "--budget-usd", "-1"], 2, "--budget-usd"),
        (["Hello", "--run", "run_nope"], 1, "There is no run 'run_nope'."),
    ],
)
def test_a_usage_error_is_a_sentence(terminal: Terminal, typed: Sequence[str], code: int, complaint: str) -> None:
    terminal.set(ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    done = terminal.type("chat", *typed)
    assert (done.code, done.out) == (code, "")
    assert complaint in " ".join(done.err.replace("│", "").split())
    assert terminal.json("runs", "list")["data"] == []


def test_only_a_conversation_can_be_gone_on_with(terminal: Terminal) -> None:
    terminal.set(ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    run_id = terminal.json("call", "begin_agent_run", '{"goal": "Look around"}')["id"]
    done = terminal.type("chat", "Hello", "--run", run_id)
    assert done.code == 1
    assert "was no conversation with Onelane's own agent" in done.err


def test_in_read_only_mode_there_is_no_chat(terminal: Terminal) -> None:
    terminal.set(ANTHROPIC_API_KEY=KEY, ONELANE_READ_ONLY="1")
    done = terminal.type("chat", "Hello")
    assert (done.code, "read-only mode" in done.err) == (1, True)


def test_where_nobody_can_be_asked_the_call_waits_and_goes_on_once_it_is_answered(terminal: Terminal) -> None:
    template_id = terminal.json("templates", "create", "Spring", "--type", "outreach")["id"]

    def answered(request: Request) -> Sequence[Part]:
        return [says(f"It said: {request.results[0]}")]

    script = Script([calls("delete_template", template_id=template_id)], answered, [says("You are welcome.")])
    with serving_messages(script) as api:
        talks_to(terminal, api)
        waiting = terminal.type("chat", "Delete Spring.", "--json")
        run_id = waiting.json["run_id"]
        assert (waiting.code, waiting.json["status"]) == (0, "paused")
        assert "Delete template 'Spring'" in waiting.json["reason"]
        assert f"onelane chat --run {run_id}" in waiting.err
        still = terminal.type("chat", "Yes, do it.", "--run", run_id)
        assert "Waits for a person" in still.err
        assert terminal.type("templates", "show", template_id).code == 0

        nobody = terminal.type("runs", "allow", run_id)
        assert (nobody.code, "Only the person can do this" in nobody.err) == (1, True)
        terminal.set(ONELANE_PERSON_KEY="k" * 40)
        again = terminal.type("runs", "allow", run_id)
        assert "asked with another person's key" in again.err
        terminal.set(ONELANE_PERSON_KEY=(terminal.home / "person.key").read_text())
        assert terminal.type("runs", "allow", run_id).code == 0
        assert terminal.json("runs", "watch", run_id)["status"] == "completed"
        assert terminal.type("templates", "show", template_id).code == 1
        assert terminal.type("chat", "Thank you.", "--run", run_id).out == "You are welcome.\n"
        said = [text["text"] for text in (api.journal.exchanges[-1].body or {})["messages"][0]["content"]]
        assert said == ["Delete Spring."]
    run = terminal.json("runs", "show", run_id)
    assert (run["status"], run["result"]["messages"]) == ("completed", 3)
