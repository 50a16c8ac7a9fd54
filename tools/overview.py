"""The overview: counts, current runs, and what waits for the person (docs/routes.md, "Runs")."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, timedelta
from typing import ClassVar, TypeVar

from onelane.storage.database.columns import Vocabulary
from onelane.storage.outreach import funnel
from onelane.storage.outreach.contact_rhythms import list_due
from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people import contacts
from onelane.storage.workflows import budgets, runs, schedules, tasks, templates
from onelane.storage.workflows.run_reading import run_lists
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.schedules import ScheduleStatus
from onelane.storage.workflows.tasks import TaskPriority, TaskType
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.attention import Attention, OutboundCount, what_needs_person
from onelane.tools.outreach.tasks.task_calls import calls_of
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, Result, when
from onelane.tools.registry.tool_spec import Effect, Reveals, tool
from onelane.tools.sync.account_views import AccountView, list_accounts
from onelane.tools.workflows.run_reading.run_rows import with_words
from onelane.tools.workflows.run_reading.run_views import RunView

_SHOWN = 5
DAYS = 14
FUNNEL_DAYS = 30

Word = TypeVar("Word", bound=Vocabulary)


class ContactCount(Result):
    """How many contacts there are."""

    live: int
    archived: int


class WaitingTask(Result):
    """Something that waits for the person."""

    id: str
    title: str
    task_type: TaskType
    priority: TaskPriority
    related_contact_id: str | None
    due_at: Instant | None
    created_at: Instant
    why: str | None = None
    """Why it is asked."""
    next: str = ""
    """The calls that close it."""

    def text(self) -> str:
        """One line: its id, what, why, and by when; then the call that closes it."""
        due_text = "" if self.due_at is None else f"\tdue {when(self.due_at)}"
        reason = f": {one_line(self.why)}" if self.why else ""
        closes = f"\n  Next: {self.next}" if self.next else ""
        kind, title = self.task_type.label, one_line(self.title)
        # The title of a merge proposal is that question.
        what = title if title.startswith(kind) else f"{kind}\t{title}"
        return f"{self.id}\t{what}{reason}{due_text}{closes}"


class NextSchedule(Result):
    """A schedule that comes up."""

    id: str
    name: str | None
    job_type: str
    status: ScheduleStatus
    next_run_at: Instant | None

    def text(self) -> str:
        """One line: when, what, how it went last."""
        return f"{when(self.next_run_at)}\t{one_line(self.name or self.job_type)}\tlast: {self.status.label.lower()}"


class RunDay(Result):
    """What the runs of one day came to."""

    day: str
    completed: int
    failed: int
    cancelled: int
    cost_usd: float


class OutreachFunnel(Result):
    """How far outreach came with people in the last days."""

    days: int
    contacted: int
    delivered: int
    replied: int


class Overview(Result):
    """What there is, what happens, and what waits for the person."""

    untold: ClassVar[frozenset[str]] = frozenset({"days"})

    contacts: ContactCount
    active_workflows: int
    """Runs that are running: docs/routes.md, "Runs"."""
    runs: dict[str, int]
    """By status."""
    needs_attention: Sequence[Attention] = ()
    """What waits for the person, what is most urgent first."""
    days: Sequence[RunDay] = ()
    """The last days in UTC, today the last."""
    outbound: OutboundCount
    funnel: OutreachFunnel
    spent_today_usd: float
    templates: dict[str, int]
    """By status."""
    open_tasks: dict[str, int]
    """By type."""
    tasks: Sequence[WaitingTask]
    """The first of the open tasks, those about one person first."""
    latest_runs: Sequence[RunView]
    next_schedules: Sequence[NextSchedule]
    accounts: Sequence[AccountView]

    def text(self) -> str:
        """Some lines of figures, then a few lines of each kind."""
        people = f"Contacts: {self.contacts.live:,}, and {self.contacts.archived:,} archived."
        lines = [people, f"Runs: {_counts_in_words(self.runs)}.", f"Templates: {_counts_in_words(self.templates)}."]
        lines.append(f"Open tasks: {_tasks_in_words(self.open_tasks)}.")
        lines += _section("Needs the person", self.needs_attention)
        lines += _section("First of what waits", self.tasks)
        lines += _section("Latest runs", self.latest_runs)
        lines += _section("Next schedules", self.next_schedules)
        lines += _section("Accounts", self.accounts)
        if not (self.contacts.live or self.latest_runs):
            lines.append("Nothing is here yet: start_sync brings people in from an export file.")
        return "\n".join(lines)


@tool(effect=Effect.READ, toolset="overview", title="Overview", route="GET /api/overview", reveals=Reveals)
def overview(ctx: Context) -> Overview:
    """Tell how things stand: contacts, runs, templates, what waits for the person, what comes next, last syncs."""
    session = ctx.session
    by_status = {status.value: runs.count_workflow_runs(session, status=status) for status in RunStatus}
    contact_counts = contacts.count_contacts(session)
    known_accounts = list_accounts(ctx).data
    outbound, open_tasks, due_rhythms = _outbound(ctx), tasks.count_open_tasks(session), list_due(session)
    task_counts = {**open_tasks, TaskType.FOLLOW_UP: open_tasks.get(TaskType.FOLLOW_UP, 0) + len(due_rhythms)}
    return Overview(
        contacts=ContactCount(live=contact_counts.live, archived=contact_counts.archived),
        active_workflows=by_status[RunStatus.RUNNING.value],
        runs=by_status,
        needs_attention=what_needs_person(ctx, known_accounts, outbound, open_tasks, due_rhythms),
        days=[RunDay.model_validate(day) for day in run_lists.list_days(session, count=DAYS)],
        outbound=outbound,
        funnel=_funnel(ctx),
        spent_today_usd=_spent_today(ctx),
        templates=_by_word(TemplateStatus, templates.count_templates(session, is_system=False)),
        open_tasks=_by_word(TaskType, task_counts),
        tasks=_waiting_tasks(ctx),
        latest_runs=[
            RunView.model_validate(row)
            for row in with_words(ctx, runs.list_workflow_runs_after(session, after=None, limit=_SHOWN))
        ],
        next_schedules=[
            NextSchedule.model_validate(row) for row in schedules.list_next_schedules(session, limit=_SHOWN)
        ],
        accounts=known_accounts,
    )


def _outbound(ctx: Context) -> OutboundCount:
    session = ctx.session
    midnight = ctx.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return OutboundCount(
        awaiting=outbound_lists.count_in_state(session, ActionStatus.AWAITING_APPROVAL),
        sent_today=funnel.count_sent_since(session, midnight),
        uncertain=outbound_lists.count_in_state(session, ActionStatus.UNCERTAIN),
        first_planned_at=funnel.first_awaiting(session),
    )


def _funnel(ctx: Context) -> OutreachFunnel:
    counts = funnel.count_funnel(ctx.session, since=ctx.now() - timedelta(days=FUNNEL_DAYS))
    return OutreachFunnel(
        days=FUNNEL_DAYS, contacted=counts.contacted, delivered=counts.delivered, replied=counts.replied
    )


def _spent_today(ctx: Context) -> float:
    """What models cost today, of which the day's budget keeps account."""
    today = budgets.get_budget(ctx.session, f"day:{ctx.now().astimezone(UTC):%Y-%m-%d}")
    return 0.0 if today is None else today.spent_usd


def _waiting_tasks(ctx: Context) -> list[WaitingTask]:
    """Merge proposals before the rest: an import may have left many, and each is a quick answer."""
    proposals = tasks.list_open_tasks(ctx.session, task_type=TaskType.MERGE_PROPOSAL, limit=_SHOWN)
    rest = tasks.list_open_tasks(ctx.session, limit=_SHOWN)
    first = {task.id: task for task in (*proposals, *rest)}
    shown_tasks = list(first.values())[:_SHOWN]
    calls = calls_of(ctx.session, shown_tasks)
    return [
        WaitingTask.model_validate({**task.model_dump(), "why": calls[task.id].why, "next": calls[task.id].next})
        for task in shown_tasks
    ]


def _by_word(words: Iterable[Word], counts: Mapping[Word, int]) -> dict[str, int]:
    return {word.value: counts.get(word, 0) for word in words}


_NOUNS = (TaskType.AGENT_REVIEW, TaskType.FOLLOW_UP, TaskType.CONTENT_REVIEW, TaskType.MERGE_PROPOSAL)
"""The types of tasks that have a plural."""


def _counts_in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in counts.items() if count) or "none"


def _tasks_in_words(counts: Mapping[str, int]) -> str:
    """How many of each type, in the plural where it is a noun: `1 content review, 3 merge proposals`."""
    several = {word for word, count in counts.items() if count > 1 and word in _NOUNS}
    return _counts_in_words({f"{word}s" if word in several else word: count for word, count in counts.items()})


def _section(heading: str, items: Iterable[Result]) -> list[str]:
    lines = [item.text() for item in items]
    return [f"{heading}:", *lines] if lines else []
