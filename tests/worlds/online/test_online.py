"""The platforms, the web and the model of a world do what a world needs of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from tests.worlds.invariants.consent import CONSENT
from tests.worlds.invariants.counters import COUNTERS
from tests.worlds.person.posts import post
from tests.worlds.person.program import work_as_program
from tests.worlds.weather import CALM
from tests.worlds.world import World

pytestmark = pytest.mark.xdist_group("online world")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(3, tmp_path_factory.mktemp("world"), weather=replace(CALM, people=4))
    yield world
    world.close()


def test_a_world_syncs_x_and_linkedin_and_posts_what_was_approved(world: World) -> None:
    for kind in ("x_contacts", "linkedin_contacts"):
        assert world.lives.door.post("/api/workflows/sync", subType=kind).is_yes
    for number in range(4):
        post(world.person, f"post/{number}", Random(number))
    for _ in world.yeses.posts:
        world.clock.pass_by(timedelta(minutes=5))
        world.lives.ticker.tick()
    syncs = "SELECT status FROM workflow_runs WHERE workflow_type = 'sync' AND platform_account_id IS NOT NULL"
    assert {each["status"] for each in world.view().rows(syncs)} == {"completed"}
    assert {each.platform for each in world.outside.requests} >= {"x", "linkedin"}
    assert sorted(each.text for each in world.outside.posts) == sorted(yes.text for yes in world.yeses.posts)
    assert world.outside.posts


def test_a_program_in_a_world_reads_a_page_once_for_each_yes(world: World) -> None:
    for number in range(12):
        work_as_program(world.person, f"program/{number}", Random(number))
    assert 0 < len(world.outside.addresses_fetched) == len(world.yeses.calls)
    assert [words for invariant in CONSENT for words in invariant(world.view())] == []


def test_a_run_that_another_process_takes_over_while_its_model_thinks_counts_each_step_once(world: World) -> None:
    world.weather = replace(world.weather, meanwhile=1)
    world.lives.door.post("/api/workflows", workflowType="agent", config={"goal": "See what is new."})
    world.run(world.clock() + timedelta(minutes=1))
    view = world.view()
    assert any("takes the run over" in each.words for each in world.events)
    assert view.one("SELECT max(attempt) FROM workflow_runs") > 1
    assert [words for invariant in COUNTERS for words in invariant(view)] == []


def test_nobody_takes_a_run_over_whose_sign_in_is_being_renewed_for_they_would_wait_for_its_lock(world: World) -> None:
    world.weather = replace(world.weather, meanwhile=4)
    for number in range(20):
        world.platforms.meanwhile(f"renewal/{number}", True)
    assert {each.words for each in world.events if each.key.startswith("renewal/")} == {
        "the process ends while a platform answers",
        "the person cancels the run while a platform answers",
    }
