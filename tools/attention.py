"""What needs the person now: each with the one place where it is settled (docs/dashboard.md, "Needs you")."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from onelane.storage.database.columns import Vocabulary
from onelane.storage.outreach.contact_rhythms import Rhythm
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.platforms.accounts import AccountStatus, AuthType
from onelane.storage.workflows import approvals, runs, schedules, tasks
from onelane.storage.workflows.approvals import Approval
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.outreach.outbound.versions import versions_to_approve
from onelane.tools.outreach.stopping.switch import reason_words
from onelane.tools.outreach.tasks.rhythm_tasks import closing_call, title_of, why_of
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, Result
from onelane.tools.sync.account_views import AccountView
from onelane.tools.workflows.run_reading.run_rows import with_words

_EACH = 5
"""Of one kind so many are told one by one."""
_FEWER = 3
_PAIRS = "list_tasks(task_type='merge_proposal') shows both sides of each"


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
    RHYTHM = "rhythm", "Open", "users", "plain"
    TASK = "task", "Open", "user", "plain"


class Attention(Result):
    """Something that needs the person."""

    untold: ClassVar[frozenset[str]] = frozenset({"href"})

    kind: AttentionKind
    title: str
    detail: str = ""
    since: Instant | None = None
    count: int = 1
    href: str
    """The page on which it is settled."""
    next: str = ""
    """What to call or type for it."""

    def text(self) -> str:
        """One line: what, why, and what to do."""
        # A question's own page shows what it is about, line by line; here its first line says which it is.
        detail = self.detail.partition("\n")[0] if self.detail else ""
        joint = " " if self.title.endswith("?") else ": "
        line = f"{self.title}{joint}{detail}" if detail else self.title
        ends = "" if line.endswith((".", "?", "!", "…")) else "."
        return f"{line}{ends} Next: {self.next}" if self.next else line


class OutboundCount(Result):
    """How much is on its way out."""

    awaiting: int
    sent_today: int
    uncertain: int
    first_planned_at: Instant | None


def what_needs_person(
    ctx: Context,
    accounts: Sequence[AccountView],
    outbound: OutboundCount,
    open_tasks: Mapping[TaskType, int],
    due_rhythms: Sequence[Rhythm],
) -> list[Attention]:
    """Everything that waits for the person, what is most urgent first.

    Args:
        ctx: the call
        accounts: the person's accounts
        outbound: how much is on its way out
        open_tasks: how many tasks of each type wait
        due_rhythms: with whom they want to be in touch again
    """
    questions = approvals.list_open(ctx.session)
    return [
        *_outbound_stop(ctx),
        *_questions(questions),
        *_letters(outbound),
        *_versions(ctx),
        *_accounts(accounts, ctx.now()),
        *_unnamed(accounts),
        *_schedules(ctx),
        *_paused(ctx, questions),
        *_tasks(ctx, open_tasks),
        *_rhythms(due_rhythms),
    ]


def _outbound_stop(ctx: Context) -> Iterator[Attention]:
    switch = outbound_switch.read_switch(ctx.session)
    if switch.state is SwitchState.STOPPED:
        reason = switch.note or reason_words(switch.reason, switch.changed_via)
        yield _attention(
            AttentionKind.STOPPED, "Nothing is sent", reason, switch.changed_at, "/dashboard/settings#stop",
            next_call="onelane outbound start",
        )  # fmt: skip


def _questions(questions: Sequence[Approval]) -> Iterator[Attention]:
    for each in questions[:_EACH]:
        run_id = each.workflow_run_id
        page = "/dashboard/approvals" if run_id is None else f"/dashboard/workflows/{run_id}#questions"
        title = "A chat asks you" if run_id is None else "A run asks you"
        call = "onelane approvals" if run_id is None else f"answer_run with run_id={run_id}; or onelane approvals"
        yield _attention(AttentionKind.QUESTION, title, each.shown, each.asked_at, page, next_call=call)


def _letters(outbound: OutboundCount) -> Iterator[Attention]:
    awaiting_count, unsure = outbound.awaiting, outbound.uncertain
    if awaiting_count:
        first_planned_at = outbound.first_planned_at
        first = "" if first_planned_at is None else f"the first is planned for {first_planned_at:%A %-d %B, %H:%M} UTC"
        yield _attention(
            AttentionKind.APPROVAL,
            f"{_of(awaiting_count, 'message')} for your approval",
            first,
            None,
            "/dashboard/outbound?state=awaiting_approval",
            awaiting_count,
            "list_outbound, request_approval; the person: onelane outbound approve --all",
        )
    if unsure:
        title = f"Was it sent? {unsure} message{' is' if unsure == 1 else 's are'} uncertain"
        page = "/dashboard/outbound?state=uncertain"
        call = "list_outbound with status=uncertain; the person: onelane outbound settle"
        yield _attention(AttentionKind.UNCERTAIN, title, "None is sent twice without you", None, page, unsure, call)


def _versions(ctx: Context) -> Iterator[Attention]:
    """Sequences whose letters go without further questions once their person has read the whole of them."""
    names = [each.name for each in versions_to_approve(ctx.session)]
    if names:
        title = f"{_of(len(names), 'sequence')} for your approval"
        page, call = "/dashboard/approvals", "onelane templates approve"
        yield _attention(AttentionKind.APPROVAL, title, ", ".join(names), None, page, len(names), call)


def _accounts(accounts: Sequence[AccountView], now: datetime) -> Iterator[Attention]:
    page = "/dashboard/settings#accounts"
    for account in accounts:
        is_out = account.status is AccountStatus.NEEDS_REAUTH
        if is_out or (account.next_step is not None and account.transport is not None):
            sends = (
                "sends nothing"
                if account.pause_reason is None
                else f"sends nothing: {account.pause_reason.label.lower()}"
            )
            title = f"{account.platform.label} has signed you out" if is_out else f"{account.platform.label} {sends}"
            call = account.next_step or ""
            yield _attention(AttentionKind.ACCOUNT, title, account.display_name, None, page, next_call=call)
        elif account.next_step is not None and account.expires_at is not None and account.expires_at > now:
            title = f"{account.platform.label}'s sign-in ends on {account.expires_at:%A %-d %B}"
            yield _attention(
                AttentionKind.ACCOUNT, title, account.display_name, None, page, next_call=account.next_step
            )
        elif account.next_step is not None:
            title = f"{account.platform.label} has signed you out of {account.display_name}"
            yield _attention(AttentionKind.ACCOUNT, title, "", None, page, next_call=account.next_step)


def _unnamed(accounts: Sequence[AccountView]) -> Iterator[Attention]:
    """What was imported without an owner's name, beside an account that it may be of."""
    for account in accounts:
        if account.auth_type is not AuthType.FILE or account.display_name != account.platform.label:
            continue
        signed_in = [
            each for each in accounts if each.platform is account.platform and each.auth_type is AuthType.OAUTH
        ]
        if signed_in:
            names = " or ".join(each.display_name for each in signed_in[:_FEWER])
            title = f"Are the imported files of {account.platform.label} those of {names}?"
            how = "Sign in once more, and say so beside it"
            call = f"onelane accounts connect {account.platform}, which asks; or connect_account with joins_import"
            yield _attention(AttentionKind.ACCOUNT, title, how, None, "/dashboard/settings#accounts", next_call=call)


def _schedules(ctx: Context) -> Iterator[Attention]:
    for each in schedules.list_failed_schedules(ctx.session, limit=_FEWER):
        name = one_line(each.name or each.job_type)
        yield _attention(
            AttentionKind.SCHEDULE, f"{name} failed", each.error or "", each.completed_at, "/dashboard/schedules"
        )


def _paused(ctx: Context, questions: Sequence[Approval]) -> Iterator[Attention]:
    rows = runs.list_workflow_runs_after(ctx.session, after=None, limit=_FEWER, status=RunStatus.PAUSED)
    asking = {each.workflow_run_id for each in questions}
    for row in with_words(ctx, [row for row in rows if row["id"] not in asking]):
        since = datetime.fromtimestamp(row["updated_at"], ctx.now().tzinfo)
        page = f"/dashboard/workflows/{row['id']}"
        yield _attention(
            AttentionKind.PAUSED, f"Paused: {row['title']}", row["status_reason"] or row["summary"], since, page
        )


def _tasks(ctx: Context, open_tasks: Mapping[TaskType, int]) -> Iterator[Attention]:
    proposals = open_tasks.get(TaskType.MERGE_PROPOSAL, 0)
    if proposals:
        pairs = "1 pair of contacts may" if proposals == 1 else f"{proposals:,} pairs of contacts may each"
        title = f"{pairs} be one person"
        yield _attention(AttentionKind.MERGE, title, "", None, "/dashboard/contacts?twice=1", proposals, _PAIRS)
    for kind in (TaskType.OUTREACH, TaskType.FOLLOW_UP, TaskType.CONTENT_REVIEW, TaskType.MANUAL):
        yield from _of_kind(ctx, kind, open_tasks.get(kind, 0))


def _rhythms(rhythms: Sequence[Rhythm]) -> Iterator[Attention]:
    longest = sorted(rhythms, key=lambda each: each.due_at)
    shown_rhythms = longest if len(longest) <= _EACH else longest[: _EACH - 1]
    for each in shown_rhythms:
        page, call = f"/dashboard/contacts/{each.contact_id}#rhythm", closing_call(each)
        yield _attention(AttentionKind.RHYTHM, title_of(each), why_of(each), each.due_at, page, next_call=call)
    if more := longest[len(shown_rhythms) :]:
        title, page = f"{len(more):,} more people to be in touch with", "/dashboard/contacts?who=due"
        call = "list_tasks(task_type='follow_up'), which names the call for each"
        yield _attention(AttentionKind.RHYTHM, title, "", more[0].due_at, page, len(more), call)


def _of_kind(ctx: Context, kind: TaskType, count: int) -> Sequence[Attention]:
    if not count:
        return []
    first = tasks.list_open_tasks(ctx.session, task_type=kind, limit=1)
    page = "/dashboard/outbound?state=by_hand" if kind is TaskType.OUTREACH else "/dashboard/content"
    title = f"{count:,} to do: {kind.label.lower()}"
    call = f"list_tasks(task_type={kind.value!r}), which names the call for each"
    return [_attention(AttentionKind.TASK, title, each.title, each.created_at, page, count, call) for each in first]


def _attention(
    kind: AttentionKind, title: str, detail: str, since: datetime | None, href: str, count: int = 1, next_call: str = ""
) -> Attention:
    return Attention(
        kind=kind,
        title=title,
        detail=one_line(detail)[:300],
        since=since,
        count=count,
        href=href,
        next=next_call,
    )


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun} waits" if count == 1 else f"{count:,} {noun}s wait"
