"""Under whose names messages go: what their sequence says, else their account (docs/sequences.md, "Approval")."""

from collections.abc import Mapping, Sequence
from functools import cache

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.workflows import templates
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.registry.errors import BadRequest


def sender_name_of(session: Session, action: OutboundAction) -> str | None:
    """Under whose name an action would go now; None where there is none."""
    return sender_names(session, [action.id]).get(action.id)


def sender_names(session: Session, action_ids: Sequence[str]) -> Mapping[str, str | None]:
    """Under whose names messages of sequences would go now, by their ids; tasks and drafts have none.

    Args:
        session: for reading
        action_ids: the actions
    """
    if not action_ids:
        return {}

    # A page of messages is of few versions.
    @cache
    def in_version(template_id: str, version_id: str | None) -> str | None:
        template = templates.get_template(session, template_id)
        try:
            return None if template is None else sequence_of(session, template, version_id).settings.sender
        except BadRequest:
            # Nothing goes while it can't be read.
            return None

    senders = outbound_lists.read_senders(session, action_ids)
    return {each.id: in_version(each.template_id, each.version_id) or each.account_name for each in senders}
