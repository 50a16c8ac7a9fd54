"""What needs the person now: each with the one place where it is settled (docs/dashboard.md, "Needs you")."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson

from onelane.storage.database.columns import Vocabulary
from onelane.storage.outreach import funnel, outbound_actions, outbound_switch, template_versions
from onelane.storage.outreach.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound_switch import SwitchState
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.workflows import approvals, runs, schedules, tasks
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, Result
from onelane.tools.workflows.run_views import with_words

_EACH = 5
"""Of one kind so many are told one by one."""
_FEWER = 3


class AttentionKind(Vocabulary):
    """Why something needs the person; its label is the verb that settles it."""

    STOPPED = "stopped", "Settings", "octagon-x", "bad"
    QUESTION = "question", "Answer", "hand", "accent"
    APPROVAL = "approval", "Review", "hand", "accent"
    UNCERTAIN = "uncertain", "Decide", "circle-alert", "bad"
    ACCOUNT = "account", "Sign in", "key-round", "bad"
    SCHEDULE = "schedule", "Look", "calendar-x", "bad"
    PAUSED = "paused", "Look", "circle-pause", "warn"
    MERGE = "merge", "Compare", "git-merge", "plain"
    TASK = "task", "Open", "user", "plain"


class Need(Result):
    """Something that needs the person."""

    kind: AttentionKind
    title: str
    detail: str = ""
    since: Instant | None = None
    count: int = 1
    href: str
    """The page on which it is settled."""

    def text(self) -> str:
        """One line."""
        return f"{self.title}{f': {self.detail}' if self.detail else ''}"


def what_needs_person(ctx: Context) -> list[Need]:
    """Everything that waits for the person, what is most urgent first."""
    parts = (_stopped, _questions, _letters, _versions, _accounts, _schedules, _paused, _tasks)
    return [each for part in parts for each in part(ctx)]


def _stopped(ctx: Context) -> Iterator[Need]:
    switch = outbound_switch.read_switch(ctx.session)
    if switch.state is SwitchState.STOPPED:
        why = switch.note or ("" if switch.reason is None else switch.reason.label)
        yield _attention(AttentionKind.STOPPED, "Nothing is sent", why, switch.changed_at, "/dashboard/settings#stop")


def _questions(ctx: Context) -> Iterator[Need]:
    for asked in approvals.list_open(ctx.session)[:_EACH]:
        run_id = asked.workflow_run_id
        page = "/dashboard/approvals" if run_id is None else f"/dashboard/workflows/{run_id}#questions"
        title = "A chat asks you" if run_id is None else "A run asks you"
        yield _attention(AttentionKind.QUESTION, title, asked.shown, asked.asked_at, page)


def _letters(ctx: Context) -> Iterator[Need]:
    waiting = outbound_actions.count_in_state(ctx.session, ActionStatus.AWAITING_APPROVAL)
    if waiting:
        planned = funnel.first_awaiting(ctx.session)
        first = "" if planned is None else f"the first is planned for {planned:%A %-d %B, %H:%M} UTC"
        yield _attention(
            AttentionKind.APPROVAL,
            f"{_of(waiting, 'message')} for your approval",
            first,
            None,
            "/dashboard/approvals",
            waiting,
        )
    unsure = outbound_actions.count_in_state(ctx.session, ActionStatus.UNCERTAIN)
    if unsure:
        title = f"Was it sent? {unsure} message{' is' if unsure == 1 else 's are'} uncertain"
        page = "/dashboard/approvals"
        yield _attention(AttentionKind.UNCERTAIN, title, "None is sent twice without you", None, page, unsure)


def _versions(ctx: Context) -> Iterator[Need]:
    """Sequences whose letters go without further questions once their person has read the whole of them."""
    found = template_versions.list_unapproved(ctx.session)
    names = [each.name for each in found if orjson.loads(each.config).get("approval") == "version"]
    if names:
        title = f"{_of(len(names), 'sequence')} for your approval"
        yield _attention(AttentionKind.APPROVAL, title, ", ".join(names), None, "/dashboard/approvals", len(names))


def _accounts(ctx: Context) -> Iterator[Need]:
    for account in accounts.list_accounts(ctx.session):
        if account.status is AccountStatus.NEEDS_REAUTH:
            title = f"{account.platform.label} has signed you out"
            yield _attention(AttentionKind.ACCOUNT, title, account.display_name, None, "/dashboard/settings#accounts")


def _schedules(ctx: Context) -> Iterator[Need]:
    for each in schedules.list_failed_schedules(ctx.session, limit=_FEWER):
        name = one_line(each.name or each.job_type)
        yield _attention(
            AttentionKind.SCHEDULE, f"{name} failed", each.error or "", each.completed_at, "/dashboard/schedules"
        )


def _paused(ctx: Context) -> Iterator[Need]:
    rows = runs.list_workflow_runs_after(ctx.session, after=None, limit=_FEWER, status=RunStatus.PAUSED)
    asking = {each.workflow_run_id for each in approvals.list_open(ctx.session)}
    for row in with_words(ctx, [row for row in rows if row["id"] not in asking]):
        since = datetime.fromtimestamp(row["updated_at"], ctx.now().tzinfo)
        page = f"/dashboard/workflows/{row['id']}"
        yield _attention(AttentionKind.PAUSED, f"Paused: {row['title']}", row["status_reason"] or "", since, page)


def _tasks(ctx: Context) -> Iterator[Need]:
    counts = tasks.count_open_tasks(ctx.session)
    proposals = counts.get(TaskType.MERGE_PROPOSAL, 0)
    if proposals:
        title = f"{proposals:,} {'person' if proposals == 1 else 'people'} may be in your contacts twice"
        yield _attention(AttentionKind.MERGE, title, "", None, "/dashboard/contacts?twice=1", proposals)
    for kind in (TaskType.OUTREACH, TaskType.FOLLOW_UP, TaskType.CONTENT_REVIEW, TaskType.MANUAL):
        yield from _of_kind(ctx, kind, counts.get(kind, 0))


def _of_kind(ctx: Context, kind: TaskType, count: int) -> Sequence[Need]:
    if not count:
        return []
    first = tasks.list_open_tasks(ctx.session, task_type=kind, limit=1)
    page = "/dashboard/outbound?state=by_hand" if kind is TaskType.OUTREACH else "/dashboard/content"
    title = f"{count:,} to do: {kind.label.lower()}"
    return [_attention(AttentionKind.TASK, title, each.title, each.created_at, page, count) for each in first]


def _attention(kind: AttentionKind, title: str, detail: str, since: datetime | None, href: str, count: int = 1) -> Need:
    return Need(kind=kind, title=title, detail=one_line(detail)[:300], since=since, count=count, href=href)


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun} waits" if count == 1 else f"{count:,} {noun}s wait"
