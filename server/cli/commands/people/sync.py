"""`onelane sync`: imports an export file or asks the platform, as a run that survives a crash of this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from onelane.server.app import Onelane
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, put_json
from onelane.server.cli.results import data_of, put_text
from onelane.server.cli.run_progress import follow
from onelane.server.cli.workspace import call, workspace
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result
from onelane.tools.registry.runs.feed_addresses import is_address
from onelane.tools.sync.export_files import find_imports
from onelane.tools.sync.online.connected_accounts import NotConnected
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_reading.run_views import RunView

_MOST_FILES = 3
_WORDS = [sub_type.value for sub_type in SyncSubType]


def _sub_type_or_file(text: str) -> str:
    """What is typed first: what to bring in, or the file alone, which says that by itself.

    Raises:
        BadParameter: it is neither
    """
    if text in _WORDS or is_address(text) or Path(text).suffix or Path(text).expanduser().exists():
        return text
    raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, _WORDS))}.")


def command(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="SUBTYPE",
            parser=_sub_type_or_file,
            autocompletion=lambda: _WORDS,
            help=f"What to bring in: {', '.join(_WORDS)}. A file that holds one of them may be named alone.",
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="The export: a file, a zip as it was downloaded, or an unpacked folder. With substack_posts also the "
            "address of a publication.",
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            help="The id of the account that is asked, or that the export is of; onelane accounts list shows it. One "
            "that is connected needs no name."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Without FILE: ask for all, however little is new.")] = False,
    max_pages: Annotated[
        int | None, typer.Option(help="Without FILE: the most pages to ask for; the next sync goes on there.")
    ] = None,
    max_profiles: Annotated[int | None, typer.Option(help="With x_enrich: the most users to ask about.")] = None,
    contact: Annotated[
        list[str] | None, typer.Option(help="With x_enrich: only this contact, by id; may be said again.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Without FILE: ask for nothing that is older, such as 2026-10-01.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Start nothing and ask nobody: say what it would cost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON and nothing else.")] = False,
) -> None:
    if what is None:
        raise BadRequest(f"Say what to bring in ({', '.join(_WORDS)}), or name a file: onelane sync FILE")
    options = {"full": full or None, "max_pages": max_pages, "max_profiles": max_profiles, "since": since}
    options |= {"contact_ids": contact or None, "platform_account_id": account, "estimate": estimate or None}
    word, file = (what, file) if what in _WORDS else (file, what)
    if word is not None and word not in _WORDS:
        raise typer.BadParameter(f"Name one file at a time; behind {file} comes nothing or one of {', '.join(_WORDS)}.")
    sub_type = None if word is None else SyncSubType(word)
    with workspace() as onelane:
        answer = _start(onelane, sub_type, file, {name: value for name, value in options.items() if value is not None})
        if not isinstance(answer, RunView):
            (put_json(data_of(answer)) if as_json else put_text(answer.text()))
            return
        if not as_json:
            note(f"Run {answer.id}")
        onelane.engine.serve(is_brief=True)
        follow(onelane, answer.id, as_json=as_json)


command.__doc__ = with_examples(
    "Bring in people, posts or e-mail metadata: from an export file, or from the platform itself.\n\n"
    "The file may be any that you can read. Without FILE the platform is asked as your connected account (onelane "
    "accounts connect); without such an account, this says how to get one, or a file. Either way it is a recorded run: "
    "doing it again adds nothing twice, one that was interrupted goes on where it stopped, and one that a platform's "
    "limit stops goes on by itself.",
    "onelane sync linkedin_contacts ~/Downloads/Connections.csv",
    "onelane sync ~/Downloads/Connections.csv",
    "onelane sync gmail_contacts contacts.vcf --json",
    "onelane sync x_contacts --estimate",
    "onelane sync x_contacts --max-pages 5",
    "onelane sync x_enrich --contact CONTACT_ID",
    "onelane sync gmail_metadata --account ACCOUNT_ID",
    "onelane sync substack_posts https://NAME.substack.com",
)


def _start(onelane: Onelane, sub_type: SyncSubType | None, file: str | None, options: Mapping[str, Any]) -> Result:
    """The run, which is in the database when this returns; or what it would cost."""
    if file is None and sub_type is not None and not sub_type.is_online:
        raise BadRequest(_file_advice(onelane, sub_type))
    # Another process may carry the run out, and works in another folder.
    path = {} if file is None else {"file": file if is_address(file) else str(Path(file).expanduser().absolute())}
    try:
        return call(onelane, "start_sync", {"sub_type": sub_type, **path, **options})
    except NotConnected as error:
        way = "" if sub_type is None else _file_advice(onelane, sub_type)
        raise BadRequest(f"{error.connect}\nOr from a file. {way}" if way else error.connect) from error


def _file_advice(onelane: Onelane, sub_type: SyncSubType) -> str:
    from onelane.tools.platforms.exports import sub_types

    file_format = sub_types().get(sub_type)
    if file_format is None:
        return ""
    paths = find_imports(sub_type, onelane.settings.readable_dirs, limit=_MOST_FILES)
    if paths:
        lines = "\n".join(f"  onelane sync {sub_type} '{path}'" for path in paths)
        return f"Say which file to import. These fit:\n{lines}"
    return (
        f"Say which file to import: {file_format.expectation}. {file_format.advice} Then: onelane sync {sub_type} FILE"
    )
