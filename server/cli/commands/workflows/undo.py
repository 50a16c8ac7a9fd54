"""`onelane undo`: takes back what a call, a run or a day changed (docs/storage.md, "Undo")."""

from typing import Annotated

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note
from onelane.server.cli.results import data_of, put_list, put_result
from onelane.server.cli.workspace import call, workspace
from onelane.tools.registry.short_ids import full_id

_COLUMNS = ("id", "what", "did", "run_id as run", "created_at as when")
_READ_AS = ("created_at as when", "what", "did", "id", "run_id as run")


def command(
    what: Annotated[
        str | None, typer.Argument(help="A run's id, a change's id, a day such as 2026-11-26, or last.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would take back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    with workspace() as onelane:
        if what is None:
            changes = call(onelane, "list_changes", {})
            if as_json:
                put_result(changes, as_json=True)
                return
            put_list(onelane, changes, _COLUMNS, read_as=_READ_AS)
            if data_of(changes)["total"]:
                note("Take one back with: onelane undo ID, or a whole run with its id")
            return
        arguments = {"what": full_id(onelane.database, what)}
        put_result(call(onelane, "preview_undo" if dry_run else "undo", arguments, yes=yes), as_json=as_json)


command.__doc__ = with_examples(
    "Take back what a call, a run or a day changed; without WHAT, list the latest changes.\n\n"
    "Imports, merges, prunes, tags, templates, enrollments. What somebody edited since stays, and is listed. "
    "Messages that were sent stay sent. An undo is a change too, and can be taken back.",
    "onelane undo",
    "onelane undo last",
    "onelane undo RUN_ID --dry-run",
)
