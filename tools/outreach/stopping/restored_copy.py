"""A database that was put back from a copy: what its person said yes to may have left since the copy was made.

See docs/sequences.md, "The switch".
"""

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_lists, transmissions
from onelane.tools.outreach.outbound.approval import undo_action


def void_yeses(session: Session) -> None:
    """Let all that was approved wait for its person again, who knows more of what went out than the copy does.

    Of what was on its way nobody knows whether it arrived, and a version's yes covers nothing that is written anew.
    """
    for action_id in outbound_lists.list_approved_ids(session):
        undo_action(session, action_id)
    transmissions.leave_uncertain(session)
    template_versions.void_approvals(session)
