"""An import survives `kill -9` at any moment: nobody twice, nobody missing, no gap in what is recorded."""

import random
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.processes import WAIT_S, Home, until
from tests.proof import FULL
from tests.samples.linkedin import linkedin_connections

KILLS = 200 if FULL else 4
ROWS = 30_000 if FULL else 6_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


def test_an_import_that_is_killed_again_and_again_completes_by_itself(home: Home, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    kills = imports = 0
    while kills < KILLS:
        file = linkedin_connections(tmp_path / f"Connections-{imports}.csv", ROWS, first=imports * ROWS)
        imports += 1
        kills += kill_until_it_is_over(home, file, imports, chance, KILLS - kills)
        finish(home, imports)
        assert_nothing_is_lost_or_doubled(home, imports * ROWS)


def test_two_imports_at_once_bring_each_person_once(home: Home, tmp_path: Path) -> None:
    rows = ROWS if FULL else ROWS // 2
    half = rows // 2
    one = linkedin_connections(tmp_path / "one.csv", rows)
    two = linkedin_connections(tmp_path / "two.csv", rows, first=half)
    processes = [home.start("sync", "linkedin_contacts", str(file)) for file in (one, two)]
    for process in processes:
        _, complaints = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, complaints
    assert_nothing_is_lost_or_doubled(home, rows + half)


def kill_until_it_is_over(home: Home, file: Path, imports: int, chance: random.Random, at_most: int) -> int:
    """Start the import, kill it at a random moment, let the next process go on, and so on; how many were killed."""
    kills = 0
    while not is_over(home, imports) and (kills < at_most or run_count(home) < imports):
        arguments = ("worker",) if run_count(home) == imports else ("sync", "linkedin_contacts", str(file))
        process = home.start(*arguments)
        if kills >= at_most:
            # However busy the machine is, this one gets so far.
            until(lambda: run_count(home) == imports, process)
        try:
            process.communicate(timeout=chance.uniform(0.3, 3.0))
        except subprocess.TimeoutExpired:
            kills += 1
        process.kill()
        process.communicate()
    return kills


def finish(home: Home, imports: int) -> None:
    """Let a process work until nothing is left to do."""
    process = home.start("worker")
    try:
        until(lambda: is_over(home, imports), process)
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def is_over(home: Home, imports: int) -> bool:
    ongoing = "SELECT count(*) FROM workflow_runs WHERE status IN ('pending', 'running')"
    return run_count(home) == imports and home.rows(ongoing) == [(0,)]


def run_count(home: Home) -> int:
    try:
        return home.rows("SELECT count(*) FROM workflow_runs")[0][0]
    except sqlite3.OperationalError:
        return 0  # killed before the database was there


def assert_nothing_is_lost_or_doubled(home: Home, people: int) -> None:
    assert home.rows("SELECT DISTINCT status FROM workflow_runs") == [("completed",)]
    assert home.rows("SELECT count(*), count(DISTINCT platform_user_id) FROM contact_identities") == [(people, people)]
    assert home.rows("SELECT count(*) FROM contacts") == [(people,)]
    assert home.rows("SELECT count(*) FROM workflow_steps WHERE status = 'running'") == [(0,)]
    gaps = home.rows(
        "SELECT r.id FROM workflow_runs r JOIN workflow_steps s ON s.workflow_run_id = r.id GROUP BY r.id "
        "HAVING max(s.step_index) + 1 <> count(*) OR count(*) <> r.step_count"
    )
    assert gaps == []
    counted = "json_extract(s.output, '$.counted.{}')"
    wrong = home.rows(
        "SELECT r.id FROM workflow_runs r JOIN workflow_steps s ON s.workflow_run_id = r.id GROUP BY r.id HAVING "
        + " OR ".join(
            f"coalesce(sum({counted.format(name)}), 0) <> r.{name}_items"
            for name in ("processed", "success", "skipped", "error")
        )
    )
    assert wrong == []
