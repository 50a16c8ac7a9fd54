"""What a run's page says beside its steps: what of its budget is used, what it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from onelane.server.components.numbers import dollars, number
from onelane.server.components.steps import read_steps
from onelane.server.dashboard.visit import Visit
from onelane.storage.outreach import figures
from onelane.storage.outreach.figures import PeopleCounts
from onelane.storage.outreach.sequence_enrollments import count_people_in
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts
from onelane.storage.workflows import budgets, schedules, templates
from onelane.storage.workflows.budgets import Budget
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.budgets import run_budget
from onelane.tools.registry.runs.run_config import ALLOWED, FILE

Run = Mapping[str, Any]
_MOST_ASKING = 1000
"""More are not counted."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of one limit is used.

    Args:
        label: what is limited
        used: how much is spent
        most: the limit
        shown: both, in words
    """

    label: str
    used: float
    most: float
    shown: str


@dataclass(frozen=True, slots=True)
class SequencePeople:
    """The people of a sequence.

    Args:
        counts: how many there are, and how far they came
        asking: for how many of them a message waits for a yes
    """

    counts: PeopleCounts
    asking: int


@dataclass(frozen=True, slots=True)
class Belongs:
    """What a run belongs to, by name; None where it belongs to nothing of the kind."""

    template: str | None
    schedule: str | None
    account: str | None


def shown_config(run: Run) -> dict[str, Any]:
    """A run's settings without where on the person's disk something lies."""
    config: dict[str, Any] = orjson.loads(run["config"])
    return {name: value for name, value in config.items() if name not in (ALLOWED, FILE)}


def steps_of(visit: Visit, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps to be shown: read, and each with whom it is about, by name; one query asks for all the names."""
    with visit.onelane.toolbox.database.read() as session:
        names = contacts.contact_names(session, {row["contactId"] for row in rows if row["contactId"]})
    return read_steps(rows, names)


def budget_of(visit: Visit, run: Run) -> list[LimitUse]:
    """What an agent's run, and those that it started, have used of what they may."""
    if run["model"] is None:
        return []
    with visit.onelane.toolbox.database.read() as session:
        budget = budgets.get_budget(session, f"run:{run['id']}")
    limits = run_budget(orjson.loads(run["config"])).model_dump()
    return [] if budget is None else [limit for limit in _limits(limits, budget) if limit.most]


def belongs_to(visit: Visit, run: Run) -> Belongs:
    """The names of what a run belongs to."""
    template_id, schedule_id, account_id = run["templateId"], run["scheduleId"], run["platformAccountId"]
    with visit.onelane.toolbox.database.read() as session:
        template = None if template_id is None else templates.get_template(session, template_id)
        schedule = None if schedule_id is None else schedules.get_schedule(session, schedule_id)
        account = None if account_id is None else accounts.get_account(session, account_id)
        return Belongs(
            None if template is None else template.name,
            None if schedule is None else schedule.name or schedule.job_type,
            None if account is None else account.display_name,
        )


def people_of(visit: Visit, run: Run) -> SequencePeople | None:
    """How far a sequence came with its people, over all its runs; None of any other run."""
    template_id = run["templateId"]
    if run["workflowType"] != WorkflowType.SEQUENCE or template_id is None:
        return None
    with visit.onelane.toolbox.database.read() as session:
        counts = figures.count_people(session, template_id)
        _, asking = count_people_in(session, template_id, most=_MOST_ASKING)
    return SequencePeople(counts, asking) if counts.enrolled else None


def _limits(limits: Mapping[str, Any], budget: Budget) -> list[LimitUse]:
    minutes = budget.spent_ms / 60_000
    usd, tokens, turns, most_minutes = (limits.get(name) or 0 for name in ("usd", "tokens", "turns", "minutes"))
    return [
        LimitUse("Cost", budget.spent_usd, usd, f"{dollars(budget.spent_usd, 2)} of {dollars(usd, 2)}"),
        LimitUse("Tokens", budget.spent_tokens, tokens, f"{number(budget.spent_tokens)} of {number(tokens)}"),
        LimitUse("Turns", budget.spent_turns, turns, f"{budget.spent_turns} of {turns}"),
        LimitUse("Time", minutes, most_minutes, f"{minutes:.0f} of {most_minutes} min"),
    ]
