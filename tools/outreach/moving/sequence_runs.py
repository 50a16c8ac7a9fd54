"""The run of a sequence: begun with its template, held with it, and over with it.

See docs/sequences.md, "The run of a sequence".
"""

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.outreach import sequence_enrollments
from onelane.storage.outreach.outbound import action_moves, outbound_state
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.workflows import due_enrollments, tasks, templates
from onelane.storage.workflows.enrollments import StateReason
from onelane.storage.workflows.run_ends import RunEnd, end_run, pause_run
from onelane.storage.workflows.runs import (
    Driver,
    Run,
    RunStatus,
    Trigger,
    WorkflowType,
    change_status,
    create_workflow_run,
)
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from onelane.storage.workflows.tasks import TaskOutcome
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.versions import freeze_sequence
from onelane.tools.registry.errors import Conflict

_GOES_ON = (RunStatus.RUNNING, RunStatus.PAUSED)


def open_run(session: Session, template: Template) -> Run:
    """The run of a sequence that is active: begun where there is none, and let go on where it was held.

    Whoever waits in the sequence without an instant is looked at now.
    """
    due_enrollments.look_again_at_template(session, template.id, only_resting=True)
    return running_run(session, template)


def running_run(session: Session, template: Template) -> Run:
    """The run of a sequence that is active; nobody is looked at because of it."""
    run = _going_on(session, template.id)
    if run is None:
        return _begin_run(session, template)
    if run.status is RunStatus.PAUSED:
        change_status(session, run.id, from_any=[RunStatus.PAUSED], to=RunStatus.RUNNING, status_reason=None)
        _tell(session, run.id, "resumed")
        until = session.now() + outbound_state.TIME_TO_ANSWER
        outbound_state.give_template_time(session, template.id, until=until)
        session.refresh(run)
    return run


def follow_template(session: Session, template: Template, *, is_moved: bool) -> None:
    """Let those who are in a template go by its state: they wait where it is paused, and leave where it is over.

    Args:
        session: a writing one
        template: as it is by now
        is_moved: whether it begins or ends at another time, so that everybody's next step may be another
    """
    if template.status is TemplateStatus.COMPLETED:
        end_sequence(session, template.id)
    elif template.status is not TemplateStatus.ACTIVE:
        hold_run(session, template.id)
    elif is_moved:
        due_enrollments.look_again_at_template(session, template.id, only_resting=False)


def hold_run(session: Session, template_id: str) -> None:
    """Let the run of a sequence that is not active any more hold; whoever comes due waits until it goes on."""
    run = _going_on(session, template_id)
    if run is not None and pause_run(session, run.id, None, col(Run.status) == RunStatus.RUNNING):
        _tell(session, run.id, "paused")


def end_sequence(session: Session, template_id: str, *, is_cancelled: bool = False) -> None:
    """End whatever goes on in a sequence, and its run: nothing that has not left goes out any more."""
    open_ids = action_moves.waiting_of_template(session, template_id)
    tasks.close_actions(session, open_ids, TaskOutcome.SKIPPED)
    action_moves.cancel_template(session, template_id, reason=StateReason.TEMPLATE_ENDED)
    ended_count = sequence_enrollments.end_all(session, template_id, StateReason.TEMPLATE_ENDED)
    run = _going_on(session, template_id)
    if run is None:
        return
    _tell(session, run.id, "cancelled" if is_cancelled else "ended", people=ended_count)
    status = RunStatus.CANCELLED if is_cancelled else RunStatus.COMPLETED
    reason = "Cancelled; what was sent until then is kept." if is_cancelled else None
    end_run(session, run.id, RunEnd(status, reason=reason))


def pause_sequence(session: Session, run: Run) -> None:
    """Hold a sequence by its run: its template is paused.

    Raises:
        Conflict: it is not running
    """
    if run.status is RunStatus.PAUSED:
        return
    if run.status is not RunStatus.RUNNING:
        raise Conflict(f"Run {run.id} is {run.status} already, so it can't be asked to pause.")
    if run.template_id is None:
        raise Conflict(f"The template of run {run.id} is gone, so nobody is left in it. Cancel it instead.")
    templates.change_template_status(
        session, run.template_id, from_any=[TemplateStatus.ACTIVE], to=TemplateStatus.PAUSED
    )
    hold_run(session, run.template_id)


def resume_sequence(session: Session, run: Run) -> None:
    """Let a sequence go on by its run: its template is checked and active again.

    Raises:
        Conflict: it is not paused
        LintFailed: what the template says by now is wrong
    """
    if run.status is not RunStatus.PAUSED:
        raise Conflict(f"Run {run.id} is {run.status}; only a paused run can be resumed.")
    template = _template_of(session, run)
    freeze_sequence(session, template)
    before = [status for status in TemplateStatus if status is not TemplateStatus.COMPLETED]
    templates.change_template_status(session, template.id, from_any=before, to=TemplateStatus.ACTIVE)
    session.refresh(template)
    open_run(session, template)


def _template_of(session: Session, run: Run) -> Template:
    template = None if run.template_id is None else templates.get_template(session, run.template_id)
    if template is None:
        raise Conflict(f"The template of run {run.id} is gone, so it can't go on. Cancel it instead.")
    return template


def cancel_sequence(session: Session, run: Run) -> None:
    """End a sequence by its run: everybody leaves it, and what has not left is cancelled. Its template is paused.

    Raises:
        Conflict: it is over already
    """
    if run.status.is_over:
        raise Conflict(f"Run {run.id} is {run.status} already, so it can't be asked to cancel.")
    if run.template_id is None:
        end_run(session, run.id, RunEnd(RunStatus.CANCELLED, reason="Cancelled; its template is gone."))
        return
    templates.change_template_status(
        session, run.template_id, from_any=[TemplateStatus.ACTIVE], to=TemplateStatus.PAUSED
    )
    end_sequence(session, run.template_id, is_cancelled=True)


def _going_on(session: Session, template_id: str) -> Run | None:
    query = select(Run).where(Run.template_id == template_id, Run.driver == Driver.MOVER, col(Run.status).in_(_GOES_ON))
    newest = query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(1)
    return session.exec(newest.execution_options(populate_existing=True)).first()


def _begin_run(session: Session, template: Template) -> Run:
    # Two movers on PostgreSQL may both find none: the second one waits here, and then finds the first one's.
    session.sql(sa.select(col(Template.id)).where(col(Template.id) == template.id).with_for_update())
    run = _going_on(session, template.id)
    if run is not None:
        return run
    now = session.now()
    return create_workflow_run(
        session,
        workflow_type=WorkflowType.SEQUENCE,
        template_id=template.id,
        trigger=Trigger.TEMPLATE,
        driver=Driver.MOVER,
        status=RunStatus.RUNNING,
        started_at=now,
        heartbeat_at=now,
        tainted_by=template.tainted_by,
    )


def _tell(session: Session, run_id: str, decision: str, **more: int) -> None:
    result = StepResult({"decision": decision, "at": session.now().isoformat(), **more})
    record_step(session, run_id, NewStep(None, StepType.DECISION, result))
