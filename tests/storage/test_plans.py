"""What is asked for again and again is found by an index of SQLite, and not by reading every row."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.contact_rhythms import list_due
from onelane.storage.workflows.templates import TemplateType, create_template, find_templates_by_name, namesake_ids


def find_by_name(session: Session) -> None:
    find_templates_by_name(session, "welcome")


def find_namesakes(session: Session) -> None:
    template = create_template(session, name="Welcome", template_type=TemplateType.OUTREACH)
    namesake_ids(session, template)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (list_due, "ix_contacts_rhythm"),
        (find_by_name, "ix_workflow_templates_name"),
        (find_namesakes, "ix_workflow_templates_name"),
    ],
    ids=["who is due by a rhythm", "templates of a name", "other templates of a name"],
)
def test_a_question_is_answered_by_its_index(
    sqlite_database: Database, ask: Callable[[Session], object], index: str
) -> None:
    questions: list[tuple[str, Any]] = []

    def note(connection: sa.Connection, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        if statement.startswith("SELECT"):
            questions.append((statement, parameters))

    with sqlite_database.write() as session:
        event.listen(sqlite_database.engine, "before_cursor_execute", note)
        ask(session)
        event.remove(sqlite_database.engine, "before_cursor_execute", note)
        statement, parameters = questions[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert index in plan[0].detail
