"""Approval: calls of a run that wait for a person's yes (docs/agent.md, "Approval").

Whatever a run has read may try to steer it, and everything that it reads may come from outside: pages, posts, but also
a contact's note. So no tool that sends, destroys or lasts is reached by a run's own decision, whatever led to it.
"""

from typing import Protocol

from onelane.tools.registry.gate.run_questions import Verdict


class Approver(Protocol):
    """Asks the person at the terminal."""

    def ask(self, question: str) -> Verdict | None:
        """What they say; None when nobody is there."""
        ...


class Nobody:
    """Asks nobody: the run waits until a person answers."""

    def ask(self, question: str) -> Verdict | None:
        """Nobody answers."""
        return None
