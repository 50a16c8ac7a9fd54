"""Undo: takes back what a call, a run or a day changed (docs/storage.md, "Undo")."""

from collections.abc import Sequence
from typing import ClassVar

from onelane.storage.database import recorded_changes
from onelane.storage.database.change_log import current_origin
from onelane.storage.undo import undoing
from onelane.storage.undo.plan import plan_undo
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, ListItem, PageResult, Result, when
from onelane.tools.registry.tool_spec import Effect, Reveals, tool
from onelane.tools.workflows.undo.preview import (
    LeftAlone,
    SentMessage,
    UndoPreview,
    left_alone,
    left_lines,
    preview_of,
    sent_lines,
    sent_of,
)
from onelane.tools.workflows.undo.row_words import words_of_changes
from onelane.tools.workflows.undo.scope import find_scope

_SHOWN = 20


class ChangeView(ListItem):
    """What a call, or a run, changed."""

    what: str
    run_id: str | None
    did: str
    """How many rows of what it added, changed and deleted."""
    created_at: Instant

    def text(self) -> str:
        """One line."""
        return f"{self.id}\t{self.what}\t{self.did}\t{when(self.created_at)}\t{self.run_id or ''}"


class LatestChanges(PageResult[ChangeView]):
    """The latest changes, newest first."""

    noun: ClassVar[str] = "changes"
    first_comes_by: ClassVar[str] = "What a call or a run writes from now on stands here, and undo takes it back."


class UndoResult(Result):
    """What was taken back, and what was not."""

    change_id: str
    """By which the undo itself is taken back."""
    changes: int
    removed: int
    restored: int
    brought_back: int
    cancelled: int
    """Messages that had not left and never will."""
    sent: Sequence[SentMessage]
    sent_count: int
    left_alone: Sequence[LeftAlone]
    left_alone_count: int

    def text(self) -> str:
        """What was done, then what stays."""
        counts = (
            (self.removed, "removed"),
            (self.restored, "with old values again"),
            (self.brought_back, "brought back"),
        )
        summary = ", ".join(f"{count:,} {outcome}" for count, outcome in counts if count) or "nothing, as it stands"
        lines = [f"Taken back: {summary}. To do it again, undo {self.change_id}."]
        if self.cancelled:
            lines.append(f"{self.cancelled:,} messages that had not left are cancelled.")
        lines += sent_lines(self.sent, self.sent_count) + left_lines(self.left_alone, self.left_alone_count)
        return "\n".join(lines)


def undo_question(ctx: Context, what: str) -> str:
    """What a person reads before they say yes.

    Raises:
        ToolError: there is nothing to take back
    """
    preview = preview_of(ctx, find_scope(ctx, what), what)
    return f"{preview.text()}\nTake it back?"


@tool(effect=Effect.READ, toolset="advanced", title="Latest changes", route="GET /api/undo")
def list_changes(ctx: Context) -> LatestChanges:
    """List the latest changes of calls and runs that can be taken back, newest first."""
    changes = recorded_changes.latest_changes(ctx.session, limit=_SHOWN)
    did = words_of_changes(ctx.session, [change.id for change in changes])
    views = [ChangeView.model_validate({**change.model_dump(), "did": did[change.id]}) for change in changes]
    return LatestChanges(data=views, total=len(views))


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="What undo would do",
    route="GET /api/undo/{what}",
    reveals=Reveals,
)
def preview_undo(ctx: Context, what: str) -> UndoPreview:
    """Show what `undo` would take back, what stays because somebody changed it since, and what was sent.

    Args:
        what: a run's id, a change's id, a day such as 2026-11-26, or last
    """
    return preview_of(ctx, find_scope(ctx, what), what)


@tool(
    effect=Effect.DESTROY,
    toolset="runs",
    title="Take back",
    route="POST /api/undo",
    confirm=undo_question,
    asks=undo_question,
    reveals=Reveals,
)
def undo(ctx: Context, what: str) -> UndoResult:
    """Take back what a call, a run or a day changed. What somebody edited since stays and is listed.

    Args:
        what: a run's id, a change's id, a day such as 2026-11-26, or last
    """
    return take_back(ctx, what)


def take_back(ctx: Context, what: str) -> UndoResult:
    """Take changes back, in the transaction of a call.

    Raises:
        ToolError: there is nothing to take back
    """
    scope, origin = find_scope(ctx, what), current_origin()
    assert origin is not None, "what writes is a call"
    plan = plan_undo(ctx.session, scope.change_ids)
    messages, sent_count = sent_of(ctx.session, scope, plan)
    outcome = undoing.undo_changes(ctx.session, plan, scope.changes, by=origin)
    # Imported late: undo is a part of many tools, and few calls of theirs take anything back.
    from onelane.tools.outreach.moving.outcomes import begin_cancelled_steps

    begin_cancelled_steps(ctx.session, outcome.enrollment_ids)
    return UndoResult(
        change_id=origin.change_id,
        changes=len(scope.changes),
        removed=outcome.removed,
        restored=outcome.restored,
        brought_back=outcome.returned,
        cancelled=outcome.cancelled,
        sent=messages,
        sent_count=sent_count,
        left_alone=left_alone(ctx.session, outcome.conflicts),
        left_alone_count=len(outcome.conflicts),
    )
