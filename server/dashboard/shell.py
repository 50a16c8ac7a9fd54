"""What stands around every page: how much waits for the person."""

from dataclasses import dataclass

from onelane.server.dashboard.visit import Visit
from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus


@dataclass(frozen=True, slots=True)
class Shell:
    """What the sidebar says.

    Args:
        awaiting: how many messages wait for approval
    """

    awaiting: int = 0


def shell_of(visit: Visit) -> Shell:
    """The shell for this visit."""
    with visit.onelane.toolbox.database.read() as session:
        return Shell(awaiting=outbound_lists.count_in_state(session, ActionStatus.AWAITING_APPROVAL))
