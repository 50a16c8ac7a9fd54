"""Steps of a run as they are shown: in lists, and one by one with what went in and what came out."""

from collections.abc import Mapping
from typing import Any, ClassVar

from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import Instant, ListItem, PageResult
from onelane.tools.workflows.run_words.step_words import step_words

_MOST_CHARS = 2_000
"""So much is told of what went into a step, and of what came out."""


class StepView(ListItem):
    """A step: one thing that a run did."""

    untold: ClassVar[frozenset[str]] = frozenset({"id", "workflow_run_id", "created_at"})
    untold_in_lists: ClassVar[frozenset[str]] = frozenset({"input", "output", "duration_ms"})

    workflow_run_id: str
    step_index: int
    step_type: StepType
    status: StepStatus
    contact_id: str | None
    url: str | None
    tool: str | None
    input: JsonText
    output: JsonText
    error: str | None
    duration_ms: int | None
    created_at: Instant

    def cursor(self) -> str:
        """Lists of steps are ordered by their index."""
        return str(self.step_index)

    @classmethod
    def line_of(cls, row: Mapping[str, Any]) -> str:
        """One line: index, type, status, what it was about, and whom."""
        about = step_words(error=row["error"], url=row["url"], tool=row["tool"], output=row["output"])
        contact = "" if row["contact_id"] is None else f"\t{row['contact_id']}"
        return f"{row['step_index']}\t{row['step_type']}\t{row['status']}\t{about}{contact}"


class StepInDetail(StepView):
    """A step with what went in and what came out."""

    untold_in_lists: ClassVar[frozenset[str]] = frozenset({"duration_ms"})

    @classmethod
    def line_of(cls, row: Mapping[str, Any]) -> str:
        """The step's line, then both as JSON."""
        parts = ((name, content) for name, content in (("in", row["input"]), ("out", row["output"])) if content != "{}")
        return "\n".join([super().line_of(row), *(f"  {name}: {_clip(content)}" for name, content in parts)])


def _clip(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]} ({len(text) - _MOST_CHARS:,} more characters)"


class StepPage(PageResult[StepView]):
    """A page of steps."""

    noun: ClassVar[str] = "steps"
    first_comes_by: ClassVar[str] = "get_run says how far the run is."


def step_index_of(cursor: str) -> int:
    """Behind which step a page of a run's steps begins.

    Raises:
        BadRequest: the cursor is not from such a list
    """
    if not cursor.isdecimal() or len(cursor) > 9:
        raise BadRequest("That cursor is not from a list of steps. Leave it out to begin at the first step.")
    return int(cursor)
