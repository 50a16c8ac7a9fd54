"""Runs every benchmark, each in a process of its own, and writes one table into `docs/performance.md`.

make bench                                             at full size, alone on the machine
python -m tests.bench.table --only bench_steps         some of them; the other lines of the table stay
python -m tests.bench.table --quick                    at the size of a first look
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure, number

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_ROW = re.compile(r"^\| (?P<of>\w+) \|.*\|$", re.MULTILINE)


@dataclass(frozen=True)
class Sizes:
    """What a benchmark is called with.

    Args:
        smallest: just so that everything in it runs; the tests do
        quick: enough for a first look
    """

    smallest: Sequence[str]
    quick: Sequence[str]


BENCHMARKS: Mapping[str, Sizes] = {
    "bench_agent": Sizes(
        ["--turns", "1", "--rounds", "1", "--turns-only", "--only", "onelane"], ["--turns", "100", "--rounds", "2"]
    ),
    "bench_dashboard": Sizes(
        ["--runs", "30", "--steps", "100", "--contacts", "20", "--rounds", "1"],
        ["--runs", "10000", "--steps", "100000", "--contacts", "10000", "--rounds", "20"],
    ),
    "bench_enroll": Sizes(["--contacts", "1"], ["--contacts", "10000"]),
    "bench_explain": Sizes(["--people", "50", "--sent", "1", "--rounds", "1"], ["--people", "5000", "--sent", "4000"]),
    "bench_http": Sizes(
        ["--sizes", "tiny", "--only", "list", "--repeats", "1", "--requests", "1", "--seconds", "1"],
        ["--sizes", "small", "--seconds", "1", "--repeats", "3"],
    ),
    "bench_import": Sizes(["--rows", "1", "--rounds", "1", "--commands-only"], ["--rows", "10000"]),
    "bench_intake": Sizes(["--people", "1", "--rounds", "1"], ["--people", "10000", "--cpu"]),
    "bench_large_run": Sizes(["--steps", "1"], ["--steps", "100000"]),
    "bench_mcp": Sizes(
        ["--runs", "30", "--rounds", "1", "--calls", "1", "--transports", "stdio", "--only", "calls", "help"],
        ["--rounds", "5", "--calls", "100"],
    ),
    "bench_mover": Sizes(
        ["--waiting", "1", "--people", "1", "--only", "sqlite"], ["--waiting", "100000", "--people", "300"]
    ),
    "bench_online_intake": Sizes(
        ["--followers", "10", "--page", "10", "--contacts", "1"],
        ["--followers", "10000", "--contacts", "2000", "--cpu"],
    ),
    "bench_online_sync": Sizes(
        ["--followers", "10", "--contacts", "1", "--mails", "1"],
        ["--followers", "10000", "--contacts", "2000", "--mails", "2000"],
    ),
    "bench_runs": Sizes(["--runs", "1", "--rounds", "1", "--only", "sqlite"], ["--runs", "300"]),
    "bench_search": Sizes(["--contacts", "40", "--rounds", "1"], ["--contacts", "10000", "--cpu"]),
    "bench_sending": Sizes(["--letters", "1", "--accounts", "1"], ["--letters", "200"]),
    "bench_steps": Sizes(["--steps", "1", "--rounds", "1"], ["--steps", "2000"]),
    "bench_visits": Sizes([], []),
}
"""Every benchmark that there is."""


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(BENCHMARKS), default=list(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="smaller, for a first look")
    parser.add_argument("--figures-of", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.figures_of:
        name, *typed = given.figures_of
        figures: list[Figure] = import_module(f"tests.bench.{name}").main(typed)
        print(json.dumps([asdict(each) for each in figures]))
        return
    load = os.getloadavg()[0]
    for name in given.only:
        print(f"== {name}", flush=True)
        write(name, measured(name, BENCHMARKS[name].quick if given.quick else []), load)


def measured(name: str, typed: Sequence[str]) -> list[Figure]:
    """The figures of a benchmark, from a process of its own, whose report is passed on."""
    command = [sys.executable, "-m", "tests.bench.table", "--figures-of", name, *typed]
    found = "[]"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('[{"work"'):
                found = line
            else:
                print(line, end="", flush=True)
    if process.returncode:
        sys.exit(f"{name} ended with {process.returncode}")
    return [Figure(**each) for each in json.loads(found)]


def write(name: str, figures: Sequence[Figure], load: float) -> None:
    """Put the figures of a benchmark into the page, in the place of those that it found before."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    table, _, after = rest.partition(_END)
    kept = [row[0] for row in _ROW.finditer(table) if row["of"] in BENCHMARKS and row["of"] != name]
    rows = sorted([*kept, *(row_of(name, each) for each in figures)])
    head = f"{when(load)}\n\n| benchmark | work | Onelane | floor | ratio |\n|---|---|---|---|---|\n"
    PAGE.write_text(f"{before}{_BEGIN}{head}" + "".join(f"{row}\n" for row in rows) + _END + after, encoding="utf-8")


def row_of(name: str, figure: Figure) -> str:
    """A line of the table."""
    floor = "" if figure.floor is None else f"{number(figure.floor)} ({figure.floor_is})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"| {name} | {figure.work} | {number(figure.value)} {figure.unit} | {floor} | {ratio} |"


def when(load: float) -> str:
    """When and where the last of them was measured."""
    machine = f"{os.cpu_count()} cores of {platform.machine()}, Python {platform.python_version()}"
    busy = "" if load < 0.5 else f"; **the machine did other work meanwhile: load {load:.1f} at the start**"
    return f"{datetime.now(UTC):%d %B %Y}, {machine}, {platform.system()}{busy}."


if __name__ == "__main__":
    main()
