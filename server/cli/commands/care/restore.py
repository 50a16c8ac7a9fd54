"""`onelane restore`: puts a backup in the place of what is there (docs/backups.md, "Restoring")."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from onelane.server.cli.backups.backup import BackupFacts, what_it_holds
from onelane.server.cli.backups.restoring import Restoration, restore_backup
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, number_of, put, put_json
from onelane.server.cli.results import AsJson
from onelane.server.cli.secret_input import read_secret
from onelane.server.cli.workspace import ask
from onelane.server.settings import read_settings
from onelane.storage.database.engine import utc_now
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import when

_NO_PASSPHRASE = (
    "This backup holds keys under a passphrase. Pipe it in with --passphrase-stdin, or leave them out with "
    "--without-keys. Nothing was changed."
)


def command(
    file: Annotated[Path, typer.Argument(help="A backup that onelane backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Leave out the keys that the backup holds.")
    ] = False,
    passphrase_stdin: Annotated[
        bool, typer.Option("--passphrase-stdin", help="Read the passphrase from stdin.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    settings = read_settings()
    if settings.read_only:
        raise Forbidden("Onelane runs in read-only mode, so that nothing can be restored.")
    passphrase = partial(read_secret, "Passphrase of the keys: ", from_stdin=passphrase_stdin, otherwise=_NO_PASSPHRASE)
    restoration = restore_backup(
        settings,
        file.expanduser().absolute(),
        now=utc_now(),
        agree=lambda facts, here: None if yes else _ask(facts, here),
        passphrase=None if without_keys else passphrase,
    )
    if as_json:
        put_json(
            {
                **asdict(restoration.facts),
                "home": str(settings.home),
                "before": None if restoration.before is None else str(restoration.before),
                "keys": list(restoration.keys),
                "suppressions": restoration.suppressions,
                "since": None if restoration.since is None else asdict(restoration.since),
            }
        )
        return
    put(f"Restored {what_it_holds(restoration.facts)} of {_made_on(restoration.facts)}.")
    for line in _next(restoration):
        note(line)


command.__doc__ = with_examples(
    "Put a backup in the place of what is there, after asking.\n\n"
    "What was there is kept beside it. Sending stays stopped until you start it, and you are asked again for what was "
    "approved. Whoever has got a message since the backup, as what was there knows, is taken out of that sequence. "
    "Nothing else of Onelane may run here meanwhile.",
    "onelane restore ~/onelane-backup.zip",
)


def _next(restoration: Restoration) -> list[str]:
    lines = [] if restoration.before is None else [f"What was there before is {restoration.before}."]
    if restoration.keys:
        lines.append(f"The keys came along: {', '.join(restoration.keys)}.")
    elif not restoration.facts.has_keys:
        lines.append("It held no keys: accounts of another machine are connected again by onelane accounts connect.")
    if restoration.suppressions:
        number = number_of(restoration.suppressions, "suppression")
        lines.append(f"Kept from what was here, for the backup did not know of it: {number}.")
    lines += _since(restoration)
    lines.append("Sending is stopped, and what was approved waits for your yes again.")
    return [*lines, "When you have looked: onelane outbound start"]


def _since(restoration: Restoration) -> list[str]:
    """What left since the backup, and who would get it again."""
    since = restoration.since
    if since is None:
        line = (
            "Nothing here says what left since the backup: whoever got a message since gets it again once you approve "
            "it. Before you do, look into the folder of sent mail, and take them out on the page of their sequence."
        )
        return [line]
    lines: list[str] = []
    if since.departures:
        taken_out = f"{number_of(since.taken_out, 'enrollment')} ended, so that nobody gets the same again"
        lines.append(f"{number_of(since.departures, 'message')} left since the backup: {taken_out}.")
        lines.append("They are in: onelane outbound list --status sent (or uncertain)")
    if since.unknown:
        lines.append(f"Of who got one, the backup does not know {number_of(since.unknown, 'contact')}.")
    return lines


def _ask(facts: BackupFacts, contents: str) -> None:
    ask(f"{contents} Replace it by {what_it_holds(facts)} of {_made_on(facts)}?")


def _made_on(facts: BackupFacts) -> str:
    """When it was made, as a person reads it; what a backup says of itself may be anything."""
    try:
        return when(datetime.fromisoformat(facts.made_at))
    except ValueError:
        return facts.made_at
