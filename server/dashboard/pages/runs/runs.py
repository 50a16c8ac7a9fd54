"""The hub: all runs as a list, as a board, or on one axis of time; filters stay in the address over all three."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from onelane.server.components.runs import columns_of, listed_by
from onelane.server.dashboard.addresses import address_with
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs.changes import titles_of_runs
from onelane.server.dashboard.pages.runs.lanes import FUTURE_HOURS, PAST_HOURS, Axis, Lane, lane_of, svg_of
from onelane.server.dashboard.refusals import for_person
from onelane.server.dashboard.totals import totals_of
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.workflows.run_reading.run_orders import RunOrder
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.errors import BadRequest, NotFound, ToolError
from onelane.tools.workflows.lasting_changes import Action
from onelane.tools.workflows.run_reading.run_places import cursor_in

PATH = "/dashboard/workflows"
VIEWS = ("list", "kanban", "swimlane")
PAGE_SIZE, CARDS, LANE_RUNS = 50, 20, 40
_MOST_REASONS = 3
SINCE = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}
_DAY_SECONDS = 86_400
_QUERY_NAMES = ("view", "q", "status", "workflowType", "templateId", "since", "sort")


def read(visit: Visit) -> Mapping[str, object]:
    """What all views share, and what the one that is asked for shows."""
    view = visit.query.get("view") or VIEWS[0]
    if view not in VIEWS:
        raise BadRequest(f"There is no view {view[:40]!r}; there are: {', '.join(VIEWS)}.")
    values = {"list": _list, "kanban": _board, "swimlane": _lanes}[view](visit)
    return {**_around(visit, view), **values}


def read_changed(visit: Visit, run_ids: Sequence[str]) -> Mapping[str, object]:
    """The rows of runs that changed, as this view shows them."""
    runs = [run for each in run_ids if (run := _run_if_there(visit, each))]
    return {"view": visit.query.get("view") or VIEWS[0], "changed": runs}


def _run_if_there(visit: Visit, run_id: str) -> Mapping[str, Any] | None:
    try:
        return visit.call("get_run", run_id=run_id, steps_limit=0)
    except NotFound:
        return None


def steer_all(visit: Visit, form: Form) -> Done:
    """Pause, retry or cancel each run that is selected; says why others were not."""
    words = {Action.PAUSE: "paused", Action.RESUME: "resumed", Action.CANCEL: "cancelled", Action.RETRY: "retried"}
    action, run_ids, errors = form.text("action"), form.all("run"), dict[str, str]()
    if action not in words:
        raise BadRequest(f"Choose what to do with them: {', '.join(words)}. Nothing was changed.")
    if not run_ids:
        raise BadRequest("Tick a run first. Nothing was changed.")
    for run_id in run_ids:
        try:
            visit.call("control_run", run_id=run_id, action=action)
        except ToolError as error:
            errors[run_id] = for_person(error, visit.onelane.toolbox.registry)
    count = len(run_ids) - len(errors)
    said = f"{count} {words[Action(action)]}.{_why_not(visit, errors)}"
    return Done(said, address_with(PATH, visit.given(*_QUERY_NAMES)))


def _why_not(visit: Visit, errors: Mapping[str, str]) -> str:
    """Why some stay as they were, each by what it does."""
    if not errors:
        return ""
    told_ids = list(errors)[:_MOST_REASONS]
    titles = titles_of_runs(visit, told_ids)
    reasons = [errors[each].replace(f"Run {each} ", f"“{titles.get(each, each)}” ") for each in told_ids]
    more = f" And {len(errors) - len(told_ids)} more." if len(errors) > len(told_ids) else ""
    return f" {len(errors)} not: {' '.join(reasons)}{more}"


def _around(visit: Visit, view: str) -> dict[str, object]:
    query = visit.given(*_QUERY_NAMES)
    return {
        "view": view,
        "given": {name: query.get(name, "") for name in _QUERY_NAMES},
        "totals": totals_of(visit),
        "since_choices": SINCE,
        "address": partial(address_with, PATH, query),
    }


def _list(visit: Visit) -> dict[str, object]:
    after, before = visit.query.get("after") or None, visit.query.get("before") or None
    order = _order(visit)
    page = visit.call(
        "list_runs",
        **_filters(visit),
        sort=order,
        backwards=bool(before),
        page_size=PAGE_SIZE,
        cursor=before or after,
    )
    runs, has_more = page["data"], bool(page.get("nextCursor"))
    return {
        "runs": runs,
        "total": page["total"],
        "sort": order.value,
        "next_cursor": _cursor(runs[-1], order) if runs and (has_more or before) else None,
        "previous_cursor": _cursor(runs[0], order) if runs and (after or (before and has_more)) else None,
    }


def _order(visit: Visit) -> RunOrder:
    order = visit.query.get("sort") or RunOrder.NEWEST.value
    if order not in list(RunOrder):
        raise BadRequest(f"Runs are not listed by {order[:40]!r}; there are: {', '.join(RunOrder)}.")
    return RunOrder(order)


def _board(visit: Visit) -> dict[str, object]:
    return {"columns": columns_of(partial(visit.call, "list_runs"), _filters(visit), CARDS)}


def _lanes(visit: Visit) -> dict[str, object]:
    now = visit.now.timestamp()
    axis = Axis(min(_until(visit, now), now), now)
    filters, kinds = _filters(visit), list(WorkflowType)
    only_kind = filters.pop("workflow_type", None)
    schedules = visit.call("list_schedules", page_size=100)["data"]
    lanes: list[Lane] = []
    for kind in kinds:
        if only_kind in (None, kind.value):
            runs = _lane_runs(visit, kind, axis, filters)
            lanes.append(lane_of(axis, kind, runs, [s for s in schedules if s["workflowType"] == kind.value]))
    coming = sorted((each for each in schedules if each["nextRuns"] and each["enabled"]), key=_next)
    return {
        "lanes": lanes,
        "chart": svg_of(axis, lanes),
        "earlier": int(axis.until - PAST_HOURS * 3600),
        "is_now": axis.until == now,
        "hours": (PAST_HOURS, FUTURE_HOURS),
        "coming": coming[:8],
    }


def _lane_runs(visit: Visit, kind: WorkflowType, axis: Axis, filters: Mapping[str, Any]) -> list[Any]:
    arguments = {**filters, "workflow_type": kind.value, "page_size": LANE_RUNS}
    # The newest ones up to the end of the axis: a list by key counts nothing.
    recent = visit.call("list_runs", **arguments, cursor=f"{int(axis.until) + 1}.0")["data"]
    recent_ids = {run["id"] for run in recent}
    going_on: list[Any] = []
    if not filters.get("status"):
        going_on = visit.call("list_runs", **{**arguments, "status": "running"})["data"]
    return [
        run
        for run in (*recent, *(each for each in going_on if each["id"] not in recent_ids))
        if run["createdAt"] <= axis.until
    ]


def _filters(visit: Visit) -> dict[str, Any]:
    """The arguments of `list_runs` that the address says."""
    names = {"q": "q", "status": "status", "workflowType": "workflow_type", "templateId": "template_id"}
    arguments = {argument: visit.query[name] for name, argument in names.items() if visit.query.get(name)}
    since = visit.query.get("since")
    if not since:
        return arguments
    if since not in SINCE:
        raise BadRequest("Runs are listed since 1, 7 or 30 days ago.")
    return {**arguments, "since": int(visit.now.timestamp()) - int(since) * _DAY_SECONDS}


def _until(visit: Visit, now: float) -> float:
    until = whole_number(visit.query.get("until"), most_digits=11)
    return now if until is None else until


def _next(schedule: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(schedule["nextRuns"][0]).astimezone(UTC).isoformat()


def _cursor(run: Mapping[str, Any], order: RunOrder) -> str:
    return cursor_in(order, listed_by(run))


PAGE = Page(
    PATH,
    "runs.html",
    read,
    section="workflows",
    acts={"steer": steer_all},
    changed=read_changed,
    fragment="runs_changed.html",
)
