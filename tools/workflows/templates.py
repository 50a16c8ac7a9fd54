"""Templates: reusable definitions of what runs do (docs/tables.md, "Templates")."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.templates import (
    Template,
    TemplateStatus,
    TemplateStep,
    TemplateType,
)
from onelane.tools.outreach.entry import is_sequence, is_sequence_type
from onelane.tools.outreach.named_templates import find_template, note_namesakes, template_id_of
from onelane.tools.people.contact_fields import RecordedInstant
from onelane.tools.registry.answers.clearing import fields_to_clear, tell_cleared
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.gate import taint
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.result import Result, Rows
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.workflows.lasting_changes import feed_of_settings, template_lines, template_words
from onelane.tools.workflows.template_rules.states import check_transition, check_window
from onelane.tools.workflows.template_rules.step_drafts import StepDraft, check_draft
from onelane.tools.workflows.template_views import TemplatePage, TemplateStepView, TemplateView, TemplateWithSteps

_NAME_CHARS = 200
_COPIED_CHARS = _NAME_CHARS - len(" (copy)")

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_NAME_CHARS)]
Description = Annotated[str, StringConstraints(max_length=5000)]
_SAYS_NOTHING_NEW = frozenset({"status", "starts_at", "ends_at"})
"""What a ready-made template may have changed and still be one: none of it is what it says."""
_LASTING = ("config", "goal_metrics", "steps", "template_type", "status")
"""What decides about later runs of a template; the rest is what it is called and when it is shown."""
_MAY_BE_EMPTY = frozenset({"description", "platform", "starts_at", "ends_at"})
_STEPS = "steps"
_EMPTY: Mapping[str, Any] = {**dict.fromkeys(_MAY_BE_EMPTY), "config": "{}", "goal_metrics": "{}", _STEPS: []}
"""What may be cleared, and what is there then."""
_WINDOW = ("starts_at", "ends_at")
_SAID = frozenset({"status", "config", "template_type", "platform", "starts_at", "ends_at"})
"""What a version of a sequence is made of, or checked against."""
_WRITTEN = frozenset({"name", "description", "config", "goal_metrics"})
"""What may hold words of whoever wrote it, as its steps may."""


class Deleted(Result):
    """The id of a deleted template, and how many people were in it."""

    id: str
    kind: str
    enrollment_count: int = 0

    def text(self) -> str:
        """One line."""
        people = "1 enrollment" if self.enrollment_count == 1 else f"{self.enrollment_count:,} enrollments"
        return f"Deleted {self.kind} {self.id}" + (f" with its {people}." if self.enrollment_count else ".")


@tool(effect=Effect.READ, toolset="templates", title="List templates", route="GET /api/workflows/templates")
def list_templates(
    ctx: Context,
    status: TemplateStatus | None = None,
    template_type: Annotated[TemplateType | None, UNLISTED] = None,
    page: Annotated[int, Field(ge=1, le=1_000_000), UNLISTED] = 1,
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 25,
    cursor: str | None = None,
) -> TemplatePage:
    """List templates, newest first.

    Args:
        status: only in this state
        template_type: only of this type
        page: the page's number, from 1
        page_size: how many at once
        cursor: from `next_cursor`
    """
    after = None if cursor is None else find_template(ctx, cursor)
    # Behind a cursor only one more tells whether there are more.
    size = page_size if after is None else page_size + 1
    listing = templates.list_templates(
        ctx.session, status=status, template_type=template_type, page=page, page_size=size, after=after
    )
    taint.pass_on(ctx.caller, *(each["tainted_by"] for each in listing.data[:page_size]))
    views = Rows(TemplateView, listing.data[:page_size])
    more = page * page_size < listing.total if after is None else len(listing.data) > page_size
    return TemplatePage(data=views, total=listing.total, next_cursor=views[-1].cursor() if more else None)


@tool(
    effect=Effect.READ,
    toolset="templates",
    title="Show a template",
    route="GET /api/workflows/templates/{template_id}",
)
def get_template(ctx: Context, template_id: str) -> TemplateWithSteps:
    """Show a template with its steps and how many are enrolled.

    Args:
        template_id: its id or name
    """
    return _with_steps(ctx, find_template(ctx, template_id))


def template_stands(ctx: Context, view: TemplateView) -> str:
    """How a template stands that was made some time ago."""
    template = templates.get_template(ctx.session, view.id)
    if template is None:
        return f"Template {view.id} is there no more."
    return f"Template {view.id} is {template.status} now."


@tool(
    effect=Effect.WRITE,
    toolset="templates",
    title="Create a template",
    route="POST /api/workflows/templates",
    status=201,
    creates=True,
    # Whoever starts its runs later on may know nothing, and would be asked nothing.
    leaves=feed_of_settings,
    stands=template_stands,
)
def create_template(
    ctx: Context,
    name: Name,
    template_type: TemplateType,
    description: Description | None = None,
    platform: Platform | None = None,
    status: Annotated[TemplateStatus, UNLISTED] = TemplateStatus.DRAFT,
    config: JsonObject = "{}",
    goal_metrics: Annotated[JsonObject, UNLISTED] = "{}",
    starts_at: Annotated[RecordedInstant | None, UNLISTED] = None,
    ends_at: Annotated[RecordedInstant | None, UNLISTED] = None,
    steps: Annotated[list[StepDraft], Field(max_length=100)] = [],  # noqa: B006 - pydantic copies defaults
) -> TemplateWithSteps:
    """Create a template with its steps.

    Args:
        name: what people call it
        template_type: what it is for
        description: what it does
        platform: where it happens, if on one only
        status: draft until it is activated
        config: settings, such as {"dailyLimit": 20}
        goal_metrics: what it should reach
        starts_at: not before this instant
        ends_at: not after this instant
        steps: in order, `delay_hours` after the one before; a message's config is {subject, text}
    """
    check_window(starts_at, ends_at)
    check_draft(ctx, is_sequence_type(template_type, config), config, steps)
    template = templates.create_template(
        ctx.session,
        name=name,
        template_type=template_type,
        description=description,
        platform=platform,
        status=status,
        config=config,
        goal_metrics=goal_metrics,
        starts_at=starts_at,
        ends_at=ends_at,
        tainted_by=ctx.engine.taint(ctx.session, ctx.caller),
    )
    new_steps = templates.add_template_steps(ctx.session, template.id, [step.model_dump() for step in steps])
    _freeze(ctx, template)
    note_namesakes(ctx, template)
    return _view_with_steps(template, new_steps, enrollment_count=0)


def _ask_before_changing(ctx: Context, template_id: str, clear: Sequence[str] = (), **arguments: Any) -> str | None:
    new_values = arguments | {name: _EMPTY[name] for name in fields_to_clear(clear, _EMPTY, arguments)}
    changes = {name: new_values[name] for name in _LASTING if new_values.get(name) is not None}
    if (steps := changes.get("steps")) is not None:
        changes["steps"] = [step.model_dump(mode="json") for step in steps]
    return template_words(ctx, template_id, changes)


@tool(
    effect=Effect.WRITE,
    toolset="templates",
    title="Change a template",
    route="PATCH /api/workflows/templates/{template_id}",
    lasting=_ask_before_changing,
    leaves=feed_of_settings,
    durable=True,
    names={"template_id": template_id_of},
)
def update_template(
    ctx: Context,
    template_id: str,
    name: Name | None = None,
    template_type: Annotated[TemplateType | None, UNLISTED] = None,
    description: Description | None = None,
    platform: Annotated[Platform | None, UNLISTED] = None,
    status: TemplateStatus | None = None,
    config: JsonObject | None = None,
    goal_metrics: Annotated[JsonObject | None, UNLISTED] = None,
    starts_at: Annotated[RecordedInstant | None, UNLISTED] = None,
    ends_at: Annotated[RecordedInstant | None, UNLISTED] = None,
    steps: Annotated[list[StepDraft], Field(max_length=100)] | None = None,
    clear: Sequence[str] = (),
) -> TemplateWithSteps:
    """Change a template; what is not given stays as it is. A ready-made one becomes the person's own by that.

    Args:
        template_id: its id or name
        name: what people call it
        template_type: what it is for
        description: what it does
        platform: where it happens
        status: a completed one never becomes a draft again
        config: settings, replacing the old ones
        goal_metrics: what it should reach
        starts_at: not before this instant
        ends_at: not after this instant
        steps: all its steps in order, replacing the old ones
        clear: names of fields to empty
    """
    from onelane.tools.outreach.moving.sequence_runs import follow_template

    template = find_template(ctx, template_id)
    check_transition(template, status)
    values: dict[str, Any] = {
        "name": name,
        "template_type": template_type,
        "description": description,
        "platform": platform,
        "status": status,
        "config": config,
        "goal_metrics": goal_metrics,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    cleared_names = (_MAY_BE_EMPTY & ctx.emptied) | fields_to_clear(clear, _EMPTY, {**values, _STEPS: steps})
    is_way = is_sequence_type(template_type or template.template_type, config or template.config)
    check_draft(ctx, is_way, config, steps)
    check_window(*(values[name] or (None if name in cleared_names else getattr(template, name)) for name in _WINDOW))
    tell_cleared(ctx, _before(ctx, template), cleared_names)
    changes = {field: value for field, value in values.items() if value is not None}
    changes |= {name: _EMPTY[name] for name in cleared_names - {_STEPS}}
    steps = [] if _STEPS in cleared_names else steps
    if steps is not None or changes.keys() & _WRITTEN:
        changes["tainted_by"] = _taint(ctx, template, is_anew="config" in changes)
    if steps is not None or changes.keys() - _SAYS_NOTHING_NEW:
        changes["is_system"] = False
    templates.update_template(ctx.session, template.id, **changes)
    if steps is not None:
        templates.replace_template_steps(ctx.session, template.id, [step.model_dump() for step in steps])
    if steps is not None or changes.keys() & _SAID:
        _freeze(ctx, template)
        follow_template(ctx.session, template, is_moved=bool(changes.keys() & set(_WINDOW)))
    return _with_steps(ctx, template)


def _taint(ctx: Context, template: Template, *, is_anew: bool) -> str:
    """What whoever wrote its texts had been given; a person who writes its settings anew has looked at the rest."""
    own_taint = ctx.engine.taint(ctx.session, ctx.caller)
    is_persons = ctx.caller.chat is None and ctx.caller.run_id is None
    return own_taint if is_anew and is_persons else taint.join(own_taint, template.tainted_by)


def _before(ctx: Context, template: Template) -> dict[str, Any]:
    """What a template holds that can be cleared."""
    steps = [step.step_type.value for step in templates.list_template_steps(ctx.session, template.id)]
    return {_STEPS: steps} | {name: getattr(template, name) for name in _EMPTY if name != _STEPS}


def _freeze(ctx: Context, template: Template) -> None:
    """Check a sequence that is active, keep what it says as a version, and see to it that it has its run."""
    if template.status is TemplateStatus.ACTIVE and is_sequence(template):
        from onelane.tools.outreach.moving.sequence_runs import open_run
        from onelane.tools.outreach.versions import freeze_sequence

        freeze_sequence(ctx.session, template)
        open_run(ctx.session, template)


def _deletion(ctx: Context, template_id: str) -> str:
    template = find_template(ctx, template_id)
    count = enrollments.count_enrollments(ctx.session, template_id=template.id)
    begin = f"Delete template {template.name!r} and its {count} enrollment{'' if count == 1 else 's'}? Its runs stay."
    return "\n".join([begin, *template_lines(ctx, template)])


def _ask_before_deleting(ctx: Context, template_id: str) -> str | None:
    count = enrollments.count_enrollments(ctx.session, template_id=find_template(ctx, template_id).id)
    return _deletion(ctx, template_id) if count else None


@tool(
    effect=Effect.DESTROY,
    toolset="templates",
    title="Delete a template",
    route="DELETE /api/workflows/templates/{template_id}",
    status=204,
    confirm=_ask_before_deleting,
    asks=_deletion,
    names={"template_id": template_id_of},
)
def delete_template(ctx: Context, template_id: str) -> Deleted:
    """Delete a template with its steps and enrollments. Its runs stay.

    Where people are enrolled, the person is asked first.

    Args:
        template_id: its id or name
    """
    from onelane.tools.outreach.moving.sequence_runs import end_sequence

    template = find_template(ctx, template_id)
    if outbound_actions.has_sent(ctx.session, template_id=template.id):
        raise Conflict(
            f"Something was sent from template {template.name!r}, so it is kept. End it instead: "
            f"update_template(template_id={template.id!r}, status='completed')."
        )
    count = enrollments.count_enrollments(ctx.session, template_id=template.id)
    end_sequence(ctx.session, template.id, is_cancelled=True)
    templates.delete_template(ctx.session, template.id)
    return Deleted(id=template.id, kind="template", enrollment_count=count)


@tool(
    effect=Effect.WRITE,
    toolset="advanced",
    title="Clone a template",
    route="POST /api/workflows/templates/{template_id}/clone",
    status=201,
    creates=True,
    stands=template_stands,
)
def clone_template(ctx: Context, template_id: str, name: Name | None = None) -> TemplateWithSteps:
    """Make a draft that is a copy of a template, steps included, enrollments not.

    Args:
        template_id: its id or name
        name: what the copy is called
    """
    source = find_template(ctx, template_id)
    copy = templates.copy_template(ctx.session, source, name=name or f"{source.name[:_COPIED_CHARS]} (copy)")
    return _with_steps(ctx, copy)


def view_of_template(template: Template) -> TemplateView:
    """A template as lists show it."""
    return TemplateView.model_validate(template.model_dump())


def _with_steps(ctx: Context, template: Template) -> TemplateWithSteps:
    taint.pass_on(ctx.caller, template.tainted_by)
    steps = templates.list_template_steps(ctx.session, template.id)
    return _view_with_steps(template, steps, enrollments.count_enrollments(ctx.session, template_id=template.id))


def _view_with_steps(template: Template, steps: Sequence[TemplateStep], enrollment_count: int) -> TemplateWithSteps:
    additions = {"steps": [_step_view(step) for step in steps], "enrollment_count": enrollment_count}
    return TemplateWithSteps.model_validate(template.model_dump() | additions)


def _step_view(step: TemplateStep) -> TemplateStepView:
    return TemplateStepView.model_validate(step.model_dump())
