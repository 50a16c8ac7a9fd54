"""Tasks: work that waits for the person (docs/tables.md, "Tasks")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, enum_column, json_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, bare, create_row, new_row, table_of


class TaskType(Vocabulary):
    """What kind of attention is asked for."""

    MANUAL = "manual"
    AGENT_REVIEW = "agent_review"
    FOLLOW_UP = "follow_up"
    CONTENT_REVIEW = "content_review"
    MERGE_PROPOSAL = "merge_proposal", "Same person?"
    OUTREACH = "outreach", "Reach out"


class TaskStatus(Vocabulary):
    """Where a task is."""

    TODO = "todo", "To do"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"


OPEN = (TaskStatus.TODO, TaskStatus.IN_PROGRESS, TaskStatus.BLOCKED)


class TaskPriority(Vocabulary):
    """How soon."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TaskAssignee(Vocabulary):
    """Who does it."""

    USER = "user"
    AGENT = "agent"


class TaskOutcome(Vocabulary):
    """What became of a task that was closed."""

    DONE = "done"
    SKIPPED = "skipped"


class TaskState(StrEnum):
    """Whether a task waits."""

    OPEN = "open"
    LATER = "later"
    """It is not due yet, or was put off."""
    DONE = "done"


class Task(Row, table=True):
    """A row of `tasks`."""

    __tablename__ = "tasks"
    __table_args__ = (
        sa.Index("ix_tasks_status", "status", "task_type", "id"),
        sa.Index("ix_tasks_contact", "related_contact_id"),
        sa.Index("ix_tasks_key", "task_key", unique=True),
        sa.Index("ix_tasks_action", "outbound_action_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    title: str = Field(sa_type=sa.Text)
    description: str | None = Field(default=None, sa_type=sa.Text)
    task_type: TaskType = Field(
        default=TaskType.MANUAL,
        sa_column=enum_column(TaskType, name="ck_tasks_task_type", default=TaskType.MANUAL),
    )
    status: TaskStatus = Field(
        default=TaskStatus.TODO, sa_column=enum_column(TaskStatus, name="ck_tasks_status", default=TaskStatus.TODO)
    )
    priority: TaskPriority = Field(
        default=TaskPriority.MEDIUM,
        sa_column=enum_column(TaskPriority, name="ck_tasks_priority", default=TaskPriority.MEDIUM),
    )
    assignee: TaskAssignee = Field(
        default=TaskAssignee.USER,
        sa_column=enum_column(TaskAssignee, name="ck_tasks_assignee", default=TaskAssignee.USER),
    )
    related_contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    related_template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="SET NULL", sa_type=sa.Text
    )
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    task_key: str | None = Field(default=None, sa_type=sa.Text)
    """What the task is about, so that the same thing is asked once."""
    payload: str = Field(default="{}", sa_column=json_column())
    outbound_action_id: str | None = Field(
        default=None, foreign_key="outbound_actions.id", ondelete="SET NULL", sa_type=sa.Text
    )
    """What the person is asked to carry out."""
    outcome: TaskOutcome | None = Field(
        default=None, sa_column=enum_column(TaskOutcome, name="ck_tasks_outcome", nullable=True)
    )
    snoozed_until: datetime | None = Field(default=None, sa_column=time_column())
    due_at: datetime | None = Field(default=None, sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def create_task(session: Session, **values: Any) -> Task:
    """A new task; `values` are its columns but for id and times."""
    return create_row(session, Task, "tsk", **values)


def add_task(session: Session, **values: Any) -> None:
    """A new task, which is in the database once the session is flushed; `values` are as in `create_task`."""
    now = session.now()
    session.add(new_row(Task, id=session.new_id("tsk"), created_at=now, updated_at=now, **values))


def close_task(session: Session, task_key: str) -> None:
    """Whatever this was about is settled."""
    now, table = session.now(), table_of(Task)
    changes = {"status": TaskStatus.DONE, "completed_at": now, "updated_at": now}
    session.sql(sa.update(table).where(table.c.task_key == task_key, table.c.status.in_(OPEN)).values(changes))


def reopen_task(session: Session, task_key: str) -> None:
    """What this was about is not settled after all."""
    table = table_of(Task)
    values = {"status": TaskStatus.TODO, "outcome": None, "completed_at": None, "updated_at": session.now()}
    session.sql(sa.update(table).where(table.c.task_key == task_key, table.c.status == TaskStatus.DONE).values(values))


def close_questions(session: Session, run_id: str) -> None:
    """Nobody has to answer any more what this run asked its person."""
    now, table = session.now(), table_of(Task)
    of_run = (table.c.workflow_run_id == run_id) & (table.c.task_type == TaskType.AGENT_REVIEW)
    changes = {"status": TaskStatus.DONE, "completed_at": now, "updated_at": now}
    session.sql(sa.update(table).where(of_run, table.c.status.in_(OPEN)).values(changes))


def close_actions(session: Session, action_ids: Collection[str], outcome: TaskOutcome) -> None:
    """Nobody has to carry these outbound actions out any more."""
    now, table = session.now(), table_of(Task)
    of_actions = among(session, table.c.outbound_action_id, action_ids)
    changes = {"status": TaskStatus.DONE, "outcome": outcome, "completed_at": now, "updated_at": now}
    session.sql(sa.update(table).where(of_actions, table.c.status.in_(OPEN)).values(changes))


def rewrite_action(session: Session, action_id: str, description: str | None, payload: str) -> None:
    """Say anew what the person is asked to carry out."""
    table = table_of(Task)
    is_open_task = (table.c.outbound_action_id == action_id) & table.c.status.in_(OPEN)
    changes = {"description": description, "payload": payload, "updated_at": session.now()}
    session.sql(sa.update(table).where(is_open_task).values(changes))


def get_task(session: Session, task_id: str) -> Task | None:
    """The task with this id."""
    return session.get(Task, task_id)


def task_of_action(session: Session, action_id: str) -> Task | None:
    """The task that asks a person to carry out this action; the latest where there are several."""
    query = select(Task).where(Task.outbound_action_id == action_id).order_by(col(Task.id).desc())
    return session.exec(query).first()


def finish_task(session: Session, task_id: str, outcome: TaskOutcome) -> bool:
    """Close a task that is open; False when somebody else was quicker."""
    now, table = session.now(), table_of(Task)
    changes = {"status": TaskStatus.DONE, "outcome": outcome, "completed_at": now, "updated_at": now}
    statement = sa.update(table).where(table.c.id == task_id, table.c.status.in_(OPEN))
    return session.sql(statement.values(changes)).rowcount == 1


def snooze_task(session: Session, task_id: str, until: datetime) -> bool:
    """Put an open task off; False when it is closed."""
    table = table_of(Task)
    statement = sa.update(table).where(table.c.id == task_id, table.c.status.in_(OPEN))
    return session.sql(statement.values(snoozed_until=until, updated_at=session.now())).rowcount == 1


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks are meant."""

    state: TaskState
    task_type: TaskType | None = None
    contact_id: str | None = None

    def conditions(self, session: Session) -> Sequence[sa.ColumnElement[bool]]:
        """What holds for the rows that are meant."""
        table = table_of(Task)
        # A step of a sequence is written a day before it is due; any other task is due until then.
        hidden_until = sa.case(
            (table.c.snoozed_until.is_not(None), table.c.snoozed_until),
            (table.c.task_type == TaskType.OUTREACH, table.c.due_at),
        )
        is_open, is_hidden = table.c.status.in_(OPEN), sa.func.coalesce(hidden_until > session.now(), sa.false())
        by_state = {
            TaskState.OPEN: is_open & ~is_hidden,
            TaskState.LATER: is_open & is_hidden,
            TaskState.DONE: ~is_open,
        }
        conditions: list[sa.ColumnElement[bool]] = [by_state[self.state]]
        if self.task_type is not None:
            conditions.append(table.c.task_type == self.task_type)
        if self.contact_id is not None:
            conditions.append(table.c.related_contact_id == self.contact_id)
        return conditions


def list_tasks(session: Session, task_query: TaskQuery, *, after_id: str | None = None, limit: int) -> list[Task]:
    """Tasks, oldest first, beginning after `after_id`."""
    query = select(Task).where(*task_query.conditions(session))
    if after_id is not None:
        query = query.where(col(Task.id) > after_id)
    return list(session.exec(query.order_by(col(Task.id)).limit(limit)))


def count_tasks(session: Session, task_query: TaskQuery) -> int:
    """How many tasks `list_tasks` would give in all."""
    query = sa.select(sa.func.count()).select_from(table_of(Task)).where(*task_query.conditions(session))
    return session.sql(query).scalar_one()


def count_open_tasks(session: Session) -> dict[TaskType, int]:
    """How many tasks of each type wait for somebody now."""
    table = table_of(Task)
    conditions = TaskQuery(TaskState.OPEN).conditions(session)
    query = sa.select(table.c.task_type, sa.func.count().label("open")).where(*conditions)
    return {row.task_type: row.open for row in session.sql(query.group_by(table.c.task_type))}


def list_open_tasks(session: Session, *, task_type: TaskType | None = None, limit: int) -> list[Task]:
    """Tasks that wait for somebody now, of one type if given, oldest first."""
    return list_tasks(session, TaskQuery(TaskState.OPEN, task_type), limit=limit)


def list_merge_proposals(session: Session, contact_id: str, *, limit: int) -> list[Task]:
    """Open proposals that this contact and another are one person, whichever of the two is named first."""
    query = select(Task).where(col(Task.status).in_(OPEN), Task.task_type == TaskType.MERGE_PROPOSAL)
    query = query.where(col(Task.payload).contains(f'"{contact_id}"', autoescape=True))
    return list(session.exec(query.order_by(col(Task.id)).limit(limit)))


def list_merge_questions(session: Session, contact_id: str) -> list[Task]:
    """All proposals that this contact and another are one person, answered ones too."""
    query = select(Task).where(Task.task_type == TaskType.MERGE_PROPOSAL)
    query = query.where(col(Task.payload).contains(f'"{contact_id}"', autoescape=True))
    return list(session.exec(query.order_by(col(Task.id))))


def find_task(session: Session, task_key: str) -> Task | None:
    """The task that is about this, whether or not it is done."""
    return session.exec(select(Task).where(Task.task_key == task_key)).first()


def read_task_keys(session: Session, task_keys: Collection[str]) -> set[str]:
    """Which of these things were asked already, whether or not the task is done."""
    table = bare(Task)
    return set(session.sql(sa.select(table.c.task_key).where(among(session, table.c.task_key, task_keys))).scalars())
