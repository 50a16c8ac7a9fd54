"""Old history goes when it is asked to; what it brought, and what goes on, stays."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows import enrollments, history, runs, templates
from onelane.storage.workflows import steps as record
from onelane.storage.workflows.approvals import Answer, Approval, Asked, create_approval
from onelane.storage.workflows.history import History
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.templates import TemplateType
from tests.databases import Clock
from tests.storage.filled_rows import insert_least

OLD, AGE = timedelta(days=30), timedelta(days=40)


def test_a_run_that_ended_long_ago_is_deleted_with_its_steps_and_nothing_else(database: Database, clock: Clock) -> None:
    old = ended_run(database, steps=3)
    clock.advance(days=AGE.days)
    fresh = ended_run(database, steps=2)
    assert delete(database, clock) == History(runs=1, steps=3)
    assert left(database) == {fresh}
    with database.read() as session:
        assert record.list_workflow_steps(session, old) == []
        assert len(record.list_workflow_steps(session, fresh)) == 2
        assert runs.count_workflow_runs(session) == 1


@pytest.mark.parametrize("answered", [True, False])
def test_what_a_chat_asked_long_ago_is_deleted_with_old_history(
    database: Database, clock: Clock, *, answered: bool
) -> None:
    asked_by_a_chat(database, "old", answered=answered)
    clock.advance(days=AGE.days)
    asked_by_a_chat(database, "fresh", answered=answered)
    delete(database, clock)
    with database.read() as session:
        assert session.sql(sa.select(table_of(Approval).c.id)).scalars().all() == ["fresh"]


@pytest.mark.parametrize("status", [status for status in RunStatus if not status.is_over])
def test_a_run_that_is_not_over_stays_however_old_it_is(database: Database, clock: Clock, status: RunStatus) -> None:
    run = new_run(database, status=status, completed_at=clock.instant)
    clock.advance(days=AGE.days)
    assert delete(database, clock) == History(0, 0)
    assert left(database) == {run}


def test_a_parent_stays_until_the_runs_that_it_began_are_over(database: Database, clock: Clock) -> None:
    parent = ended_run(database)
    child = new_run(database, status=RunStatus.RUNNING, parent_workflow_id=parent)
    clock.advance(days=AGE.days)
    assert delete(database, clock) == History(0, 0)
    with database.write() as session:
        runs.update_workflow_run(session, child, status=RunStatus.COMPLETED, completed_at=session.now() - AGE)
    assert delete(database, clock).runs == 2


def test_counting_says_what_deleting_does(database: Database, clock: Clock) -> None:
    for number in range(5):
        ended_run(database, steps=number)
    clock.advance(days=AGE.days)
    with database.read() as session:
        assert history.count_history(session, session.now() - OLD) == History(runs=5, steps=10)
    assert delete(database, clock, limit=2).runs == 2
    assert delete(database, clock, limit=9).runs == 3


def test_an_enrollment_outlives_the_run_that_it_was_part_of(database: Database, clock: Clock) -> None:
    run = ended_run(database)
    with database.write() as session:
        template = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH)
        contact_id = insert_least(session, table_of(Contact))["id"]
        enrollments.enroll_contact(session, template_id=template.id, contact_id=contact_id)
        session.sql(table_of(enrollments.Enrollment).update().values(workflow_run_id=run))
    clock.advance(days=AGE.days)
    assert delete(database, clock).runs == 1
    with database.read() as session:
        assert [row["workflow_run_id"] for row in enrollments.list_enrollments(session)] == [None]


def ended_run(database: Database, *, steps: int = 1) -> str:
    return new_run(database, steps=steps, status=RunStatus.COMPLETED, completed_at=database.clock())


def new_run(database: Database, *, steps: int = 0, **values: Any) -> str:
    with database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, **values)
        for _ in range(steps):
            record.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.SYNC_PAGE)
    return run.id


def asked_by_a_chat(database: Database, approval_id: str, *, answered: bool) -> None:
    asked = Asked(None, f"chat:{approval_id}", "delete_template", "{}", "Delete it?", "hash")
    with database.write() as session:
        row = create_approval(session, approval_id, asked, seal="", lifetime=timedelta(minutes=10))
        row.answer = Answer.REFUSED if answered else None


def delete(database: Database, clock: Clock, *, limit: int = 100) -> History:
    with database.write() as session:
        return history.delete_history(session, clock.instant - OLD, limit=limit)


def left(database: Database) -> set[str]:
    with database.read() as session:
        return {row["id"] for row in runs.list_workflow_runs(session).data}
