"""Fork: a run that begins with the first steps of another (docs/engine.md, "Fork")."""

import orjson
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.workflows import steps
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.steps import Step, StepRow


def copy_steps(session: Session, source: Run, fork: Run, count: int) -> None:
    """Give a fork the first `count` steps of its source, with what they counted."""
    query = select(Step).where(col(Step.workflow_run_id) == source.id, col(Step.step_index) < count)
    taken = [step for step in session.exec(query.order_by(col(Step.step_index))).all() if not _is_of_person(step)]
    copies = [_copy(session, step, fork.id, index) for index, step in enumerate(taken)]
    if copies:
        steps.take_step_index(session, fork.id, len(copies))
        steps.insert_steps(session, copies)
    session.refresh(fork)
    fork.forked_from_id = source.id
    for step in taken:
        _count(fork, step)
    session.flush()


def _is_of_person(step: Step) -> bool:
    """Whether it asks a person or holds their answer, which was about another run."""
    return (step.step_key or "").startswith(("request:", "answer:"))


def _copy(session: Session, step: Step, run_id: str, index: int) -> StepRow:
    row = steps.step_row(
        session,
        run_id,
        index,
        step.step_type,
        status=step.status,
        contact_id=step.contact_id,
        url=step.url,
        tool=step.tool,
        input=step.input,
        output=step.output,
        error=step.error,
        duration_ms=step.duration_ms,
        step_key=step.step_key,
    )
    # The copy tells when it was done, not when it was copied.
    row["created_at"] = int(step.created_at.timestamp())
    return row


def _count(fork: Run, step: Step) -> None:
    counted: dict[str, int] = orjson.loads(step.output).get("counted", {})
    for name, count in counted.items():
        counter = f"{name}_items"
        setattr(fork, counter, getattr(fork, counter) + count)
