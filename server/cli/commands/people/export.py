"""`onelane export`: everything that is yours, as files for other programs (docs/backups.md, "Exports")."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, number_of
from onelane.server.cli.workspace import workspace
from onelane.tools.people.contact_files import FileForm, count_exported, export_pieces, filter_of
from onelane.tools.registry.errors import BadRequest, Conflict


def command(
    file: Annotated[Path, typer.Argument(help="The file to write: .csv, .vcf or .json; - is stdout.")],
    form: Annotated[FileForm | None, typer.Option("--format", help="By default what the file's ending says.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only contacts with this tag.")] = None,
    query: Annotated[str | None, typer.Option(help="Only contacts with these words.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only contacts who are due by their rhythm.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Put runs, steps, templates and all else behind the contacts (json).")
    ] = False,
) -> None:
    file_form = form or _form_of(file)
    if everything and file_form is not FileForm.JSON:
        raise BadRequest("Only json holds everything. Leave out --all, or write a .json file.")
    contact_filter = filter_of(tag, query, due=due)
    if everything and contact_filter is not None:
        raise BadRequest("--all holds everybody. Leave it out, or leave out --tag, --query and --due.")
    with workspace() as onelane, onelane.database.read() as session:
        pieces = export_pieces(session, file_form, where=contact_filter, everything=everything)
        if str(file) == "-":
            _write(sys.stdout.buffer, pieces)
            return
        target = file.expanduser().absolute()
        byte_count = _write_file(target, pieces)
        count = count_exported(session, file_form, contact_filter)
    note(f"Exported {number_of(count, 'contact')} to {target} ({_size(byte_count)}).")
    if file_form is FileForm.JSON:
        note(f"Onelane reads it back: onelane sync onelane_contacts '{target}'")


command.__doc__ = with_examples(
    "Write your contacts into a file: for a spreadsheet (.csv), an address book (.vcf), or whole (.json).\n\n"
    "The spreadsheet and the address book hold contacts that are not archived. The .json holds all of them with their "
    "identities, addresses and sources, and Onelane reads it back with nothing lost. A file that is there is not "
    "replaced.",
    "onelane export contacts.csv",
    "onelane export fintech.csv --tag fintech",
    "onelane export contacts.json",
    "onelane export everything.json --all",
)


def _size(byte_count: int) -> str:
    return f"{byte_count / 1_000_000:,.1f} MB" if byte_count >= 1_000_000 else f"{byte_count / 1_000:,.1f} kB"


def _form_of(file: Path) -> FileForm:
    try:
        return FileForm(file.suffix.removeprefix(".").lower())
    except ValueError:
        ways = ", ".join(f".{each}" for each in FileForm)
        raise BadRequest(f"The file's ending says how it is written: {ways}. Or say --format.") from None


def _write_file(target: Path, pieces: Iterable[bytes]) -> int:
    if not target.parent.is_dir():
        raise BadRequest(f"There is no folder {target.parent}. Make it, or name a file in another one.")
    try:
        stream = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Conflict(f"There is a file {target} already. Choose another name; an export replaces nothing.") from None
    try:
        with stream:
            return _write(stream, pieces)
    except BaseException:
        # Half an export is none.
        target.unlink(missing_ok=True)
        raise


def _write(stream: BinaryIO, pieces: Iterable[bytes]) -> int:
    return sum(stream.write(piece) for piece in pieces)
