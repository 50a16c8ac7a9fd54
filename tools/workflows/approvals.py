"""Approvals: what a run asks its person, and what becomes of their answer (docs/agent.md, "Approval").

None of this is a tool: whatever the registry holds can be called by a model. Doors for people call it (docs/agent.md,
"Doors").
"""

from collections.abc import Sequence

from onelane.storage.database.engine import Session
from onelane.storage.workflows import approvals, runs, steps, tasks
from onelane.storage.workflows.approvals import Answer, Approval, Door
from onelane.storage.workflows.runs import Driver, RunStatus
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.gate import answers, run_questions
from onelane.tools.registry.gate.deciding import deciding
from onelane.tools.registry.gate.question import PersonNeeded, Question
from onelane.tools.registry.gate.run_questions import Verdict
from onelane.tools.registry.result import Instant, Result
from onelane.tools.workflows.run_reading.run_rows import run_row

MOST_OPEN = 20
"""So many questions of one chat, or one run that does not wait, are open at once."""


class OpenQuestion(Result):
    """What somebody asks their person, and has no answer to yet."""

    id: str
    workflow_run_id: str | None
    tool: str
    question: str
    hash: str
    asked_at: Instant
    expires_at: Instant

    def text(self) -> str:
        """Which question it is, who asks, and the question."""
        asker = "A chat" if self.workflow_run_id is None else f"Run {self.workflow_run_id}"
        return f"{self.id}\t{asker} asks: {self.question}"


class OpenQuestions(Result):
    """All questions that a person can answer."""

    data: Sequence[OpenQuestion]
    total: int

    def text(self) -> str:
        """A paragraph each."""
        return "\n\n".join(each.text() for each in self.data) or "Nobody asks anything."


class Answered(Result):
    """A question that was answered."""

    id: str
    approval_id: str
    question: str
    allowed: bool
    status: RunStatus | None
    open_questions: int

    def text(self) -> str:
        """What was said, and what the run does now."""
        verdict_word = "allowed" if self.allowed else "refused"
        now = "The chat can go on." if self.status is None else f"Run {self.id} is {self.status} now."
        more = f" It still asks {self.open_questions} more." if self.open_questions else ""
        return f"{verdict_word.capitalize()}: {self.question}\n{now}{more}"


def list_questions(session: Session, run_id: str | None = None) -> list[OpenQuestion]:
    """What can be answered now, oldest first; of one run if given."""
    return [view_of_question(each) for each in approvals.list_open(session, run_id=run_id)]


def view_of_question(approval: Approval) -> OpenQuestion:
    """A question as doors show it."""
    values = approval.model_dump() | {"question": approval.shown, "hash": approval.content_hash}
    return OpenQuestion.model_validate(values)


def first_question(session: Session, run_id: str) -> OpenQuestion:
    """What a run asks first.

    Raises:
        NotFound: there is no such run
        Conflict: it asks nothing
    """
    row = run_row(session, run_id)
    waiting = list_questions(session, run_id)
    if not waiting:
        raise Conflict(
            f"Run {run_id} is {row['status']} and asks nothing. get_run(run_id={run_id!r}) shows what it did."
        )
    return waiting[0]


def answer_question(
    services: Services,
    approval_id: str,
    *,
    allow: bool,
    via: Door,
    reason: str | None = None,
    run_id: str | None = None,
    content_hash: str | None = None,
) -> Answered:
    """Let a person's answer count, in a transaction of its own; a run that asks nothing more goes on.

    Args:
        services: the database, the engine and the person's key
        approval_id: which question
        allow: what they say
        via: at which door
        reason: why
        run_id: whose question it must be, where the door knows
        content_hash: of what they were shown, where the door knows

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is no such question
        Conflict: it is not open, not this run's, or says something else by now
    """
    with deciding(services, "Onelane runs in read-only mode, so nothing is answered here.") as session:
        open_approval = approvals.get_approval(session, approval_id)
        if open_approval is not None and run_id not in (None, open_approval.workflow_run_id):
            raise Conflict(
                f"Question {approval_id} is not one of run {run_id}. Look at what it asks, then answer that."
            )
        approval = answers.answer(
            session, services, approval_id, allow=allow, via=via, reason=reason, content_hash=content_hash
        )
        return _let_go_on(session, services, approval, Verdict(allow, reason))


def _let_go_on(session: Session, services: Services, approval: Approval, verdict: Verdict) -> Answered:
    """Record the answer in the run that asked, and resume it when it asks nothing more."""
    allow, asker = verdict.allowed, approval.workflow_run_id
    if asker is None:
        return _answer_view(approval, allow, None, 0)
    tasks.close_task(session, run_questions.task_key(approval.id))
    status, driver = _standing(session, asker)
    if driver is Driver.HOST:
        return _answer_view(approval, allow, status, len(list_questions(session, asker)))
    if status is not RunStatus.PAUSED:
        raise Conflict(f"Run {asker} is {status} and waits for nothing. Nothing was changed.")
    _record_answer(session, approval, verdict)
    waiting = list_questions(session, asker)
    return _answer_view(
        approval, allow, status if waiting else services.engine.resume(session, asker).status, len(waiting)
    )


def ask_unless_refused(session: Session, services: Services, question: Question) -> Approval:
    """The open question of a caller that does not wait; it calls again once the person has answered.

    Raises:
        Forbidden: the person has said no to exactly this
        Conflict: whoever asks has asked so much that the person could not read it all
    """
    approval = answers.find(session, question)
    if approval is not None and approval.answer is Answer.REFUSED and approval.expires_at > session.now():
        raise PersonNeeded(question, Verdict(allowed=False, reason=approval.reason).refusal)
    if not answers.is_asked(session, question):
        _check_patience(session, question)
    return answers.ask(session, services.person_key, question)


def _check_patience(session: Session, question: Question) -> None:
    """A model that asks without an end hides what matters, and tires its person until they say yes to anything."""
    asker = question.call_key.rpartition("call:")[0] if question.run_id is None else ""
    if approvals.count_open(session, run_id=question.run_id, beginning=asker) >= MOST_OPEN:
        raise Conflict(
            f"Nothing was done, and the person was not asked: {MOST_OPEN} questions from here wait for them already. "
            "Tell them, and ask for nothing more that needs them until they have answered: onelane approvals."
        )


def _record_answer(session: Session, approval: Approval, verdict: Verdict) -> None:
    result = StepResult(run_questions.recorded_answer(approval, verdict))
    answer = NewStep(f"{run_questions.ANSWER}{approval.id}", StepType.DECISION, result, "person", duration_ms=None)
    steps.append_steps(session, str(approval.workflow_run_id), [answer])
    run_questions.close_question(session, approval)


def _answer_view(approval: Approval, allow: bool, status: RunStatus | None, more: int) -> Answered:
    return Answered(
        id=approval.workflow_run_id or approval.id,
        approval_id=approval.id,
        question=approval.shown,
        allowed=allow,
        status=status,
        open_questions=more,
    )


def _standing(session: Session, run_id: str) -> tuple[RunStatus, Driver]:
    row = runs.read_run(session, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id!r} any more.")
    return RunStatus(row["status"]), Driver(row["driver"])
