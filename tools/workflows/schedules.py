"""Schedules: runs that start by themselves, again and again or once (docs/engine.md, "Schedules")."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

from onelane.storage.platforms import accounts
from onelane.storage.workflows import schedules, templates
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, Schedule
from onelane.tools.people.contact_fields import in_range
from onelane.tools.registry.arguments.reading import CONTRACT_FACES
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound, ToolError
from onelane.tools.registry.gate import taint
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.names import NAMES_TO_TRY, only_one
from onelane.tools.registry.runs.run_config import ALLOWED, FILE
from onelane.tools.registry.times.zones import instants_of, local_zone_name, zone_named
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.workflows.cron import parse
from onelane.tools.workflows.lasting_changes import schedule_lines, schedule_words
from onelane.tools.workflows.schedule_instants import instant_after
from onelane.tools.workflows.schedule_views import SchedulePage, ScheduleView, SetSchedule, values_of
from onelane.tools.workflows.template_runs import run_type_of, settings_of
from onelane.tools.workflows.templates import Deleted, Name

_FARTHEST = timedelta(days=3653)
_FIRST_YEAR, _LAST_YEAR = 1970, 9999
_WHAT_RUNS = frozenset({"job_type", "template_id", "payload"})


@tool(effect=Effect.READ, toolset="schedules", title="List schedules", route="GET /api/workflows/schedule")
def list_schedules(
    ctx: Context,
    enabled: bool | None = None,
    page: Annotated[int, Field(ge=1, le=1_000_000), UNLISTED] = 1,
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 25,
    cursor: str | None = None,
) -> SchedulePage:
    """List schedules, newest first, with the next instants and what became of the latest run.

    Args:
        enabled: only those that are switched on, or off
        page: the page's number, from 1
        page_size: how many at once
        cursor: from `next_cursor`
    """
    after = None if cursor is None else _schedule(ctx, cursor)
    # Behind a cursor only one more tells whether there are more.
    size = page_size if after is None else page_size + 1
    listing = schedules.list_schedules(ctx.session, enabled=enabled, page=page, page_size=size, after=after)
    taint.pass_on(ctx.caller, *(schedule.tainted_by for schedule in listing.data[:page_size]))
    views = [ScheduleView.model_validate(values_of(schedule)) for schedule in listing.data[:page_size]]
    more = page * page_size < listing.total if after is None else len(listing.data) > page_size
    return SchedulePage(data=views, total=listing.total, next_cursor=views[-1].cursor() if more else None)


def _wall_or_instant(value: datetime) -> datetime:
    """An instant, or a time on the clock of the zone that is given besides."""
    return value if value.tzinfo is None else in_range(value)


def _instant(at: datetime | None, timezone: str | None) -> datetime | None:
    """The instant that is meant.

    Raises:
        BadRequest: it is a time on a clock, and nothing says where that hangs
    """
    if at is None or at.tzinfo is not None:
        return at
    if timezone is None:
        raise BadRequest("at must carry a time zone, such as 2026-11-22T09:00:00Z, or come with timezone.")
    if not _FIRST_YEAR < at.year < _LAST_YEAR:
        raise BadRequest("at must be between the years 1970 and 9999.")
    return instants_of(at.replace(microsecond=0), zone_named(timezone))[0]


def _schedule_id(ctx: Context, schedule_id: str) -> str:
    return _schedule(ctx, schedule_id).id


def _schedule_stands(ctx: Context, result: SetSchedule) -> str:
    """How a schedule stands that was set some time ago."""
    schedule = schedules.get_schedule(ctx.session, result.id)
    if schedule is None:
        return f"Schedule {result.id} is there no more."
    return f"Schedule {result.id} is {'on' if schedule.enabled else 'off'} now."


def _ask_before_setting(ctx: Context, schedule_id: str | None = None, **arguments: Any) -> str:
    # Nobody is asked about what would be refused afterwards.
    schedule = None if schedule_id is None else _schedule(ctx, schedule_id)
    kind, cron, at = (arguments.get(name) for name in ("workflow_type", "cron", "at"))
    workflow_type, template_id = None if kind is None else WorkflowType(kind), arguments.get("template_id")
    # Whether an instant lies ahead is seen at the call, for until then time goes on.
    is_later = at is not None and cron is None
    _all_of(
        lambda: _what(ctx, schedule, workflow_type, template_id, arguments.get("config")),
        lambda: _zone(arguments.get("timezone")),
        lambda: {} if is_later else _when(ctx, schedule, cron, at),
    )
    return schedule_words(ctx, schedule_id, arguments)


def _ask_before_deleting(ctx: Context, schedule_id: str) -> str:
    schedule = _schedule(ctx, schedule_id)
    begin = f"Delete schedule {schedule.name!r} ({schedule.id}), which starts {schedule.job_type} runs? Its runs stay."
    return "\n".join([begin, *schedule_lines(ctx, schedule)])


@tool(
    effect=Effect.LASTING,
    toolset="schedules",
    title="Set a schedule",
    route="POST /api/workflows/schedule",
    status=201,
    creates=True,
    asks=_ask_before_setting,
    durable=True,
    stands=_schedule_stands,
    names={"schedule_id": _schedule_id},
)
def set_schedule(
    ctx: Context,
    schedule_id: str | None = None,
    name: Name | None = None,
    workflow_type: WorkflowType | None = None,
    template_id: str | None = None,
    config: JsonObject | None = None,
    cron: Annotated[str, Field(max_length=200)] | None = None,
    at: Annotated[datetime, AfterValidator(_wall_or_instant)] | None = None,
    timezone: str | None = None,
    jitter_seconds: Annotated[int | None, Field(ge=0, le=3600), UNLISTED] = None,
    misfire_policy: Annotated[MisfirePolicy | None, UNLISTED] = None,
    misfire_grace_seconds: Annotated[int | None, Field(ge=1, le=86_400), UNLISTED] = None,
    max_retries: Annotated[int | None, Field(ge=0, le=10), UNLISTED] = None,
    enabled: bool | None = None,
) -> SetSchedule:
    """Let runs start by themselves: again and again (`cron`), or once (`at`).

    With `schedule_id` it changes that one; what is not given stays. Read the next instants in the
    answer to the person. It also takes `misfire_policy`, `jitter_seconds`, `misfire_grace_seconds` and `max_retries`.

    Args:
        schedule_id: the schedule to change: its id or name
        name: what people call it
        workflow_type: what to run, unless a template says it
        template_id: the template to carry out
        config: settings of each run, such as {"syncSubType": "linkedin_contacts", "file": "Connections.csv"}
        cron: five fields, or hourly, daily, weekdays, weekly, monthly (at 9:00)
        at: an instant, instead of `cron`
        timezone: IANA name of the zone that times mean (this machine's)
        jitter_seconds: start up to so many seconds later, by chance
        misfire_policy: what was missed while nothing ran is run once (the default) or skipped
        misfire_grace_seconds: so late still counts as on time (300)
        max_retries: how often a failed run is tried again (3)
        enabled: false switches it off
    """
    schedule = None if schedule_id is None else _schedule(ctx, schedule_id)
    values: dict[str, Any] = {
        "name": name,
        "jitter_seconds": jitter_seconds,
        "misfire_policy": misfire_policy,
        "misfire_grace_seconds": misfire_grace_seconds,
        "max_retries": max_retries,
        "enabled": enabled,
    }
    changes = {column: value for column, value in values.items() if value is not None} | _all_of(
        lambda: _what(ctx, schedule, workflow_type, template_id, config),
        lambda: _zone(timezone),
        lambda: _when(ctx, schedule, cron, _instant(at, timezone)),
    )
    if ctx.caller.run_id is not None and changes.keys() & _WHAT_RUNS:
        changes["planted_by_run_id"] = ctx.caller.run_id
    if changes.keys() & (_WHAT_RUNS | {"name"}):
        kept_config = [] if schedule is None or "payload" in changes else [schedule.tainted_by]
        changes["tainted_by"] = taint.join(ctx.engine.taint(ctx.session, ctx.caller), *kept_config)
    kept_schedule = _create(ctx, changes) if schedule is None else _change(ctx, schedule, changes)
    _note_who_starts_runs(ctx, kept_schedule)
    return SetSchedule.model_validate(values_of(kept_schedule))


@tool(
    effect=Effect.DESTROY,
    toolset="schedules",
    title="Delete a schedule",
    route="DELETE /api/workflows/schedule/{schedule_id}",
    status=204,
    asks=_ask_before_deleting,
    durable=True,
    names={"schedule_id": _schedule_id},
)
def delete_schedule(ctx: Context, schedule_id: str) -> Deleted:
    """Delete a schedule. Its runs stay, also one that is under way.

    Args:
        schedule_id: the schedule's id or name
    """
    schedule = _schedule(ctx, schedule_id)
    schedules.delete_schedule(ctx.session, schedule.id)
    return Deleted(id=schedule.id, kind="schedule")


def _schedule(ctx: Context, schedule_id: str) -> Schedule:
    schedule = schedules.get_schedule(ctx.session, schedule_id)
    return schedule or only_one(
        schedules.find_schedules_by_name(ctx.session, schedule_id),
        schedule_id,
        noun="schedule",
        names=lambda: (each.name or "" for each in schedules.list_schedules(ctx.session, page_size=NAMES_TO_TRY).data),
    )


def _all_of(*parts: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What several parts of a call come to; whoever gave wrong ones hears of all of them at once."""
    changes: dict[str, Any] = {}
    refusals: list[ToolError] = []
    for part in parts:
        try:
            changes |= part()
        except ToolError as refusal:
            refusals.append(refusal)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise BadRequest(" ".join(dict.fromkeys(refusal.message for refusal in refusals)))
    return changes


def _zone(timezone: str | None) -> dict[str, Any]:
    return {} if timezone is None else {"timezone": zone_named(timezone).key}


def _what(
    ctx: Context,
    schedule: Schedule | None,
    workflow_type: WorkflowType | None,
    template_id: str | None,
    config: str | None,
) -> dict[str, Any]:
    """What runs and with which settings; nothing when that stays as it is."""
    target = _target(ctx, schedule, workflow_type, template_id)
    return target | _payload(ctx, schedule, target, config)


def _target(
    ctx: Context, schedule: Schedule | None, workflow_type: WorkflowType | None, template_id: str | None
) -> dict[str, Any]:
    """What runs; nothing when that stays as it is."""
    if template_id is not None:
        return _of_template(ctx, workflow_type, template_id)
    if workflow_type is None:
        if schedule is None:
            raise BadRequest("Say what to run: a workflow_type, or a template_id.")
        return {}
    if schedule is not None and schedule.job_type == workflow_type.value:
        return {}
    return {"job_type": workflow_type.value, "template_id": None}


def _of_template(ctx: Context, workflow_type: WorkflowType | None, template_id: str) -> dict[str, Any]:
    template = templates.get_template(ctx.session, template_id)
    if template is None:
        raise NotFound(f"There is no template {template_id!r}. list_templates shows what there is.")
    carried_out_by = run_type_of(template, ctx.engine.run_types).workflow_type
    if workflow_type not in (None, carried_out_by):
        raise BadRequest(
            f"Template {template.name!r} ({template.template_type}) is carried out by {carried_out_by} runs. "
            "Leave out workflow_type."
        )
    return {"job_type": carried_out_by.value, "template_id": template.id}


def _when(ctx: Context, schedule: Schedule | None, cron: str | None, at: datetime | None) -> dict[str, Any]:
    """When it runs; nothing when that stays as it is."""
    if (cron is not None and at is not None) or (schedule is None and cron is None and at is None):
        raise BadRequest("Say when, in one way: either cron, such as 'daily' or '30 9 * * mon-fri', or at.")
    if cron is not None:
        return {"cron_expression": parse(cron).expression}
    if at is None:
        return {}
    if at <= ctx.now():
        raise BadRequest(f"at is in the past: it is {ctx.now().isoformat()} now. Give a later instant.")
    if at > ctx.now() + _FARTHEST:
        raise BadRequest(f"at is more than ten years away: it is {ctx.now().isoformat()} now. Give an earlier instant.")
    return {"cron_expression": None, "run_at": at.replace(microsecond=0)}


def _payload(ctx: Context, schedule: Schedule | None, target: Mapping[str, Any], config: str | None) -> dict[str, Any]:
    """The config of its runs; nothing when that stays as it is. Another type of run needs another one."""
    kept_type = None if schedule is None else schedule.job_type
    workflow_type = WorkflowType(target.get("job_type", kept_type))
    if config is None and workflow_type.value == kept_type:
        return {}
    overrides: dict[str, Any] = orjson.loads(config or "{}")
    template_id = target.get("template_id", None if schedule is None else schedule.template_id)
    template = None if template_id is None else templates.get_template(ctx.session, template_id)
    run_type = ctx.engine.run_types[workflow_type]
    overrides = run_type.with_kept_names(overrides)
    settings = overrides if template is None else settings_of(template, overrides, run_type)
    checked_settings = ctx.engine.check(workflow_type, settings, by=ctx.caller)
    account_id = overrides.get("platformAccountId")
    if account_id is not None and accounts.get_account(ctx.session, str(account_id)) is None:
        raise NotFound(f"There is no account {account_id!r}. list_accounts shows what there is.")
    # What the template says is read anew by each run; where a file may lie is decided by who names it, now, and so is
    # what was left out because there is only one answer to it today.
    payload = overrides | {
        name: value for name, value in checked_settings.items() if name in (FILE, ALLOWED) or name not in settings
    }
    return {"payload": orjson.dumps(payload).decode()}


def _note_who_starts_runs(ctx: Context, schedule: Schedule) -> None:
    note = ctx.services.who_starts_runs() if schedule.enabled else None
    if note is not None:
        ctx.notes.append(note)


def _create(ctx: Context, changes: dict[str, Any]) -> Schedule:
    values: dict[str, Any] = {"name": _usual_name(ctx, changes), "timezone": local_zone_name(), "run_at": ctx.now()}
    values |= changes
    if ctx.caller.face not in CONTRACT_FACES:
        _refuse_twin(ctx, values)
    return schedules.create_schedule(ctx.session, **{**values, **_first(ctx, Schedule(**values))})


def _refuse_twin(ctx: Context, values: Mapping[str, Any]) -> None:
    """See to it that nothing runs twice because it was set twice.

    Raises:
        Conflict: another schedule starts the same at the same instants
    """
    twin = schedules.find_twin(
        ctx.session,
        name=values["name"],
        job_type=values["job_type"],
        template_id=values.get("template_id"),
        payload=values.get("payload", "{}"),
        cron_expression=values.get("cron_expression"),
    )
    if twin is not None and (twin.cron_expression is not None or twin.run_at == values["run_at"]):
        raise Conflict(
            f"Schedule {twin.name!r} ({twin.id}) starts the same already, and both would run. To change it, call again "
            f"with schedule_id={twin.id!r}."
        )


def _usual_name(ctx: Context, changes: Mapping[str, Any]) -> str:
    template = templates.get_template(ctx.session, changes["template_id"]) if changes["template_id"] else None
    return WorkflowType(changes["job_type"]).label if template is None else template.name


def _change(ctx: Context, schedule: Schedule, changes: dict[str, Any]) -> Schedule:
    new_schedule = Schedule(**{**schedule.model_dump(), **changes})
    if _clockwork(new_schedule) != _clockwork(schedule):
        changes = {**changes, **_first(ctx, new_schedule)}
    schedules.update_schedule(ctx.session, schedule.id, **changes)
    return schedule


def _clockwork(schedule: Schedule) -> tuple[object, ...]:
    """What its instants depend on. Any other change leaves them alone, also one that waits for its jitter."""
    cron = schedule.cron_expression
    return (schedule.enabled, cron, schedule.run_at if cron is None else schedule.timezone)


def _first(ctx: Context, schedule: Schedule) -> dict[str, Any]:
    """Its instants begin anew from now; what was missed while it was switched off or different does not count."""
    first = instant_after(schedule, ctx.now())
    if not schedule.enabled:
        return {"next_run_at": None, "retry_at": None, "run_at": first or schedule.run_at}
    if first is None:
        raise BadRequest("The instant of this schedule has passed. Give a new one as `at`, or a cron expression.")
    return {"next_run_at": first, "run_at": first}
