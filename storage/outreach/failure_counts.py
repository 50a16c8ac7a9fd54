"""How the last contacts of a template fared (docs/sequences.md, "Breaker")."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows.enrollments import Enrollment, StateReason
from onelane.storage.workflows.runs import Driver, Run, RunStatus
from onelane.storage.workflows.steps import Step

BREAKER = "breaker:"
"""How the key of a step begins that says that the breaker held a run."""
_MESSAGES_A_CONTACT = 5
"""So many of the last messages are looked at for each contact."""


class FailureCount(NamedTuple):
    """How many of the last contacts were written to, and to how many of them it failed."""

    contacts: int
    failed: int


def last_contacts(session: Session, template_id: str, *, since: datetime | None, most: int) -> FailureCount:
    """How the last contacts of a template fared; since then, if given."""
    actions = table_of(OutboundAction)
    query = _attempts(template_id)
    if since is not None:
        query = query.where(actions.c.sending_at > since)
    failures: dict[str | None, bool] = {}
    for row in session.sql(query.order_by(actions.c.id.desc()).limit(most * _MESSAGES_A_CONTACT)):
        if len(failures) == most and row.contact_id not in failures:
            break
        failures[row.contact_id] = failures.get(row.contact_id, False) or bool(row.has_failed)
    return FailureCount(len(failures), sum(failures.values()))


def _attempts(template_id: str) -> sa.Select[*tuple[Any, ...]]:
    """What was sent from a template, or failed to be, and whether it failed."""
    actions, stays = table_of(OutboundAction), table_of(Enrollment)
    has_failed = (actions.c.status == ActionStatus.FAILED) | (stays.c.state_reason == StateReason.BOUNCE_HARD)
    query = sa.select(actions.c.contact_id, has_failed.label("has_failed"))
    return query.join_from(actions, stays, actions.c.enrollment_id == stays.c.id, isouter=True).where(
        actions.c.template_id == template_id,
        actions.c.status.in_([ActionStatus.SENT, ActionStatus.FAILED]),
        actions.c.transport != Transport.TASK,
    )


def last_breaker(session: Session, run_id: str) -> datetime | None:
    """When the breaker held a run last; None when it never did."""
    table = table_of(Step)
    query = sa.select(sa.func.max(table.c.created_at)).where(
        table.c.workflow_run_id == run_id, table.c.step_key >= BREAKER, table.c.step_key < f"{BREAKER[:-1]};"
    )
    return session.sql(query).scalar_one()


def running_sequences(session: Session) -> list[tuple[str, str]]:
    """The runs of sequences that go on, each with its template."""
    table = table_of(Run)
    query = sa.select(table.c.id, table.c.template_id).where(
        table.c.status == RunStatus.RUNNING, table.c.driver == Driver.MOVER, table.c.template_id.is_not(None)
    )
    return [(row.id, row.template_id) for row in session.sql(query.order_by(table.c.id))]
