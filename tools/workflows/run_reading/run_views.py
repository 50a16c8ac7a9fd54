"""Runs as they are shown: one by one, in lists, with their steps, and as trees (docs/tables.md, "Composed answers")."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import orjson

from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows.runs import RunStatus, Trigger, WorkflowType
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import Instant, Items, ListItem, PageResult, Result, when
from onelane.tools.workflows.run_reading.step_views import StepView
from onelane.tools.workflows.run_words.run_sentences import message_of, next_call


class RunView(ListItem):
    """A run: one execution of a sync, an enrichment, a search, a pruning, a sequence or an agent."""

    left_to_one: ClassVar[frozenset[str]] = frozenset({"config", "result", "errors"})
    untold: ClassVar[frozenset[str]] = frozenset(
        {"updated_at", "attempt", "control", "cache_read_tokens", "cache_write_tokens"}
    )  # fmt: skip
    untold_in_lists: ClassVar[frozenset[str]] = frozenset(
        {"result", "config", "errors", "step_count", "completed_at", "trigger", "platform_account_id", "input_tokens",
         "output_tokens", "started_at"}
    )  # fmt: skip

    untold_at_zero: ClassVar[frozenset[str]] = frozenset(
        {"processed_items", "success_items", "skipped_items", "error_items", "input_tokens", "output_tokens",
         "cost_usd"}
    )  # fmt: skip

    title: str = ""
    """What it does, in a few words."""
    summary: str | None = None
    """How it stands in a sentence or two: what it brought, why it holds, what went wrong, what it cost."""
    template_id: str | None
    workflow_type: WorkflowType
    platform_account_id: str | None
    status: RunStatus
    total_items: int | None
    processed_items: int
    success_items: int
    skipped_items: int
    error_items: int
    config: JsonText
    result: JsonText
    errors: JsonText
    trigger: Trigger
    model: str | None
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    parent_workflow_id: str | None
    started_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    status_reason: str | None
    waits_until: Instant | None = None
    """When it goes on by itself, while it waits for an instant."""
    step_count: int
    attempt: int
    control: str | None
    schedule_id: str | None
    forked_from_id: str | None
    cache_read_tokens: int
    cache_write_tokens: int

    def cursor(self) -> str:
        """Lists of runs are ordered by when they were created."""
        return f"{int(self.created_at.timestamp())}.{self.id}"

    @classmethod
    def line_of(cls, row: Mapping[str, Any]) -> str:
        """One line: id, type, status, since when, what it does, and how it stands."""
        words = ": ".join(filter(None, (row["title"], row["summary"])))
        return f"{row['id']}\t{row['workflow_type']}\t{row['status']}\t{when(row['created_at'])}\t{words}"


class StartedRun(RunView):
    """A run that was started or steered just now."""

    untold: ClassVar[frozenset[str]] = RunView.untold | {"step_count"}

    def text(self) -> str:
        """The run's line, and what is called next about it."""
        return "\n".join(each for each in (super().text(), next_call(self.id, self.status)) if each)


class ClosedRun(RunView):
    """A run of a chat that was ended just now."""

    untold: ClassVar[frozenset[str]] = RunView.untold | {
        "config", "errors", "trigger", "input_tokens", "output_tokens", "cost_usd", "started_at", "completed_at",
        "step_count",
    }  # fmt: skip

    def text(self) -> str:
        """The run's line, and where its steps are."""
        return f"{super().text()}\nIts steps stay: get_run(run_id={self.id!r})."


class RunPage(PageResult[RunView]):
    """A page of runs."""

    noun: ClassVar[str] = "runs"
    first_comes_by: ClassVar[str] = "start_sync or start_run begins one."


class Spending(Result):
    """What runs have used together."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: float | None


class ChildRun(Result):
    """A run that another one started, and those that it started itself."""

    id: str
    workflow_type: WorkflowType
    status: RunStatus
    cost_usd: float | None
    step_count: int
    status_reason: str | None
    created_at: Instant
    children: Sequence["ChildRun"] = ()

    @classmethod
    def tree(cls, parent_id: str, below: Sequence[PlainRow]) -> list[PlainRow]:
        """The rows of the runs that a run started, each with those that it started itself."""
        children = [row for row in below if row["parent_workflow_id"] == parent_id]
        return [{**row, "children": cls.tree(row["id"], below)} for row in children]

    def lines(self, depth: int) -> list[str]:
        """A line for the run, then those of its children, each a step further in."""
        cost = "" if not self.cost_usd else f", ${self.cost_usd:.4f}"
        own = f"{'  ' * depth}{self.id}\t{self.workflow_type}\t{self.status}\t{self.step_count} steps{cost}"
        return [own, *(line for child in self.children for line in child.lines(depth + 1))]


class RunQuestion(Result):
    """What a run asks its person; they answer at a door of their own."""

    id: str
    question: str
    hash: str
    asked_at: Instant
    expires_at: Instant


class EndedRun(StartedRun):
    """A run that was over, or held, in the moment in which a chat waited for it; its summary says what came of it."""

    untold: ClassVar[frozenset[str]] = ClosedRun.untold | {"result"}

    def text(self) -> str:
        """The run's line, whom it named, and what is called next about it."""
        return "\n".join([super().text(), *_pruning_lines(self.result)])


class RunWithSteps(StartedRun):
    """A run and its steps in order: see docs/tables.md, "Composed answers"."""

    untold: ClassVar[frozenset[str]] = RunView.untold | {"trigger"}

    steps: Items[StepView]
    next_steps_cursor: str | None = None
    """Set when there are more steps than one answer holds."""
    children: Sequence[ChildRun] = ()
    """The runs that it started, as a tree."""
    approvals: Sequence[RunQuestion] = ()
    """What it asks its person now."""
    rolled_up: Spending | None = None
    """What it and they have used together; left out when it started none."""

    @property
    def length(self) -> int:
        """How many steps are shown."""
        return len(self.steps)

    def first(self, count: int) -> Self:
        """The run with fewer steps, and a cursor that goes on where they end."""
        first_steps = self.steps[:count]
        return self.model_copy(update={"steps": first_steps, "next_steps_cursor": first_steps[-1].cursor()})

    def text(self) -> str:
        """The run's line, then its steps."""
        lines = [super().text(), *self._message_lines(), *_pruning_lines(self.result), *self._usage()]
        lines += [step.text() for step in self.steps]
        if self.next_steps_cursor is not None:
            call = f"list_run_steps(run_id={self.id!r}, cursor={self.next_steps_cursor!r})"
            lines.append(f"{self.step_count} steps in all: {call} goes on.")
        lines += [f"It asks its person ({each.id}): {each.question}" for each in self.approvals]
        if self.children:
            lines += ["Runs that it started:", *(line for child in self.children for line in child.lines(1))]
        if self.rolled_up is not None and self.rolled_up.cost_usd is not None:
            lines.append(f"Together they cost ${self.rolled_up.cost_usd:.4f}.")
        return "\n".join(lines)

    def _message_lines(self) -> Iterator[str]:
        """What came of it in words, where its result has them and its line does not."""
        message = message_of(orjson.loads(self.result))
        if message and one_line(message) not in (self.summary or ""):
            yield message

    def _usage(self) -> Iterator[str]:
        """What the model used: how much of it came from its provider's cache, and what it cost."""
        read = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        if self.model is None or not read:
            return
        cache_percent = round(100 * self.cache_read_tokens / read)
        cost = "of unknown cost" if self.cost_usd is None else f"${self.cost_usd:.4f}"
        yield f"{self.model}: {read:,} tokens read ({cache_percent}% cached), {self.output_tokens:,} written, {cost}"


def _pruning_lines(result: str) -> Iterator[str]:
    """Those whom a pruning put aside, or would, each with its reason; the first of them where they are many."""
    for each in orjson.loads(result).get("sample", ()):
        yield f"  {each['contactId']}\t{one_line(each['name'])}: {one_line(each['reason'])}"


class Progress(Result):
    """How far a run is: small enough to be asked for every second."""

    id: str
    status: RunStatus
    total_items: int | None
    processed_items: int
    success_items: int
    skipped_items: int
    error_items: int
    step_count: int
    percent: float | None
    """0 to 100; unknown while the total is."""
    status_reason: str | None
    waits_until: Instant | None = None
    """When it goes on by itself, while it waits for an instant."""
    updated_at: Instant

    @classmethod
    def of(cls, row: PlainRow) -> Self:
        """How far the run of this row is."""
        total: int | None = row["total_items"]
        percent = None if not total else round(min(100.0, 100 * row["processed_items"] / total), 1)
        return cls.model_validate({**row, "percent": percent})
