"""Worlds of fixed seeds go through their weeks, and each of them is the same at each replay."""

import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.proof import FULL
from tests.worlds.night import STORM, live, through_the_night
from tests.worlds.weather import CALM
from tests.worlds.world import World

pytestmark = pytest.mark.xdist_group("worlds")

YEARS, HOURS = (
    float(os.environ.get(f"ONELANE_WORLD_{unit}", usual)) for unit, usual in (("YEARS", "2"), ("HOURS", "10"))
)
"""So many account-years `make proof` lives, and for so many hours at most."""
DAYS, END_DAYS = 0.6, 1
"""Each `make test` lives a working day, for its time is short."""
REPLAYED = ((0.5, 100), (5.0, 2)) if FULL else ((0.3, 2),)
"""For so many days, so often."""


def test_a_world_of_storms_keeps_all_that_is_promised_and_comes_to_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    lived = live(7, DAYS, END_DAYS)
    assert lived.failure == ""
    assert lived.measure.faults > 0
    assert lived.arrived > 0
    with capsys.disabled():
        measured = lived.measure
        sys.stdout.write(
            f"\nseed 7: {measured.simulated_seconds / 86_400:.1f} days, {measured.events} events, {measured.faults} "
            f"faults, {lived.letters} letters, {measured.rate:,.0f} times real time on a core of its own\n"
        )


@pytest.mark.skipif(not FULL, reason="one of the long proofs: make proof")
def test_worlds_go_through_the_night_beside_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        night = through_the_night(years=YEARS, hours=HOURS)
    assert night.failed == []


@pytest.mark.parametrize(("days", "times"), REPLAYED)
def test_the_same_seed_gives_the_same_hash(tmp_path: Path, days: float, times: int) -> None:
    assert len({hash_of(11, tmp_path / str(number), days) for number in range(times)}) == 1


def test_who_was_told_that_it_stops_stays_stopped_through_a_power_cut(tmp_path: Path) -> None:
    world = World(3, tmp_path, weather=replace(CALM, people=4))
    try:
        world.lives.disk.loses_all = True
        stopped = world.lives.door.post("/api/suppressions", address="gone@example.net")
        world.crash(is_power_cut=True)
        known = world.lives.door.get("/api/suppressions").body["data"]
        world.lives.door.post("/api/outbound/stop")
        world.crash(is_power_cut=True)
        switch = world.lives.door.get("/api/outbound/switch").body
    finally:
        world.close()
    assert stopped.is_yes
    assert [each["address"] for each in known] == ["gone@example.net"]
    assert switch["state"] == "stopped"


@pytest.mark.skipif(not FULL, reason="one of the long proofs: make proof")
def test_a_busy_account_lives_quicker_than_life(tmp_path: Path) -> None:
    world = World(5, tmp_path, weather=CALM)
    try:
        world.run(world.began + timedelta(days=14))
    finally:
        world.close()
    assert world.measure.rate >= 5_000


def hash_of(seed: int, folder: Path, days: float) -> str:
    """The hash of a world's first hours."""
    folder.mkdir()
    world = World(seed, folder, weather=STORM)
    try:
        world.run(world.began + timedelta(days=days))
        return world.step_hash()
    finally:
        world.close()
