"""Transmissions that were cut off: where they stood says how they went (docs/sequences.md, "Sending")."""

from datetime import datetime, timedelta

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.outbound import transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.tools.outreach.sending.receipts import back_to_approved
from onelane.tools.registry.context import Services

_STAGES = 4
"""Signing in, envelope with body, the final dot, its answer: each has the time-out of its own."""
_MARGIN = timedelta(seconds=60)
_CUT_OFF = "The transmission was cut off after its last byte may have left, so that nobody knows whether it arrived."


def lease(services: Services) -> timedelta:
    """What began longer ago is not under way any more."""
    return timedelta(seconds=_STAGES * services.mail_timeout_seconds) + _MARGIN


def take_over(database: Database) -> int:
    """Give every transmission without an outcome one; for the process that has just become the only one that sends."""
    return recover(database, None, began_before=None)


def recover(database: Database, account_id: str | None, *, began_before: datetime | None) -> int:
    """Give transmissions that were cut off an outcome: before the final dot they go again, after it nobody knows.

    Args:
        database: where they are
        account_id: of which account; None for all
        began_before: those that began later may be under way; None where none is

    Returns:
        How many there were.
    """
    with database.read() as session:
        actions = transmissions.list_transmitting(session, account_id)
        cut_off = [
            (each.id, each.sending_claim or "")
            for each in actions
            if began_before is None or each.sending_at is None or each.sending_at <= began_before
        ]
    for action_id, claim in cut_off:
        with database.write() as session:
            _give_outcome(session, action_id, claim)
    return len(cut_off)


def _give_outcome(session: Session, action_id: str, claim: str) -> None:
    after_dot = transmissions.note_outcome(
        session,
        action_id,
        claim=claim,
        from_any=[ActionStatus.SENDING],
        to=ActionStatus.UNCERTAIN,
        has_final_dot=True,
        error=_CUT_OFF,
    )
    if after_dot is None:
        back_to_approved(session, action_id, claim, not_before=session.now(), has_final_dot=False)
