"""`onelane enroll`: puts any number of contacts into a template."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from onelane.server.app import Onelane
from onelane.server.cli.checks.schedule_checks import sequence_findings
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note
from onelane.server.cli.progress_bar import progress_bar
from onelane.server.cli.results import put_result
from onelane.server.cli.workspace import CALLER, workspace
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.names import ids_in


def command(
    template: Annotated[str, typer.Argument(help="The template's id, or its name when only one is called so.")],
    contact: Annotated[list[str] | None, typer.Argument(help="Ids of contacts.")] = None,
    from_file: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="A file with an id in the first column of each line; - is stdin."),
    ] = None,
    tag: Annotated[str | None, typer.Option(help="All contacts with this tag.")] = None,
    query: Annotated[str | None, typer.Option(help="All contacts with these words.")] = None,
    due: Annotated[bool, typer.Option("--due", help="All contacts who are due by their rhythm.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else: an answer for each.")] = False,
) -> None:
    people = _people_arguments(contact or [], from_file, {"tag": tag, "query": query, "due": due or None})
    with workspace() as onelane, progress_bar("Enrolling") as show:
        call = onelane.toolbox.prepare("enroll_contacts", {"template_id": template, **people}, CALLER)
        call.tell_progress = lambda done, total: show("Enrolling", done, total)
        enrollment = call.run()
        idle = [] if as_json else _idle(onelane)
    put_result(enrollment, as_json=as_json)
    for each in idle:
        note(each)


command.__doc__ = with_examples(
    "Put contacts into a template, any number of them, with an answer for each.\n\n"
    "Who is in it already is not put in twice. A draft or paused template keeps them until it is active.",
    'onelane enroll "First hello" CONTACT_ID CONTACT_ID',
    'onelane enroll "First hello" --tag fintech',
    "onelane contacts search --tags fintech | onelane enroll TEMPLATE_ID --from -",
)


def _idle(onelane: Onelane) -> list[str]:
    """That nothing carries sequences on, where that is so."""
    with onelane.database.read() as session:
        findings = list(sequence_findings(session, onelane.settings))
    return [f"{each.what}. Next: {each.next}" for each in findings]


def _people_arguments(
    contact_ids: list[str], from_file: str | None, filter_options: Mapping[str, object]
) -> dict[str, Any]:
    """What the tool is told of whom to enroll.

    Raises:
        BadRequest: nobody is named, or both people and a filter are
        OSError: the file can't be read
    """
    filters = {name: value for name, value in filter_options.items() if value is not None}
    ids = [*contact_ids, *(() if from_file is None else _ids_in(from_file))]
    if filters and (ids or from_file is not None):
        raise BadRequest("Say whom: contacts, --from, or --tag, --query and --due.")
    if filters:
        return {"where": filters}
    if from_file is not None and not ids:
        where = "What was piped in" if from_file == "-" else Path(from_file).name
        raise BadRequest(
            f"{where} names nobody: the id of a contact, con_..., stands first in each line, as onelane contacts "
            "search prints it. Nobody was enrolled."
        )
    if not ids:
        raise BadRequest("Say whom: contacts, --from FILE, --tag, --query or --due.")
    return {"contact_ids": ids}


def _ids_in(file: str) -> Sequence[str]:
    """The ids in a file, or on stdin."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    return ids_in(text)
