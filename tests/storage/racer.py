"""One of several processes that do the same thing to the same database at once. Started by `races.py`.

usage: racer.py URL WHAT ARGUMENT...; it begins when a line comes in, so that all begin together.
"""

import sys

from onelane.storage.database.engine import Database
from onelane.storage.workflows.enrollments import enroll_contact
from onelane.storage.workflows.steps import StepType, create_workflow_step


def append_steps(database: Database, run_id: str, count: str) -> None:
    for _ in range(int(count)):
        with database.write() as session:
            create_workflow_step(session, workflow_run_id=run_id, step_type=StepType.DECISION)


def enroll(database: Database, template_id: str, contact_id: str) -> None:
    with database.write() as session:
        enrolled = enroll_contact(session, template_id=template_id, contact_id=contact_id)
    sys.stdout.write("enrolled" if enrolled else "already there")


RACES = {"append_steps": append_steps, "enroll": enroll}


def main() -> None:
    url, what, *arguments = sys.argv[1:]
    database = Database(url)
    with database.read() as session:
        session.connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    RACES[what](database, *arguments)
    database.close()


if __name__ == "__main__":
    main()
