"""Writes what comes next for somebody: a message that waits for its approval, or a task for the person."""

from datetime import datetime, timedelta
from typing import Any

import orjson

from onelane.storage.outreach.outbound import action_moves, action_texts, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import UNSENT, WAITING, ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskOutcome, TaskType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.moving.content import content_hash
from onelane.tools.outreach.moving.drafting import Draft, draft
from onelane.tools.outreach.moving.move_context import MoveContext, Standing
from onelane.tools.outreach.planning.planner import Plan
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.reading.enrollment_facts import fixed_words
from onelane.tools.outreach.rendering import Words

_TITLES = {
    TemplateStepType.MESSAGE: "Write to {name} on {where}",
    TemplateStepType.CONNECT: "Connect with {name} on {where}",
    TemplateStepType.FOLLOW: "Follow {name} on {where}",
    TemplateStepType.LIKE: "Like something of {name} on {where}",
    TemplateStepType.COMMENT: "Comment on something of {name} on {where}",
}


def write_action(
    context: MoveContext, standing: Standing, earlier: list[OutboundAction], step_plan: Plan
) -> OutboundAction | None:
    """Write the next step of somebody; None where they can't be reached.

    Raises:
        MissingValue: a value is missing, and nothing stands in its place
        BadText: a text can't be rendered
    """
    if standing.person.address is None:
        return None
    enrollment, session = standing.enrollment, context.session
    action_id = session.new_id("out")
    new_draft = _draft(context, standing, earlier, step_plan, action_id)
    action = outbound_actions.add_action(
        session,
        id=action_id,
        action_key=outbound_actions.action_key(enrollment.id, new_draft.step_index, enrollment.epoch),
        **_of(context, standing),
        **new_draft.columns,
        **_standing_of(context, new_draft),
        not_before=None if step_plan.pace is None else step_plan.pace.window_at or step_plan.pace.begin_at,
    )
    if new_draft.transport is Transport.TASK:
        _ask(context, standing, action, new_draft.link)
    return action


def refresh(
    context: MoveContext, standing: Standing, earlier: list[OutboundAction], action: OutboundAction, step_plan: Plan
) -> None:
    """Render anew what has not left. What an approved message says now needs a new approval where it differs.

    Raises:
        MissingValue: a value is missing by now
        BadText: a text can't be rendered
    """
    if step_plan.step is None or step_plan.step.index != action.step_index or standing.person.address is None:
        return
    new_draft = _draft(context, standing, earlier, step_plan, action.id, words=fixed_words(action))
    if new_draft.content_hash == action.content_hash:
        _approve_with_version(context, action)
    elif action.transport is Transport.TASK:
        action_texts.rewrite_task(context.session, action.id, new_draft.columns)
        tasks.rewrite_action(context.session, action.id, new_draft.body_text, _payload(action, new_draft.link))
    else:
        is_new = action.status is ActionStatus.APPROVED
        changes = new_draft.columns | ({"expires_at": _expiry(context)} if is_new else {})
        action_texts.rewrite(context.session, action.id, changes, from_any=WAITING)


def leave_out(context: MoveContext, standing: Standing, step_index: int, reason: str) -> list[OutboundAction]:
    """Keep that a step was left out: what is written for it is cancelled, else a cancelled action says why."""
    session, enrollment = context.session, standing.enrollment
    key = outbound_actions.action_key(enrollment.id, step_index, enrollment.epoch)
    earlier_action = outbound_actions.find_action(session, key)
    if earlier_action is not None:
        action_moves.move_action(session, earlier_action.id, from_any=UNSENT, to=ActionStatus.CANCELLED, reason=reason)
        tasks.close_actions(session, [earlier_action.id], TaskOutcome.SKIPPED)
        return []
    step = context.sequence.steps[step_index]
    is_sent = mode_of(context.sequence.platform, step.step_type) is Mode.AUTO
    sends = context.account.transport if is_sent and context.account is not None else None
    columns: dict[str, Any] = {
        "channel": context.sequence.channel,
        "transport": sends or Transport.TASK,
        "step_type": step.step_type,
        "from_address": None,
        "to_address": standing.person.address,
        "subject": None,
        "body_text": None,
        "body_html": None,
        "in_reply_to": None,
    }
    action = outbound_actions.create_action(
        session,
        action_key=key,
        step_index=step_index,
        status=ActionStatus.CANCELLED,
        reason=reason,
        content_hash=content_hash(sender_name=None, **columns),
        **_of(context, standing),
        **columns,
    )
    return [] if action is None else [action]


def _draft(
    context: MoveContext,
    standing: Standing,
    earlier: list[OutboundAction],
    step_plan: Plan,
    action_id: str,
    *,
    words: Words | None = None,
) -> Draft:
    return draft(
        context.services,
        step_plan,
        context.sequence,
        standing.person,
        context.account,
        earlier,
        action_id=action_id,
        texts=context.texts,
        seed=standing.enrollment.seed,
        words=words,
    )


def _of(context: MoveContext, standing: Standing) -> dict[str, Any]:
    return {
        "enrollment_id": standing.enrollment.id,
        "contact_id": standing.person.id,
        "template_id": context.template.id,
        "template_version_id": standing.enrollment.template_version_id,
        "workflow_run_id": context.run_id,
    }


def _standing_of(context: MoveContext, new_draft: Draft) -> dict[str, Any]:
    """Whether it needs a person's approval: a task does not, nor does a version that a person approved."""
    by_version = context.sequence.settings.approval == "version" and context.around.version_is_approved
    if new_draft.transport is Transport.TASK or by_version:
        return {
            "status": ActionStatus.APPROVED,
            "approved_at": context.now,
            "approved_hash": new_draft.content_hash,
        }
    return {"status": ActionStatus.AWAITING_APPROVAL, "expires_at": _expiry(context)}


def _approve_with_version(context: MoveContext, action: OutboundAction) -> None:
    """A person may have approved the version after the message was written; what they undid since stays undone."""
    approved_at = context.version_approved_at
    if context.sequence.settings.approval != "version" or approved_at is None or action.edited_at is not None:
        return
    if action.status is ActionStatus.AWAITING_APPROVAL and action.updated_at <= approved_at:
        action_moves.move_action(
            context.session,
            action.id,
            from_any=[ActionStatus.AWAITING_APPROVAL],
            to=ActionStatus.APPROVED,
            content_hash=action.content_hash,
            approved_at=context.now,
            approved_hash=action.content_hash,
            expires_at=None,
        )


def _expiry(context: MoveContext) -> datetime:
    return context.now + timedelta(hours=context.sequence.settings.expires_hours)


def _ask(context: MoveContext, standing: Standing, action: OutboundAction, link: str | None) -> None:
    """Ask the person to carry a step out by hand."""
    where = context.sequence.platform.label
    tasks.add_task(
        context.session,
        title=_TITLES[action.step_type].format(name=standing.person.name, where=where)[:300],
        description=action.body_text,
        task_type=TaskType.OUTREACH,
        related_contact_id=standing.person.id,
        related_template_id=context.template.id,
        workflow_run_id=context.run_id,
        task_key=f"outreach:{action.action_key}",
        outbound_action_id=action.id,
        payload=_payload(action, link),
        due_at=action.not_before,
    )


def _payload(action: OutboundAction, link: str | None) -> str:
    return orjson.dumps({"stepType": action.step_type.value, "channel": action.channel.value, "url": link}).decode()
