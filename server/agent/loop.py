"""The agent loop: ask the model, make its tool calls, send the results; stop when it asks for none.

See docs/agent.md, "The loop".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

from onelane.server.agent.approval import Approver, Nobody
from onelane.server.agent.bill import Bill
from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.calls import CallDesk, result_texts
from onelane.server.agent.conversation import (
    GO_ON,
    SHORTER,
    UNSENT,
    Conversation,
    Turn,
    conversation_of,
    read_turn,
    turn_entries,
)
from onelane.server.agent.model import (
    Ask,
    Delta,
    Effort,
    Json,
    Model,
    ModelAnswer,
    no_text,
    window_tokens,
)
from onelane.server.agent.model_errors import TooLong
from onelane.storage.database.engine import Session
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.budgets import BudgetStop, run_budget, stopped_by_budget
from onelane.tools.registry.gate.run_questions import waiting_sentence
from onelane.tools.registry.runs.record import NewStep, RecordedStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import ToolCalls

TRIM_AT, TRIM_TO = 0.7, 0.4
"""When a conversation fills so much of the window, long old answers of tools are left out until it fills so much."""
_NO_WORDS = "The model ended without a word. Its steps show what it did."
CUT_OFF_IN_A_ROW = 3
"""So many answers in a row that are cut off, and the model does not get anywhere."""


@dataclass(frozen=True)
class Brief:
    """The system prompt, tools and goal of a run; constant, so that the provider can cache them.

    Args:
        model: which model
        system: the system prompt
        opening: the first message
        tools: as the Messages API has them
        max_tokens: the most that one answer may have
        effort: how much work it should put in
        window: how many tokens the model takes; by default what is known of it
    """

    model: str
    system: str
    opening: str
    tools: list[Json]
    max_tokens: int
    effort: Effort | None = None
    window: int | None = None

    @cached_property
    def chars(self) -> int:
        """The length of what precedes the conversation."""
        return len(self.system) + sum(len(str(tool)) for tool in self.tools)

    @property
    def window_tokens(self) -> int:
        """How many tokens one request and its answer may have."""
        return self.window or window_tokens(self.model)


class AgentLoop:
    """Carries out an agent run.

    Args:
        tools: the run's tools
        brief: what the model is told
        model: whom to ask
        budget_keeper: who pays
        approver: who is asked before something is sent or destroyed
        on_text: gets the answers as they come
    """

    def __init__(
        self,
        tools: ToolCalls,
        brief: Brief,
        model: Model,
        budget_keeper: RunBudgetKeeper,
        approver: Approver | None = None,
        on_text: Callable[[Delta], None] = no_text,
    ) -> None:
        self._execution: Run = tools.execution
        self._brief = brief
        self._model = model
        self._budget_keeper = budget_keeper
        self._on_text = on_text
        offered = frozenset(tool["name"] for tool in brief.tools)
        text_of = result_texts(tools.toolbox.registry)
        self._desk = CallDesk(tools, offered, budget_keeper, approver or Nobody(), text_of)
        self.conversation: Conversation = conversation_of(
            brief.opening, self._execution.recorded, text_of, model=brief.model
        )
        self._turns: int = sum(map(is_turn, self._execution.recorded))
        """How many turns are recorded, refused ones as well."""

    def run(self) -> RunEnd:
        """Go on until the model is done, a person is needed, or a budget is used up.

        Raises:
            ToolError: the model can't be asked
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        with self._budget_keeper.working(self._execution.run_id):
            try:
                while (ending := self._make_open_calls() or self._ending()) is None:
                    self._take_turn()
            except BudgetStop as stop:
                return self._end_by_budget(stop)
        return ending

    def hear(self, text: str) -> None:
        """Let the person say something; the model answers it in its next turn."""
        key = f"say:{len(self._execution.recorded)}"
        entry = NewStep(key, StepType.DECISION, StepResult(output={"text": text}), tool="person")
        self._execution.record(lambda session: [entry])
        self.conversation.hear(text)

    def abandon(self) -> None:
        """Leave the answer that the person has stopped: the calls that were not made yet are not made."""
        turn = self.conversation.last
        if turn is not None:
            turn.results |= self._desk.drop(turn.open_calls)
        result = StepResult(output={"why": "The person stopped the answer."})
        key = f"halt:{len(self._execution.recorded)}"
        self._execution.record(lambda session: [NewStep(key, StepType.DECISION, result, tool="person")])

    @property
    def is_answered(self) -> bool:
        """Whether the model has nothing to answer, or the person did not want it to."""
        latest = list(self._execution.recorded)[-1:]
        return (latest != [] and latest[0].startswith("halt:")) or self._ending() is not None

    def _make_open_calls(self) -> RunEnd | None:
        """Carry out what the latest answer asks for; an ending when a person has to be asked first."""
        turn = self.conversation.last
        if turn is None or not turn.open_calls:
            return None
        results, questions = self._desk.answer(turn.open_calls)
        turn.results |= results
        return RunEnd(RunStatus.PAUSED, reason=waiting_sentence(questions)) if questions else None

    def _ending(self) -> RunEnd | None:
        """How the run ends, if its latest answer says so."""
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        turn = self.conversation.last
        if turn is None or turn.calls or turn.then or turn.stop_reason == "pause_turn":
            return self._stuck()
        message = _text(turn) or _NO_WORDS
        return RunEnd(RunStatus.COMPLETED, result={"message": message, "turns": len(self.conversation.turns)})

    def _refusal(self) -> RunEnd | None:
        key = f"turn:{self._turns - 1}"
        latest = self._execution.recorded.get(key)
        if latest is None or latest.output["stop_reason"] != "refusal":
            return None
        if self._was_spoken_to_since(key) or self._was_asked_again():
            return None
        reason = "The model declined to go on with this. Change the goal, or take another model, and start a new run."
        return RunEnd(RunStatus.FAILED, errors=[reason], reason=reason)

    def _was_spoken_to_since(self, key: str) -> bool:
        """Whether the person has said something after this step."""
        keys = list(self._execution.recorded)
        return any(map(_is_said, keys[keys.index(key) :]))

    def _was_asked_again(self) -> bool:
        """Whether the refusal is of an earlier attempt: retrying a run means asking once more."""
        return self._execution.attempt > 1 and not self._took_turns

    _took_turns = False

    def _stuck(self) -> RunEnd | None:
        latest = self.conversation.turns[-CUT_OFF_IN_A_ROW:]
        if len(latest) == CUT_OFF_IN_A_ROW and all(turn.then in (GO_ON, SHORTER) for turn in latest):
            reason = "The model's answers were cut off again and again. Give the run a larger maxTokens, then retry it."
            return RunEnd(RunStatus.FAILED, errors=[reason], reason=reason)
        return None

    def _take_turn(self) -> None:
        """Ask the model and record what it answered."""
        self._execution.checkpoint()
        number = self._turns
        self._make_room(number)
        started = perf_counter()
        bill = Bill(self._brief.model)
        answer = self._ask_model(f"turn:{number}", bill)
        duration_ms = round((perf_counter() - started) * 1000)
        # What a broken answer had used before it was asked for again has been paid as well.
        bill.add(answer)

        def record(session: Session) -> list[NewStep]:
            run_id = self._execution.run_id
            self._budget_keeper.settle(session, run_id, f"turn:{number}", bill.usage, bill.cost_usd)
            return turn_entries(number, answer, duration_ms)

        self._execution.record(record)
        self._turns += 1
        self._took_turns = True
        if answer.stop_reason == "model_context_window_exceeded" and not self._trim(number):
            raise TooLong
        if answer.stop_reason not in UNSENT:
            self.conversation.turns.append(read_turn(number, self._execution.recorded, self._brief.model))

    def _ask_model(self, key: str, bill: Bill) -> ModelAnswer:
        """The model's answer; what it may cost is held meanwhile."""
        brief = self._brief
        prompt = self.conversation.prompt_tokens(brief.chars)
        granted = self._budget_keeper.hold(self._execution.run_id, key, prompt, brief.max_tokens, brief.model)
        ask = Ask(
            model=brief.model,
            system=brief.system,
            tools=brief.tools,
            messages=self.conversation.messages(),
            max_tokens=granted,
            effort=brief.effort,
        )
        try:
            return self._model.ask(ask, on_text=self._on_text, go_on=self._execution.checkpoint, on_lost=bill.add_lost)
        except BaseException as error:
            self._budget_keeper.release(self._execution.run_id, key, bill.usage, bill.cost_usd)
            if isinstance(error, TooLong) and self._trim(self._turns):
                return self._ask_model(key, Bill(brief.model))
            raise

    def _make_room(self, number: int) -> None:
        room = self._brief.window_tokens - self._brief.max_tokens
        if self.conversation.prompt_tokens(self._brief.chars) > TRIM_AT * room:
            self._trim(number)

    def _trim(self, number: int) -> bool:
        """Leave out long old answers of tools from now on; recorded, so that a resumed run does the same."""
        room = self._brief.window_tokens - self._brief.max_tokens
        if not self.conversation.trim(int(TRIM_TO * room), self._brief.chars):
            return False
        output: Json = {
            "turns": self.conversation.trimmed_turns,
            "why": "The conversation fills the model's window: long old answers of tools are not sent any more.",
        }
        key = f"trim:{number}:{self.conversation.trimmed_turns}"
        self._execution.record(lambda session: [NewStep(key, StepType.DECISION, StepResult(output=output))])
        return True

    def _end_by_budget(self, stop: BudgetStop) -> RunEnd:
        """A budget is used up: the run keeps what it has, and says which one it was."""
        key = f"stop:{len(self._execution.recorded)}"
        config = self._execution.config
        decision = StepResult(output={"why": stop.message, "then": run_budget(config).then})
        self._execution.record(lambda session: [NewStep(key, StepType.DECISION, decision)])
        texts = [text for turn in reversed(self.conversation.turns) if (text := _text(turn))]
        result = {"message": texts[0] if texts else "", "turns": len(self.conversation.turns)}
        return stopped_by_budget(stop, config, result)


def is_turn(key: str) -> bool:
    """Whether this is the key of an answer of the model."""
    kind, _, number = key.partition(":")
    return kind == "turn" and number.isdecimal()


def _is_said(key: str) -> bool:
    return key.startswith("say:")


def _text(turn: Turn) -> str:
    return "\n".join(block["text"] for block in turn.blocks if block["type"] == "text").strip()


def recorded_texts(recorded: Mapping[str, RecordedStep]) -> list[str]:
    """What the model has said in a run, turn by turn."""
    turns = [step for key, step in recorded.items() if is_turn(key)]
    return ["\n".join(step.output["says"].values()) for step in turns if step.output["says"]]
