"""What the planner knows of where somebody is, and of what is written for their next step."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows.enrollments import Enrollment
from onelane.tools.outreach.planning.facts import ActionFacts, EnrollmentFacts
from onelane.tools.outreach.rendering import Words
from onelane.tools.outreach.template.step_places import VersionPlaces

MOVED = "moved_to_version"
"""Why an action was cancelled whose person goes on in another version: its step was not left out."""
RETURNED = "returned"
"""Why one was cancelled whose person stands at an earlier step again, for that letter came back."""


def former_places(
    session: Session, template_id: str, rows: Collection[Enrollment], actions: Mapping[str, Sequence[OutboundAction]]
) -> VersionPlaces | None:
    """Where the steps of other versions stand, if anybody was sent something in one that they are not in any more."""
    has_moved = any(
        action.template_version_id != row.template_version_id for row in rows for action in actions.get(row.id, ())
    )
    return version_places(session, template_id) if has_moved else None


def version_places(session: Session, template_id: str) -> VersionPlaces:
    """Where the steps of a template's versions stand in each other."""
    versions = template_versions.list_versions(session, template_id)
    return VersionPlaces({each.id: orjson.loads(each.steps) for each in versions})


def enrollment_facts(
    enrollment: Enrollment,
    actions: Sequence[OutboundAction],
    *,
    began: datetime,
    places: VersionPlaces | None = None,
    version_id: str | None = None,
) -> EnrollmentFacts:
    """Where somebody is.

    Args:
        enrollment: their row
        actions: what was written for it
        began: since when the step counts, where the row does not say
        places: where steps stand that were carried out in another version
        version_id: the version whose steps are counted, where it is not the row's
    """
    own_version = version_id or enrollment.template_version_id
    words = {
        ActionStatus.SENT: "sent",
        ActionStatus.CANCELLED: "skipped",
        ActionStatus.REJECTED: "skipped",
    }
    outcomes = {
        _place(action, own_version, places): "done" if action.transport is Transport.TASK and word == "sent" else word
        for action in actions
        if (word := words.get(action.status)) is not None and action.reason not in (MOVED, RETURNED)
    }
    return EnrollmentFacts(
        id=enrollment.id,
        status=enrollment.status,
        step_index=enrollment.current_step_index,
        step_began_at=enrollment.step_began_at or began,
        seed=enrollment.seed,
        epoch=enrollment.epoch,
        state_reason=enrollment.state_reason,
        paused_until=enrollment.paused_until,
        outcomes=outcomes,
        last_subject=next((each.subject for each in reversed(actions) if has_left(each)), None),
    )


def has_left(action: OutboundAction) -> bool:
    """Whether a letter left, or may have, so that what follows it is in its thread."""
    return action.status in (ActionStatus.SENT, ActionStatus.UNCERTAIN) and action.message_id is not None


def _place(action: OutboundAction, version_id: str | None, places: VersionPlaces | None) -> int:
    """Where the step of an action stands in a version; one that is not there any more stands before all others."""
    if places is None or version_id is None or action.template_version_id in (None, version_id):
        return action.step_index
    return places.between(action.template_version_id, version_id).known_places.get(
        action.step_index, -1 - action.step_index
    )


def current_action(enrollment: Enrollment, actions: Sequence[OutboundAction]) -> OutboundAction | None:
    """What is written for the step that comes next; what failed counts until the step is begun anew."""
    key = outbound_actions.action_key(enrollment.id, enrollment.current_step_index, enrollment.epoch)
    step_actions = [
        each
        for each in actions
        if each.step_index == enrollment.current_step_index
        and (not each.status.is_over or (each.status is ActionStatus.FAILED and each.action_key == key))
    ]
    return step_actions[-1] if step_actions else None


def fixed_words(action: OutboundAction | None) -> Words | None:
    """What an action says that no template changes any more: a person wrote it, or it is on its way; else None."""
    if action is None:
        return None
    is_fixed = action.edited_at is not None or action.status in (ActionStatus.SENDING, ActionStatus.UNCERTAIN)
    return Words(action.subject, action.body_text, action.body_html) if is_fixed else None


def action_facts(enrollment: Enrollment, actions: Sequence[OutboundAction]) -> ActionFacts | None:
    """What the planner looks at of what is written for the step that comes next."""
    action = current_action(enrollment, actions)
    if action is None:
        return None
    return ActionFacts(action.status, action.approved_at, is_approved_alone=action.approved_via is not None)
