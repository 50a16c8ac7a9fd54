"""Figures of a template: what was sent, what came back, and who waits where, counted from rows.

See docs/sequences.md, "Figures". Each question goes by an index on the template; none reads what others sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass, OutboundAction
from onelane.storage.workflows.enrollments import IS_ONGOING, ONGOING, Enrollment, EnrollmentStatus, Gate, StateReason

Place = tuple[str | None, int]
"""A version's id, and the index of a step in it."""


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many people there were, each counted once."""

    enrolled: int
    active: int
    through: int
    """Whose way ended, however."""
    contacted: int
    bounced: int
    replied: int
    unsubscribed: int
    reached: int
    """Who was written to, and from whom nothing bounced."""
    answered: int
    """Who of those replied."""


def count_outcomes(session: Session, template_id: str) -> dict[Place, dict[str, int]]:
    """How many actions of each step are in each state, and how many were `refused` by a server."""
    table = table_of(OutboundAction)
    refused_count = sa.func.sum(sa.case((table.c.error_class == ErrorClass.REFUSED, 1), else_=0)).label("refused")
    place = (table.c.template_version_id, table.c.step_index)
    query = sa.select(*place, table.c.status, sa.func.count().label("actions"), refused_count)
    query = query.where(table.c.template_id == template_id).group_by(*place, table.c.status)
    counts_by_place: dict[Place, dict[str, int]] = {}
    for row in session.sql(query):
        counts = counts_by_place.setdefault((row.template_version_id, row.step_index), {})
        counts[row.status.value] = row.actions
        if row.status is ActionStatus.FAILED:
            counts["refused"] = row.refused
    return counts_by_place


def count_answers(session: Session, template_id: str) -> dict[Place, dict[MessageKind, int]]:
    """To how many actions of each step a message of each kind came back."""
    actions, mails = table_of(OutboundAction), table_of(InboundMessage)
    place = (actions.c.template_version_id, actions.c.step_index)
    distinct = sa.func.count(sa.distinct(actions.c.id)).label("actions")
    query = sa.select(*place, mails.c.kind, distinct).join_from(
        actions, mails, mails.c.outbound_action_id == actions.c.id
    )
    query = query.where(actions.c.template_id == template_id).group_by(*place, mails.c.kind)
    counts_by_place: dict[Place, dict[MessageKind, int]] = {}
    for row in session.sql(query):
        counts_by_place.setdefault((row.template_version_id, row.step_index), {})[row.kind] = row.actions
    return counts_by_place


def count_standing(session: Session, template_id: str) -> dict[Place, dict[Gate | None, int]]:
    """How many are before each step, by the gate that holds them; None where none does."""
    table = table_of(Enrollment)
    place = (table.c.template_version_id, table.c.current_step_index)
    query = sa.select(*place, table.c.waiting_for, sa.func.count().label("people"))
    query = query.where(table.c.template_id == template_id, table.c.status.in_(ONGOING))
    counts_by_place: dict[Place, dict[Gate | None, int]] = {}
    for row in session.sql(query.group_by(*place, table.c.waiting_for)):
        counts_by_place.setdefault((row.template_version_id, row.current_step_index), {})[row.waiting_for] = row.people
    return counts_by_place


def count_written(session: Session, template_id: str) -> dict[Place, int]:
    """For how many who stand before each step something is written already."""
    actions, people = table_of(OutboundAction), table_of(Enrollment)
    place = (people.c.template_version_id, people.c.current_step_index)
    query = sa.select(*place, sa.func.count(sa.distinct(people.c.id)).label("people")).join_from(
        people,
        actions,
        (actions.c.enrollment_id == people.c.id)
        & (actions.c.step_index == people.c.current_step_index)
        & (actions.c.template_version_id == people.c.template_version_id),
    )
    query = query.where(people.c.template_id == template_id, people.c.status.in_(ONGOING)).group_by(*place)
    return {(row.template_version_id, row.current_step_index): row.people for row in session.sql(query)}


def count_unmatched_ends(session: Session, template_id: str) -> dict[Place, dict[StateReason, int]]:
    """Whose stay ended by an answer that names no action, such as a click: counted at the last that they were sent."""
    people, actions, mails = table_of(Enrollment), table_of(OutboundAction), table_of(InboundMessage)
    own = actions.alias("own")
    last = (
        sa.select(own.c.id)
        .where(own.c.enrollment_id == people.c.id, own.c.status == ActionStatus.SENT)
        .order_by(own.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    has_answer = (
        sa.select(mails.c.id)
        .join_from(own, mails, mails.c.outbound_action_id == own.c.id)
        .where(own.c.enrollment_id == people.c.id, mails.c.kind.in_(_ENDINGS))
        .exists()
    )
    has_refusal = (
        sa.select(own.c.id)
        .where(own.c.enrollment_id == people.c.id, own.c.error_class == ErrorClass.REFUSED)
        .where(own.c.status == ActionStatus.FAILED)
        .exists()
    )
    place = (actions.c.template_version_id, actions.c.step_index)
    query = sa.select(*place, people.c.state_reason, sa.func.count().label("people"))
    query = query.join_from(people, actions, actions.c.id == last)
    query = query.where(people.c.template_id == template_id, _has_ended(people), ~has_answer, ~has_refusal)
    counts_by_place: dict[Place, dict[StateReason, int]] = {}
    for row in session.sql(query.group_by(*place, people.c.state_reason)):
        counts_by_place.setdefault((row.template_version_id, row.step_index), {})[row.state_reason] = row.people
    return counts_by_place


def count_people(session: Session, template_id: str) -> PeopleCounts:
    """How many people there were in a template; who is counted is a contact, or what was theirs once they are gone."""
    answers, ends = _people_by_answer(session, template_id), _people_by_end(session, template_id)
    bounced = answers.get(MessageKind.BOUNCE, set()) | ends.get(StateReason.BOUNCE_HARD, set())
    bounced |= _refused_people(session, template_id)
    replied = answers.get(MessageKind.REPLY, set()) | ends.get(StateReason.REPLY, set())
    unsubscribed = answers.get(MessageKind.OPT_OUT, set()) | ends.get(StateReason.UNSUBSCRIBED, set())
    enrolled, active, ongoing = _count_entered(session, template_id)
    contacted = _sent_people(session, template_id)
    return PeopleCounts(
        enrolled=enrolled,
        active=active,
        through=enrolled - ongoing,
        contacted=len(contacted),
        bounced=len(bounced),
        replied=len(replied),
        unsubscribed=len(unsubscribed),
        reached=len(contacted - bounced),
        answered=len(contacted & (replied - bounced)),
    )


@dataclass(frozen=True, slots=True)
class Replies:
    """How many people a template reached, and who of them replied."""

    answered: int
    reached: int


def count_replies(session: Session, template_ids: Sequence[str]) -> dict[str, Replies]:
    """The replies to each of these templates; nothing of one from which nobody was sent anything."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.template_id).distinct().where(among(session, table.c.template_id, template_ids))
    sent_ids = session.sql(query.where(table.c.status == ActionStatus.SENT)).scalars()
    counts = {each: count_people(session, each) for each in sent_ids}
    return {each: Replies(people.answered, people.reached) for each, people in counts.items()}


_ENDED = (StateReason.REPLY, StateReason.UNSUBSCRIBED, StateReason.BOUNCE_HARD)
_ENDINGS = (MessageKind.REPLY, MessageKind.OPT_OUT, MessageKind.BOUNCE, MessageKind.COMPLAINT)


def _sent_people(session: Session, template_id: str) -> set[str]:
    """To whom something was sent, read once: its rows hold whole letters, so that each look at them is dear."""
    table = table_of(OutboundAction)
    query = sa.select(_person_column(table)).where(
        table.c.template_id == template_id, table.c.status == ActionStatus.SENT
    )
    return set(session.sql(query).scalars())


def _refused_people(session: Session, template_id: str) -> set[str]:
    """Whose address a server refused while the letter was handed over."""
    table = table_of(OutboundAction)
    query = sa.select(_person_column(table)).where(
        table.c.template_id == template_id,
        table.c.status == ActionStatus.FAILED,
        table.c.error_class == ErrorClass.REFUSED,
    )
    return set(session.sql(query).scalars())


def _people_by_answer(session: Session, template_id: str) -> dict[MessageKind, set[str]]:
    actions, mails = table_of(OutboundAction), table_of(InboundMessage)
    query = sa.select(_person_column(actions).label("who"), mails.c.kind).distinct()
    query = query.join_from(actions, mails, mails.c.outbound_action_id == actions.c.id)
    people: dict[MessageKind, set[str]] = {}
    for row in session.sql(query.where(actions.c.template_id == template_id)):
        people.setdefault(row.kind, set()).add(row.who)
    return people


def _people_by_end(session: Session, template_id: str) -> dict[StateReason, set[str]]:
    """Whose stay ended by what came back."""
    table = table_of(Enrollment)
    query = sa.select(table.c.contact_id, table.c.state_reason).where(
        table.c.template_id == template_id, _has_ended(table)
    )
    people: dict[StateReason, set[str]] = {}
    for row in session.sql(query):
        people.setdefault(row.state_reason, set()).add(row.contact_id)
    return people


def _has_ended(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """That somebody's stay ended by what came back from them; the answer of a colleague is none of theirs."""
    is_own = (table.c.state_reason != StateReason.REPLY) | (table.c.status == EnrollmentStatus.REPLIED)
    return table.c.state_reason.in_(list(_ENDED)) & is_own


def _count_entered(session: Session, template_id: str) -> tuple[int, int, int]:
    """How many people were ever in it, how many are on their way, and with those how many have yet to begin."""
    table = table_of(Enrollment)
    is_in = table.c.template_id == template_id
    # Each is read off an index of its own; nobody is in a template twice at a time.
    entered = session.sql(sa.select(sa.func.count(sa.distinct(table.c.contact_id))).where(is_in)).scalar_one()
    active = sa.case((table.c.status == EnrollmentStatus.ACTIVE, table.c.contact_id))
    ongoing = sa.select(sa.func.count(active), sa.func.count(table.c.contact_id)).where(is_in, IS_ONGOING)
    active_count, ongoing_count = session.sql(ongoing).one()
    return entered, active_count, ongoing_count


def _person_column(table: sa.FromClause) -> sa.ColumnElement[str]:
    return sa.func.coalesce(table.c.contact_id, table.c.enrollment_id, table.c.id)
