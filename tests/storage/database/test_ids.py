"""Ids: they sort by time, never repeat, and can be derived."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from onelane.storage.database.ids import Ids, derived_id
from tests.databases import Clock

INSTANTS = st.integers(946_684_800_000, 16_725_225_600_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
"""From the year 2000 to 2500."""


@given(instants=st.lists(INSTANTS, min_size=2, max_size=20).map(sorted))
def test_ids_sort_in_the_order_they_were_made(instants: list[datetime]) -> None:
    clock = Clock(instants[0])
    ids = Ids(clock, entropy=os.urandom)
    made: list[str] = []
    for instant in instants:
        clock.instant = instant
        made.append(ids.new("con"))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_hundred_thousand_ids_of_one_instant_and_of_several_processes_are_all_different() -> None:
    clock = Clock()
    makers = [Ids(clock, entropy=os.urandom) for _ in range(10)]
    assert len({maker.new("stp") for _ in range(10_000) for maker in makers}) == 100_000


def test_an_id_says_what_it_names_and_needs_no_quoting_in_a_link() -> None:
    made = Ids(Clock()).new("run")
    assert made.startswith("run_")
    assert len(made) == len("run_") + 24
    assert made.replace("_", "").isalnum()
    assert made == made.lower()


@given(at=INSTANTS, parts=st.lists(st.text(max_size=20), max_size=4))
def test_a_derived_id_is_always_the_same_and_sorts_by_its_instant(at: datetime, parts: list[str]) -> None:
    made = derived_id("run", at, *parts)
    assert made == derived_id("run", at, *parts)
    assert made < derived_id("run", at + timedelta(milliseconds=2), *parts)


def test_derived_ids_of_other_parts_are_others() -> None:
    at = Clock()()
    ids = [derived_id("run", at, *parts) for parts in (["a", "b"], ["ab"], ["a", "b", ""], ["b", "a"], [])]
    assert len(set(ids)) == len(ids)


def test_the_ids_of_this_version_are_those_of_every_later_one() -> None:
    entropy: Callable[[int], bytes] = bytes
    assert Ids(Clock(), entropy).new("con") == "con_06gpmv56g000000000000000"
    assert derived_id("run", Clock()(), "sched_1", "2026-11-02T09:00") == "run_06gpmv56g2rd9skf4ouvk74h"
