"""A look at somebody: what has been decided since the last one, whether it is over, and what comes next.

See docs/sequences.md, "The mover".
"""

from collections.abc import Sequence
from datetime import timedelta

from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import action_moves
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.steps import StepType
from onelane.tools.outreach.moving.endings import ending_behind
from onelane.tools.outreach.moving.move_context import MoveContext, Standing, tell
from onelane.tools.outreach.moving.waiting import LOOK_AGAIN, hold, hold_for_person, rest
from onelane.tools.outreach.moving.writing import leave_out, refresh, write_action
from onelane.tools.outreach.planning.gates import GateState, first_closed, gates_of
from onelane.tools.outreach.planning.planner import Decision, DecisionKind, Ending, Plan, plan
from onelane.tools.outreach.reading.enrollment_facts import action_facts, current_action, enrollment_facts
from onelane.tools.outreach.template.texts import BadText, MissingValue

AHEAD = timedelta(hours=24)
"""So long before its instant a step is written, so that a person has time to approve it."""
_BEFORE_WRITING = (Gate.REPLY, Gate.CONSENT, Gate.POLICY, Gate.ACCOUNT, Gate.EXCLUSIVITY)
"""The gates behind which nothing is written; the others hold what is written."""


def look_at(context: MoveContext, standing: Standing) -> None:
    """Decide, write, end or put off: whatever is due for somebody now."""
    _begin(context, standing)
    actions = list(standing.actions)
    # Each round leads to a later step, so that it comes to an end.
    for _ in range(len(context.sequence.steps) + 1):
        if not _goes_on(context, standing, actions):
            return
    rest(context, standing.enrollment, None)


def _begin(context: MoveContext, standing: Standing) -> None:
    enrollment = standing.enrollment
    if enrollment.status is EnrollmentStatus.PENDING:
        enrollment.status = EnrollmentStatus.ACTIVE
    enrollment.step_began_at = enrollment.step_began_at or context.now
    enrollment.workflow_run_id = enrollment.workflow_run_id or context.run_id
    enrollment.template_version_id = enrollment.template_version_id or context.version_id
    if context.account is not None:
        enrollment.platform_account_id = context.account.id
    if enrollment.paused_until is not None and enrollment.paused_until <= context.now:
        enrollment.paused_until = enrollment.state_reason = None


def _goes_on(context: MoveContext, standing: Standing, actions: list[OutboundAction]) -> bool:
    """One round; whether it led to another step, so that there is another one."""
    enrollment = standing.enrollment
    step_plan, gates = _plan_and_gates(context, standing, actions)
    shut_ending = _ending_of_shut_gate(context, standing, step_plan, gates)
    if shut_ending is None and _decide(context, standing, actions, step_plan):
        return True
    ending = shut_ending or (
        step_plan.ending if step_plan.ending is not None and step_plan.ending.at <= context.now else None
    )
    if ending is not None:
        context.session.flush()
        end_enrollment(context.session, enrollment.id, ending.status, ending.reason, at=context.now)
        return False
    action = current_action(enrollment, actions)
    if action is not None:
        return _follow(context, standing, actions, action, step_plan, gates)
    return _approach(context, standing, actions, step_plan, gates)


def _plan_and_gates(
    context: MoveContext, standing: Standing, actions: Sequence[OutboundAction]
) -> tuple[Plan, list[GateState]]:
    """What comes next for somebody as they stand, and the gates of that."""
    facts = enrollment_facts(standing.enrollment, actions, began=context.now, places=standing.places)
    action = action_facts(standing.enrollment, actions)
    step_plan = plan(context.sequence, facts, standing.person, context.account, context.around, action)
    gates = gates_of(
        context.sequence, facts, standing.person, context.account, context.around, step_plan, action=action
    )
    return step_plan, gates


def _ending_of_shut_gate(
    context: MoveContext, standing: Standing, step_plan: Plan, gates: Sequence[GateState]
) -> Ending | None:
    """How somebody's stay ends because a gate never opens again; None when none is shut."""
    for gate in gates:
        ending = ending_behind(gate, standing.person, at=context.now)
        if ending is not None:
            may_wait = gate.gate is Gate.TEMPLATE_WINDOW and not _is_too_late(context, step_plan)
            return None if may_wait else ending
    return None


def _is_too_late(context: MoveContext, step_plan: Plan) -> bool:
    """Whether a template ends before anything could go; what is waited for may still lead to an earlier step."""
    ends_at = context.sequence.ends_at
    return (ends_at is not None and context.now > ends_at) or not _upcoming(context, step_plan)


def _upcoming(context: MoveContext, step_plan: Plan) -> list[Decision]:
    return [decision for decision in step_plan.decisions if decision.at > context.now]


def _decide(context: MoveContext, standing: Standing, actions: list[OutboundAction], step_plan: Plan) -> bool:
    """Record what has been decided, and bring somebody to where it led; whether anything was."""
    enrollment, decisions = standing.enrollment, _certain(context, step_plan)
    if not decisions:
        return False
    late = next((place for place, each in enumerate(decisions) if each.kind is DecisionKind.TOO_LATE), None)
    if late is not None:
        # What comes behind a step that is left out may depend on that.
        decisions = decisions[: late + 1]
        actions += leave_out(context, standing, decisions[-1].step_index, "too_late")
    _record(context, enrollment, decisions)
    enrollment.current_step_index, enrollment.step_began_at = decisions[-1].goes_to, decisions[-1].at
    return True


def _certain(context: MoveContext, step_plan: Plan) -> Sequence[Decision]:
    """What nothing can change any more."""
    upcoming = _upcoming(context, step_plan)
    # A pause of fixed length is certain: the step behind it is written in time to be approved.
    if upcoming and _is_near(context, step_plan) and all(each.kind is DecisionKind.WAITED for each in upcoming):
        return step_plan.decisions
    return step_plan.decisions[: len(step_plan.decisions) - len(upcoming)]


def _record(context: MoveContext, enrollment: Enrollment, decisions: Sequence[Decision]) -> None:
    for each in decisions:
        output = {"decision": each.kind.value, "at": each.at.isoformat(), "goesTo": each.goes_to}
        tell(context, enrollment, StepType.DECISION, each.step_index, output)


def _is_near(context: MoveContext, step_plan: Plan) -> bool:
    return step_plan.step is not None and step_plan.at is not None and step_plan.at - AHEAD <= context.now


def _approach(
    context: MoveContext, standing: Standing, actions: list[OutboundAction], step_plan: Plan, gates: Sequence[GateState]
) -> bool:
    """Write the next step when its time has come; whether it was left out, so that the one behind it comes."""
    enrollment = standing.enrollment
    gate = _holding_gate(context, enrollment, step_plan, gates)
    if gate is not None:
        reason = StateReason.ACCOUNT_NEEDS_REAUTH if _is_signed_out(context, gate) else None
        hold(context, enrollment, gate, reason=reason)
        return False
    if _upcoming(context, step_plan) or not _is_near(context, step_plan):
        begins_at = None if step_plan.at is None else step_plan.at - AHEAD
        looks = [at for at in (step_plan.look_at, begins_at) if at is not None and at > context.now]
        rest(context, enrollment, min(looks, default=None))
        return False
    try:
        action = write_action(context, standing, actions, step_plan)
    except (MissingValue, BadText) as error:
        return _lacks(context, standing, actions, step_plan, StateReason.MISSING_FIELD, f"{str(error).capitalize()}.")
    if action is None:
        detail = f"They have no address for {context.sequence.channel.label}."
        return _lacks(context, standing, actions, step_plan, StateReason.NO_CHANNEL, detail)
    actions.append(action)
    _wait_with(context, standing, actions, action)
    return False


def _holding_gate(
    context: MoveContext, enrollment: Enrollment, step_plan: Plan, gates: Sequence[GateState]
) -> GateState | None:
    """The gate behind which nothing is written; None when none is closed."""
    if enrollment.paused_until is not None and enrollment.paused_until > context.now:
        return next(gate for gate in gates if gate.gate is Gate.STATE)
    if step_plan.step is None or _upcoming(context, step_plan):
        return None
    if step_plan.at is None:
        return next(
            (gate for gate in gates if gate.gate in (Gate.WINDOW, Gate.CAP) and not gate.passes), first_closed(gates)
        )
    if not _is_near(context, step_plan):
        return None
    return next((gate for gate in gates if gate.gate in _BEFORE_WRITING and not gate.passes), None)


def _is_signed_out(context: MoveContext, gate: GateState) -> bool:
    account = context.account
    return gate.gate is Gate.ACCOUNT and account is not None and account.status is AccountStatus.NEEDS_REAUTH


def _lacks(
    context: MoveContext,
    standing: Standing,
    actions: list[OutboundAction],
    step_plan: Plan,
    reason: StateReason,
    detail: str,
) -> bool:
    """What becomes of somebody whose step lacks something, as the template says; whether the step is left out."""
    enrollment, rule = standing.enrollment, context.sequence.settings.on_missing
    if rule == "remove":
        context.session.flush()
        end_enrollment(context.session, enrollment.id, EnrollmentStatus.REMOVED, reason, at=context.now)
        return False
    if rule == "skip_step" and step_plan.step is not None:
        actions += leave_out(context, standing, step_plan.step.index, reason.value)
        output = {"decision": "left_out", "reason": reason.value, "detail": detail}
        tell(context, enrollment, StepType.DECISION, step_plan.step.index, output)
        enrollment.current_step_index, enrollment.step_began_at = step_plan.step.index + 1, context.now
        return True
    hold(context, enrollment, GateState(Gate.MISSING_DATA, passes=False, detail=detail), reason=reason)
    return False


def _follow(
    context: MoveContext,
    standing: Standing,
    actions: list[OutboundAction],
    action: OutboundAction,
    step_plan: Plan,
    gates: Sequence[GateState],
) -> bool:
    """Look after what is written already: it expires, is rendered anew, or waits."""
    enrollment = standing.enrollment
    if action.status in (ActionStatus.SENDING, ActionStatus.UNCERTAIN):
        rest(context, enrollment, None)
        return False
    if _has_expired(context, action):
        action_moves.move_action(
            context.session, action.id, from_any=[ActionStatus.AWAITING_APPROVAL], to=ActionStatus.EXPIRED
        )
    if action.status in (ActionStatus.EXPIRED, ActionStatus.FAILED):
        closed_gate = next(gate for gate in gates if gate.gate is Gate.APPROVAL)
        state = GateState(Gate.APPROVAL, passes=False, detail=f"The message is {action.status}.")
        hold_for_person(context, enrollment, state if closed_gate.passes else closed_gate)
        return False
    try:
        refresh(context, standing, actions, action, step_plan)
    except (MissingValue, BadText) as error:
        return _lacks(context, standing, actions, step_plan, StateReason.MISSING_FIELD, f"{str(error).capitalize()}.")
    _wait_with(context, standing, actions, action)
    return False


def _has_expired(context: MoveContext, action: OutboundAction) -> bool:
    """Whether nobody has answered in time; while nothing may leave, or not out of its account, time stands still."""
    is_open = action.status is ActionStatus.AWAITING_APPROVAL and _time_runs(context)
    return is_open and action.expires_at is not None and action.expires_at <= context.now


def _time_runs(context: MoveContext) -> bool:
    """Whether anything may leave that is approved: else nobody has to hurry."""
    is_held = context.account is not None and context.account.status is AccountStatus.PAUSED
    return context.around.switch_is_on and not is_held


def _wait_with(
    context: MoveContext, standing: Standing, actions: Sequence[OutboundAction], action: OutboundAction
) -> None:
    """Put somebody off whose step is written; what holds it is told."""
    step_plan, gates = _plan_and_gates(context, standing, actions)
    # When it goes is seen to by whoever transmits it, who looks each second.
    until = context.now + LOOK_AGAIN
    if action.status is ActionStatus.AWAITING_APPROVAL and action.expires_at is not None and _time_runs(context):
        until = min(until, action.expires_at)
    # That it is not due yet is no gate that holds anybody.
    due_at = None if step_plan.pace is None else step_plan.pace.due_at
    closed_gate = next((g for g in gates if not g.passes and not (g.gate is Gate.STATE and g.until == due_at)), None)
    if closed_gate is None:
        rest(context, standing.enrollment, until)
    else:
        hold(context, standing.enrollment, closed_gate, until=until)
