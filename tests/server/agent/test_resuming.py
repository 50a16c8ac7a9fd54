"""A run goes on from its steps: what was thought, asked and paid is not thought, asked and paid again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs
from tests.server.agent.agents import Agency, agency
from tests.server.agent.messages_journal import repeated
from tests.server.agent.script import (
    Part,
    Request,
    Script,
    always,
    breaks_with,
    calls,
    cuts,
    fails,
    fills_window,
    says,
    thinks,
    thinks_in_secret,
    waits,
)


def test_a_run_that_is_paused_while_the_model_writes_stops_at_once_and_asks_again_later(database: Database) -> None:
    released = threading.Event()
    script = Script([calls("overview")], [says("I begin"), waits(released)])
    with agency(database, script) as agents, ThreadPoolExecutor(1) as pool:
        started = pool.submit(agents.start)
        agents.api.journal.wait_for(2)
        run_id = only_run(database)
        agents.call("control_run", run_id=run_id, action="pause")
        assert started.result(20) == run_id
        assert agents.run(run_id)["status"] == "paused"
        agents.api.journal.wait_for(1, "left")

        released.set()
        agents.call("control_run", run_id=run_id, action="resume")
        assert agents.run(run_id)["status"] == "completed"
        assert sum(repeated(agents.api.journal.exchanges).values()) == 2
        assert agents.kinds(run_id).count("tool_result:overview") == 1


def test_a_cancelled_run_ends_while_the_model_is_silent(database: Database) -> None:
    with agency(database, Script([waits(threading.Event(), silently=True)])) as agents, ThreadPoolExecutor(1) as pool:
        started = pool.submit(agents.start)
        agents.api.journal.wait_for(1)
        agents.call("control_run", run_id=only_run(database), action="cancel")
        assert agents.run(started.result(20))["status"] == "cancelled"


def test_thoughts_are_sent_back_with_their_signatures_also_by_another_process(database: Database) -> None:
    turns = [
        [thinks("One."), thinks_in_secret(), says("I look."), calls("list_templates")],
        [thinks("Two."), calls("list_accounts")],
    ]
    with agency(database, Script(*turns)) as agents:
        run_id = agents.start()
        # The script has no third turn, so that the run has failed after two.
        assert agents.run(run_id)["status"] == "failed"
        before = agents.sent(2)
    with agency(database, Script(*turns, [says("Done.")])) as agents:
        agents.call("control_run", run_id=run_id, action="retry")

        assert agents.run(run_id)["status"] == "completed"
        assert agents.sent(0) == before
        assert len(agents.api.journal.exchanges) == 1


def test_storms_pass_and_what_broken_answers_used_is_paid(database: Database) -> None:
    script = Script(
        [fails(529, times=2), calls("overview")],
        [breaks_with("overloaded_error", 3), says("Here it is.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start()

        run = agents.run(run_id)
        assert run["status"] == "completed"
        steps = [step["output"] for step in agents.steps(run_id) if step["step_type"] == "decision"]
        assert all_tokens(run) > sum(output["prompt_tokens"] + output["output_tokens"] for output in steps)
        assert run["cost_usd"] > sum(output["cost_usd"] for output in steps)


def test_a_provider_that_stays_away_fails_the_run_and_retrying_goes_on(database: Database) -> None:
    script = Script([calls("overview")], [fails(529, times=4), says("Back again.")])
    with agency(database, script) as agents:
        run_id = agents.start()
        run = agents.run(run_id)
        assert run["status"] == "failed"
        assert "overloaded" in run["status_reason"]

        agents.call("control_run", run_id=run_id, action="retry")
        assert agents.run(run_id)["status"] == "completed"
        assert agents.kinds(run_id).count("tool_result:overview") == 1


def test_a_stream_that_hangs_up_is_asked_for_again(database: Database) -> None:
    script = Script([cuts(4), says("I say this once.")])
    with agency(database, script) as agents:
        run_id = agents.start()

        assert agents.run(run_id)["status"] == "completed"
        assert agents.kinds(run_id) == ["decision"]


def test_long_old_answers_are_left_out_of_what_is_sent_before_the_window_fills(sqlite_database: Database) -> None:
    looks = always([says("Once more."), *[calls("search_contacts", page_size=60)] * 3])
    with agency(sqlite_database, looks) as agents:
        know_people(agents, 60)
        run_id = agents.start(budget={"turns": 40}, model="claude-haiku-4-5", max_tokens=100_000)

        trims = [step["output"]["turns"] for step in agents.steps(run_id) if "window" in str(step["output"].get("why"))]
        assert trims
        sizes = [len(str(exchange.body)) for exchange in agents.api.journal.exchanges]
        assert max(sizes) < 3 * 200_000
        last = agents.sent(-1)
        assert "left out to save room" in str(last[2])
        assert "left out to save room" not in str(last[-1])
        kept = [step for step in agents.steps(run_id) if step["step_type"] == "tool_result"]
        assert all("left out to save room" not in step["output"]["text"] for step in kept)


@pytest.mark.parametrize(
    "trouble", [fills_window(), fails(400, "prompt is too long: 300000 tokens > 200000 maximum", times=9)]
)
def test_a_model_that_finds_it_too_long_is_asked_again_with_less(sqlite_database: Database, trouble: Part) -> None:
    search = calls("search_contacts", page_size=30)

    def until_it_is_shorter(request: Request) -> Part:
        return says("Done.") if "left out to save room" in str(request.messages) else trouble

    with agency(sqlite_database, Script([search], [search], until_it_is_shorter)) as agents:
        know_people(agents, 30)
        run_id = agents.start()

        assert agents.run(run_id)["status"] == "completed"
        assert len(agents.api.journal.exchanges) == 4


def know_people(agents: Agency, count: int) -> None:
    for number in range(count):
        agents.call("save_contact", name=f"Person {number}", title="x" * 100, company="y" * 100)


def all_tokens(run: PlainRow) -> int:
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    return sum(run[name] for name in names)


def only_run(database: Database) -> str:
    with database.read() as session:
        (row,) = runs.list_workflow_runs_after(session, after=None, limit=2)
    return row["id"]
