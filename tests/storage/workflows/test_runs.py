"""Runs: they outlive what they came from, and their numbers agree with their rows."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row, dialect_of, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows import enrollments, runs, steps, templates
from onelane.storage.workflows.run_reading.run_counts import week_marks
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.schedules import Schedule
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.templates import Template, TemplateStepType, TemplateType
from tests.databases import Clock
from tests.proof import FULL
from tests.storage.filled_rows import insert_least

Change = Callable[[Session], object]


def test_deleting_a_template_keeps_its_runs_and_takes_its_steps_and_enrollments(database: Database) -> None:
    with database.write() as session:
        template = templates.create_template(session, name="Welcome", template_type=TemplateType.OUTREACH)
        templates.add_template_step(session, template_id=template.id, step_index=0, step_type=TemplateStepType.MESSAGE)
        contact_id = insert_least(session, table_of(Contact))["id"]
        enrollments.enroll_contact(session, template_id=template.id, contact_id=contact_id)
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SEQUENCE, template_id=template.id)
        steps.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.DECISION)

    with database.write() as session:
        assert templates.delete_template(session, template.id)
        assert not templates.delete_template(session, template.id)

    with database.read() as session:
        kept = runs.get_workflow_run(session, run.id)
        assert kept is not None
        assert kept.template_id is None
        assert len(steps.list_workflow_steps(session, run.id)) == 1
        assert templates.list_template_steps(session, template.id) == []
        assert enrollments.count_enrollments(session) == 0
        assert session.get(Contact, contact_id) is not None


@pytest.mark.parametrize(
    ("parent", "column"),
    [(Account, "platform_account_id"), (Run, "parent_workflow_id"), (Schedule, "schedule_id")],
    ids=["account", "parent run", "schedule"],
)
def test_a_run_outlives_what_it_belonged_to(database: Database, parent: type[Row], column: str) -> None:
    with database.write() as session:
        parent_id = insert_least(session, table_of(parent))["id"]
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, **{column: parent_id})
    with database.write() as session:
        session.sql(sa.delete(table_of(parent)).where(table_of(parent).c.id == parent_id))
    with database.read() as session:
        kept = runs.read_run(session, run.id)
        assert kept is not None
        assert kept[column] is None


def test_deleting_a_contact_keeps_the_steps_about_it_and_deleting_a_run_takes_its_steps(database: Database) -> None:
    with database.write() as session:
        contact_id = insert_least(session, table_of(Contact))["id"]
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.PRUNE)
        steps.create_workflow_step(
            session, workflow_run_id=run.id, step_type=StepType.CONTACT_ARCHIVE, contact_id=contact_id
        )
    with database.write() as session:
        session.sql(sa.delete(table_of(Contact)))
        assert [step["contact_id"] for step in steps.list_workflow_steps(session, run.id)] == [None]
        session.sql(sa.delete(table_of(Run)))
        assert not steps.list_workflow_steps(session, run.id)


def test_a_run_of_a_template_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, template_id="tpl_unknown")


def test_of_two_who_change_a_status_one_is_told_that_it_was_too_late(database: Database, clock: Clock) -> None:
    with database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    clock.advance(seconds=5)
    took: list[bool] = []
    for _ in range(2):
        with database.write() as session:
            took.append(
                runs.change_status(
                    session, run.id, from_any=[RunStatus.PENDING], to=RunStatus.RUNNING, started_at=session.now()
                )
            )
    assert took == [True, False]
    with database.read() as session:
        changed = runs.get_workflow_run(session, run.id)
    assert changed is not None
    assert (changed.status, changed.started_at, changed.updated_at) == (RunStatus.RUNNING, clock(), clock())


def test_changing_a_run_that_does_not_exist_says_so(database: Database) -> None:
    with database.write() as session:
        assert runs.update_workflow_run(session, "run_unknown", model="claude") is None


def insert(status: RunStatus, workflow_type: WorkflowType, template_id: str | None) -> Change:
    def apply(session: Session) -> None:
        known = template_id and templates.get_template(session, template_id)
        runs.create_workflow_run(
            session, status=status, workflow_type=workflow_type, template_id=template_id if known else None
        )

    return apply


def change(place: int, column: str, value: str | int | None) -> Change:
    statement = sa.text(f"UPDATE workflow_runs SET {column} = :value WHERE id = {_ID_AT}")
    return lambda session: session.sql(statement, {"value": value, "place": place})


def remove(place: int) -> Change:
    statement = sa.text(f"DELETE FROM workflow_runs WHERE id = {_ID_AT}")
    return lambda session: session.sql(statement, {"place": place})


def remove_template(template_id: str) -> Change:
    return lambda session: templates.delete_template(session, template_id)


_ID_AT = "(SELECT id FROM workflow_runs ORDER BY id LIMIT 1 OFFSET :place)"
KEPT, REMOVED = "tpl_kept", "tpl_removed"
PLACES, STATUSES, TYPES = st.integers(0, 6), st.sampled_from(RunStatus), st.sampled_from(WorkflowType)
CHANGES = st.one_of(
    st.builds(insert, STATUSES, TYPES, st.sampled_from([None, KEPT, REMOVED])),
    st.builds(change, PLACES, st.just("status"), STATUSES),
    st.builds(change, PLACES, st.just("workflow_type"), TYPES),
    st.builds(change, PLACES, st.just("template_id"), st.sampled_from([None, KEPT])),
    st.builds(change, PLACES, st.just("created_at"), st.sampled_from([604_799, 604_800, 1_000_000, 2_000_000])),
    st.builds(remove, PLACES),
    st.builds(remove_template, st.just(REMOVED)),
)


@settings(
    max_examples=60 if FULL else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(CHANGES, max_size=25))
def test_runs_counted_without_looking_are_those_that_a_recount_finds(database: Database, changes: list[Change]) -> None:
    with database.write() as session:
        session.sql(sa.delete(table_of(Run)))
        session.sql(sa.delete(table_of(Template)))
        session.sql(
            sa.insert(table_of(Template)),
            [{"id": name, "name": name, "template_type": TemplateType.OUTREACH} for name in (KEPT, REMOVED)],
        )
    for apply in changes:
        with database.write() as session:
            apply(session)
    with database.read() as session:
        rows = session.sql(sa.select(table_of(Run))).mappings().all()
        for wanted in combinations(status=[*RunStatus], workflow_type=[*WorkflowType], template_id=[KEPT, REMOVED]):
            recount = sum(all(row[name] == value for name, value in wanted.items()) for row in rows)
            assert runs.count_workflow_runs(session, **wanted) == recount, wanted
        for wanted in combinations(status=[*RunStatus], workflow_type=[*WorkflowType]):
            created = [row["created_at"].timestamp() for row in rows if wanted.items() <= row.items()]
            marks = week_marks(session, wanted)
            assert [mark.rows_before for mark in marks] == [sum(at >= mark.value for at in created) for mark in marks]
            assert len(marks) == (len({at // 604_800 for at in created}) if dialect_of(session) == "sqlite" else 0)


def combinations(**choices: list[Any]) -> Iterator[dict[str, Any]]:
    """Every way to ask for one value, or for none, of each."""
    for values in product(*([None, *choice] for choice in choices.values())):
        yield {name: value for name, value in zip(choices, values, strict=True) if value is not None}
