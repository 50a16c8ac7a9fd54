"""`onelane chat` as a person has it: a real terminal, a real process, and a model behind real HTTP."""

import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from tests.acceptance.processes import Home
from tests.acceptance.terminals import CTRL_C, CTRL_D, seated
from tests.server.agent.messages_api import KEY, MessagesApi, serving_messages
from tests.server.agent.messages_journal import repeated
from tests.server.agent.script import Part, Request, Script, calls, says, thinks, waits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind")


def home_of(folder: Path, api: MessagesApi) -> Home:
    return Home(folder, settings={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url})


def run_of(home: Home) -> tuple[str, str, str, dict[str, object]]:
    ((run_id, status, driver, result),) = home.rows("SELECT id, status, driver, result FROM workflow_runs")
    return run_id, status, driver, orjson.loads(result)


def test_a_person_talks_allows_refuses_and_leaves_a_run_behind(tmp_path: Path) -> None:
    def deletes(request: Request) -> Sequence[Part]:
        (template_id,) = [row[0] for row in home.rows("SELECT id FROM workflow_templates WHERE name = 'Spring'")]
        return [says("I delete it."), calls("delete_template", template_id=template_id)]

    script = Script(
        [thinks("A greeting."), says("Hello, \x1b[2J\x9b31mperson.")],
        [calls("create_template", name="Spring", template_type="outreach")],
        [says("There is a template now.")],
        deletes,
        [says("It stays, then.")],
        deletes,
        [says("Now it is gone.")],
    )
    with serving_messages(script) as api:
        home = home_of(tmp_path, api)
        with seated(home, "chat") as person:
            person.sees("> ")
            person.types("/helo")
            person.sees("Did you mean /help?")
            person.types("/help")
            assert "/prospect" in person.sees("Ctrl-D ends the chat.")
            person.types("Hello!")
            person.sees("A greeting.")
            assert "\x1b[2J" not in person.sees("person.")
            person.sees("1 turn · ")
            assert "$0." in person.sees("\n")
            person.types("Make a template.")
            person.sees("✓ create_template")
            person.sees("There is a template now.")
            person.types("Delete it.")
            person.sees("Allow this? y, n, or n and why: ")
            person.types("perhaps")
            person.sees("Allow this? y, n, or n and why: ")
            person.types("n I need it")
            person.sees("They said: I need it")
            person.sees("It stays, then.")
            assert home.rows("SELECT count(*) FROM workflow_templates WHERE name = 'Spring'") == [(1,)]
            person.types("Do delete it.")
            person.sees("Allow this? y, n, or n and why: ")
            person.types("y")
            person.sees("Now it is gone.")
            person.types("/cost")
            person.sees("tokens read anew")
            person.sees("> ")
            person.presses(CTRL_D)
            person.sees("Completed.")
            assert person.leaves() == 0
            assert "\x9b" not in person.shown
            assert "\x1b" not in person.shown
    run_id, status, driver, result = run_of(home)
    assert (status, driver) == ("completed", "chat")
    assert f"onelane chat --run {run_id}" in person.shown
    assert result == {"message": "Now it is gone.", "messages": 4, "toolCalls": 3, "turns": 7}
    assert home.rows("SELECT count(*) FROM workflow_templates WHERE name = 'Spring'") == [(0,)]


def test_ctrl_c_stops_an_answer_and_the_chat_goes_on(tmp_path: Path) -> None:
    never = threading.Event()
    script = Script(lambda request: says("As you like.") if "Better" in request.said else [says("I ta"), waits(never)])
    with serving_messages(script) as api:
        home = home_of(tmp_path, api)
        with seated(home, "chat") as person:
            person.sees("> ")
            # With Enter, for a line editor that has shown its prompt may not wait yet, and then it learns of it so.
            person.presses(CTRL_C)
            person.types("")
            person.sees("Ctrl-D or /quit ends the chat.")
            person.types("Talk for an hour.")
            person.sees("I ta")
            person.presses(CTRL_C)
            person.sees("Stopped.")
            api.journal.wait_for(1, "left")
            person.types("Better not.")
            person.sees("As you like.")
            person.types("/quit")
            assert person.leaves() == 0
        asked = api.journal.exchanges[-1].body
    assert asked is not None
    assert [block["text"] for block in asked["messages"][0]["content"]] == ["Talk for an hour.\n\nBetter not."]
    run_id, status, _, result = run_of(home)
    assert (status, result["messages"]) == ("completed", 2)
    steps = home.rows("SELECT tool, output FROM workflow_steps ORDER BY step_index")
    assert "The person stopped the answer." in steps[0][1]
    (held,) = home.rows(f"SELECT held_tokens FROM budgets WHERE scope = 'run:{run_id}'")
    assert held == (0,)


def test_a_chat_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    dead = threading.Event()
    script = Script(
        [calls("save_contact", name="Ada Lovelace")],
        [says("Half an ans"), waits(dead)],
        [says("You said yes.")],
    )
    with serving_messages(script) as api:
        home = home_of(tmp_path, api)
        with seated(home, "chat") as person:
            person.sees("> ")
            person.types("Write down Ada.")
            person.sees("Half an ans")
            person.process.kill()
            person.process.wait()
        run_id, status, _, _ = run_of(home)
        assert status == "running"
        ((held, tokens_held),) = home.rows(f"SELECT held_turns, held_tokens FROM budgets WHERE scope = 'run:{run_id}'")
        assert held == 1
        dead.set()
        age(home)
        with seated(home, "chat", "--run", run_id) as person:
            person.sees("Going on with run")
            person.sees("Half an ans")
            person.sees("> ")
            person.types("Yes.")
            person.sees("You said yes.")
            person.sees("> ")
            person.presses(CTRL_D)
            assert person.leaves() == 0
        assert list(repeated(api.journal.exchanges).values()) == [2]
    assert run_of(home)[1] == "completed"
    assert home.rows("SELECT count(*) FROM contacts") == [(1,)]
    # The answer that was lost may have been paid for.
    spent = f"SELECT held_turns, held_tokens, spent_turns, spent_tokens - {tokens_held} FROM budgets"
    ((*held_now, turns, tokens),) = home.rows(f"{spent} WHERE scope = 'run:{run_id}'")
    answered = "SELECT input_tokens + output_tokens + cache_read_tokens + cache_write_tokens FROM workflow_runs"
    assert (held_now, turns, (tokens,)) == ([0, 0], 4, home.rows(answered)[0])


def test_lines_from_a_pipe_are_answered_one_by_one(tmp_path: Path) -> None:
    script = Script([says("One.")], [says("Two.")])
    with serving_messages(script) as api:
        home = home_of(tmp_path, api)
        done = home.run("chat", given="Say one.\n\nSay two.\n")
    assert (done.returncode, done.stdout) == (0, "One.\nTwo.\n")
    assert run_of(home)[3]["messages"] == 2


def age(home: Home) -> None:
    """Let the chat have been silent for a minute."""
    with sqlite3.connect(home.folder / "onelane.db", timeout=30) as connection:
        connection.execute("UPDATE workflow_runs SET heartbeat_at = heartbeat_at - 60")
    connection.close()
