"""A sync reads lists page by page over HTTP: each page once, waiting where it must, and truthful however it ends."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.platforms.cursors import SyncStatus
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.platforms.online.failures import CapReached
from onelane.tools.registry.errors import Conflict
from tests.databases import Clock, repeatable_ids
from tests.proof import FULL
from tests.server.engine.mortal import Killed, MortalDatabase
from tests.tools.sync.online.lists import Lists, limited
from tests.tools.sync.online.online_world import World, online_world

UNAVAILABLE = DoubleAnswer(503)
WorldOf = Callable[[Lists], AbstractContextManager[World]]


@pytest.fixture
def world_of(sqlite_database: Database, clock: Clock) -> WorldOf:
    @contextmanager
    def made(lists: Lists) -> Generator[World]:
        with online_world(sqlite_database, clock, lists) as world:
            yield world

    return made


def test_all_pages_of_all_lists_come_in_each_with_its_place_in_one_step(database: Database, clock: Clock) -> None:
    with online_world(database, clock, Lists({"followers": 3, "following": 2})) as world:
        account_id = world.connect()
        run_id = world.start()
        run, result = world.run(run_id), world.result(run_id)
        assert (run.status, run.platform_account_id) == (RunStatus.COMPLETED, account_id)
        assert (result["requests"], result["pages"], result["resources"], result["usd"]) == (5, 5, 25, 0.025)
        assert (result["added"], result["left"], run.total_items, run.processed_items) == (25, [], 25, 25)
        assert result["message"] == "25 people added. It cost $0.03."
        assert world.people() == 25
        assert world.lists.asked == ["followers:0", "followers:1", "followers:2", "following:0", "following:1"]
        assert world.conclusions == ["followers", "following"]
        assert [step["step_type"] for step in world.steps(run_id)] == ["sync_page"] * 7
        cursor = world.cursor(account_id)
        assert (cursor.sync_status, cursor.run_id, cursor.total_items_synced) == (SyncStatus.COMPLETED, None, 25)
        assert world.parts(account_id) | {"added": None} == {"followers": {}, "following": {}, "added": None}

        again = world.result(world.start())
        assert (again["added"], again["updated"], again["skipped"]) == (0, 0, 25)
        assert again["message"] == "Nothing new: all 25 were known already. It cost $0.03."


def test_a_sync_whose_process_is_killed_at_any_commit_asks_no_page_twice_but_the_one_in_flight(
    migrated_sqlite: Path, tmp_path: Path, clock: Clock
) -> None:
    # Step by step: the start, three pages and three, the summary, the end; and once behind each of them.
    moments = range(1, 11) if FULL else (1, 4, 8)
    for at, dies_behind in [(number, behind) for number in moments for behind in (False, True)]:
        file = tmp_path / f"{at}{dies_behind}.db"
        file.write_bytes(migrated_sqlite.read_bytes())
        ids = repeatable_ids(clock)
        mortal = MortalDatabase(file, clock, ids)
        with online_world(mortal, clock, Lists({"followers": 3, "following": 3})) as world:
            world.connect()
            mortal.commits_left, mortal.dies_behind = at, dies_behind
            try:
                world.start()
            except Killed:
                mortal.close()
                next_one = MortalDatabase(file, clock, ids)
                World(next_one, clock, world.lists, world.url, world.conclusions)
                world.database = next_one
            assert world.people() in (0, world.lists.people), (at, dies_behind)
            assert sum(world.lists.twice.values()) in (0, 2), (at, dies_behind, world.lists.asked)
            world.database.close()


def test_a_page_token_that_comes_back_fails_the_run(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 4}, repeats={"followers": 2})) as world:
        account_id = world.connect()
        run = world.run(world.start())
        assert run.status is RunStatus.FAILED
        assert "the same page twice" in (run.status_reason or "")
        assert world.lists.asked == ["followers:0", "followers:1", "followers:2"]
        cursor = world.cursor(account_id)
        assert (cursor.sync_status, cursor.last_error, cursor.run_id) == (SyncStatus.FAILED, run.status_reason, None)
        world.lists.repeats.clear()
        assert (world.result(world.start())["left"], world.people()) == ([], 20)
        assert world.lists.asked[3:] == [f"followers:{page}" for page in range(4)]


def test_a_run_stops_at_its_most_pages_says_what_is_left_and_the_next_one_goes_on_there(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 3, "following": 3})) as world:
        world.connect()
        first = world.result(run_id := world.start(max_pages=2))
        assert world.run(run_id).status is RunStatus.COMPLETED
        assert first["left"] == ["followers", "following"]
        assert first["message"] == (
            "10 people added. It cost $0.01. This run may ask for 2 pages; not read to the end: followers (10 of 15 in "
            "this run), following. The next sync goes on there."
        )
        second = world.result(world.start(max_pages=2))
        assert (second["added"], second["left"], second["pages"]) == (10, ["following"], 2)
        assert world.result(world.start())["left"] == []
        assert world.lists.asked[:6] == [f"followers:{page}" for page in range(3)] + ["following:0", "followers:0"] + [
            "followers:1"
        ]


def test_a_short_limit_is_waited_out_and_a_long_one_gives_the_thread_back(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 4}, answers={2: limited(45), 4: limited(900)})) as world:
        account_id = world.connect()
        run_id = world.start()
        run = world.run(run_id)
        assert (run.status, world.paused_seconds, run.processed_items) == (RunStatus.PENDING, 45, 10)
        assert run.waits_until is not None
        assert (run.waits_until - world.clock()).total_seconds() == 900
        assert run.status_reason == "The platform takes no more requests for now."
        cursor = world.cursor(account_id)
        assert (cursor.sync_status, cursor.run_id) == (SyncStatus.SYNCING, run_id)
        with pytest.raises(Conflict, match=run_id):
            world.start()
        world.pass_time(seconds=899)
        assert len(world.lists.asked) == 4
        world.pass_time(seconds=1)
        assert world.run(run_id).status is RunStatus.COMPLETED
        assert world.lists.twice == {"followers:1": 2, "followers:2": 2}


def test_a_platform_that_names_a_short_limit_again_and_again_is_left_alone_and_holds_no_thread(
    world_of: WorldOf,
) -> None:
    with world_of(Lists({"followers": 3}, answers=dict.fromkeys(range(2, 12), limited(1)))) as world:
        world.connect()
        run_id = world.start()
        run = world.run(run_id)
        assert (run.status, run.status_reason) == (RunStatus.PENDING, "The platform takes no more requests for now.")
        assert (len(world.lists.asked), world.paused_seconds <= 300) == (11, True)
        world.pass_time(minutes=15)
        assert world.run(run_id).status is RunStatus.COMPLETED


def test_a_platform_that_does_not_answer_is_asked_again_a_few_times(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 3}, answers={2: UNAVAILABLE, 3: UNAVAILABLE, 4: UNAVAILABLE})) as world:
        world.connect()
        assert world.run(world.start()).status is RunStatus.COMPLETED
        assert world.paused_seconds == 26
    with world_of(Lists({"followers": 3}, answers=dict.fromkeys(range(2, 6), UNAVAILABLE))) as world:
        account_id = world.connect()
        run_id = world.start()
        assert (world.run(run_id).status, world.cursor(account_id).sync_status) == (RunStatus.FAILED, "failed")
        result = world.result(run_id)
        assert (result["pages"], result["resources"]) == (1, 5)
        world.control(run_id, "retry")
        assert world.run(run_id).status is RunStatus.COMPLETED
        assert world.lists.asked[-2:] == ["followers:1", "followers:2"]
        assert world.cursor(account_id).last_error is None


def test_an_account_that_is_signed_out_fails_the_run_and_is_asked_nothing_more(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 3}, answers={2: DoubleAnswer(401)})) as world:
        account_id = world.connect()
        run_id = world.start()
        assert (world.run(run_id).status, world.cursor(account_id).sync_status) == (RunStatus.FAILED, "failed")
        assert world.account(account_id).status is AccountStatus.NEEDS_REAUTH
        with pytest.raises(Conflict, match="onelane accounts connect x"):
            world.start()
        world.control(run_id, "retry")
        assert world.run(run_id).status is RunStatus.FAILED
        assert len(world.lists.asked) == 2


def test_what_the_platform_has_forgotten_is_read_from_its_beginning(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 4})) as world:
        world.connect()
        world.start(max_pages=2)
        world.lists.forgotten.add("2")
        run_id = world.start()
        assert world.run(run_id).status is RunStatus.FAILED
        assert "tried and refused as well" in (world.run(run_id).status_reason or "")
        assert world.lists.asked[2:] == ["followers:2", "followers:0", "followers:1", "followers:2"]
        world.lists.forgotten.clear()
        result = world.result(world.start())
        assert (result["left"], world.people()) == ([], 20)


def test_a_cap_on_money_completes_the_run_and_says_what_is_left(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 4}, answers={3: DoubleAnswer(402)})) as world:
        world.connect()
        run_id = world.start()
        result = world.result(run_id)
        assert (world.run(run_id).status, result["left"], result["added"]) == (RunStatus.COMPLETED, ["followers"], 10)
        assert CapReached().message.partition(".")[0] in result["message"]
        assert "The next sync goes on there." in result["message"]
        assert world.result(world.start())["added"] == 10


def test_an_answer_that_can_not_be_read_is_kept_for_whoever_looks(world_of: WorldOf) -> None:
    with world_of(Lists({"followers": 4}, answers={2: DoubleAnswer(418, b"<html>a teapot</html>")})) as world:
        world.connect()
        run_id = world.start()
        assert world.run(run_id).status is RunStatus.FAILED
        assert any("a teapot" in step["output"] for step in world.steps(run_id))
        assert world.people() == 5


@pytest.mark.parametrize(("action", "status"), [("pause", RunStatus.PAUSED), ("cancel", RunStatus.CANCELLED)])
def test_a_sync_that_holds_or_is_cancelled_leaves_its_cursor_idle(
    world_of: WorldOf, action: str, status: RunStatus
) -> None:
    with world_of(Lists({"followers": 4}, answers={3: limited(900)})) as world:
        account_id = world.connect()
        run_id = world.start()
        world.control(run_id, action)
        cursor = world.cursor(account_id)
        assert (world.run(run_id).status, cursor.sync_status, cursor.run_id) == (status, SyncStatus.IDLE, None)
        assert world.parts(account_id)["followers"] == {"token": "2"}
        world.control(run_id, "resume" if action == "pause" else "retry")
        assert (world.run(run_id).status, world.people()) == (RunStatus.COMPLETED, 20)
        assert world.cursor(account_id).sync_status is SyncStatus.COMPLETED
