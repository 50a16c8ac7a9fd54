"""Follows a run to its end: a progress bar on a terminal, then the result."""

import sys
from typing import Any

import typer

from onelane.server.app import Onelane
from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.entry_point import INTERRUPTED
from onelane.server.cli.output import complain, note, put, put_json
from onelane.server.cli.progress_bar import Show, progress_bar
from onelane.server.cli.results import data_of
from onelane.server.cli.workspace import call
from onelane.server.logs import LOG_FILE
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows.runs import ONGOING, RunStatus
from onelane.tools.registry.errors import Conflict

MOST_REASONS = 10
CANCEL_SECONDS = 30
"""A run ends at its next step; nobody waits longer than that for one that is stuck in a step."""


def follow(onelane: Onelane, run_id: str, *, as_json: bool) -> None:
    """Wait until a run is over, paused or waits for an instant, and say how it went.

    Args:
        onelane: where the run is; it executes the run if it may
        run_id: the run
        as_json: print the run as JSON instead

    Raises:
        Exit: 1 when the run failed or was cancelled, 130 when the person had enough of waiting
        NotFound: there is no such run
    """
    try:
        with progress_bar("Waiting") as show:
            status = onelane.engine.wait(run_id, RunProgress(show))
    except KeyboardInterrupt:
        _leave(onelane, run_id)
        raise typer.Exit(INTERRUPTED) from None
    run = _run(onelane, run_id)
    if as_json:
        put_json(run)
    else:
        _tell(onelane, run, status)
    if status in (RunStatus.FAILED, RunStatus.CANCELLED):
        raise typer.Exit(1)


class RunProgress:
    """Shows how far a run is, and says once, in a pipe as well, what holds it up, such as a full disk.

    Args:
        show: shows what is done
    """

    def __init__(self, show: Show) -> None:
        self._show = show
        self._reason: str | None = None

    def __call__(self, row: PlainRow) -> None:
        """Show a run as it stands."""
        self._show(RunStatus(row["status"]).label, row["processed_items"], row["total_items"])
        reason, is_ongoing = row["status_reason"], row["status"] in ONGOING and row["waits_until"] is None
        if reason is not None and reason != self._reason and is_ongoing:
            note(reason)
        self._reason = reason


def _run(onelane: Onelane, run_id: str) -> dict[str, Any]:
    """The run as data; its steps, of which there may be thousands, are another question."""
    run = data_of(call(onelane, "get_run", {"run_id": run_id, "steps_limit": 0}))
    return {name: value for name, value in run.items() if name not in ("steps", "next_steps_cursor")}


def _leave(onelane: Onelane, run_id: str) -> None:
    """Whether the run is to end as well is the person's choice; without a word from them it goes on."""
    if sys.stdin.isatty() and _wants_the_end(run_id):
        _end(onelane, run_id)
        return
    note(
        f"Run {run_id} is kept: another running Onelane goes on with it, or the next one that starts. "
        f"Type: onelane runs watch {run_id}"
    )


def _end(onelane: Onelane, run_id: str) -> None:
    try:
        call(onelane, "control_run", {"run_id": run_id, "action": "cancel"})
    except Conflict:
        note(f"Run {run_id} was over before it could be cancelled. onelane runs show {run_id} says what it brought.")
        return
    onelane.engine.wait(run_id, timeout_s=CANCEL_SECONDS)
    note(f"Run {run_id} is cancelled; what it brought until now is kept.")


def _wants_the_end(run_id: str) -> bool:
    try:
        return typer.confirm(f"\nCancel run {run_id} as well?", default=False, err=True)
    except (typer.Abort, KeyboardInterrupt):
        return False


def _tell(onelane: Onelane, run: dict[str, Any], status: RunStatus) -> None:
    say = complain if status is RunStatus.FAILED else put
    say(f"{status.label}: {run['title']}")
    say(f"  {in_commands(run['summary'])}")
    for each in run["result"].get("notUnderstood", ()):
        put(f"    {each['reason']}: {'; '.join(each['examples'])}")
    for reason in [reason for reason in run["errors"] if reason != run["status_reason"]][:MOST_REASONS]:
        complain(f"  {reason}")
    if run["waits_until"] is not None:
        note("It goes on by itself in whichever Onelane is open then; onelane service install keeps one open.")
    note(f"Look at it: onelane runs show {run['id']}")
    log = onelane.settings.home / LOG_FILE
    if status is RunStatus.FAILED and log.is_file():
        note(f"The log: {log}")
