"""A chat at a terminal, recorded as an agent run."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from sqlalchemy.engine import RowMapping

from onelane.server.agent.approval import Approver
from onelane.server.agent.calls import result_texts
from onelane.server.agent.conversation import read_result
from onelane.server.agent.loop import is_turn, recorded_texts
from onelane.server.agent.model import Delta, Json
from onelane.server.app import Onelane
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.errors import BadRequest, Conflict, ToolError
from onelane.tools.registry.runs.record import NewStep, RecordedStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import ClaimLost, HoldRequested, ShuttingDown

BEAT_SECONDS = 2.0
LOST_AFTER_SECONDS = 10
"""A chat that was not heard of for so long is gone; should it come back, its claim is void and it can't do harm."""
LONGEST_CHARS = 100_000
"""What a person may say at once."""


class ChatTaken(Conflict):
    """This chat was ended, or is continued, elsewhere."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a chat has used so far.

    Args:
        turns: answers of the model
        input_tokens: read anew
        output_tokens: written
        cache_read_tokens: read from the provider's cache
        cache_write_tokens: written into it
        cost_usd: None when a price is not known
    """

    turns: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: float | None

    @property
    def tokens(self) -> int:
        """All that was read and written."""
        return self._read + self.output_tokens

    @property
    def cache_hit_rate(self) -> float:
        """How much of what was read came from the cache, between 0 and 1."""
        return self.cache_read_tokens / self._read if self._read else 0.0

    @property
    def _read(self) -> int:
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """A tool call and its result, for display."""

    name: str
    arguments: Json
    outcome: str
    is_error: bool


class Audience(Protocol):
    """Receives a chat's events, for display."""

    def on_text(self, delta: Delta) -> None:
        """A piece of an answer."""
        ...

    def on_turn(self, totals: Totals, chose: Sequence[str]) -> None:
        """An answer is complete; these tools are called for it now."""
        ...

    def on_call(self, called: ToolOutcome) -> None:
        """A tool has answered."""
        ...

    def on_wait(self) -> None:
        """It takes some seconds to see whether another chat is open on the run."""
        ...


class Chat:
    """A chat that is open, with the run that it claims.

    Args:
        onelane: what the model works with
        row: the run as it was claimed
        approver: who is asked before something is sent or destroyed
        audience: who watches
    """

    def __init__(self, onelane: Onelane, row: RowMapping, approver: Approver, audience: Audience) -> None:
        self._database = onelane.database
        self._audience = audience
        self._text_of = result_texts(onelane.registry)
        self._stopping = threading.Event()
        self._execution = _ReportingExecution(self._database, row, self._stopping, self._tell)
        self._loop = onelane.agents.loop(self._execution, onelane.toolbox, approver=approver, on_text=audience.on_text)
        self._heartbeat = onelane.engine.heartbeat
        self._heartbeat.add(self._execution, every_seconds=BEAT_SECONDS)
        self._heartbeat.start()
        self.is_open = True
        """Whether the run is still this chat's."""
        self.ending = RunEnd(RunStatus.COMPLETED)
        """How the latest answer ended, and how the run ends when nothing more is said."""
        self.was_stopped = False
        """Whether the person stopped the latest answer."""

    @property
    def run_id(self) -> str:
        """The run that the chat leaves."""
        return self._execution.run_id

    @property
    def is_answered(self) -> bool:
        """Whether the model has nothing to answer."""
        return self._loop.is_answered

    @property
    def message(self) -> str:
        """What the model said last."""
        texts = recorded_texts(self._execution.recorded)
        return texts[-1].strip() if texts else ""

    @property
    def totals(self) -> Totals:
        """What was used so far."""
        row, turns = self._row(), sum(map(is_turn, self._execution.recorded))
        return Totals(
            turns,
            row["input_tokens"],
            row["output_tokens"],
            row["cache_read_tokens"],
            row["cache_write_tokens"],
            row["cost_usd"],
        )

    def hear(self, text: str) -> None:
        """Take down what the person says.

        Raises:
            BadRequest: it is too long
            ChatTaken: the run is not this chat's any more
        """
        check_length(text)
        with self._still_own():
            self._loop.hear(text)

    def answer(self) -> RunEnd:
        """Let the model answer, until it is done, a person is needed, a budget is used up, or `stop` is called.

        Raises:
            ChatTaken: the run is not this chat's any more
        """
        self._stopping.clear()
        self.was_stopped = False
        with self._still_own():
            self.ending = self._answer_end()
        return self.ending

    def stop(self) -> None:
        """End the answer that is under way, soon; what is recorded stays."""
        self._stopping.set()

    def close(self, ending: RunEnd | None = None) -> RunEnd:
        """End the chat and its run, which somebody may go on with later.

        Args:
            ending: how; by default as its latest answer ended

        Raises:
            ChatTaken: the run is not this chat's any more
        """
        run_end = ending or self.ending
        steps = self._execution.recorded
        counts = {
            "message": self.message,
            "messages": 1 + sum(key.startswith("say:") for key in steps),
            "toolCalls": sum(step.step_type is StepType.TOOL_RESULT for step in steps.values()),
        }
        run_end = replace(run_end, result={**run_end.result, **counts, "turns": self.totals.turns})
        with self._still_own():
            self._execution.end(run_end)
        self.leave()
        return run_end

    def leave(self) -> None:
        """Let go of the run as it is."""
        self.is_open = False
        self._heartbeat.remove(self.run_id)

    def _answer_end(self) -> RunEnd:
        try:
            return self._loop.run()
        except ShuttingDown:
            self.was_stopped = True
            self._stopping.clear()
            self._loop.abandon()
            return RunEnd(RunStatus.COMPLETED)
        except ToolError as error:
            failure = StepResult(status=StepStatus.FAILED, error=error.message)
            key = f"error:{len(self._execution.recorded)}"
            self._execution.record(lambda session: [NewStep(key, StepType.ERROR, failure)])
            return RunEnd(RunStatus.FAILED, errors=[error.message], reason=error.message)

    @contextmanager
    def _still_own(self) -> Generator[None]:
        try:
            yield
        except (ClaimLost, HoldRequested) as error:
            self.leave()
            row = self._row()
            raise ChatTaken(
                f"Run {self.run_id} is {row['status']}: it was ended, or is continued, elsewhere. What was said until "
                f"then is kept. To go on with it here, type: onelane chat --run {self.run_id}"
            ) from error

    def _row(self) -> PlainRow:
        with self._database.read() as session:
            row = runs.read_run(session, self.run_id)
        if row is None:
            raise ChatTaken(f"Run {self.run_id} was deleted.")
        return row

    def _tell(self, key: str, step: RecordedStep) -> None:
        """Let the audience know of a step that was recorded just now."""
        if is_turn(key):
            self._audience.on_turn(self.totals, step.output["chose"])
        elif step.step_type is StepType.TOOL_RESULT:
            steps = self._execution.recorded
            outcome: Any = read_result(step.output, steps, self._text_of)["content"][0]["text"]
            arguments = steps[key.removesuffix(":result")].input
            self._audience.on_call(ToolOutcome(step.tool or "", arguments, outcome, is_error=step.output["is_error"]))
        elif step.step_type is StepType.WEB_SEARCH and step.output.get("engine") == "model":
            count_text = f"{len(step.output['data'])} results"
            self._audience.on_call(ToolOutcome(step.tool or "", step.input, count_text, is_error=False))


def check_length(text: str) -> None:
    """See whether a person may say so much at once. BadRequest when not."""
    if len(text) > LONGEST_CHARS:
        raise BadRequest(f"That message has {len(text):,} characters; {LONGEST_CHARS:,} at once are the most.")


class _ReportingExecution(Execution):
    """An execution that reports each step it records."""

    def __init__(
        self,
        database: Database,
        row: RowMapping,
        stopping: threading.Event,
        on_step: Callable[[str, RecordedStep], None],
    ) -> None:
        super().__init__(database, row, row["claim"], stopping)
        self._on_step = on_step

    def record(self, work: Callable[[Session], Sequence[NewStep]], *, is_durable: bool = False) -> None:
        count_before = len(self.recorded)
        super().record(work, is_durable=is_durable)
        for key, step in list(islice(self.recorded.items(), count_before, None)):
            self._on_step(key, step)
