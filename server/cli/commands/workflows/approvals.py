"""`onelane approvals`: what runs and chats ask their person, answered at the terminal."""

from typing import Annotated

import typer

from onelane.server.app import Onelane
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put_json
from onelane.server.cli.person_door import PersonDoor
from onelane.server.cli.results import data_of, put_text
from onelane.server.cli.workspace import workspace
from onelane.storage.workflows import approvals
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.gate import answers
from onelane.tools.registry.short_ids import full_id
from onelane.tools.workflows.approvals import OpenQuestion, OpenQuestions, list_questions


def command(
    approval_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One question; without it all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is open as JSON, and answer nothing.")] = False,
) -> None:
    with workspace() as onelane:
        # As everywhere else, "list" shows all.
        approval_id = None if approval_id in (None, "list", "ls") else full_id(onelane.database, approval_id)
        with onelane.toolbox.database.read() as session:
            questions = [each for each in list_questions(session) if approval_id in (None, each.id)]
        if approval_id is not None and not questions:
            raise Conflict(f"Question {approval_id} is not open. onelane approvals shows what is.")
        open_questions = OpenQuestions(data=questions, total=len(questions))
        door = PersonDoor(onelane)
        if as_json or not door.is_at_terminal or not questions:
            put_json(data_of(open_questions)) if as_json else put_text(open_questions.text())
            return
        for each in questions:
            _ask(door, each)


command.__doc__ = with_examples(
    "Show what runs and chats ask you, and answer it.\n\n"
    "At a terminal each question is shown by itself: y, n, or Enter for later. A chat's question also has a code, "
    "which you can tell the chat instead.",
    "onelane approvals",
    "onelane approvals --json",
)


def _ask(door: PersonDoor, question: OpenQuestion) -> None:
    code = _code(door.onelane, question.id)
    more = "" if code is None else f"\nOr tell the chat this code, which is good once: {code}"
    allow = door.agrees(f"\n{question.text()}{more}", "Allow this? y, n, or Enter for later: ")
    if allow is not None:
        put_text(door.answer(question, allow=allow).text())


def _code(onelane: Onelane, approval_id: str) -> str | None:
    """The code of a question of a chat, as this door shows it."""
    with onelane.toolbox.database.read() as session:
        approval = approvals.get_approval(session, approval_id)
        key = onelane.toolbox.services.person_key
        return None if approval is None else answers.code_of(key, approval, Door.CLI)
