"""Schedules: what its person changed or deleted starts nothing any more, and what stays starts once each day."""

from collections import defaultdict
from collections.abc import Iterator

import orjson

from tests.worlds.person.schedules import PLANTED
from tests.worlds.view import WorldView

_DAY_SECONDS = 86_400


def no_schedule_starts_what_its_person_ended(view: WorldView) -> Iterator[str]:
    """A schedule that is deleted, or says something else by now, starts nothing of what it said."""
    starts = _starts(view)
    for said in view.yeses.ended_goals:
        if said.confirmed and not view.yeses.is_forgotten(said.at):
            for run_id, began in starts.get(said.about, []):
                if began > said.at.timestamp():
                    yield f"Run {run_id} began, and its schedule was ended at {said.at:%Y-%m-%d %H:%M}: {said.about}"


def each_schedule_starts_once_a_day(view: WorldView) -> Iterator[str]:
    """What starts once each day starts no more often, whoever ends, takes over or catches up meanwhile."""
    for goal, starts in _starts(view).items():
        first, last = starts[0][1], starts[-1][1]
        # What was missed is caught up later, so that two may be nearer to each other than a day.
        if len(starts) > (last - first) // _DAY_SECONDS + 2:
            yield f"{goal} began {len(starts)} times within {(last - first) / _DAY_SECONDS:.1f} days."


def _starts(view: WorldView) -> dict[str, list[tuple[str, int]]]:
    """The runs of each goal that was planted, with the instants at which they began, in order."""
    starts: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in view.rows(
        "SELECT id, created_at, config FROM workflow_runs WHERE trigger = 'scheduled' AND workflow_type = 'agent' "
        "ORDER BY created_at, id"
    ):
        goal = str(orjson.loads(row["config"]).get("goal"))
        if goal.startswith(PLANTED):
            starts[goal].append((row["id"], row["created_at"]))
    return starts


SCHEDULES = (no_schedule_starts_what_its_person_ended, each_schedule_starts_once_a_day)
