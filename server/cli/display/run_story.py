"""The story of a run: what it is, how it went, what it cost, and one line about each of its steps."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from onelane.server.cli.display.cells import Reading, values_line
from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.display.table import Line
from onelane.server.cli.display.wrapping import cut_at_word, fit_lines, pad
from onelane.server.cli.output import number_of
from onelane.server.components.numbers import dollars, duration
from onelane.server.components.steps import about, read_steps
from onelane.tools.registry.json_values import CONTRACT
from onelane.tools.workflows.run_reading.run_views import ChildRun, RunWithSteps
from onelane.tools.workflows.run_reading.step_views import StepView

_LEAST_ABOUT = 24
_LONGEST_TYPE = 20
_LINE = 10_000
"""A line of this length is cut by nobody: where a program reads, it is not wrapped."""
_MARKS = {"completed": "✓", "failed": "✗", "skipped": "–", "running": "…", "pending": "…"}
_TONES = {"completed": "good", "failed": "bad", "running": "accent"}


def story_of(run: RunWithSteps, reading: Reading, width: int | None) -> list[Line]:
    """The lines of a run's story.

    Args:
        run: the run, with its steps
        reading: by what the reader's clock goes
        width: of the terminal; None where a program reads
    """
    line_width = width or _LINE
    facts = [(f"{name:<9}", value) for name, value in _facts(run, reading) if value]
    return [
        *_paragraph(run.title or run.workflow_type.label, line_width, "heading"),
        *_paragraph(
            in_commands(f"{run.status.label}{f': {run.summary}' if run.summary else ''}"),
            line_width,
            run.status.category,
        ),
        [("", "")],
        *(line for name, value in facts for line in _paragraph(f"  {name} {value}", line_width)),
        *(_steps(run, line_width) if run.steps else ()),
        *_afterword(run, line_width),
    ]


def _facts(run: RunWithSteps, reading: Reading) -> Iterator[tuple[str, str]]:
    yield "id", run.id
    yield "type", run.workflow_type.label
    yield "started", _start_text(run, reading)
    yield "items", _items(run)
    yield "model", _model(run)
    yield "settings", values_line(_settings(run))


def _start_text(run: RunWithSteps, reading: Reading) -> str:
    at = reading.exactly(run.started_at or run.created_at)
    by = f", by {run.trigger.replace('_', ' ')}"
    if run.started_at is None or run.completed_at is None:
        return f"{at}{by}"
    return f"{at}, took {duration(int((run.completed_at - run.started_at).total_seconds()))}{by}"


def _items(run: RunWithSteps) -> str:
    of = "" if run.total_items is None else f" of {run.total_items:,}"
    errors = f", {run.error_items:,} with errors" if run.error_items else ""
    skip_text = f", {run.skipped_items:,} skipped" if run.skipped_items else ""
    return f"{run.processed_items:,}{of}{skip_text}{errors}; {number_of(run.step_count, 'step')}"


def _model(run: RunWithSteps) -> str:
    read = run.input_tokens + run.cache_read_tokens + run.cache_write_tokens
    if run.model is None:
        return ""
    if not read:
        return run.model
    cache_percent = round(100 * run.cache_read_tokens / read)
    tokens = f"{read:,} tokens read ({cache_percent}% cached), {run.output_tokens:,} written"
    return f"{run.model}: {tokens}, {dollars(run.cost_usd)}"


def _settings(run: RunWithSteps) -> dict[str, Any]:
    config = _object(run.config)
    # What the caller may read is the same in each run, and is no setting of this one.
    return {name: value for name, value in config.items() if isinstance(value, str | int | float | bool)}


def _object(text: str) -> dict[str, Any]:
    value: Any = orjson.loads(text)
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


def _steps(run: RunWithSteps, width: int) -> Iterator[Line]:
    yield [("", "")]
    yield [("Steps", "heading")]
    read = read_steps(step.model_dump(by_alias=True, context=CONTRACT) for step in run.steps)
    places = len(str(run.steps[-1].step_index))
    kinds = max(len(_kind(step)) for step in run.steps)
    for step, row in zip(run.steps, read, strict=True):
        yield _step(step, about(row), width, places=places, kinds=kinds)


def _step(step: StepView, summary: str, width: int, *, places: int, kinds: int) -> Line:
    head = f"  {step.step_index:>{places}} "
    mark = f"{_MARKS.get(step.status, ' ')} {pad(_kind(step), kinds)}  "
    tail = f"  {duration(step.duration_ms / 1000)}" if step.duration_ms else ""
    room = max(_LEAST_ABOUT, width - len(head) - len(mark) - len(tail))
    return [(head, "faint"), (mark, _TONES.get(step.status, "")), (cut_at_word(summary, room), ""), (tail, "faint")]


def _kind(step: StepView) -> str:
    return step.step_type.replace("_", " ")[:_LONGEST_TYPE]


def _afterword(run: RunWithSteps, width: int) -> Iterator[Line]:
    for each in run.approvals:
        yield from _paragraph(f"\nIt asks you: {each.question}\nAnswer it: onelane approvals {each.id}", width, "warn")
    if run.children:
        yield [("", "")]
        yield [("Runs that it started", "heading")]
        yield from _children(run.children, width, depth=1)
    if run.next_steps_cursor is not None:
        more = in_commands(f"list_run_steps(run_id='{run.id}', cursor='{run.next_steps_cursor}')")
        yield from _paragraph(f"\n{run.step_count:,} steps in all. More: {more}", width, "faint")


def _children(children: Iterable[ChildRun], width: int, *, depth: int) -> Iterator[Line]:
    for child in children:
        summary = f"{child.workflow_type.label}, {child.status}, {number_of(child.step_count, 'step')}"
        yield from _paragraph(f"{'  ' * depth}{child.id}  {summary}", width)
        yield from _children(child.children, width, depth=depth + 1)


def _paragraph(text: str, width: int, tone: str = "") -> Sequence[Line]:
    return [[(line, tone)] for line in fit_lines(text, width).split("\n")]
