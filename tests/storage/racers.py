"""Processes that do the same thing to the same database at once. Started by `races.py`.

usage: python -m tests.storage.racers URL PROCESSES WHAT ARGUMENT...

They begin together, once all are connected. Each says a line in the end.
"""

import os
import sys
import traceback
from collections.abc import Callable

from onelane.storage.database.engine import Database
from onelane.storage.workflows.enrollments import enroll_contact
from onelane.storage.workflows.steps import StepType, create_workflow_step


def append_steps(database: Database, run_id: str, count: str) -> str:
    for _ in range(int(count)):
        with database.write() as session:
            create_workflow_step(session, workflow_run_id=run_id, step_type=StepType.DECISION)
    return "appended"


def enroll(database: Database, template_id: str, contact_id: str) -> str:
    with database.write() as session:
        enrolled = enroll_contact(session, template_id=template_id, contact_id=contact_id)
    return "enrolled" if enrolled else "already there"


RACES: dict[str, Callable[..., str]] = {"append_steps": append_steps, "enroll": enroll}


def main() -> None:
    url, processes, what, *arguments = sys.argv[1:]
    connected, go = os.pipe(), os.pipe()

    def run() -> None:
        os.close(go[1])
        database = Database(url)
        with database.read() as session:
            session.connection()
        os.write(connected[1], b".")
        # It ends when whoever started all of them lets go of it.
        os.read(go[0], 1)
        os.write(1, f"{RACES[what](database, *arguments)}\n".encode())
        database.close()

    racers = [born(run) for _ in range(int(processes))]
    for _ in racers:
        os.read(connected[0], 1)
    os.close(go[1])
    statuses = [os.waitpid(racer, 0)[1] for racer in racers]
    sys.exit(any(statuses))


def born(run: Callable[[], None]) -> int:
    """A process that runs and ends. It is forked, for to import everything anew takes longer than the race."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    return pid


if __name__ == "__main__":
    main()
