"""Approval: what a run may do only once a person has said so (docs/agent.md, "Approval").

Whatever a run has read may try to steer it, and everything that it reads may come from outside: pages, posts, but also
a contact's note. So no tool that sends, destroys or lasts is reached by a run's own decision, whatever led to it.
"""

from typing import Protocol

from onelane.tools.workflows.approvals import Verdict


class Approver(Protocol):
    """Asks a person who is there."""

    def ask(self, question: str) -> Verdict | None:
        """What they say; None when nobody is there."""
        ...


class Nobody:
    """Nobody is there: the run waits until somebody answers."""

    def ask(self, question: str) -> Verdict | None:
        """Nobody answers."""
        return None
