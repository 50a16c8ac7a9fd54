"""`onelane sync`: imports an export file, as a run that survives a crash of this process."""

from pathlib import Path
from typing import Annotated

import typer

from onelane.server.app import Onelane
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note
from onelane.server.cli.run_progress import follow
from onelane.server.cli.workspace import call, workspace
from onelane.tools.registry.errors import BadRequest
from onelane.tools.sync.export_files import find_imports
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_views import RunView

_FILES_NAMED = 3


def command(
    sub_type: Annotated[SyncSubType, typer.Argument(metavar="SUBTYPE", help="What to bring in.")],
    file: Annotated[
        Path | None, typer.Argument(help="The export: a file, a zip as it was downloaded, or an unpacked folder.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            help="The id of the account that the export is of; onelane accounts list shows it. Without FILE, its "
            "mailbox is read by IMAP."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON and nothing else.")] = False,
) -> None:
    with workspace() as onelane:
        run_id = _started(onelane, sub_type, file, account)
        if not as_json:
            note(f"Run {run_id}")
        onelane.engine.serve(is_brief=True)
        follow(onelane, run_id, as_json=as_json)


command.__doc__ = with_examples(
    "Bring in people, posts or e-mail metadata from an export file.\n\n"
    "The file may be any that you can read. It comes in as a recorded run: importing the same file again adds nothing, "
    "and an import that was interrupted goes on where it stopped. Without FILE, this says how to get one.",
    "onelane sync linkedin_contacts ~/Downloads/Connections.csv",
    "onelane sync gmail_contacts contacts.vcf --json",
    "onelane sync x_contacts twitter-2026-11-01.zip",
    "onelane sync gmail_metadata --account ACCOUNT_ID",
)


def _started(onelane: Onelane, sub_type: SyncSubType, file: Path | None, account: str | None) -> str:
    """The id of the run, which is in the database when this returns."""
    if file is None and account is None:
        raise BadRequest(_how_to_get_one(onelane, sub_type))
    # Another process may carry the run out, and works in another folder.
    path = None if file is None else str(file.expanduser().absolute())
    given = {"sub_type": sub_type, "file": path, "platform_account_id": account}
    run = call(onelane, "start_sync", {name: value for name, value in given.items() if value is not None})
    assert isinstance(run, RunView)
    return run.id


def _how_to_get_one(onelane: Onelane, sub_type: SyncSubType) -> str:
    from onelane.tools.platforms.exports import sub_types

    known = sub_types().get(sub_type)
    if known is None:
        return f"{sub_type.label} can't be read from a file. What can: {', '.join(sub_types())}."
    found = find_imports(sub_type, onelane.settings.readable_dirs, limit=_FILES_NAMED)
    if found:
        lines = "\n".join(f"  onelane sync {sub_type} '{path}'" for path in found)
        return f"Say which file to import. These fit:\n{lines}"
    return f"Say which file to import: {known.expected}. {known.advice} Then: onelane sync {sub_type} FILE"
