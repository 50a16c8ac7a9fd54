"""What a run asks its person: the rows, the steps and the tasks (docs/agent.md, "Approval")."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.workflows import approvals, steps, tasks
from onelane.storage.workflows.approvals import Answer, Approval, Door
from onelane.storage.workflows.steps import NewStep, StepResult, StepStatus, StepType
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate import answers
from onelane.tools.registry.gate.question import Question

REQUEST, ANSWER = "request:", "answer:"
"""How the keys of the steps begin that ask, and that hold the answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said.

    Args:
        allowed: whether it may be done
        reason: why not, if they said so
    """

    allowed: bool
    reason: str | None = None

    @property
    def refusal(self) -> str:
        """What a model is told of a no."""
        reason = f" They said: {self.reason}" if self.reason else ""
        return f"The person did not allow this, so it was not done.{reason} Go on without it."


def verdict_of(session: Session, services: Services, question: Question) -> Verdict | None:
    """What a person has said to exactly this, as long as that is good for something; None without it."""
    approval = answers.find(session, question)
    if approval is None or approval.answer is None:
        return None
    if approval.answer is Answer.REFUSED:
        return Verdict(allowed=False, reason=approval.reason)
    return Verdict(allowed=True) if answers.is_good(session, services, approval) else None


def ask_and_record(session: Session, services: Services, question: Question) -> list[NewStep]:
    """Ask, with a task that shows the person that somebody waits; the step that asks, unless that is recorded."""
    before = approvals.latest_of_call(session, question.run_id, question.call_key)
    approval = answers.ask(session, services.person_key, question)
    if before is not None and before.id != approval.id:
        close_question(session, before)
    key = task_key(approval.id)
    if tasks.read_task_keys(session, [key]):
        return []
    tasks.create_task(
        session,
        task_key=key,
        title=question.short,
        description=f"Run {question.run_id} waits for this. Allow or refuse it: onelane runs allow {question.run_id}",
        task_type=tasks.TaskType.AGENT_REVIEW,
        priority=tasks.TaskPriority.HIGH,
        workflow_run_id=question.run_id,
    )
    output = {"question": question.short, "call": question.call_key, "approval": approval.id}
    step_result = StepResult(output=output, status=StepStatus.RUNNING)
    arguments = orjson.loads(approval.arguments)
    return [NewStep(f"{REQUEST}{approval.id}", StepType.DECISION, step_result, tool=question.tool, input=arguments)]


def record_verdict(session: Session, services: Services, question: Question, verdict: Verdict) -> list[NewStep]:
    """Take down what a person who is there said to a question: the row, and the step."""
    approval = answers.ask(session, services.person_key, question)
    answers.answer(session, services, approval.id, allow=verdict.allowed, via=Door.CLI, reason=verdict.reason)
    close_question(session, approval)
    step_result = StepResult(output=recorded_answer(approval, verdict))
    return [NewStep(f"{ANSWER}{approval.id}", StepType.DECISION, step_result, tool="person")]


def withdraw_questions(session: Session, run_id: str, call_key: str) -> None:
    """Nobody has to answer for this call any more, if anybody was asked at all."""
    latest = approvals.latest_of_call(session, run_id, call_key)
    if latest is not None:
        approvals.withdraw(session, run_id, call_key)
        close_question(session, latest)


def task_key(approval_id: str) -> str:
    """The key of the task that shows the question."""
    return f"approval:{approval_id}"


def waiting_sentence(questions: Iterable[str]) -> str:
    """What a paused run says of its questions; their short forms, at least one.

    Args:
        questions: in the order in which they are asked
    """
    first, *more = questions
    others = f" (and {len(more)} more)" if more else ""
    return f"Waits for a person: {first}{others} They answer with: onelane runs allow, or refuse."


def close_question(session: Session, approval: Approval) -> None:
    """Nobody is asked this any more: the step that asked, and the task, are closed."""
    steps.close_step(session, str(approval.workflow_run_id), f"{REQUEST}{approval.id}", StepStatus.COMPLETED)
    tasks.close_task(session, task_key(approval.id))


def recorded_answer(approval: Approval, verdict: Verdict) -> dict[str, object]:
    """An answer as its step keeps it."""
    return {"question": approval.shown[:500], "allowed": verdict.allowed, "reason": verdict.reason}
