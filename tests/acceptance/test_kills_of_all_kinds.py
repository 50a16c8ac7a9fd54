"""Imports, agent runs, prunes and searches at once survive `kill -9` at any moment: nothing twice, nothing lost."""

import csv
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from onelane.server.app import Onelane, open_onelane
from onelane.server.settings import Settings
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.context import Caller, Face
from tests.acceptance.processes import WAIT_S, Home, run_module
from tests.proof import FULL
from tests.samples.linkedin import linkedin_connections
from tests.server.agent.messages_api import KEY, serving_messages
from tests.server.agent.messages_journal import Exchange, answers, repeated
from tests.server.agent.scripts import PEOPLE, TWELVE_TURNS
from tests.tools.sync.fifty_pages import html, json_ld, person
from tests.tools.web.search_server import serving_engine
from tests.websites import website

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are born by fork")

KILLS = 700 if FULL else 23
KNOWN, NEW, PAGES = (2_000, 1_000, 20) if FULL else (400, 100, 6)
"""How many people are there already, come in with each import, and how many pages name two people each."""
FOUND = [(f"Page Person{number}", f"http://p{number}.example.com/team") for number in range(PAGES)]


@dataclass(frozen=True)
class World:
    """What the runs of one home meet.

    Args:
        home: where they are
        unreachable: how many of those who are there have no e-mail address
    """

    home: Home
    unreachable: int


def test_runs_of_all_kinds_that_are_killed_again_and_again_do_everything_once(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, began = random.Random(20261126), time.monotonic()
    kills = rounds = 0
    pages = {url.removeprefix("http://"): team(number) for number, (_, url) in enumerate(FOUND)}
    with website(pages) as site, serving_engine() as search, serving_messages(TWELVE_TURNS) as api:
        search.body = json.dumps({"results": [{"url": url, "title": "", "content": ""} for _, url in FOUND]}).encode()
        settings = {
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": api.url,
            "ONELANE_SEARXNG_URL": search.url,
            "ONELANE_DAILY_USD": "1000",
        }
        while kills < KILLS:
            folder = tmp_path / str(rounds)
            folder.mkdir()
            world = begun(Home(folder, settings=settings))
            asked = len(api.journal.exchanges)
            killed = killed_workers(world.home, project, site.port, chance.randrange(10**9), KILLS - kills)
            assert_everything_was_done_once(world)
            assert_the_model_was_asked_again_only_after_a_kill(api.journal.exchanges[asked:], killed)
            kills, rounds = kills + killed, rounds + 1
    with capsys.disabled():
        took_s = time.monotonic() - began
        sys.stdout.write(f"\n{kills} kills of workers with up to 4 of 7 runs each, {rounds} rounds, {took_s:.0f} s\n")


def team(number: int) -> str:
    """A page of two people, one of whom is on the page before as well."""
    names = [FOUND[number][0], FOUND[max(0, number - 1)][0]]
    return html("Our team", json_ld(*(person(name, jobTitle="CTO", email=address(name)) for name in names)))


def address(name: str) -> str:
    return f"{name.replace(' ', '.').lower()}@pages.example.com"


def begun(home: Home) -> World:
    """A home with people in it, and runs of all kinds that wait for a worker."""
    onelane = open_onelane(settings_of(home))
    try:
        onelane.engine.serve()
        file = linkedin_connections(home.folder / "known.csv", KNOWN)
        assert onelane.engine.wait(start_sync(onelane, file), timeout_s=WAIT_S) is RunStatus.COMPLETED
    finally:
        onelane.close()
    wait_for_the_next_second()
    hand_in(home)
    with file.open(newline="") as lines:
        rows = list(csv.reader(lines))
    addresses = rows[rows.index(next(row for row in rows if row[:1] == ["First Name"])) + 1 :]
    return World(home, sum(not row[3] for row in addresses))


def hand_in(home: Home) -> None:
    onelane = open_onelane(settings_of(home))
    try:
        before = int(time.time())
        # Half of what the one brings, the other brings as well.
        for number in range(2):
            first = KNOWN + number * NEW // 2
            start_sync(onelane, linkedin_connections(home.folder / f"new-{number}.csv", NEW, first=first))
        for _ in range(2):
            start(onelane, "prune", {"criteria": {"withoutEmail": True, "importedBefore": before}})
            start(onelane, "search", {"queries": ["teams"], "mode": "rules", "maxContacts": 100})
        start(onelane, "agent", {"goal": "Write them down.", "budget": {"usd": 1000, "turns": 10_000}})
    finally:
        onelane.close()


def settings_of(home: Home) -> Settings:
    settings = Settings(home=home.folder)
    settings.anthropic_api_key = SecretStr(KEY)
    settings.anthropic_base_url = home.settings["ANTHROPIC_BASE_URL"]
    return settings


def start_sync(onelane: Onelane, file: Path) -> str:
    arguments: dict[str, object] = {"sub_type": "linkedin_contacts", "file": str(file)}
    return onelane.call("start_sync", arguments, Caller(Face.CLI)).model_dump()["id"]


def start(onelane: Onelane, workflow_type: str, config: Mapping[str, object]) -> None:
    onelane.call("start_run", {"workflow_type": workflow_type, "config": json.dumps(config)}, Caller(Face.CLI))


def wait_for_the_next_second() -> None:
    """Whoever comes in from now on came in later than those who are there, also by whole seconds."""
    now = int(time.time())
    while int(time.time()) == now:
        pass


def killed_workers(home: Home, project: Path, port: int, seed: int, most: int) -> int:
    """Have the runs carried out by workers that are killed; how many were."""
    arguments = [str(port), str(seed), str(most)]
    return int(run_module("tests.acceptance.mortals", arguments, cwd=project, env=home.environment))


def assert_everything_was_done_once(world: World) -> None:
    rows = world.home.rows
    assert rows("SELECT workflow_type, status, status_reason FROM workflow_runs WHERE status <> 'completed'") == []
    assert rows("SELECT count(*) FROM dispatches") == [(0,)]
    assert rows("SELECT count(*) FROM budget_holds") == [(0,)]
    assert rows("SELECT scope FROM budgets WHERE held_turns <> 0 OR held_tokens <> 0 OR abs(held_usd) > 1e-9") == []
    assert rows("SELECT id FROM workflow_steps WHERE status = 'running'") == []
    wrong = "HAVING max(s.step_index) + 1 <> count(*) OR count(*) <> r.step_count"
    of_each = "SELECT r.id FROM workflow_runs r JOIN workflow_steps s ON s.workflow_run_id = r.id GROUP BY r.id"
    assert rows(f"{of_each} {wrong}") == []
    counted = " OR ".join(
        f"coalesce(sum(json_extract(s.output, '$.counted.{name}')), 0) <> r.{name}_items"
        for name in ("processed", "success", "skipped", "error")
    )
    assert rows(f"{of_each} HAVING {counted}") == []
    imported = KNOWN + NEW + NEW // 2
    assert rows("SELECT count(*), count(DISTINCT platform_user_id) FROM contact_identities") == [(imported, imported)]
    found = rows("SELECT name, email FROM contacts WHERE name LIKE 'Page Person%' ORDER BY name")
    assert found == sorted((name, address(name)) for name, _ in FOUND)
    assert rows("SELECT count(*), count(DISTINCT name) FROM contacts WHERE company = 'Engines'") == [(PEOPLE, PEOPLE)]
    made = "SELECT count(*), count(DISTINCT name) FROM workflow_templates WHERE system_key IS NULL"
    assert rows(made) == [(PEOPLE, PEOPLE)]
    assert rows("SELECT count(*) FROM contacts") == [(imported + len(FOUND) + PEOPLE,)]
    archived = "SELECT count(*), count(DISTINCT contact_id) FROM workflow_steps WHERE step_type = 'contact_archive'"
    assert rows(archived) == [(world.unreachable, world.unreachable)]
    assert rows("SELECT count(*) FROM contacts WHERE archived_at IS NOT NULL") == [(world.unreachable,)]
    assert rows("PRAGMA integrity_check") == [("ok",)]


def assert_the_model_was_asked_again_only_after_a_kill(exchanges: list[Exchange], killed: int) -> None:
    again = repeated(exchanges)
    assert len(answers(exchanges)) == PEOPLE + 1
    assert sum(again.values()) - len(again) <= killed
