"""What is meant to be taken back: a run, a change, a day, or what was changed last (docs/storage.md, "Undo")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from onelane.storage.database import recorded_changes
from onelane.storage.database.recorded_changes import KEPT_DAYS, REDO, Change
from onelane.storage.workflows import run_trees, runs
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.result import when
from onelane.tools.workflows.run_reading.run_rows import run_row
from onelane.tools.workflows.undo.row_words import words_of_changes

LAST = "last"
_DAYS_AGO = {"today": 0, "yesterday": 1}
_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """What is taken back.

    Args:
        name: how it is called in a sentence
        changes: newest first
    """

    name: str
    changes: Sequence[Change]

    @property
    def change_ids(self) -> list[str]:
        """Their ids."""
        return [change.id for change in self.changes]

    @property
    def run_ids(self) -> set[str]:
        """The runs that they belong to."""
        return {change.run_id for change in self.changes if change.run_id is not None}


def find_scope(ctx: Context, what: str) -> Scope:
    """What is meant.

    Raises:
        BadRequest: nothing is meant
        NotFound: there is nothing to take back
        Conflict: it was taken back already, or goes on
    """
    scope = _scope_of(ctx, what.strip())
    if not scope.changes:
        raise NotFound(f"Nothing of {scope.name} can be taken back. {_latest(ctx)}")
    return scope


def _scope_of(ctx: Context, what: str) -> Scope:
    session = ctx.session
    if what == LAST:
        return _of_last(ctx)
    if what.startswith("run_"):
        return _of_run(ctx, what)
    if (day := _day(ctx, what)) is not None:
        first, end = (datetime.combine(each, time(), _zone(ctx)) for each in (day, day + timedelta(days=1)))
        return Scope(f"{day:%Y-%m-%d}", recorded_changes.changes_between(session, first, end))
    if not what.startswith("chg_"):
        raise BadRequest(
            f"Say a run's id, a change's id, a day such as 2026-11-26, today or yesterday, or last, not {what!r}."
        )
    return _of_change(ctx, what)


def _of_last(ctx: Context) -> Scope:
    change = recorded_changes.last_change(ctx.session)
    if change is None:
        return Scope("the latest change", [])
    # What a person means is all of the run.
    scope = _alone(change) if change.run_id is None else _of_run(ctx, change.run_id)
    # Syncs that brought nothing since have moved its place on; it goes back as well, so that it brings them again.
    noted = [each for each in recorded_changes.places_noted_since(ctx.session, change) if not _goes_on(ctx, each)]
    own_ids = set(scope.change_ids)
    return Scope(scope.name, [*(each for each in noted if each.id not in own_ids), *scope.changes])


def _goes_on(ctx: Context, change: Change) -> bool:
    run = None if change.run_id is None else runs.get_workflow_run(ctx.session, change.run_id)
    return run is not None and not run.status.is_over


def _of_run(ctx: Context, run_id: str) -> Scope:
    rows = [run_row(ctx.session, run_id), *run_trees.list_descendants(ctx.session, run_id)]
    for row in rows:
        if not RunStatus(row["status"]).is_over and row["id"] != ctx.caller.run_id:
            raise Conflict(f"Run {row['id']} is {row['status']}. Cancel it first, then undo it.")
    return Scope(f"run {run_id}", recorded_changes.changes_of_runs(ctx.session, [str(row["id"]) for row in rows]))


def _of_change(ctx: Context, change_id: str) -> Scope:
    change = recorded_changes.get_change(ctx.session, change_id)
    if change is not None and change.undone_by is not None:
        raise Conflict(f"Change {change_id} was taken back already, by {change.undone_by}. {_latest(ctx)}")
    if change is not None and change.what == REDO:
        raise Conflict(f"Change {change_id} only did again what had been taken back; undo that. {_latest(ctx)}")
    return Scope(f"change {change_id}", []) if change is None else _alone(change)


def _alone(change: Change) -> Scope:
    return Scope(f"change {change.id} ({change.what})", [change])


def _zone(ctx: Context) -> ZoneInfo:
    return ZoneInfo(ctx.services.workspace.read(ctx.session).zone_name)


def _day(ctx: Context, text: str) -> date | None:
    if (days_ago := _DAYS_AGO.get(text.lower())) is not None:
        return ctx.now().astimezone(_zone(ctx)).date() - timedelta(days=days_ago)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _latest(ctx: Context) -> str:
    latest = recorded_changes.latest_changes(ctx.session, limit=_MOST_LISTED)
    if not latest:
        return f"No change is kept yet; those of the last {KEPT_DAYS} days are."
    done = words_of_changes(ctx.session, [each.id for each in latest])
    lines = (f"{each.id} ({each.what}, {when(each.created_at)}: {done[each.id]})" for each in latest)
    return "The latest are " + "; ".join(lines) + "."
