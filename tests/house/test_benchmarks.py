"""Every benchmark runs, at its smallest size, so that none is found broken when it is needed."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.bench.figures import Figure
from tests.bench.table import BENCHMARKS

WITHOUT_FLOOR = {"bench_visits"}
"""It counts files, and there is nothing that visits fewer."""


def test_a_benchmark_is_one_of_those_that_make_bench_runs(project: Path) -> None:
    assert {file.stem for file in (project / "tests" / "bench").glob("bench_*.py")} == set(BENCHMARKS)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_finds_figures_beside_its_floor(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some start processes of their own, which find the tests from here.
    monkeypatch.chdir(project)
    figures = figures_of(name)
    assert figures
    assert any(each.floor for each in figures) is (name not in WITHOUT_FLOOR)
    assert [each.work for each in figures if each.value <= 0] == []


def figures_of(name: str) -> list[Figure]:
    """What a benchmark finds at its smallest size."""
    found: list[Figure] = import_module(f"tests.bench.{name}").main(list(BENCHMARKS[name].smallest))
    return found
