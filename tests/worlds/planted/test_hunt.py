"""Worlds find every planted fault: `make proof` plants one at a time and prints what found it, and in how long."""

import sys

import pytest

from tests.proof import FULL
from tests.worlds.planted.fault import read_faults
from tests.worlds.planted.hunt import MINUTES, hunt_all

pytestmark = pytest.mark.skipif(not FULL, reason="takes hours: make proof")


def test_worlds_find_each_planted_fault_within_half_an_hour(capsys: pytest.CaptureFixture[str]) -> None:
    missed: list[str] = []
    for hunted in hunt_all(read_faults()):
        with capsys.disabled():
            sys.stdout.write(f"\n{hunted}")
        if not hunted.found or hunted.seconds > MINUTES * 60:
            missed.append(hunted.fault.name)
    assert missed == []
