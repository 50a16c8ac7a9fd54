"""A small run costs little: what it does not leave is not looked for, thing by thing."""

from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event

from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from tests.server.engine.lanes import lane
from tests.storage.people import add

MOST_STATEMENTS = 16
"""To hand it in, claim it, record its step and end it, the beginnings of its transactions among them."""


def test_a_run_of_one_step_takes_few_statements(sqlite_database: Database) -> None:
    add(sqlite_database, "Ada Example")
    pruning = lane(sqlite_database)
    with counted(sqlite_database) as statements:
        run_id = pruning.start(WorkflowType.PRUNE, criteria={"noInteractionDays": 365}, dryRun=True)
    assert pruning.run(run_id).status is RunStatus.COMPLETED
    assert len(pruning.steps(run_id)) == 1
    assert len(statements) <= MOST_STATEMENTS, statements


@contextmanager
def counted(database: Database) -> Generator[list[str]]:
    """What the database is told meanwhile."""
    statements: list[str] = []

    def note(connection: sa.Connection, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
