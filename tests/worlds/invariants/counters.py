"""Counters equal rows: what the product counts as it goes along is what can be counted afterwards."""

from collections import Counter
from collections.abc import Iterator

import orjson

from tests.worlds.view import WorldView

_COUNTED = ("processed", "success", "skipped", "error")


def each_run_counts_its_steps(view: WorldView) -> Iterator[str]:
    """The counters of a run are the sums of its steps, and its steps are numbered without a gap."""
    sums: dict[str, Counter[str]] = {}
    places: dict[str, list[int]] = {}
    for row in view.rows("SELECT workflow_run_id, step_index, output FROM workflow_steps ORDER BY step_index"):
        run_id = row["workflow_run_id"]
        sums.setdefault(run_id, Counter()).update(orjson.loads(row["output"]).get("counted") or {})
        places.setdefault(run_id, []).append(row["step_index"])
    for run in view.rows("SELECT * FROM workflow_runs ORDER BY id"):
        run_id = run["id"]
        found = places.get(run_id, [])
        if found != list(range(run["step_count"])):
            yield f"Run {run_id} counts {run['step_count']} steps and has {len(found)}, the last of them {found[-1:]}."
        # A sequence's run counts steps that are over, as they are told.
        for name in _COUNTED:
            counted = sums.get(run_id, Counter())[name]
            if run["workflow_type"] != "sequence" and run[f"{name}_items"] != counted:
                yield f"Run {run_id} counts {run[f'{name}_items']} {name} items, its steps {counted}."


def no_run_does_more_than_there_is(view: WorldView) -> Iterator[str]:
    """A run has dealt with no more items than it has found."""
    for run in view.rows("SELECT id, total_items, processed_items FROM workflow_runs WHERE total_items IS NOT NULL"):
        if run["processed_items"] > run["total_items"]:
            yield f"Run {run['id']} has {run['total_items']} items and has dealt with {run['processed_items']}."


def nothing_goes_wrong_inside(view: WorldView) -> Iterator[str]:
    """No run has ended because of a fault of ours."""
    for run in view.rows(
        "SELECT id, workflow_type, status_reason FROM workflow_runs "
        "WHERE status_reason LIKE 'Something went wrong inside%'"
    ):
        yield f"Run {run['id']} ({run['workflow_type']}) says: {run['status_reason']}"


def each_sequence_counts_what_was_carried_out(view: WorldView) -> Iterator[str]:
    """What a sequence's run counts is what its steps tell; nothing is told of a step that was not carried out."""
    for run in view.rows("SELECT * FROM workflow_runs WHERE workflow_type = 'sequence' ORDER BY id"):
        counts = Counter(
            (row["step_type"], row["status"])
            for row in view.rows(
                "SELECT step_type, status FROM workflow_steps WHERE workflow_run_id = :run",
                run=run["id"],
            )
        )
        success = counts["engagement_action", "completed"]
        skipped = counts["engagement_action", "skipped"]
        if (run["success_items"], run["skipped_items"]) != (success, skipped):
            yield (
                f"Run {run['id']} counts {run['success_items']} carried out and {run['skipped_items']} skipped; its "
                f"steps tell of {success} and {skipped}."
            )
        if run["processed_items"] != run["success_items"] + run["skipped_items"] + run["error_items"]:
            yield f"Run {run['id']} counts {run['processed_items']} items, and other numbers for what became of them."


def each_letter_is_told_once(view: WorldView) -> Iterator[str]:
    """What was sent has one step in its run and one engagement with its person; nothing else has."""
    times: Counter[str] = Counter()
    for row in view.rows(
        "SELECT input FROM workflow_steps WHERE step_type = 'engagement_action' AND status = 'completed'"
    ):
        times[orjson.loads(row["input"]).get("actionId")] += 1
    noted = Counter(
        row["outbound_action_id"]
        for row in view.rows("SELECT outbound_action_id FROM engagements WHERE outbound_action_id IS NOT NULL")
    )
    for row in view.rows("SELECT id, status, workflow_run_id, contact_id FROM outbound_actions ORDER BY id"):
        sent = 1 if row["status"] == "sent" else 0
        if row["contact_id"] is None:
            # Of who is erased there stays that it was sent, and no more.
            continue
        if noted[row["id"]] != sent:
            yield f"Action {row['id']} is {row['status']} and has {noted[row['id']]} engagements."
        if row["workflow_run_id"] is not None and times[row["id"]] != sent:
            yield f"Action {row['id']} is {row['status']}, and its run tells {times[row['id']]} times that it was sent."


def runs_are_counted_as_they_are(view: WorldView) -> Iterator[str]:
    """On SQLite, lists are counted by a table of numbers."""
    if view.database.dialect != "sqlite":
        return
    kept = {
        (row["workflow_type"], row["status"]): row["run_count"]
        for row in view.rows("SELECT * FROM workflow_run_counts WHERE template_id = '' AND run_count <> 0")
    }
    there = {
        (row["workflow_type"], row["status"]): row["found"]
        for row in view.rows(
            "SELECT workflow_type, status, count(*) AS found FROM workflow_runs GROUP BY workflow_type, status"
        )
    }
    for kind in sorted(kept.keys() | there.keys()):
        if kept.get(kind, 0) != there.get(kind, 0):
            yield f"{kept.get(kind, 0)} runs are counted of {' '.join(kind)}, and there are {there.get(kind, 0)}."


COUNTERS = (
    each_run_counts_its_steps,
    no_run_does_more_than_there_is,
    nothing_goes_wrong_inside,
    each_sequence_counts_what_was_carried_out,
    each_letter_is_told_once,
    runs_are_counted_as_they_are,
)
