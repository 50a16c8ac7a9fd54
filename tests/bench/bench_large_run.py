"""How much resident memory it takes to go on with a run that has very many recorded steps.

    python -m tests.bench.bench_large_run [--steps 1000000]

A small run is executed first, and pages of the file are read until SQLite's cache of them is full, so that neither
imports nor that cache, which has a fixed size, are counted.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.metadata import METADATA
from onelane.storage.schema import ensure_schema
from tests.bench.figures import Figure, tell
from tests.server.engine.large_runs import large_run, resume


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(typed)
    if arguments.prepare is not None:
        print(prepared(arguments.prepare, arguments.steps))
        return []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "onelane.db"
        # By another process, so that what it frees is not there to be used again.
        command = [
            sys.executable,
            "-m",
            "tests.bench.bench_large_run",
            "--steps",
            str(arguments.steps),
            "--prepare",
            str(file),
        ]
        run_id = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        database = Database(f"sqlite:///{file}")
        resume(database, large_run(database, 10))
        warm(database)
        before, started = resident_mb(), perf_counter()
        resume(database, run_id)
        print(
            f"{arguments.steps:,} steps: {perf_counter() - started:.1f} s, "
            f"resident {before:.1f} MB before, {resident_mb():.1f} MB after, most {resident_mb('VmHWM'):.1f} MB"
        )
        database.close()
        work = f"memory to go on with a run of {arguments.steps:,} steps, at most"
        return tell([Figure(work, resident_mb("VmHWM"), "MB", before, "before it")])


def prepared(file: Path, steps: int) -> str:
    """A database with a large run; its connections are closed again."""
    database = Database(f"sqlite:///{file}")
    ensure_schema(database)
    run_id = large_run(database, steps)
    database.close()
    return run_id


def warm(database: Database) -> None:
    """Fill the cache of pages on the connections that are used next."""
    steps = METADATA.tables["workflow_steps"]
    for session_of in (database.read, database.write):
        with session_of() as session:
            session.sql(sa.select(sa.func.sum(sa.func.length(steps.c.output)))).scalar_one()


def resident_mb(kind: str = "VmRSS") -> float:
    """This process's memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024


if __name__ == "__main__":
    main()
