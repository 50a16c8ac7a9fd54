"""Departures: what left after a copy of a database was made, brought into the copy (docs/backups.md, "Restoring").

A letter goes to somebody once because its step has an action already. A copy lacks the actions since, and would have
them made anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, insert_into, present_keys, table_of
from onelane.storage.outreach.outbound.outbound_actions import LEFT, ActionStatus, OutboundAction
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.enrollments import AT_REST, ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import Template

_UNKNOWN_OUTCOME = (ActionStatus.SENDING, ActionStatus.UNCERTAIN)
_Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Departures:
    """What left since a copy was made.

    Args:
        actions: the rows of what left, as the newer database has them
        stays: by its id, each stay in a sequence that one of them belongs to
    """

    actions: Sequence[_Columns]
    stays: Mapping[str, _Columns]


class StayWrittenTo(NamedTuple):
    """A stay that goes on in the copy, and how it stands since: ended as it did, else without a reason."""

    id: str
    status: EnrollmentStatus
    reason: StateReason | None


def read_departures(before: Session, copy: Session) -> Departures | None:
    """What has left by one database of which a copy does not know that it did; of the copy nothing is changed.

    Args:
        before: of the newer database
        copy: of the copy

    Returns:
        What has left; None when the copy is one of another database, of which this one says nothing.
    """
    if not _has_templates_of(before, copy):
        return None
    table, stays = table_of(OutboundAction), table_of(Enrollment)
    known = _left_by_key(copy)
    keys = [key for key, status in _left_by_key(before).items() if not _is_known(known.get(key), status)]
    rows = before.sql(sa.select(table).where(among(before, table.c.action_key, keys)).order_by(table.c.id)).mappings()
    actions = [dict(row) for row in rows]
    ids = [_stay_of(row) for row in actions if row["content_item_id"] is None]
    stay_rows = before.sql(sa.select(stays).where(among(before, stays.c.id, ids))).mappings()
    return Departures(actions, {row["id"]: dict(row) for row in stay_rows})


def bring_departures(copy: Session, departures: Departures) -> list[str]:
    """Let a copy know what has left: actions and the stays that it lacks, which are over. The ids of the actions.

    Args:
        copy: a writing one, of the copy
        departures: what left since it was made
    """
    _find_people(copy, departures)
    _bring_stays(copy, departures)
    table = table_of(OutboundAction)
    rows_of_copy = _columns_known(copy, OutboundAction, departures.actions)
    keys = [row["action_key"] for row in departures.actions]
    rows = copy.sql(sa.select(table.c.action_key, table.c.id).where(among(copy, table.c.action_key, keys)))
    ids_by_key = {row[0]: row[1] for row in rows}
    for row, values in zip(departures.actions, rows_of_copy, strict=True):
        action_id = ids_by_key.get(row["action_key"])
        if action_id is None:
            copy.sql(insert_into(copy, table).values(values).on_conflict_do_nothing())
        else:
            # What it refers to and was deleted since, is there in the copy.
            changes = {
                name: value
                for name, value in values.items()
                if name != "id" and (value is not None or not table.c[name].foreign_keys)
            }
            copy.sql(sa.update(table).where(table.c.id == action_id).values(changes))
    copy.expire_all()
    return [ids_by_key.get(row["action_key"], row["id"]) for row in departures.actions]


def stays_written_to(copy: Session, departures: Departures) -> list[StayWrittenTo]:
    """The stays that go on in a copy, and in whose sequence their person has got a letter since it was made.

    They are known by their id, else by sequence and person.
    """
    table = table_of(Enrollment)
    letters = [row for row in departures.actions if row["content_item_id"] is None]
    ids = {_stay_of(row) for row in letters}
    pairs = {(row["template_id"], row["contact_id"]) for row in letters}
    template_ids = {template_id for template_id, _ in pairs if template_id is not None}
    is_of_these = among(copy, table.c.id, ids) | among(copy, table.c.template_id, template_ids)
    query = sa.select(table.c.id, table.c.template_id, table.c.contact_id)
    query = query.where(is_of_these, table.c.status.in_(ONGOING))
    rows = copy.sql(query.order_by(table.c.id)).all()
    return [
        StayWrittenTo(row.id, *_end_of(departures.stays.get(row.id)))
        for row in rows
        if row.id in ids or (row.template_id, row.contact_id) in pairs
    ]


def _has_templates_of(before: Session, copy: Session) -> bool:
    """Whether one database has a template of another's, or that has none by which anything could go."""
    ids = set(copy.sql(sa.select(table_of(Template).c.id)).scalars())
    return not ids or bool(_known_ids(before, Template, ids))


def _left_by_key(session: Session) -> dict[str, ActionStatus]:
    """The state of all that left, or may have; also of what came back."""
    table = table_of(OutboundAction)
    has_left = table.c.status.in_(LEFT) | ((table.c.status == ActionStatus.FAILED) & table.c.sent_at.is_not(None))
    rows = session.sql(sa.select(table.c.action_key, table.c.status).where(has_left))
    return {row[0]: row[1] for row in rows}


def _is_known(in_copy: ActionStatus | None, status: ActionStatus) -> bool:
    """Whether a copy knows of something that it left; one that wonders whether it did is told."""
    return in_copy is not None and (in_copy not in _UNKNOWN_OUTCOME or status in _UNKNOWN_OUTCOME)


def _stay_of(action: Mapping[str, Any]) -> str:
    """The id of the stay that an action belongs to, also where its person was erased since."""
    return action["enrollment_id"] or str(action["action_key"]).split(":", 1)[0]


def _find_people(copy: Session, departures: Departures) -> None:
    """Name everybody as the copy does: by their id, else by their address: they may be united with another since."""
    known = _known_ids(copy, Contact, {row["contact_id"] for row in departures.actions})
    by_address = _by_address(copy, [row for row in departures.actions if row["contact_id"] not in known])
    for row in departures.actions:
        if row["contact_id"] not in known:
            row["contact_id"] = by_address.get((row["to_address"] or "").lower())
        stay = departures.stays.get(_stay_of(row))
        if stay is not None:
            stay["contact_id"] = row["contact_id"]


def _by_address(copy: Session, actions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    people = table_of(Contact)
    address = sa.func.lower(people.c.email)
    addresses = {(row["to_address"] or "").lower() for row in actions} - {""}
    query = sa.select(address, people.c.id).where(among(copy, address, addresses)).order_by(people.c.id.desc())
    return {row[0]: row[1] for row in copy.sql(query)}


def _bring_stays(copy: Session, departures: Departures) -> None:
    table = table_of(Enrollment)
    stays = [{**each, **AT_REST} for each in departures.stays.values()]
    for values in _columns_known(copy, Enrollment, stays):
        if values["contact_id"] is None or values["template_id"] is None:
            continue
        values["status"], values["state_reason"] = _end_of(values)
        values["completed_at"] = values["completed_at"] or copy.now()
        copy.sql(insert_into(copy, table).values(values).on_conflict_do_nothing())


def _end_of(stay: Mapping[str, Any] | None) -> tuple[EnrollmentStatus, StateReason | None]:
    """How a stay is over: as it ended since, else without a reason, for none of those that there are is true.

    By hand it was not: whom a person removed, they put in again with all others, and the first letter would go anew.
    """
    if stay is None or stay["status"] in ONGOING:
        return EnrollmentStatus.REMOVED, None
    return stay["status"], stay["state_reason"]


def _columns_known(copy: Session, kind: type[Row], rows: Sequence[_Columns]) -> list[_Columns]:
    """These rows with nothing in the columns that refer to what a copy does not have."""
    rows = [dict(row) for row in rows]
    for column in table_of(kind).c:
        for key in column.foreign_keys:
            known = present_keys(copy, key.column, {row[column.name] for row in rows})
            for row in rows:
                row[column.name] = row[column.name] if row[column.name] in known else None
    return rows


def _known_ids(copy: Session, kind: type[Row], ids: Collection[str | None]) -> set[str]:
    return present_keys(copy, table_of(kind).c.id, ids)


def written_to_unknown(session: Session, template_id: str, addresses: Collection[str]) -> dict[str, Any]:
    """When a sequence's letter went to these addresses, in lower case, while nobody in the contacts had them."""
    table = table_of(OutboundAction)
    address = sa.func.lower(table.c.to_address)
    is_nobodys = table.c.enrollment_id.is_(None) & table.c.contact_id.is_(None) & (table.c.template_id == template_id)
    query = sa.select(address, sa.func.max(table.c.sending_at)).where(is_nobodys, table.c.status.in_(LEFT))
    return {row[0]: row[1] for row in session.sql(query.group_by(address)) if row[0] in addresses}
