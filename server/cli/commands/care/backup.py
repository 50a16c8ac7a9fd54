"""`onelane backup`: one file with everything that Onelane keeps (docs/backups.md)."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from onelane.server.cli.backups.backup import BackupFacts, what_it_holds, write_backup
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, put, put_json
from onelane.server.cli.results import AsJson
from onelane.server.cli.secret_input import read_secret
from onelane.server.cli.workspace import workspace
from onelane.server.last_backup import note_backup
from onelane.tools.registry.errors import BadRequest


def command(
    file: Annotated[Path, typer.Argument(help="The file to write, such as onelane-backup.zip.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Put the home's keys in as well, under a passphrase.")
    ] = False,
    passphrase_stdin: Annotated[
        bool, typer.Option("--passphrase-stdin", help="Read the passphrase from stdin.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    target = file.expanduser().absolute()
    with workspace() as onelane:
        passphrase = _new_passphrase(from_stdin=passphrase_stdin) if with_keys else None
        facts = write_backup(onelane.database, onelane.settings, target, passphrase)
        note_backup(onelane.settings.home, facts.made_at, target.name)
    if as_json:
        put_json({"file": str(target), "bytes": target.stat().st_size, **asdict(facts)})
        return
    size_mb = target.stat().st_size / 1_000_000
    put(f"Backed up {what_it_holds(facts)} to {target} ({size_mb:,.1f} MB).")
    note(_about_keys(facts))


command.__doc__ = with_examples(
    "Write everything that Onelane keeps into one file, while anything may run.\n\n"
    "Without --with-keys the passwords of accounts can't be read after it was restored elsewhere: they are entered "
    "again. Bring it back with onelane restore.",
    "onelane backup ~/onelane-backup.zip",
    "onelane backup ~/move.zip --with-keys",
)


def _about_keys(facts: BackupFacts) -> str:
    if facts.has_keys:
        return "It holds the home's keys under your passphrase; without that nobody can read them, you neither."
    return (
        "It holds no keys. On another machine accounts have to be connected again, and sending stays stopped until you "
        "start it; --with-keys brings them along."
    )


def _new_passphrase(*, from_stdin: bool) -> str:
    otherwise = "Nobody can be asked for a passphrase here. Pipe it in with --passphrase-stdin."
    passphrase = read_secret("Passphrase for the keys: ", from_stdin=from_stdin, otherwise=otherwise)
    if not from_stdin and read_secret("The same again: ", from_stdin=False, otherwise=otherwise) != passphrase:
        raise BadRequest("These two are not the same. Nothing was written.")
    return passphrase
