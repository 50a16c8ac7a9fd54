"""A failing world is reduced to the fewest events that still fail."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from tests.proof import FULL
from tests.worlds.__main__ import Replay
from tests.worlds.shrinking import fewest, shrink
from tests.worlds.view import WorldView
from tests.worlds.weather import CALM
from tests.worlds.world import WorldFailed

KEYS = [f"event/{number}" for number in range(200)]


def test_what_fails_by_three_events_of_two_hundred_is_reduced_to_these_three() -> None:
    needed = {"event/3", "event/77", "event/160"}
    assert fewest(KEYS, lambda kept: needed <= set(kept)) == sorted(needed, key=KEYS.index)


def test_what_fails_whatever_happens_needs_no_event() -> None:
    assert fewest(KEYS, lambda kept: True) == []


def test_a_shrunk_world_is_broken_in_the_same_way_and_not_in_another() -> None:
    first = WorldFailed(7, ["nothing_is_sent_twice: out_1 arrived 2 times."], [])
    other = WorldFailed(7, ["no_run_is_left_behind: run_1"], [])

    def run(without: Collection[str]) -> WorldFailed | None:
        """Twice where a cut and a crash come together; without the crash something else is wrong."""
        left = set(KEYS) - set(without)
        return first if {"event/9", "event/10"} <= left else other if "event/9" in left else None

    told: list[tuple[int, int]] = []
    shrunk = shrink(first, KEYS, run, on_run=lambda runs, events: told.append((runs, events)))
    assert [runs for runs, _ in told] == list(range(1, shrunk.runs + 1))
    assert (told[0][1], told[-1][1]) == (len(KEYS), 2)
    assert shrunk.keys == ["event/9", "event/10"]
    assert shrunk.failure is first
    assert shrunk.without == frozenset(KEYS) - {"event/9", "event/10"}


def test_shrinking_ends_after_so_many_runs_with_what_it_has() -> None:
    first = WorldFailed(7, ["nothing_is_sent_twice: out_1 arrived 2 times."], [])
    shrunk = shrink(first, KEYS, lambda without: first if "event/150" not in without else None, most_runs=5)
    assert shrunk.runs == 5
    assert "event/150" in shrunk.keys


def nobody_gets_a_letter(view: WorldView) -> Iterator[str]:
    for letter in view.outside.letters[:1]:
        yield f"nobody_gets_a_letter: {letter.action_id} went."


@pytest.mark.skipif(not FULL, reason="one of the long proofs: make proof")
def test_a_world_that_fails_is_lived_again_with_ever_fewer_events() -> None:
    replay = Replay(7, 0.1, replace(CALM, people=6), quiet_days=0, promises=lambda: [nobody_gets_a_letter])
    with replay.world() as world:
        failed = replay.failure(world)
    assert failed is not None
    shrunk = replay.up_to(world).shrunk(failed, [event.key for event in world.events])
    assert len(shrunk.keys) == 1
    with replay.world(shrunk.without) as smallest:
        assert [each.violations for each in [replay.failure(smallest)] if each] == [shrunk.failure.violations]
