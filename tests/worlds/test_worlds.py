"""Worlds of fixed seeds go through their weeks, and each of them is the same at each replay."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.proof import FULL
from tests.worlds.invariants.every import every_invariant
from tests.worlds.world import CALM, Weather, World

ACCOUNT_YEARS = 2
DAYS, SEEDS, END_DAYS = (365.0, range(1, 1 + ACCOUNT_YEARS), 30) if FULL else (0.6, range(7, 8), 1)
"""Each `make proof` lives two years of an account; each `make test` a working day, for its time is short."""
STORM = Weather(smtp=0.3, commits_a_crash=150, people=16)
REPLAYED_DAYS = 5.0 if FULL else 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_of_storms_keeps_all_that_is_promised_and_comes_to_an_end(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(seed, tmp_path, weather=STORM)
    world.looks += every_invariant()
    try:
        world.run(world.began + timedelta(days=DAYS))
        world.finish(days=END_DAYS)
        letters, faults = world.outside.letters, world.faults
        assert faults > 0
        assert any(each.arrived for each in letters)
    finally:
        world.close()
    with capsys.disabled():
        measured = world.measure
        sys.stdout.write(
            f"\nseed {seed}: {measured.simulated_seconds / 86_400:.1f} days, {measured.events} events, "
            f"{faults} faults, {len(letters)} letters, {measured.rate:,.0f} times real time on a core of its own\n"
        )


def test_the_same_seed_gives_the_same_hash(tmp_path: Path) -> None:
    assert hash_of(11, tmp_path / "one") == hash_of(11, tmp_path / "other")


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


def hash_of(seed: int, folder: Path) -> str:
    """The hash of a world's first hours."""
    folder.mkdir()
    world = World(seed, folder, weather=STORM)
    try:
        world.run(world.began + timedelta(days=REPLAYED_DAYS))
        return world.step_hash()
    finally:
        world.close()
