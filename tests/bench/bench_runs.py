"""What a small run costs: handed in, and carried out (claimed, a step, ended), beside the same rows written bare.

    python -m tests.bench.bench_runs [--runs 1000] [--rounds 3] [--only sqlite|postgresql]

A run is a dry prune run over one contact: one step. The bare side writes the rows that such a run leaves in as many
transactions as it has states, by statements that were made once. Both take turns. The figures are CPU time of this
process; what a PostgreSQL server does is not in them.
"""

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from threading import Event
from time import process_time

import sqlalchemy as sa

from onelane.server.engine.dispatch.pool import PoolDispatcher
from onelane.server.engine.duties import Duties
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from tests.bench.databases import new_database
from tests.bench.figures import Figure, tell
from tests.server.engine.lanes import lane
from tests.storage.people import add

_PAUSE = Event()
CRITERIA = {"noInteractionDays": 365}


def bare(database: Database, number: int) -> None:
    """The rows of one run: handed in, claimed, a step recorded, ended."""
    given = {"id": database.ids.new("run"), "step": database.ids.new("stp"), "now": int(time.time()), "number": number}
    for statement in (_INSERT, _CLAIM, _STEP, _END):
        with database.connection() as connection:
            connection.execute(statement, given)


def carry_out(database: Database, count: int) -> tuple[float, float]:
    """CPU seconds of handing in so many runs, and of carrying them out."""
    duties = Duties()
    dispatcher = PoolDispatcher(database, None, duties)
    working = lane(database, dispatcher=dispatcher, is_served=False)
    began = process_time()
    for _ in range(count):
        working.start(WorkflowType.PRUNE, criteria=CRITERIA, dryRun=True)
    handed_in = process_time()
    working.engine.serve(is_brief=True)
    while over(database) < count:
        _PAUSE.wait(0.05)
    carried_out = process_time()
    working.engine.stop()
    duties.stop(within_s=2)
    forget(database)
    return handed_in - began, carried_out - handed_in


def forget(database: Database) -> None:
    """Begin anew."""
    with database.write() as session:
        session.sql(sa.text("DELETE FROM workflow_runs"))


def over(database: Database) -> int:
    """How many runs have completed."""
    with database.read() as session:
        return runs.count_workflow_runs(session, status=RunStatus.COMPLETED)


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args(typed)
    figures: list[Figure] = []
    for name in [chosen.only] if chosen.only else ["sqlite", "postgresql"]:
        print(f"{name} (load {os.getloadavg()[0]:.1f})")
        with new_database(on_postgresql=name == "postgresql") as database:
            figures += measured(database, name, chosen.runs, chosen.rounds)
    return tell(figures)


def measured(database: Database, name: str, count: int, rounds: int) -> list[Figure]:
    """The figures on one database."""
    add(database, "Ada Example")
    # What is imported and made once counts for no run.
    carry_out(database, 1)
    handed_in, carried_out, floor = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        began = process_time()
        for number in range(count):
            bare(database, number)
        floor.append((process_time() - began) * 1000 / count)
        forget(database)
        first, second = carry_out(database, count)
        handed_in.append(first * 1000 / count)
        carried_out.append(second * 1000 / count)
    both = statistics.median(map(sum, zip(handed_in, carried_out, strict=True)))
    print(f"  handed in {statistics.median(handed_in):.2f} ms, carried out {statistics.median(carried_out):.2f} ms")
    return [
        Figure(
            f"a small run, of {count:,}, {name}", both, "ms of CPU", statistics.median(floor), "its rows written bare"
        )
    ]


_INSERT = sa.text(
    "INSERT INTO workflow_runs (id, workflow_type, config, created_at, updated_at) "
    "VALUES (:id, 'prune', '{}', :now, :now)"
)
_CLAIM = sa.text(
    "UPDATE workflow_runs SET status = 'running', claim = 'me', started_at = :now, heartbeat_at = :now WHERE id = :id"
)
_STEP = sa.text(
    "INSERT INTO workflow_steps (id, workflow_run_id, step_index, step_type, status, step_key, created_at) "
    "VALUES (:step, :id, 0, 'decision', 'completed', 'page:', :now)"
)
_END = sa.text("UPDATE workflow_runs SET status = 'completed', completed_at = :now, result = '{}' WHERE id = :id")

if __name__ == "__main__":
    main()
