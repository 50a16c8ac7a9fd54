"""How well who is who is told, in a world in which it is known; the figures stand in figures.json.

`ONELANE_UPDATE_SNAPSHOTS=1` writes them anew. Look at the difference: fewer merged wrongly and more found is better.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from tests.databases import Clock, repeatable_ids
from tests.proof import FULL
from tests.worlds.who_is_who.exports import Exports, write_exports
from tests.worlds.who_is_who.measure import Figures, import_all, measure
from tests.worlds.who_is_who.people import make_people
from tests.worlds.who_is_who.permutations import Permutations

FIGURES = Path(__file__).with_name("figures.json")
SEED = 7
SIZES = (1_000, 100_000) if FULL else (1_000,)
ORDERS, OF_PEOPLE = (1_000, 60) if FULL else (2, 40)
"""In so many orders, portions and repetitions the same files are read: 1,000 in `make proof`."""
WANTED = {"precision of automatic merges": 0.9995, "recall with proposals": 0.97}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    # Of more than three who may be one, those are asked about who came first, as their ids tell.
    database = Database(f"sqlite:///{tmp_path / 'onelane.db'}", ids=repeatable_ids(Clock()))
    ensure_schema(database)
    yield database
    database.close()


@pytest.mark.parametrize("size", SIZES)
def test_an_import_tells_who_is_who_as_well_as_its_figures_say(empty: Database, tmp_path: Path, size: int) -> None:
    exports = exports_of(tmp_path, size)
    import_all(empty, exports.files)
    figures = measure(empty, exports.rows)
    shares = figures.shares()
    print(f"\n{size:,} people: {figures}", *map("{0[0]:32} {0[1]:.5f}".format, shares.items()), sep="\n  ")  # noqa: T201 - the figures
    assert {name: share for name, share in shares.items() if share < WANTED.get(name, 0)} == {}
    if os.environ.get("ONELANE_UPDATE_SNAPSHOTS"):
        keep(size, figures)
    assert kept()[str(size)] == asdict(figures)


def test_the_same_files_in_any_order_and_again_give_the_same_people(tmp_path: Path) -> None:
    permutations = Permutations(tmp_path, exports_of(tmp_path, OF_PEOPLE))
    permutations.prepare()
    as_they_are = permutations.of(0)
    others = [seed for seed in range(1, ORDERS + 1) if permutations.of(seed) != as_they_are]
    assert others == []


def exports_of(folder: Path, size: int) -> Exports:
    return write_exports(folder / "exports", make_people(size, SEED), SEED)


def kept() -> dict[str, dict[str, int]]:
    return json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}


def keep(size: int, figures: Figures) -> None:
    FIGURES.write_text(json.dumps({**kept(), str(size): asdict(figures)}, indent=2) + "\n", encoding="utf-8")
