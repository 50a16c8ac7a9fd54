"""How many files one unit of work visits: a LinkedIn row on its way into the database, and a turn of the agent.

    python -m tests.bench.bench_visits [--names]

A profiler records every call of a function of the product, in every thread. Each journey is made once before, so that
what is imported or prepared at the first time only does not count. `--names` lists the files.
"""

import argparse
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.tools.platforms.exports import open_export
from tests.bench.bench_intake import taker
from tests.bench.figures import Figure, tell
from tests.samples.linkedin import linkedin_connections
from tests.server.agent.agents import agency
from tests.server.agent.script import Script, calls, says, thinks

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("server", "tools", "storage", "prompts")


@dataclass
class Visits:
    """Calls of functions of the product, by file."""

    calls: Counter[str] = field(default_factory=Counter[str])
    changes: int = 0
    """How often the journey went from one file into another."""

    def __post_init__(self) -> None:
        self._last = ""

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """What a profiler is told: a function begins."""
        name = _product_file(frame.f_code.co_filename) if event == "call" else None
        if name is not None:
            self.calls[name] += 1
            self.changes += name != self._last
            self._last = name


_FILES: dict[str, str | None] = {}


def _product_file(path: str) -> str | None:
    if path not in _FILES:
        whole = Path(path).resolve()
        inside = whole.relative_to(PROJECT).as_posix() if whole.is_relative_to(PROJECT) else ""
        _FILES[path] = inside if inside.split("/")[0] in FOLDERS else None
    return _FILES[path]


@contextmanager
def recording() -> Generator[Visits]:
    """Record what this thread, and every thread that begins from now on, visits."""
    visits = Visits()
    threading.setprofile(visits.note)
    sys.setprofile(visits.note)
    try:
        yield visits
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def row_visits(folder: Path) -> Visits:
    """A row of Connections.csv, from its reader until its contact, identity, address and index rows stand."""
    database = _database(folder / "rows.db")
    take = taker(database, searchable=True)
    first, second = (
        open_export("linkedin_contacts", linkedin_connections(folder / f"Connections{number}.csv", 1, first=number))
        for number in range(2)
    )
    take(list(first.items()))
    with recording() as visits:
        take(list(second.items()))
    database.close()
    return visits


def turn_visits(folder: Path) -> Visits:
    """A turn of the agent with a thought, a text and one tool call: what a run of three turns adds to one of two."""
    short, long = (_run_visits(folder / f"turns{turns}.db", turns) for turns in (2, 3))
    return Visits(long.calls - short.calls, long.changes - short.changes)


def _run_visits(file: Path, turns: int) -> Visits:
    database = _database(file)
    turn = [thinks("They want Ada."), says("I look for Ada."), calls("search_contacts", query="ada")]
    with agency(database, Script(*[turn] * turns, [says("Done.")])) as agents:
        agents.start()
        with recording() as visits:
            agents.start()
    database.close()
    return visits


def _database(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    ensure_schema(database)
    return database


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Make each journey and print what it visited."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", action="store_true")
    arguments = parser.parse_args(typed)
    with tempfile.TemporaryDirectory() as folder:
        journeys = {"LinkedIn row": row_visits(Path(folder)), "turn of the agent": turn_visits(Path(folder))}
    for name, visits in journeys.items():
        print(
            f"{name:20} {len(visits.calls):3} files  {visits.calls.total():5} calls  {visits.changes:4} changes of file"
        )
        for file, count in visits.calls.most_common() if arguments.names else ():
            print(f"    {count:4}  {file}")
    return tell([Figure(f"files that {name} visits", len(visits.calls), "files") for name, visits in journeys.items()])


if __name__ == "__main__":
    main()
