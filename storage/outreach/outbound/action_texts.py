"""What actions say: another text, for which nobody has said yes."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport

_ADDRESS = "To: "
"""What stands before an address that was replaced."""


def rewrite(session: Session, action_id: str, values: Mapping[str, Any], *, from_any: Collection[ActionStatus]) -> bool:
    """Let an action say something else, for which nobody has approved it yet; False when it is in none of `from_any`.

    Args:
        session: a writing one
        action_id: the action
        values: its new columns, with their hash
        from_any: the states in which it may be
    """
    table = table_of(OutboundAction)
    which = (table.c.id == action_id) & table.c.status.in_(list(from_any))
    unapproved = dict.fromkeys(("approved_at", "approved_via", "approved_hash"))
    changes = {
        **values,
        **unapproved,
        **_previous_text(values),
        "status": ActionStatus.AWAITING_APPROVAL,
        "updated_at": session.now(),
    }
    statement = sa.update(OutboundAction).where(which).values(changes)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def rewrite_task(session: Session, action_id: str, values: Mapping[str, Any]) -> bool:
    """Let a task that is not done yet say something else; it needs no approval. False when it is over."""
    table = table_of(OutboundAction)
    waits = (table.c.id == action_id) & (table.c.status == ActionStatus.APPROVED)
    changes = {**values, "approved_hash": values["content_hash"], "updated_at": session.now()}
    statement = sa.update(OutboundAction).where(waits & (table.c.transport == Transport.TASK)).values(changes)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def _previous_text(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an update keeps of what it replaces: the text, below the address where that is another one.

    A replaced address stays until a person has answered, also when the text changes again.
    """
    table = table_of(OutboundAction)
    text, address = changes.get("body_text"), changes.get("to_address")
    if text is None and address is None:
        return {}
    is_same = sa.true() if text is None else table.c.body_text == text
    is_moved = sa.false() if address is None else table.c.to_address != address
    is_unanswered = table.c.status == ActionStatus.AWAITING_APPROVAL
    whole = sa.literal(_ADDRESS) + table.c.to_address + "\n\n" + sa.func.coalesce(table.c.body_text, "")
    kept = is_unanswered & table.c.previous_text.startswith(_ADDRESS)
    cases = ((kept | (is_same & ~is_moved), table.c.previous_text), (is_moved, whole))
    return {"previous_text": sa.case(*cases, else_=table.c.body_text)}
