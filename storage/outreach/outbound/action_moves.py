"""Moves of actions from one state to another, one or many at once (docs/tables.md, "Outbound actions").

Each is conditional: an action that is in another state by then, or says something else, stays as it is.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, renew_row, table_of
from onelane.storage.outreach.outbound.outbound_actions import UNSENT, WAITING, ActionStatus, OutboundAction


def move_action(
    session: Session,
    action_id: str,
    *,
    from_any: Collection[ActionStatus],
    to: ActionStatus,
    content_hash: str | None = None,
    **changes: Any,
) -> bool:
    """Bring an action into another state; False when it is in none of `from_any`, or says something else by now.

    Args:
        session: a writing one
        action_id: the action
        from_any: the states in which it may be
        to: what it becomes
        content_hash: it must say just this
        changes: further columns, none of which is a text: `action_texts.rewrite` gives it another
    """
    which = {"id": action_id} if content_hash is None else {"id": action_id, "content_hash": content_hash}
    changes |= {"status": to, "updated_at": session.now()}
    session.flush()
    # Past the unit of work, which takes longer over it than the database.
    statement = move_statement(tuple(which), tuple(from_any), tuple(changes))
    is_moved = session.connection().execute(statement, move_values(which, changes)).rowcount == 1
    if is_moved:
        renew_row(session, OutboundAction, action_id)
    return is_moved


@lru_cache
def move_statement(
    which: tuple[str, ...],
    from_any: tuple[ActionStatus, ...],
    columns: tuple[str, ...],
    has_final_dot: bool | None = None,
) -> sa.Update:
    """The statement that changes these columns of the action that has these values, if it is in one of these states.

    With `has_final_dot`, only if its last byte may have left, or if it has not.

    It is made once, for to make it and to compile it takes longer than to run it; `move_values` is what it is run
    with.
    """
    table = table_of(OutboundAction)
    is_it = [table.c[name] == sa.bindparam(f"its_{name}") for name in which]
    values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
    if has_final_dot is not None:
        is_it.append(table.c.final_dot_at.is_not(None) if has_final_dot else table.c.final_dot_at.is_(None))
    return sa.update(table).where(*is_it, sa.or_(*(table.c.status == each for each in from_any))).values(values)


def move_values(which: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of `move_statement`."""
    return {f"its_{name}": value for name, value in which.items()} | {
        f"new_{name}": value for name, value in changes.items()
    }


def cancel_waiting(
    session: Session,
    *,
    reason: str,
    contact_ids: Collection[str] | None = None,
    enrollment_ids: Collection[str] | None = None,
) -> int:
    """Cancel what has not left of these contacts or enrollments; how many actions that were."""
    table = table_of(OutboundAction)
    if contact_ids is not None:
        return _cancel(session, among(session, table.c.contact_id, contact_ids), reason)
    return _cancel(session, among(session, table.c.enrollment_id, enrollment_ids or ()), reason)


def waiting_of_template(session: Session, template_id: str) -> list[str]:
    """The ids of a template's actions that have not left."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.id).where(table.c.template_id == template_id, table.c.status.in_(WAITING))
    return list(session.sql(query).scalars())


def cancel_template(session: Session, template_id: str, *, reason: str) -> int:
    """Cancel what has not left of a template; how many actions that were."""
    return _cancel(session, table_of(OutboundAction).c.template_id == template_id, reason)


def _cancel(session: Session, which: sa.ColumnElement[bool], reason: str) -> int:
    statement = sa.update(OutboundAction).where(which, col(OutboundAction.status).in_(UNSENT))
    cancelled = {"status": ActionStatus.CANCELLED, "reason": reason, "updated_at": session.now()}
    return session.sql(statement.values(**cancelled).execution_options(synchronize_session=False)).rowcount
