"""The person's door at a terminal: only who sits there answers, or who has their key (docs/agent.md, "Doors")."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from onelane.server.app import Onelane
from onelane.server.cli.chat.person import forget_typing
from onelane.server.cli.output import clean
from onelane.server.cli.workspace import workspace
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.short_ids import full_id
from onelane.tools.workflows.approvals import Answered, OpenQuestion, answer_question

_WORDS = {"y": True, "yes": True, "n": False, "no": False}


@dataclass(frozen=True)
class PersonDoor:
    """Asks whoever is there, and lets their answers count.

    Args:
        onelane: whose questions they are
    """

    onelane: Onelane

    @property
    def services(self) -> Services:
        """What the program has once."""
        return self.onelane.toolbox.services

    @property
    def is_at_terminal(self) -> bool:
        """Whether somebody sits there: nothing that is typed after the command stands for them."""
        return is_at_terminal()

    def full_id(self, id_text: str) -> str:
        """The whole id for what was typed.

        Raises:
            BadRequest: more than one id is meant
        """
        return full_id(self.onelane.database, id_text)

    def check(self) -> None:
        """See whether the person is there.

        Raises:
            Forbidden: neither a terminal nor their key is
        """
        if not self.is_at_terminal and self.onelane.settings.person_key is None:
            raise Forbidden(
                "Only the person can do this: type it at a terminal, or set ONELANE_PERSON_KEY in the environment. "
                "Nothing was changed."
            )

    def agrees(self, text: str, prompt: str) -> bool | None:
        """Show the person a text and ask for their word; with their key in the environment they have given it.

        Args:
            text: all of what they decide about
            prompt: the question

        Returns:
            Yes or no; None when they leave it for later.
        """
        show(text)
        if not self.is_at_terminal:
            return True
        return _WORDS.get(ask_for_line(prompt))

    def answer(self, question: OpenQuestion, *, allow: bool, reason: str | None = None) -> Answered:
        """Answer a question as it was shown.

        Raises:
            ToolError: it is not open any more, or says something else by now
        """
        return answer_question(
            self.services,
            question.id,
            allow=allow,
            via=Door.CLI,
            reason=reason,
            run_id=question.workflow_run_id,
            content_hash=question.hash,
        )


def is_at_terminal() -> bool:
    """Whether somebody sees what is shown and can type an answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def for_the_person() -> Generator[PersonDoor]:
    """Onelane for the length of a command that only the person may give.

    Raises:
        Forbidden: neither a terminal nor their key is there
    """
    with workspace() as onelane:
        door = PersonDoor(onelane)
        door.check()
        yield door


def show(text: str) -> None:
    """Put a text before the person, whatever the output is piped into."""
    sys.stderr.write(f"{clean(text)}\n")
    sys.stderr.flush()


def ask_for_line(prompt: str) -> str:
    """What the person types now; what was typed before the question can't be the answer to it."""
    forget_typing()
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        # Ctrl-D leaves the cursor behind the prompt.
        sys.stderr.write("\n")
    return clean(line).strip().lower()
