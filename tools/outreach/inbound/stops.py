"""What comes back stops a person in every sequence, on every channel (docs/mail.md, "What stops")."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.enrollment_ends import correct_end, end_enrollment
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound import action_moves
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Account, Channel
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.inbound.colleagues import stop_colleagues
from onelane.tools.outreach.mail.classifier import Verdict
from onelane.tools.outreach.planning.local_calendar import LocalCalendar, zone_of
from onelane.tools.registry.gate.vault import Vault, written_once
from onelane.tools.registry.workspace_settings import WorkspaceSettings

_USUAL_ABSENCE_DAYS = 7
_ANSWERED_WITHIN = timedelta(days=30)
"""So long after the last letter of a sequence a mail that names none counts as an answer to it."""
_REASONS = {
    MessageKind.REPLY: StateReason.REPLY,
    MessageKind.BOUNCE: StateReason.BOUNCE_HARD,
    MessageKind.OPT_OUT: StateReason.UNSUBSCRIBED,
    MessageKind.COMPLAINT: StateReason.SUPPRESSED,
}
_SUPPRESSIONS = {
    MessageKind.OPT_OUT: SuppressionReason.UNSUBSCRIBED,
    MessageKind.COMPLAINT: SuppressionReason.COMPLAINT,
    MessageKind.BOUNCE: SuppressionReason.BOUNCE_HARD,
}


def apply_verdict(
    session: Session,
    vault: Vault,
    verdict: Verdict,
    *,
    contact_ids: Collection[str],
    enrollment_id: str | None,
    addresses: Collection[str],
    source: str,
    written_at: datetime,
    workspace: WorkspaceSettings,
) -> None:
    """Do what follows from what a mail is.

    Args:
        session: a writing one
        vault: makes the hashes of addresses
        verdict: what the mail is
        contact_ids: whom it is from, or about
        enrollment_id: the stay whose letter it names, if it names one
        addresses: which addresses it is about
        source: the id of the message
        written_at: when it was written
        workspace: in whose time zone somebody lives of whom nothing else is known
    """
    if verdict.kind in _SUPPRESSIONS and (verdict.kind is not MessageKind.BOUNCE or verdict.is_address_gone):
        for address in addresses:
            suppress_address(
                session,
                vault,
                address,
                reason=_SUPPRESSIONS[verdict.kind],
                contact_id=next(iter(contact_ids), None),
                source=source,
            )
    if verdict.kind in _REASONS:
        stop_people(session, contact_ids, _REASONS[verdict.kind])
        _correct_ends(session, contact_ids, _REASONS[verdict.kind], answered_id=enrollment_id, written_at=written_at)
    elif verdict.kind is MessageKind.AUTO_REPLY:
        pause_people(
            session, contact_ids, verdict, written_at=written_at, workspace_zone=workspace.read(session).zone_name
        )


def suppress_address(
    session: Session,
    vault: Vault,
    address: str,
    *,
    reason: SuppressionReason,
    contact_id: str | None,
    source: str,
    channel: Channel = Channel.EMAIL,
) -> bool:
    """Write to an address no more; False when that was so already."""
    return suppressions.suppress(
        session,
        channel=channel,
        address_hash=vault.address_hash(address),
        address=written_once(address),
        reason=reason,
        contact_id=contact_id,
        source=source,
    )


def stop_people(session: Session, contact_ids: Collection[str], reason: StateReason) -> None:
    """End whatever sequences people are in, and cancel what has not left; an answer may hold their colleagues too."""
    if not contact_ids:
        return
    action_moves.cancel_waiting(session, reason=reason, contact_ids=contact_ids)
    to = _end_for(reason)
    for row in _ongoing(session, contact_ids):
        has_ended = end_enrollment(session, row.id, to, reason, at=session.now())
        if has_ended and reason is StateReason.REPLY:
            stop_colleagues(session, row.template_id, contact_ids)


def _end_for(reason: StateReason) -> EnrollmentStatus:
    return EnrollmentStatus.REPLIED if reason is StateReason.REPLY else EnrollmentStatus.REMOVED


def _correct_ends(
    session: Session,
    contact_ids: Collection[str],
    reason: StateReason,
    *,
    answered_id: str | None,
    written_at: datetime,
) -> None:
    """Let those who had completed a sequence have answered it after all, or not have been reached.

    A mail that names no letter is about those whose last letter is not long ago.
    """
    for row in _completed_stays(session, contact_ids, answered_id, since=written_at - _ANSWERED_WITHIN):
        is_corrected = correct_end(session, row.id, _end_for(reason), reason, at=session.now())
        if is_corrected and reason is StateReason.REPLY:
            stop_colleagues(session, row.template_id, contact_ids)


def pause_people(
    session: Session, contact_ids: Collection[str], verdict: Verdict, *, written_at: datetime, workspace_zone: str
) -> None:
    """Let the sequences of somebody who is away rest until they are back; a longer pause stays."""
    table = table_of(Enrollment)
    for row in _ongoing(session, contact_ids):
        until = _back_at(verdict, written_at, row, workspace_zone)
        if row.status is not EnrollmentStatus.ACTIVE or until <= session.now():
            continue
        if row.paused_until is not None and row.paused_until >= until:
            continue
        values: dict[str, Any] = {"paused_until": until, "state_reason": StateReason.OUT_OF_OFFICE}
        if row.next_step_at is not None:
            values["next_step_at"] = max(row.next_step_at, until)
        statement = sa.update(Enrollment).where(table.c.id == row.id, table.c.status == EnrollmentStatus.ACTIVE)
        session.sql(statement.values(**values).execution_options(synchronize_session="fetch"))


def _back_at(verdict: Verdict, written_at: datetime, row: sa.Row[Any], workspace_zone: str) -> datetime:
    """When somebody is back: once the day that they name begins where they live, else as the template says."""
    config = orjson.loads(row.config)
    if verdict.absent_until is not None:
        account_zone: object = None if row.limits is None else orjson.loads(row.limits).get("timeZone")
        zone_name, source = zone_of(
            contact=row.time_zone,
            template=config.get("timeZone"),
            account=account_zone if isinstance(account_zone, str) else None,
            workspace=workspace_zone,
        )
        return LocalCalendar(zone_name, source).at_local(datetime.combine(verdict.absent_until, time()))
    days: object = config.get("outOfOfficeDays", _USUAL_ABSENCE_DAYS)
    return written_at + timedelta(days=days if isinstance(days, int) else _USUAL_ABSENCE_DAYS)


def _completed_stays(
    session: Session, contact_ids: Collection[str], answered_id: str | None, *, since: datetime
) -> list[sa.Row[Any]]:
    """The stays that were completed, by nothing but their last letter: the one that is answered, else the latest."""
    table, actions = table_of(Enrollment), table_of(OutboundAction)
    lately = sa.exists().where(
        actions.c.enrollment_id == table.c.id, actions.c.status == ActionStatus.SENT, actions.c.sent_at >= since
    )
    query = sa.select(table.c.id, table.c.template_id).where(
        among(session, table.c.contact_id, contact_ids),
        table.c.status == EnrollmentStatus.COMPLETED,
        table.c.state_reason.is_(None),
        lately if answered_id is None else table.c.id == answered_id,
    )
    return list(session.sql(query.order_by(table.c.id)))


def _ongoing(session: Session, contact_ids: Collection[str]) -> list[sa.Row[Any]]:
    table, source, people, senders = table_of(Enrollment), table_of(Template), table_of(Contact), table_of(Account)
    read = (table.c.id, table.c.template_id, table.c.status, table.c.paused_until, table.c.next_step_at)
    query = sa.select(*read, source.c.config, people.c.time_zone, senders.c.limits)
    query = query.join_from(table, source, table.c.template_id == source.c.id)
    query = query.join(people, table.c.contact_id == people.c.id)
    query = query.join(senders, table.c.platform_account_id == senders.c.id, isouter=True)
    query = query.where(among(session, table.c.contact_id, contact_ids), table.c.status.in_(ONGOING))
    return list(session.sql(query.order_by(table.c.id)))
