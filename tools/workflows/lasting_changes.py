"""What a run asks its person before it reaches beyond itself (docs/agent.md, "Lasting effects")."""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from onelane.storage.outreach import template_versions
from onelane.storage.workflows import run_contacts, schedules, templates
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.schedules import Schedule
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.named_templates import find_template
from onelane.tools.registry.context import Context
from onelane.tools.registry.runs.feed_addresses import feed_spellings
from onelane.tools.workflows import cron
from onelane.tools.workflows.run_reading.run_rows import run_row
from onelane.tools.workflows.template_runs import settings_of

_CONFIG = "config"
_MOST_CHARS = 5_000


class Action(StrEnum):
    """What can be asked of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    UNDO = "undo"


def settings_to_start(
    ctx: Context, workflow_type: WorkflowType, config: str = "{}", template_id: str | None = None
) -> dict[str, Any]:
    """The settings of a run that is asked for, laid over its template's where it has one."""
    run_type = ctx.engine.run_types[workflow_type]
    settings = run_type.with_kept_names(orjson.loads(config))
    return settings if template_id is None else settings_of(find_template(ctx, template_id), settings, run_type)


def feed_of_run(ctx: Context, **of_run: Any) -> Sequence[str]:
    """How the feed may be written that a new run asks for."""
    return feed_spellings(ctx.session, settings_to_start(ctx, **of_run))


def feed_of_settings(ctx: Context, config: str | None = None, **_: object) -> Sequence[str]:
    """The same of what is written down as settings."""
    return feed_spellings(ctx.session, orjson.loads(config or "{}"))


def run_words(ctx: Context, run_id: str, verb: str) -> str | None:
    """What is asked before a run does something to a run that it did not start; None for its own."""
    row = run_row(ctx.session, run_id)
    asker = ctx.caller.run_id
    if asker is not None and run_id != asker and asker in run_contacts.lineage(ctx.session, run_id):
        return None
    return f"{verb} the {row['workflow_type']} run {run_id}, which it did not start? It is {row['status']} now."


def undo_words(ctx: Context, run_id: str, action: Action, budget: str | None = None) -> str | None:
    """What is asked before what a run did is taken back; None for what else it may be told."""
    return _undo_question(ctx, run_id) if action is Action.UNDO else None


def steering_words(ctx: Context, run_id: str, action: Action, budget: str | None = None) -> str | None:
    """What is asked before a run tells another one what to do; None for one that it started."""
    if action is Action.UNDO:
        return _undo_question(ctx, run_id)
    words = run_words(ctx, run_id, action.capitalize())
    return None if words is None else words + (f" It may then spend in all: {budget}" if budget else "")


def _undo_question(ctx: Context, run_id: str) -> str:
    # Imported late, for undo knows every table that can be taken back, and lists of runs are far more often asked for.
    from onelane.tools.workflows.undo.undoing import undo_question

    return undo_question(ctx, run_id)


def template_words(ctx: Context, template_id: str, changes: Mapping[str, Any]) -> str | None:
    """What is asked before a run changes what later runs of a template do, or may spend."""
    if not changes:
        return None
    template = templates.get_template(ctx.session, template_id)
    name = template_id if template is None else f"{template.name!r} ({template_id})"
    lines = [f"- {column} becomes: {value_text(value)}" for column, value in changes.items()]
    before = "" if template is None or _CONFIG not in changes else f"\n- config is now: {value_text(template.config)}"
    return f"Change template {name}? Later runs of it go by that.{before}\n" + "\n".join(lines)


def sending_words(ctx: Context, template: Template, request: str, version_id: str | None = None) -> str | None:
    """What is asked before a run lets letters go out that no person reads one by one; None where each is asked for.

    Args:
        ctx: the call
        template: the template that they are of
        request: what is done with it, as a request
        version_id: the version whose letters go out; the newest where none is named
    """
    from onelane.tools.outreach.entry import is_sequence
    from onelane.tools.outreach.reading.sequence_sources import sequence_of

    if not is_sequence(template) or not template_versions.is_approved(ctx.session, template.id, version_id):
        return None
    if sequence_of(ctx.session, template, version_id).settings.approval != "version":
        return None
    return (
        f"{request}? The letters of {template.name!r} ({template.id}) are approved and go out without another question."
    )


def schedule_words(ctx: Context, schedule_id: str | None, arguments: Mapping[str, Any]) -> str:
    """What is asked before a run lets runs start by themselves, or changes that."""
    schedule = None if schedule_id is None else schedules.get_schedule(ctx.session, schedule_id)
    template_id = arguments.get("template_id")
    template = None if template_id is None else templates.get_template(ctx.session, template_id)
    lines = [f"- {name}: {value_text(value)}" for name, value in arguments.items() if value is not None]
    if template is not None:
        lines.append(f"- the template is {template.name!r}, with config {value_text(template.config)}")
    if schedule is None:
        begin = f"Let this start by itself, when nobody asks for it: {_what_starts(ctx, template, arguments)}?"
        return "\n".join([begin, *lines])
    begin = f"Change schedule {schedule.name!r} ({schedule.id}), which starts {schedule.job_type} runs?"
    return "\n".join([begin, *lines, *schedule_lines(ctx, schedule)])


def schedule_lines(ctx: Context, schedule: Schedule) -> list[str]:
    """What a schedule starts now, and when: a yes to a change of it, or to its end, is to this one as it is."""
    template = None if schedule.template_id is None else templates.get_template(ctx.session, schedule.template_id)
    instants = schedule.cron_expression or f"once, at {schedule.run_at.isoformat()}"
    lines = [
        f"- now it starts {instants} ({schedule.timezone}), and is {'on' if schedule.enabled else 'off'}",
        f"- config of its runs is now: {_beginning(schedule.payload)}",
    ]
    if template is not None:
        lines.append(f"- its template is now {template.name!r}, with config {_beginning(template.config)}")
    return lines


def template_lines(ctx: Context, template: Template) -> list[str]:
    """What goes with a template that is deleted; nothing where it says nothing."""
    steps = [
        {"type": step.step_type, "delay_hours": step.delay_hours, "config": orjson.loads(step.config)}
        for step in templates.list_template_steps(ctx.session, template.id)
    ]
    settings = [] if template.config == "{}" else [f"- its config: {_beginning(template.config)}"]
    return settings + ([f"- its {len(steps)} steps: {_beginning(value_text(steps))}"] if steps else [])


def _beginning(text: str) -> str:
    """As much of a text as somebody reads of what goes; what is left out stands for itself by its hash."""
    if len(text) <= _MOST_CHARS:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{text[:_MOST_CHARS]}… ({len(text):,} characters in all, hash {digest})"


def _what_starts(ctx: Context, template: Template | None, arguments: Mapping[str, Any]) -> str:
    """What a new schedule starts, and when, as people say it; all that is given stands below it."""
    subject = "" if template is None else template.name
    if arguments.get("workflow_type") is not None and not subject:
        kind = WorkflowType(arguments["workflow_type"])
        run_type = ctx.engine.run_types[kind]
        subject = (
            run_type.config.title(run_type.with_kept_names(orjson.loads(arguments.get("config") or "{}"))) or kind.label
        )
    rhythm = f", {cron.parse(arguments['cron']).in_words()}" if arguments.get("cron") else ""
    zone = f" ({arguments['timezone']})" if arguments.get("timezone") else ""
    return f"{subject}{rhythm}{zone if rhythm else ''}"


def value_text(value: object) -> str:
    """A value as a person reads it; JSON text as it is, with its letters."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
