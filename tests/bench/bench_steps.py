"""What recording a step costs: through the engine, against plain inserts of the same rows, at step 10 and at 10,000.

    python -m tests.bench.bench_steps [--steps 10000] [--rounds 3]

Both sides commit each row on its own, with the same pragmas, and take turns in blocks of a hundred, so that a machine
that slows down slows both.
"""

import argparse
import statistics
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import plain, table_of
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.steps import Step, StepStatus, StepType
from onelane.tools.registry.runs.record import Counted, StepResult
from tests.bench.figures import Figure, tell

BLOCK = 100
OUTPUT = {"text": "Considering which contact to approach next, given the open conversation and the last reply."}


def new_run(database: Database) -> str:
    with database.write() as session:
        run = runs.create_workflow_run(
            session,
            workflow_type=WorkflowType.AGENT,
            status=RunStatus.RUNNING,
            claim="me",
            started_at=session.now(),
        )
        return run.id


def recorder(database: Database) -> Callable[[int], None]:
    run_id = new_run(database)
    table = table_of(Run)
    with database.read() as session:
        row = session.sql(sa.select(*plain(table)).where(table.c.id == run_id)).mappings().one()
    execution = Execution(database, row, "me", threading.Event())

    def record(number: int) -> None:
        counted = Counted(processed=1, success=1)
        execution.step(f"{number}", StepType.THINKING, lambda session: StepResult(output=dict(OUTPUT), counted=counted))

    return record


def inserter(database: Database) -> Callable[[int], None]:
    run_id = new_run(database)
    table = table_of(Step)
    text = '{"text": "Considering which contact to approach next, given the open conversation and the last reply."}'

    def insert(number: int) -> None:
        with database.connection() as connection:
            connection.execute(
                sa.insert(table),
                {
                    "id": database.ids.new("stp"),
                    "workflow_run_id": run_id,
                    "step_index": number,
                    "step_type": StepType.THINKING,
                    "status": StepStatus.COMPLETED,
                    "output": text,
                    "step_key": f"{number}",
                    "created_at": database.clock(),
                },
            )

    return insert


def appender(database: Database) -> Callable[[int], None]:
    run_id = new_run(database)

    def append(number: int) -> None:
        with database.write() as session:
            steps.create_workflow_step(
                session, workflow_run_id=run_id, step_type=StepType.THINKING, status=StepStatus.COMPLETED
            )

    return append


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args(typed)
    rounds: list[dict[str, float]] = []
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(measure(number, Path(folder), arguments.steps))
    took = {name: statistics.median(each[name] * 1e6 for each in rounds) for name in rounds[0]}
    floor = took.pop("plain insert")
    work = f"a step recorded, of {arguments.steps:,}"
    return tell([Figure(f"{work}, {name}", us, "µs", floor, "plain insert") for name, us in took.items()])


def measure(number: int, folder: Path, count: int) -> dict[str, float]:
    database = Database(f"sqlite:///{folder / 'onelane.db'}")
    ensure_schema(database)
    ways = {"plain insert": inserter(database), "engine step": recorder(database), "append": appender(database)}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for first in range(0, count, BLOCK):
        for name, way in ways.items():
            started = perf_counter()
            for step in range(first, first + BLOCK):
                way(step)
            taken[name].append((perf_counter() - started) / BLOCK)
    show(number, taken)
    database.close()
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def show(number: int, taken: dict[str, list[float]]) -> None:
    rates = {name: 1 / statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in taken.items():
        early, late = statistics.median(seconds[:5]), statistics.median(seconds[-5:])
        print(
            f"round {number}  {name:13} {rates[name]:7.0f}/s  late/early {late / early:.2f}  "
            f"against plain {rates[name] / rates['plain insert']:.2f}"
        )


if __name__ == "__main__":
    main()
