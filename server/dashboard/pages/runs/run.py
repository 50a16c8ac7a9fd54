"""A run: what it does and how it stands, its steps as a timeline or as a graph, what it asks, and how it is steered."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from onelane.server.components.runs import estimate_of
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs.run_facts import belongs_to, budget_of, people_of, steps_of
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.database import recorded_changes
from onelane.storage.workflows import run_trees
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.workflows.approvals import answer_question

PATH = "/dashboard/workflows/{run_id}"
CHUNK = 100
GRAPH_STEPS = 300
"""So many a page of the graph shows: more takes longer to draw than anybody reads in it."""
_ACTIONS = {"pause": "Paused.", "resume": "It goes on.", "cancel": "Cancelled.", "retry": "It goes on where it ended."}
_SOON = {"pause": "It holds at its next step.", "cancel": "It ends at its next step."}
_MOST_ERRORS = 40


def read(visit: Visit) -> Mapping[str, object]:
    """The run with its first steps, and where the others are."""
    kind = visit.query.get("steps") or "timeline"
    if kind not in ("timeline", "graph"):
        raise BadRequest("Steps are shown as timeline or graph.")
    only, is_timeline = visit.query.get("show") or "", kind == "timeline"
    run = visit.call("get_run", run_id=visit.places["run_id"], steps_limit=0)
    # The whole timeline has chunks that fill by themselves; what a filter lets through has pages.
    first = 0 if is_timeline and not only else whole_number(visit.query.get("from")) or 0
    page = _steps(visit, run["id"], first, limit=CHUNK if is_timeline else GRAPH_STEPS)
    return {
        **facts_of(visit, run),
        "people": people_of(visit, run),
        "kind": kind,
        "only": only,
        "first": first,
        "graph_steps": GRAPH_STEPS,
        "steps": steps_of(visit, page["data"]),
        "found": page,
        "chunks": range(CHUNK, run["stepCount"], CHUNK) if is_timeline and not only else (),
        "tail": -(-max(run["stepCount"], 1) // CHUNK) * CHUNK,
        "chunk": CHUNK,
    }


def read_changed(visit: Visit, run_ids: Sequence[str]) -> Mapping[str, object]:
    """The head as it stands now, and the last steps; people are counted only where that is asked for: it takes long."""
    run_id = visit.places["run_id"]
    run = visit.call("get_run", run_id=run_id, steps_limit=0)
    tail = whole_number(visit.query.get("tail"))
    parts = [] if tail is None else [_part(visit, run_id, first) for first in (tail - CHUNK, tail) if first >= 0]
    people = people_of(visit, run) if visit.query.get("counted") else None
    return {**facts_of(visit, run), "people": people, "parts": parts}


def facts_of(visit: Visit, run: Mapping[str, Any]) -> dict[str, object]:
    """What the page shows around the steps."""
    return {
        "run": run,
        "estimate": estimate_of(run, visit.now.timestamp()),
        "errors": orjson.loads(run["errors"])[:_MOST_ERRORS],
        "archived": _count_archived(run),
        "has_changes": _has_changes(visit, run),
        "belongs": belongs_to(visit, run),
        "budget": budget_of(visit, run),
    }


def _count_archived(run: Mapping[str, Any]) -> int:
    """How many people a pruning put aside; none when it only said who it would be."""
    result = orjson.loads(run["result"])
    is_for_real = run["workflowType"] == WorkflowType.PRUNE and not result.get("dryRun")
    return int(result.get("archived") or 0) if is_for_real else 0


def _has_changes(visit: Visit, run: Mapping[str, Any]) -> bool:
    """Whether something that it, or a run that it started, changed can be taken back now."""
    if not RunStatus(run["status"]).is_over:
        return False
    with visit.onelane.toolbox.database.read() as session:
        below = [str(each["id"]) for each in run_trees.list_descendants(session, run["id"])]
        return bool(recorded_changes.changes_of_runs(session, [run["id"], *below]))


def steer(visit: Visit, form: Form) -> Done:
    """Pause, resume, cancel or retry it."""
    action = form.text("action")
    run = visit.call("control_run", run_id=visit.places["run_id"], action=action)
    return Done(_SOON.get(run["control"]) or _ACTIONS[action], visit.path)


def answer(visit: Visit, form: Form) -> Done:
    """Answer what it asks, as it was shown."""
    if form.text("answer") not in ("yes", "no"):
        raise BadRequest("Press yes or no. Nothing was answered.")
    approval = answer_question(
        visit.onelane.toolbox.services,
        form.text("id"),
        allow=form.text("answer") == "yes",
        via=Door.DASHBOARD,
        reason=form.text("reason")[:1000] or None,
        run_id=visit.places["run_id"],
        content_hash=form.text("hash"),
    )
    return Done("Allowed; it goes on." if approval.allowed else "Refused; it goes on without.", visit.path)


def restore(visit: Visit, form: Form) -> Done:
    """Bring back all whom it archived."""
    restored = visit.call("restore_contacts", run_id=visit.places["run_id"])
    count = sum(each["outcome"] == "restored" for each in restored.get("outcomes", ()))
    return Done(f"{count:,} restored.", visit.path)


def _part(visit: Visit, run_id: str, first: int) -> dict[str, object]:
    return {"first": first, "steps": steps_of(visit, _steps(visit, run_id, first, limit=CHUNK)["data"])}


def _steps(visit: Visit, run_id: str, first: int, *, limit: int) -> Mapping[str, Any]:
    """So many steps from this index on; of those alone that the address asks for."""
    cursor = None if first == 0 else str(first - 1)
    only = visit.query.get("show") or None
    return visit.call("list_run_steps", run_id=run_id, cursor=cursor, limit=limit, only=only)


PAGE = Page(
    PATH,
    "run.html",
    read,
    section="workflows",
    acts={"steer": steer, "answer": answer, "restore": restore},
    changed=read_changed,
    fragment="run_changed.html",
)
