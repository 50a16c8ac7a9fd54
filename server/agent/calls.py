"""Makes the tool calls that a model asks for: each once, its step and its effect in one commit, its result as text.

See docs/agent.md, "Turns".
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass

from pydantic import ValidationError

from onelane.server.agent.approval import Approver
from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.conversation import ToolUse, read_result
from onelane.server.agent.model import NO_OBJECT, Json
from onelane.storage.database.engine import Session
from onelane.storage.workflows import steps
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.answers.shortening import shown
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.calls import Call
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate import run_questions
from onelane.tools.registry.gate.question import Question
from onelane.tools.registry.gate.run_questions import Verdict
from onelane.tools.registry.result import Result
from onelane.tools.registry.runs.record import NewStep, RecordedStep, StepResult
from onelane.tools.registry.short_ids import with_short_ids
from onelane.tools.registry.tool_spec import Effect
from onelane.tools.registry.toolbox import Registry, ToolCalls

AT_ONCE = 4
_LOOK_SECONDS = 0.25
_SHORT_CHARS = 2000


@dataclass(slots=True)
class OpenCall:
    """A tool call in progress.

    Args:
        use: what the model asked for
        call: the same, checked; None when it can't be made
        error: why not
        fetched: done when what the world outside says is there
    """

    use: ToolUse
    call: Call | None = None
    error: ToolError | None = None
    fetched: Future[Result | None] | None = None


class CallDesk:
    """Makes the tool calls of an answer.

    Args:
        tools: the run's tools
        offered: the names of those that the run was given
        budget_keeper: who pays
        approver: who is asked before what needs a person
        text_of: what the model is told of a step that holds what a tool returned
    """

    def __init__(
        self,
        tools: ToolCalls,
        offered: frozenset[str],
        budget_keeper: RunBudgetKeeper,
        approver: Approver,
        text_of: Callable[[RecordedStep], str],
    ) -> None:
        self._tools = tools
        self._offered = offered
        self._budget_keeper = budget_keeper
        self._approver = approver
        self._text_of = text_of
        self._execution = tools.execution

    def answer(self, uses: Sequence[ToolUse]) -> tuple[dict[str, Json], list[str]]:
        """Carry out calls, as many at once as go, and record them in their order.

        Returns:
            What the model is told of each, by its id; and the questions that a person must answer first.

        Raises:
            BudgetStop: a budget is used up; calls that were not made have no result
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        questions: list[str] = []
        ready = [each for use in uses if (each := self._admit(use, questions)) is not None]
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="onelane-tool")
        try:
            for each in ready:
                if each.error is None and each.call is not None and each.call.tool.takes_time:
                    each.fetched = pool.submit(copy_context().run, each.call.fetch)
            return {each.use.id: self._result(each) for each in ready}, questions
        finally:
            # Who pauses the run does not wait for a page that is still on its way.
            pool.shutdown(wait=False, cancel_futures=True)

    def drop(self, uses: Sequence[ToolUse]) -> dict[str, Json]:
        """Record that calls are not made, because the person stops the answer; what the model is told of each."""
        refusal = ToolError("The person stopped you before this was done. Wait for what they say.")
        for use in uses:
            self._fail(OpenCall(use), refusal, tool_calls=0)
        records = self._execution.recorded
        return {use.id: read_result(records[use.result_key].output, records, self._text_of) for use in uses}

    def _admit(self, use: ToolUse, questions: list[str]) -> OpenCall | None:
        """The call if it may be made now; None when a person is asked first."""
        open_call = OpenCall(use)
        try:
            open_call.call = self._prepare(use)
            question = self._question(use)
        except ToolError as error:
            open_call.error = error
            return open_call
        if question is None:
            return open_call
        verdict = self._verdict(question)
        if verdict is None:
            questions.append(question.short)
            return None
        if not verdict.allowed:
            open_call.error = ToolError(verdict.refusal)
        return open_call

    def _prepare(self, use: ToolUse) -> Call:
        if use.name not in self._offered:
            raise ToolError(f"You have no tool {use.name!r} here. There are: {', '.join(sorted(self._offered))}.")
        if use.arguments.keys() == {NO_OBJECT}:
            raise ToolError("A tool's input must be one JSON object, such as {}. Call it again so.")
        return self._tools.prepare(use.name, use.arguments, use.key)

    def _question(self, use: ToolUse) -> Question | None:
        tools = self._tools
        return tools.toolbox.question(use.name, use.arguments, tools.caller, use.key)

    def _verdict(self, question: Question) -> Verdict | None:
        """What a person has said, or says now; None when the run has to wait for them."""
        services = self._tools.toolbox.services
        with services.database.read() as session:
            earlier = run_questions.verdict_of(session, services, question)
        if earlier is not None:
            return earlier
        verdict = self._approver.ask(question.shown)
        if verdict is None:
            self._execution.record(lambda session: run_questions.ask_and_record(session, services, question))
            return None
        self._execution.record(lambda session: run_questions.record_verdict(session, services, question, verdict))
        return verdict

    def _result(self, open_call: OpenCall) -> Json:
        """Make the call and record it; what the model is told."""
        try:
            self._await(open_call)
            self._finish(open_call)
        except BudgetStop:
            raise
        except ToolError as error:
            self._fail(open_call, error)
        records = self._execution.recorded
        return read_result(records[open_call.use.result_key].output, records, self._text_of)

    def _await(self, open_call: OpenCall) -> None:
        if open_call.error is not None:
            raise open_call.error
        while open_call.fetched is not None and not wait([open_call.fetched], _LOOK_SECONDS).done:
            self._execution.checkpoint()
        self._execution.checkpoint()
        if open_call.fetched is not None:
            open_call.fetched.result()

    def _finish(self, open_call: OpenCall) -> None:
        call, use = open_call.call, open_call.use
        assert call is not None

        def finish(session: Session) -> list[NewStep]:
            sends = 1 if call.tool.spec.effect is Effect.SEND else 0
            self._budget_keeper.spend(session, self._execution.run_id, tool_calls=1, sends=sends)
            result = call.complete(session)
            steps.close_step(session, self._execution.run_id, use.key, StepStatus.COMPLETED)
            return [*call.steps_before(result, key=f"{use.key}:done"), *self._entries(use, call, result)]

        self._execution.record(finish, is_durable=call.tool.spec.durable)

    def _entries(self, use: ToolUse, call: Call, result: Result) -> list[NewStep]:
        tool_step, text = call.step(result, key=f"{use.key}:done"), _text(result, call.notes)
        output: Json = {"tool_use_id": use.id, "is_error": False, "text": text}
        if tool_step.step_type is StepType.TOOL_CALL:
            # Of tools without a step type of their own, the result is the one step that tells what came of the call.
            return [self._result_step(use, output, tool_step)]
        if can_be_repeated(tool_step, text, self._text_of):
            output = {"tool_use_id": use.id, "is_error": False, "of": tool_step.key}
        return [tool_step, self._result_step(use, output, tool_step)]

    def _result_step(self, use: ToolUse, output: Json, tool_step: NewStep) -> NewStep:
        about = StepResult(output=output, contact_id=tool_step.done.contact_id, url=tool_step.done.url)
        return NewStep(use.result_key, StepType.TOOL_RESULT, about, tool=use.name, duration_ms=tool_step.duration_ms)

    def _fail(self, open_call: OpenCall, error: ToolError, *, tool_calls: int = 1) -> None:
        use = open_call.use
        output: Json = {"tool_use_id": use.id, "is_error": True, "text": error.message}
        failure = StepResult(output=output, status=StepStatus.FAILED, error=error.message)

        def fail(session: Session) -> list[NewStep]:
            self._budget_keeper.spend(session, self._execution.run_id, tool_calls=tool_calls)
            steps.close_step(session, self._execution.run_id, use.key, StepStatus.FAILED)
            run_questions.withdraw_questions(session, self._execution.run_id, use.key)
            return [NewStep(use.result_key, StepType.TOOL_RESULT, failure, tool=use.name)]

        self._execution.record(fail)


def result_texts(registry: Registry) -> Callable[[RecordedStep], str]:
    """Gives the text for a step that holds what a tool returned, such as a page: long texts are kept once."""

    def text_of(step: RecordedStep) -> str:
        reader = registry[step.tool or ""].answer_reader
        values = {name: value for name, value in step.output.items() if name != "counted"}
        return _text(reader.validate_python(values))

    return text_of


def _text(result: Result, notes: Sequence[str] = ()) -> str:
    """What a model reads of a result, with short ids: every tool takes them, and they cost half the tokens."""
    return with_short_ids(shown(result, notes).text)


def can_be_repeated(tool_step: NewStep, text: str, text_of: Callable[[RecordedStep], str]) -> bool:
    """Whether a long text need not be kept, for the tool's own step gives the same one again."""
    if len(text) <= _SHORT_CHARS:
        return False
    outcome = tool_step.done
    try:
        return (
            text_of(
                RecordedStep(
                    tool_step.step_type,
                    outcome.status,
                    tool_step.tool,
                    tool_step.input or {},
                    outcome.output,
                    outcome.error,
                )
            )
            == text
        )
    except ValidationError:
        return False
