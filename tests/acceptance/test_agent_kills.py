"""An agent run survives `kill -9` at any moment: no token is spent twice, and no tool acts twice."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from onelane.server.app import open_onelane
from onelane.server.settings import Settings
from onelane.tools.registry.context import Caller, Face
from tests.acceptance.processes import WAIT_S, Home, begun_module, until
from tests.proof import FULL
from tests.server.agent.messages_api import KEY
from tests.server.agent.messages_journal import Exchange, answers, read_journal, repeated
from tests.server.agent.scripts import PEOPLE

KILLS = 100 if FULL else 3
AT_ONCE_S = 2.0 if FULL else 20.0
"""Two seconds are promised; a machine that is busy with other tests gets more."""


def test_a_run_that_is_killed_again_and_again_goes_on_and_does_nothing_twice(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20261122)
    kills = again = runs = 0
    while kills < KILLS:
        folder = tmp_path / str(runs)
        folder.mkdir()
        with provider(folder / "journal", project) as url:
            home = Home(folder, settings={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url})
            run_id = hand_in(home)
            killed = kill_until_it_is_over(home, folder / "journal", chance, KILLS - kills)
            finish(home, run_id)
        exchanges = list(read_journal(folder / "journal"))
        assert_nothing_is_lost_or_doubled(home, exchanges, killed)
        kills, runs, again = (
            kills + killed,
            runs + 1,
            again + sum(repeated(exchanges).values()) - len(repeated(exchanges)),
        )
    with capsys.disabled():
        sys.stdout.write(f"\n{kills} kills in {runs} runs; {again} requests were made again\n")


@pytest.mark.parametrize("command", [("worker",), ("serve", "--port", "0")], ids=["worker", "serve"])
def test_a_process_that_is_told_to_stop_while_a_model_answers_ends_at_once(
    tmp_path: Path, project: Path, command: tuple[str, ...]
) -> None:
    journal = tmp_path / "journal"
    # The answer takes minutes: each event waits for as long as the test may take.
    with provider(journal, project, event_delay_ms=60_000) as url:
        home = Home(tmp_path, settings={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url})
        hand_in(home)
        process = home.start(*command)
        wait_for_question(home, process)
        told_at = time.monotonic()
        process.terminate()
        _, complaints = process.communicate(timeout=WAIT_S)
        assert (process.returncode, time.monotonic() - told_at < AT_ONCE_S) == (0, True), complaints
    assert home.rows("SELECT status, claim FROM workflow_runs") == [("pending", None)]
    assert home.rows("SELECT sum(held_turns) FROM budgets") == [(0,)]


@contextmanager
def provider(journal: Path, project: Path, *, event_delay_ms: int = 5) -> Generator[str]:
    """The stand-in as a process of its own, which outlives whoever asks it."""
    script = "tests.server.agent.scripts:TWELVE_TURNS"
    arguments = ["--port", "0", "--journal", str(journal), "--script", script, "--event-delay-ms", str(event_delay_ms)]
    process = begun_module("tests.server.agent.messages_api", arguments, cwd=project, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


def hand_in(home: Home) -> str:
    """Start a run, as a process that executes nothing; its id."""
    settings = Settings(home=home.folder)
    settings.anthropic_api_key = SecretStr(KEY)
    settings.anthropic_base_url = home.settings["ANTHROPIC_BASE_URL"]
    with closing(open_onelane(settings)) as onelane:
        arguments: dict[str, object] = {"workflow_type": "agent", "config": json.dumps({"goal": "Write them down."})}
        return onelane.call("start_run", arguments, Caller(Face.CLI)).model_dump()["id"]


def kill_until_it_is_over(home: Home, journal: Path, chance: random.Random, at_most: int) -> int:
    """Let a worker work, kill it at a random moment of its work, and so on; how many were killed."""
    kills = 0
    while kills < at_most and not is_over(home):
        process = home.start("worker")
        wait_for_work(journal, process)
        try:
            process.communicate(timeout=chance.uniform(0, 1.0))
        except subprocess.TimeoutExpired:
            kills += 1
        process.kill()
        process.communicate()
    return kills


def wait_for_work(journal: Path, process: "subprocess.Popen[str]") -> None:
    """Until the provider is asked something, or long enough: a run whose last answer is recorded asks no more."""
    before = written(journal)
    for _ in range(60):
        if written(journal) > before:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)


def wait_for_question(home: Home, process: "subprocess.Popen[str]") -> None:
    """Until something is held for a call of the model, which is asked right after that."""
    until(lambda: home.rows("SELECT count(*) FROM budget_holds") == [(1,)], process)


def written(journal: Path) -> int:
    return journal.stat().st_size if journal.exists() else 0


def finish(home: Home, run_id: str) -> None:
    done = home.run("runs", "watch", run_id)
    assert done.returncode == 0, done.stderr


def made_again(exchanges: list[Exchange]) -> int:
    return sum(repeated(exchanges).values()) - len(repeated(exchanges))


def is_over(home: Home) -> bool:
    return home.rows("SELECT count(*) FROM workflow_runs WHERE status IN ('pending', 'running')") == [(0,)]


def assert_nothing_is_lost_or_doubled(home: Home, exchanges: list[Exchange], killed: int) -> None:
    assert home.rows("SELECT status, model FROM workflow_runs") == [("completed", "claude-sonnet-5-5")]
    # Each request once, and again only where a kill came between it and the record of its answer.
    assert len(answers(exchanges)) == PEOPLE + 1
    assert made_again(exchanges) <= killed
    assert home.rows("SELECT count(*), count(DISTINCT name) FROM contacts") == [(PEOPLE, PEOPLE)]
    made = "SELECT count(*), count(DISTINCT name) FROM workflow_templates WHERE system_key IS NULL"
    assert home.rows(made) == [(PEOPLE, PEOPLE)]
    kinds = home.rows("SELECT step_type, count(*) FROM workflow_steps GROUP BY step_type ORDER BY step_type")
    assert kinds == [
        ("contact_create", PEOPLE),
        ("decision", PEOPLE + 1),
        ("thinking", PEOPLE + 1),
        ("tool_call", 3 * PEOPLE),
        ("tool_result", 3 * PEOPLE),
    ]
    assert home.rows("SELECT count(*) FROM workflow_steps WHERE status <> 'completed'") == [(0,)]
    indexes = home.rows("SELECT step_index FROM workflow_steps ORDER BY step_index")
    assert [index for (index,) in indexes] == list(range(len(indexes)))
    usage = [each.usage or {} for each in answers(exchanges)]
    spent = home.rows("SELECT input_tokens, output_tokens, cache_read_tokens, cache_write_tokens FROM workflow_runs")
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert spent == [tuple(sum(each[name] for each in usage) for name in names)]
    cost = "SELECT cost_usd, (SELECT sum(json_extract(output, '$.cost_usd')) FROM workflow_steps) FROM workflow_runs"
    of_run, of_steps = home.rows(cost)[0]
    assert of_run == pytest.approx(of_steps)
    assert home.rows("SELECT sum(held_tokens), sum(held_turns) FROM budgets") == [(0, 0)]
