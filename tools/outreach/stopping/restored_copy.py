"""A database that was put back from a copy: what its person said yes to may have left since the copy was made.

See docs/sequences.md, "The switch", and docs/backups.md, "Restoring".
"""

from dataclasses import dataclass

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.departures import Departures, bring_departures, stays_written_to
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import outbound_actions, outbound_lists, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms import publishing
from onelane.storage.platforms.accounts import Transport
from onelane.storage.platforms.content import ContentStatus
from onelane.storage.workflows import tasks
from onelane.tools.outreach.content.publication import review_key
from onelane.tools.outreach.moving.outcomes import finish_step
from onelane.tools.outreach.outbound.approval import undo_action


@dataclass(frozen=True, slots=True)
class SinceCopy:
    """What has left since a copy was made, and what came of that.

    Args:
        departures: how many messages, tasks and posts those are
        taken_out: how many stays in sequences were ended for it
        unknown: how many of those who got something the copy does not know
    """

    departures: int
    taken_out: int
    unknown: int


def note_departures(session: Session, departures: Departures) -> SinceCopy:
    """Let a copy know what has left since it was made, and take whoever got it out of the sequence that they got it in.

    Which step comes next for them, the copy does not know; it would begin with what they have got.
    """
    action_ids = bring_departures(session, departures)
    tasks.close_actions(session, action_ids, tasks.TaskOutcome.DONE)
    stays = stays_written_to(session, departures)
    for each in stays:
        end_enrollment(session, each.id, each.status, each.reason, at=session.now())
    for action in outbound_actions.get_actions(session, action_ids):
        _note_departure(session, action)
    strangers = {row["to_address"] for row in departures.actions if row["contact_id"] is None} - {None}
    return SinceCopy(len(action_ids), len(stays), len(strangers))


def _note_departure(session: Session, action: OutboundAction) -> None:
    """Tell of what has left as if it had left by the copy: with its person, in its run, and with its draft."""
    item = publishing.get_item(session, action.content_item_id or "")
    if item is not None and item.status is ContentStatus.DRAFT:
        publishing.approve_item(session, item)
        tasks.close_task(session, review_key(item.id))
    if action.status is ActionStatus.SENT:
        outcome = "done" if action.transport is Transport.TASK else "sent"
        finish_step(session, action, outcome, at=action.sent_at or session.now())


def void_yeses(session: Session) -> None:
    """Let all that was approved wait for its person again, who knows more of what went out than the copy does.

    Of what was on its way nobody knows whether it arrived, and a version's yes covers nothing that is written anew.
    """
    for action_id in outbound_lists.list_approved_ids(session):
        undo_action(session, action_id)
    transmissions.leave_uncertain(session)
    template_versions.void_approvals(session)
