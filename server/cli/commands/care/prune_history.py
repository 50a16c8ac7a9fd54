"""`onelane prune-history`: deletes old runs and their steps."""

from datetime import timedelta
from typing import Annotated

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put, put_json
from onelane.server.cli.results import AsJson
from onelane.server.cli.workspace import workspace
from onelane.storage.database.engine import Database
from onelane.storage.database.recorded_changes import forget_changes
from onelane.storage.workflows import history
from onelane.storage.workflows.history import History
from onelane.tools.registry.errors import Forbidden

DAYS = 90
RUNS_AT_ONCE = 200
"""So that nobody waits long for the write lock."""


def command(
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=36_500,
            help=f"Delete what ended so many days ago; by default ONELANE_KEEP_HISTORY_DAYS or {DAYS}.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    with workspace() as onelane:
        if onelane.settings.read_only and not dry_run:
            raise Forbidden("Onelane runs in read-only mode, so prune-history can only be tried with --dry-run.")
        with onelane.database.read() as session:
            usual_days = onelane.toolbox.services.workspace.read(session).keep_history_days
        days = days or usual_days or DAYS
        counts = (_count if dry_run else _delete)(onelane.database, days)
    if as_json:
        put_json({"runs": counts.runs, "steps": counts.steps, "days": days, "dry_run": dry_run})
    else:
        put(f"{'Would delete' if dry_run else 'Deleted'} {counts.runs:,} runs with {counts.steps:,} steps.")


command.__doc__ = with_examples(
    "Delete runs that ended long ago, with their steps.\n\n"
    "What they brought stays: contacts, content and enrollments. What is going on or paused stays as well. What was "
    "changed so long ago can't be undone any more.",
    "onelane prune-history --days 30 --dry-run",
)


def _count(database: Database, days: int) -> History:
    with database.read() as session:
        return history.count_history(session, session.now() - timedelta(days=days))


def _delete(database: Database, days: int) -> History:
    runs = steps = 0
    while True:
        with database.write() as session:
            batch = history.delete_history(session, session.now() - timedelta(days=days), limit=RUNS_AT_ONCE)
        runs, steps = runs + batch.runs, steps + batch.steps
        if batch.runs == 0:
            forget_changes(database, older_than_days=days)
            return History(runs, steps)
