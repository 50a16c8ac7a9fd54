"""Activates templates: fills in their parameters and starts their run.

See docs/research.md, "Templates of runs".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson

from onelane.storage.workflows import templates
from onelane.storage.workflows.runs import Trigger, WorkflowType
from onelane.storage.workflows.templates import TEMPLATE_TRANSITIONS, Template, TemplateStatus, TemplateStep
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate import taint
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.result import Flag, Result
from onelane.tools.registry.runs.feed_addresses import feed_spellings
from onelane.tools.registry.runs.run_type import RunType
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.workflows.lasting_changes import sending_words
from onelane.tools.workflows.run_reading.run_rows import shown_run
from onelane.tools.workflows.run_reading.run_views import RunView
from onelane.tools.workflows.runs import run_stands
from onelane.tools.workflows.template_rules.states import check_transition
from onelane.tools.workflows.template_runs import (
    PARAMETERS,
    WORKFLOW_TYPE,
    fill,
    parameters_of,
    run_type_of,
    settings_of,
    values_of,
)
from onelane.tools.workflows.template_views import TemplateView
from onelane.tools.workflows.templates import (
    find_template,
    template_id_of,
    template_stands,
    view_of_template,
)

_BRACES = re.compile(r"\{[{%#]")


class Activated(Result):
    """A template that is active, and the run that it began."""

    template: TemplateView
    run: RunView | None = None
    next: str
    """What to do now, in a sentence."""

    def text(self) -> str:
        """The template's line, the run's line, and what comes next."""
        lines = [self.template.text()]
        if self.run is not None:
            lines.append(self.run.text())
        return "\n".join([*lines, self.next])


def _activated_stands(ctx: Context, activation: Activated) -> str:
    """How a template stands that was activated some time ago, or the run that this began."""
    run = activation.run
    return template_stands(ctx, activation.template) if run is None else run_stands(ctx, run)


def _ask_before_activating(ctx: Context, template_id: str, overrides: str = "{}", start: bool = True) -> str | None:
    template = find_template(ctx, template_id)
    run_type = run_type_of(template, ctx.engine.run_types)
    if run_type.workflow_type is WorkflowType.SEQUENCE:
        return sending_words(ctx, template, "Set this sequence going")
    if not start:
        return None
    return run_type.question(settings_of(template, orjson.loads(overrides), run_type), ctx)


def _feed_of(ctx: Context, template_id: str, overrides: str = "{}", **_: object) -> Sequence[str]:
    template = find_template(ctx, template_id)
    run_type = run_type_of(template, ctx.engine.run_types)
    if run_type.workflow_type is WorkflowType.SEQUENCE:
        return ()
    return feed_spellings(ctx.session, settings_of(template, orjson.loads(overrides), run_type))


@tool(
    effect=Effect.WRITE,
    toolset="templates",
    title="Activate a template",
    route="POST /api/workflows/templates/{template_id}/activate",
    creates=True,
    lasting=_ask_before_activating,
    leaves=_feed_of,
    stands=_activated_stands,
    names={"template_id": template_id_of},
)
def activate_template(
    ctx: Context, template_id: str, overrides: JsonObject = "{}", start: Annotated[Flag, UNLISTED] = True
) -> Activated:
    """Set a template going: a sequence waits for `enroll_contacts` then, all others start a run at once.

    One that is ready-made, or has places to fill in, is copied, and the copy is filled in and activated.

    Args:
        template_id: its id or name
        overrides: values of its parameters (get_template shows them in its config) and settings for this run, such as
            {"market": "fintech", "maxContacts": 20}
        start: false only activates it
    """
    template = find_template(ctx, template_id)
    taint.pass_on(ctx.caller, template.tainted_by)
    override_values: dict[str, Any] = orjson.loads(overrides)
    run_type = run_type_of(template, ctx.engine.run_types)
    check_transition(template, TemplateStatus.ACTIVE)
    if run_type.workflow_type is WorkflowType.SEQUENCE:
        return _sequence(ctx, template, override_values, run_type)
    if not start:
        return _activate_without_run(ctx, template, run_type, override_values)
    settings = settings_of(template, override_values, run_type)
    _check_complete(template, run_type, settings)
    run = ctx.engine.start(
        ctx.session,
        run_type.workflow_type,
        settings,
        by=ctx.caller,
        template_id=template.id,
        parent_workflow_id=ctx.caller.run_id,
        trigger=Trigger.TEMPLATE,
    )
    _activate(ctx, template)
    return _activation(
        template,
        RunView.model_validate(shown_run(ctx, run.id)),
        f"The run goes on by itself; get_run(run_id={run.id!r}) shows how far.",
    )


def _check_complete(template: Template, run_type: RunType, settings: Mapping[str, Any]) -> None:
    lacking = run_type.lacking(settings)
    if lacking:
        missing, name = " and no ".join(lacking), lacking[0]
        raise BadRequest(f'Template {template.name!r} has no {missing}. Give it: overrides={{"{name}": ...}}.')


def _activate_without_run(
    ctx: Context, template: Template, run_type: RunType, override_values: Mapping[str, Any]
) -> Activated:
    if override_values:
        raise BadRequest("Overrides are for the run, and start=false begins none. Leave one of them out.")
    _activate(ctx, template)
    return _activation(
        template, None, f"It is active. activate_template or a schedule starts a {run_type.workflow_type} run of it."
    )


def _sequence(ctx: Context, template: Template, override_values: Mapping[str, Any], run_type: RunType) -> Activated:
    from onelane.tools.outreach.moving.sequence_runs import open_run
    from onelane.tools.outreach.template.problems import ProblemCode
    from onelane.tools.outreach.versions import check_sequence, keep_version

    sequence_template = (
        _own_copy(ctx, template, override_values, run_type)
        if template.is_system or parameters_of(template) or override_values
        else template
    )
    problems = check_sequence(ctx.session, sequence_template)
    # Fields without a fallback block only people, each of whom is told when they are enrolled.
    warnings = [each.message for each in problems if each.code is not ProblemCode.VARIABLE_WITHOUT_FALLBACK]
    version = keep_version(ctx.session, sequence_template)
    _activate(ctx, sequence_template)
    run = open_run(ctx.session, sequence_template)
    outcome = (
        "It is active" if sequence_template is template else f"The copy {sequence_template.id} is filled in and active"
    )
    return _activation(
        sequence_template,
        RunView.model_validate(shown_run(ctx, run.id)),
        f"{outcome}, as version {version.version}; run {run.id} tells what happens in it. "
        f"{''.join(f'Mind: {each}. ' for each in warnings)}"
        f"Next: enroll_contacts(template_id={sequence_template.id!r}, contact_ids=[...]).",
    )


def _own_copy(ctx: Context, template: Template, override_values: Mapping[str, Any], run_type: RunType) -> Template:
    """A copy that leaves nothing open, for the person's own use."""
    settings, values = settings_of(template, override_values, run_type), values_of(template, override_values)
    run_type.lacking(settings)
    config = {**settings, WORKFLOW_TYPE: WorkflowType.SEQUENCE.value}
    config.pop(PARAMETERS, None)
    copy = templates.copy_template(ctx.session, template, name=template.name, config=orjson.dumps(config).decode())
    copy.tainted_by = taint.join(copy.tainted_by, ctx.engine.taint(ctx.session, ctx.caller))
    steps = templates.list_template_steps(ctx.session, template.id)
    templates.replace_template_steps(ctx.session, copy.id, [_filled_step(step, values) for step in steps])
    return copy


def _filled_step(step: TemplateStep, values: Mapping[str, Any]) -> dict[str, Any]:
    config = orjson.dumps(fill(orjson.loads(step.config), _as_texts(values))).decode()
    return {"step_type": step.step_type, "config": config, "delay_hours": step.delay_hours}


def _as_texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a text may hold them: braces in what is given mean nothing there."""
    return {
        name: _BRACES.sub(r"{{ '\g<0>' }}", value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _activate(ctx: Context, template: Template) -> None:
    if template.status is TemplateStatus.ACTIVE:
        return
    before = [status for status, after in TEMPLATE_TRANSITIONS.items() if TemplateStatus.ACTIVE in after]
    active = TemplateStatus.ACTIVE
    if not templates.change_template_status(ctx.session, template.id, from_any=[*before, active], to=active):
        raise Conflict(f"Template {template.id} was deleted a moment ago. list_templates shows what there is.")
    ctx.session.refresh(template)


def _activation(template: Template, run: RunView | None, next_words: str) -> Activated:
    return Activated(template=view_of_template(template), run=run, next=next_words)
