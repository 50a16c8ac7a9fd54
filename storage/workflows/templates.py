"""Workflow templates and their steps (docs/tables.md, "Templates", "Template steps")."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from onelane.storage.database.columns import (
    Vocabulary,
    count_column,
    enum_column,
    flag_column,
    json_column,
    time_column,
    word_column,
)
from onelane.storage.database.engine import DialectName, Session
from onelane.storage.database.pages import Listing, Page, count_statement
from onelane.storage.database.rows import (
    PlainRow,
    Row,
    among_given,
    create_row,
    dialect_of,
    given_keys,
    new_row,
    table_of,
    update_row,
)
from onelane.storage.platforms.accounts import Platform


class TemplateType(Vocabulary):
    """What a template is for."""

    OUTREACH = "outreach", "Outreach", "send"
    ENGAGEMENT = "engagement", "Engagement", "heart"
    CONTENT = "content", "Content", "file-text"
    NURTURE = "nurture", "Nurture", "sprout"
    PROSPECTING = "prospecting", "Prospecting", "search"
    ENRICHMENT = "enrichment", "Enrichment", "sparkles"
    PRUNING = "pruning", "Pruning", "scissors"


class TemplateStatus(Vocabulary):
    """Where a template is in its life."""

    DRAFT = "draft"
    ACTIVE = "active", "Active", "", "good"
    PAUSED = "paused", "Paused", "", "warn"
    COMPLETED = "completed"


HELD = (TemplateStatus.PAUSED, TemplateStatus.DRAFT)
"""In such a template everybody waits, and nothing of it leaves, until a person lets it go on."""
TEMPLATE_TRANSITIONS: dict[TemplateStatus, frozenset[TemplateStatus]] = {
    TemplateStatus.DRAFT: frozenset({TemplateStatus.ACTIVE, TemplateStatus.COMPLETED}),
    TemplateStatus.ACTIVE: frozenset({TemplateStatus.PAUSED, TemplateStatus.COMPLETED, TemplateStatus.DRAFT}),
    TemplateStatus.PAUSED: frozenset({TemplateStatus.ACTIVE, TemplateStatus.COMPLETED, TemplateStatus.DRAFT}),
    TemplateStatus.COMPLETED: frozenset({TemplateStatus.ACTIVE}),
}
"""What a template may become; a completed one may be taken up again, but is no draft any more."""


class TemplateStepType(Vocabulary):
    """What a template step does."""

    CONNECT = "connect", "Connect", "user-plus"
    MESSAGE = "message", "Message", "message-square"
    FOLLOW = "follow", "Follow", "bell"
    LIKE = "like", "Like", "heart"
    COMMENT = "comment", "Comment", "message-circle"
    WAIT = "wait", "Wait", "clock"
    CONDITION = "condition", "Condition", "git-branch"
    POST = "post", "Post", "send"
    """No template has it: a draft becomes a post when a person approves it."""


class Template(Row, table=True):
    """A row of `workflow_templates`: a reusable definition."""

    __tablename__ = "workflow_templates"
    __table_args__ = (
        sa.Index("ix_workflow_templates_created", "created_at", "id"),
        sa.Index("ix_workflow_templates_status", "status", "created_at", "id"),
        sa.Index("ix_workflow_templates_type", "template_type", "created_at", "id"),
        sa.Index("ix_workflow_templates_system_key", "system_key", unique=True),
        # On SQLite it has the collation NOCASE.
        sa.Index("ix_workflow_templates_name", "name"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    description: str | None = Field(default=None, sa_type=sa.Text)
    platform: Platform | None = Field(default=None, sa_column=word_column(Platform, nullable=True))
    template_type: TemplateType = Field(sa_column=word_column(TemplateType))
    status: TemplateStatus = Field(
        default=TemplateStatus.DRAFT,
        sa_column=enum_column(TemplateStatus, name="ck_workflow_templates_status", default=TemplateStatus.DRAFT),
    )
    config: str = Field(default="{}", sa_column=json_column())
    goal_metrics: str = Field(default="{}", sa_column=json_column())
    starts_at: datetime | None = Field(default=None, sa_column=time_column())
    ends_at: datetime | None = Field(default=None, sa_column=time_column())
    source_template_id: str | None = Field(default=None, sa_type=sa.Text)
    """The template that this one was cloned from; it may be gone by now."""
    is_system: bool = Field(default=False, sa_column=flag_column(default=False))
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    system_key: str | None = Field(default=None, sa_type=sa.Text)
    """Which ready-made template this is; a copy of it has none."""
    content_hash: str | None = Field(default=None, sa_type=sa.Text)
    """Of the ready-made template as it was last loaded, so that a newer one is noticed."""
    tainted_by: str = Field(default="[]", sa_column=json_column("[]"))
    """What whoever wrote its config had been given before: `private` things, words of `strangers`."""


class TemplateStep(Row, table=True):
    """A row of `workflow_template_steps`."""

    __tablename__ = "workflow_template_steps"
    __table_args__ = (sa.Index("ix_workflow_template_steps_place", "template_id", "step_index", unique=True),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    template_id: str = Field(foreign_key="workflow_templates.id", ondelete="CASCADE", sa_type=sa.Text)
    step_index: int
    step_type: TemplateStepType = Field(sa_column=word_column(TemplateStepType))
    config: str = Field(default="{}", sa_column=json_column())
    delay_hours: int = Field(default=0, sa_column=count_column())


def create_template(session: Session, **values: Any) -> Template:
    """A new template; `values` are its columns but for id and times. Its name is fixed: docs/tables.md, "Queries"."""
    return create_row(session, Template, "tpl", **values)


def update_template(session: Session, template_id: str, **changes: Any) -> Template | None:
    """Change some columns; None when there is no such template. Its name is fixed: docs/tables.md, "Queries"."""
    return update_row(session, Template, template_id, changes)


def copy_template(session: Session, source: Template, *, name: str, **changes: Any) -> Template:
    """A draft that is a copy of a template with its steps; `changes` are columns in which it differs."""
    values = {field: getattr(source, field) for field in _COPIED} | changes
    copy = create_template(session, name=name, source_template_id=source.id, **values)
    steps = [
        {"step_type": step.step_type, "config": step.config, "delay_hours": step.delay_hours}
        for step in list_template_steps(session, source.id)
    ]
    add_template_steps(session, copy.id, steps)
    return copy


def change_template_status(
    session: Session, template_id: str, *, from_any: Collection[TemplateStatus], to: TemplateStatus
) -> bool:
    """Bring a template into another state if it is in one of `from_any`. False when somebody else was quicker."""
    statement = (
        sa.update(Template)
        .where(col(Template.id) == template_id, col(Template.status).in_(list(from_any)))
        .values(status=to, updated_at=session.now())
        .execution_options(synchronize_session="fetch")
    )
    return session.sql(statement).rowcount == 1


def get_template(session: Session, template_id: str) -> Template | None:
    """The template with this id; `list_template_steps` has its steps. Its name is fixed: docs/tables.md, "Queries"."""
    return session.get(Template, template_id)


def list_template_steps(session: Session, template_id: str) -> list[TemplateStep]:
    """The steps of a template in their order."""
    query = select(TemplateStep).where(TemplateStep.template_id == template_id)
    return list(session.exec(query.order_by(col(TemplateStep.step_index))))


def find_templates_by_name(session: Session, name: str) -> list[Template]:
    """The first templates called exactly so; case matters only beyond ASCII, where SQLite knows no other case."""
    return list(session.exec(_by_name(dialect_of(session)), params={"name": name}))


def namesake_ids(session: Session, template: Template) -> Sequence[str]:
    """The ids of the first other templates that are called like this one; see `find_templates_by_name`."""
    params = {"name": template.name, "own_id": template.id}
    return session.connection().execute(_namesake_ids(dialect_of(session)), params).scalars().all()


def template_names(session: Session, template_ids: Collection[str]) -> dict[str, str]:
    """How templates are called, by their ids."""
    if not template_ids:
        return {}
    names = session.connection().execute(_names(dialect_of(session)), given_keys(session, template_ids))
    return dict(names.all())


def list_templates(
    session: Session,
    *,
    status: TemplateStatus | None = None,
    template_type: TemplateType | None = None,
    is_system: bool | None = None,
    page: int = 1,
    page_size: int = 25,
    after: Template | None = None,
) -> Page[PlainRow]:
    """A page of templates, newest first; behind `after` when it is given.

    See docs/tables.md, "Queries".
    """
    values = {"status": status, "template_type": template_type, "is_system": is_system}
    filters = {name: value for name, value in values.items() if value is not None}
    total = session.connection().execute(count_statement(table_of(Template), tuple(filters)), filters).scalar_one()
    if after is None:
        return _NEWEST_FIRST.page(session, filters, total=total, page=page, page_size=page_size)
    place = (after.created_at, after.id)
    return Page(_NEWEST_FIRST.behind(session, filters, after=place, limit=page_size), total)


def list_active_with(session: Session, setting: str) -> list[Template]:
    """The active templates whose config has a setting of this name, oldest first."""
    has_it = col(Template.config).contains(f'"{setting}"', autoescape=True)
    query = select(Template).where(Template.status == TemplateStatus.ACTIVE, has_it)
    return list(session.exec(query.order_by(col(Template.id))))


def count_templates(session: Session, *, is_system: bool | None = None) -> dict[TemplateStatus, int]:
    """How many templates there are in each state, or how many of those that are ready-made or not; no zero is told."""
    table = table_of(Template)
    query = sa.select(table.c.status, sa.func.count().label("templates")).group_by(table.c.status)
    if is_system is not None:
        query = query.where(table.c.is_system == is_system)
    return {row.status: row.templates for row in session.sql(query)}


def delete_template(session: Session, template_id: str) -> bool:
    """Delete a template with its steps and enrollments; its runs stay. Its name is fixed: docs/tables.md, "Queries"."""
    return session.sql(sa.delete(Template).where(col(Template.id) == template_id)).rowcount == 1


def add_template_step(session: Session, **values: Any) -> TemplateStep:
    """A new step of a template. Its name is fixed: docs/tables.md, "Queries"."""
    step = new_row(TemplateStep, id=session.new_id("tst"), **values)
    session.add(step)
    session.flush()
    return step


def replace_template_steps(session: Session, template_id: str, steps: Sequence[dict[str, Any]]) -> list[TemplateStep]:
    """Give a template these steps instead of those it has; their order is their place."""
    session.sql(sa.delete(TemplateStep).where(col(TemplateStep.template_id) == template_id))
    return add_template_steps(session, template_id, steps)


def add_template_steps(session: Session, template_id: str, steps: Sequence[dict[str, Any]]) -> list[TemplateStep]:
    """Give a template that has no steps these; their order is their place."""
    return [
        add_template_step(session, template_id=template_id, step_index=index, **step)
        for index, step in enumerate(steps)
    ]


@cache
def _names(dialect: DialectName) -> sa.Select[str, str]:
    table = table_of(Template)
    return sa.select(table.c.id, table.c.name).where(among_given(dialect, table.c.id))


_NEWEST_FIRST = Listing(table_of(Template), ("created_at", "id"))
_NAMESAKES = 6
"""So many of one name are looked up: enough to list some, and to say that there are more."""


@cache
def _is_called(dialect: DialectName) -> sa.ColumnElement[bool]:
    """Whether a template has the name of the parameter, as the database compares without case."""
    name, column = sa.bindparam("name", type_=sa.Text()), col(Template.name)
    if dialect == "sqlite":
        return column.collate("NOCASE") == name
    return sa.func.lower(column) == sa.func.lower(name)


@cache
def _by_name(dialect: DialectName) -> SelectOfScalar[Template]:
    return select(Template).where(_is_called(dialect)).order_by(col(Template.id)).limit(_NAMESAKES)


@cache
def _namesake_ids(dialect: DialectName) -> sa.Select[str]:
    is_another = col(Template.id) != sa.bindparam("own_id")
    return (
        sa.select(col(Template.id)).where(_is_called(dialect), is_another).order_by(col(Template.id)).limit(_NAMESAKES)
    )


_COPIED = ("description", "platform", "template_type", "config", "goal_metrics", "starts_at", "ends_at", "tainted_by")
