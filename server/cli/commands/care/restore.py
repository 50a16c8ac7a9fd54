"""`onelane restore`: puts a backup in the place of what is there (docs/backups.md, "Restoring")."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from onelane.server.cli.backups.backup import BackupFacts
from onelane.server.cli.backups.restoring import Restored, restore_backup
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, put, put_json
from onelane.server.settings import read_settings
from onelane.storage.database.engine import utc_now
from onelane.storage.database.snapshot import Snapshot
from onelane.tools.registry.errors import BadRequest, Forbidden


def command(
    file: Annotated[Path, typer.Argument(help="A backup that onelane backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Leave out the keys that the backup holds.")
    ] = False,
    passphrase_stdin: Annotated[
        bool, typer.Option("--passphrase-stdin", help="Read the passphrase from stdin.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    settings = read_settings()
    if settings.read_only:
        raise Forbidden("Onelane runs in read-only mode, so that nothing can be restored.")
    done = restore_backup(
        settings,
        file.expanduser().absolute(),
        now=utc_now(),
        agree=lambda facts, there: None if yes else _ask(facts, there),
        passphrase=None if without_keys else _asking(from_stdin=passphrase_stdin),
    )
    if as_json:
        put_json(
            {
                **asdict(done.facts),
                "home": str(settings.home),
                "before": None if done.before is None else str(done.before),
                "keys": list(done.keys),
            }
        )
        return
    put(f"Restored {done.facts.contacts:,} contacts and {done.facts.runs:,} runs of {done.facts.made_at}.")
    for line in _next(done):
        note(line)


command.__doc__ = with_examples(
    "Put a backup in the place of what is there, after asking.\n\n"
    "What was there is kept beside it. Sending stays stopped until you start it: the backup doesn't know what went out "
    "since. Nothing else of Onelane may run here meanwhile.",
    "onelane restore ~/onelane-backup.zip",
)


def _next(done: Restored) -> list[str]:
    lines = [] if done.before is None else [f"What was there before is {done.before}."]
    if done.keys:
        lines.append(f"The keys came along: {', '.join(done.keys)}.")
    elif not done.facts.has_keys:
        lines.append("It held no keys: accounts of another machine are connected again by onelane accounts connect.")
    return [*lines, "Sending is stopped. When you have looked: onelane outbound start"]


def _ask(facts: BackupFacts, there: Snapshot | None) -> None:
    goes = "Nothing is here yet." if there is None else f"Here are {there.contacts:,} contacts and {there.runs:,} runs."
    question = f"{goes} Replace it by {facts.contacts:,} contacts and {facts.runs:,} runs of {facts.made_at}?"
    if not sys.stdin.isatty():
        raise Forbidden(f"{question} Say so with --yes; nothing was changed.")
    typer.confirm(question, abort=True, err=True)


def _asking(*, from_stdin: bool) -> Callable[[], str]:
    def ask() -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise BadRequest(
                "This backup holds keys under a passphrase. Pipe it in with --passphrase-stdin, or leave them out with "
                "--without-keys. Nothing was changed."
            )
        import getpass

        return getpass.getpass("Passphrase of the keys: ")

    return ask
