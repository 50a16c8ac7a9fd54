"""Approval: what a run may do only once a person has said so (docs/agent.md, "Approval").

Whatever a run has read may try to steer it, and everything that it reads may come from outside: pages, posts, but also
a contact's note. So no tool that sends or destroys is reached by a run's own decision, whatever led to it.
"""

from collections.abc import Mapping
from typing import Protocol

from onelane.server.agent.model import Json
from onelane.storage.database.engine import Session
from onelane.storage.workflows import steps, tasks
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.runs.record import NewStep, RecordedStep, StepResult
from onelane.tools.workflows.approvals import Verdict, answer_key, request_key, task_key


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


def recorded_verdict(call_key: str, recorded: Mapping[str, RecordedStep]) -> Verdict | None:
    """What a person has said already."""
    step = recorded.get(answer_key(call_key))
    return None if step is None else Verdict(allowed=step.output["allowed"], reason=step.output.get("reason"))


def verdict_entry(session: Session, run_id: str, call_key: str, question: str, verdict: Verdict) -> NewStep:
    """The step of what a person who is there said; what waited for it, waits no more."""
    close_request(session, run_id, call_key)
    done = StepResult(output={"question": question, "allowed": verdict.allowed, "reason": verdict.reason})
    return NewStep(answer_key(call_key), StepType.DECISION, done, tool="person")


def close_request(session: Session, run_id: str, call_key: str) -> None:
    """Nobody has to answer this any more, if it was asked at all."""
    steps.close_step(session, run_id, request_key(call_key), StepStatus.COMPLETED)
    tasks.close_task(session, task_key(run_id, call_key))


def ask_again(session: Session, run_id: str, call_key: str) -> None:
    """Let somebody answer what was asked once, and closed unanswered."""
    steps.reopen_step(session, run_id, request_key(call_key))
    tasks.reopen_task(session, task_key(run_id, call_key))


def request_entry(session: Session, run_id: str, call_key: str, tool: str, arguments: Json, question: str) -> NewStep:
    """The step that asks, and a task that shows the person that somebody waits."""
    key = task_key(run_id, call_key)
    if not tasks.read_task_keys(session, [key]):
        tasks.create_task(
            session,
            task_key=key,
            title=question[:500],
            description=f"Run {run_id} waits for this. Allow or refuse it with answer_run.",
            task_type=tasks.TaskType.AGENT_REVIEW,
            priority=tasks.TaskPriority.HIGH,
            workflow_run_id=run_id,
        )
    done = StepResult(output={"question": question, "call": call_key}, status=StepStatus.RUNNING)
    return NewStep(request_key(call_key), StepType.DECISION, done, tool=tool, input=arguments)
