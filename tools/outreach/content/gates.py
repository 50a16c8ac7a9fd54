"""The gates of a draft that was approved: why it has not gone yet, and when it can (docs/content.md, "Gates")."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_actions, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.platforms import accounts, publishing, spending
from onelane.storage.platforms.accounts import Account, AccountStatus, Transport
from onelane.storage.platforms.content import ContentStatus
from onelane.storage.workflows.enrollments import Gate
from onelane.tools.outreach.content.destination import Destination, NoWay, destination_of
from onelane.tools.outreach.content.price import price_of
from onelane.tools.outreach.mail.account_limits import pace_limits
from onelane.tools.outreach.planning.gates import GateState
from onelane.tools.outreach.planning.pace import Sending, after_caps, after_spacing
from onelane.tools.platforms.x.prices import in_micro_usd
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, ToolError

_CAPS_SPAN = timedelta(days=1)
ORDER = (
    Gate.SWITCH, Gate.STATE, Gate.SUPPRESSION, Gate.ACCOUNT, Gate.CAP, Gate.SPACING, Gate.MISSING_DATA,
    Gate.APPROVAL, Gate.UNDO, Gate.BUDGET,
)  # fmt: skip
"""Those that a draft has to pass: nobody's sequence holds it."""


@dataclass(frozen=True, slots=True)
class _Look:
    session: Session
    services: Services
    action: OutboundAction
    account: Account | None
    now: datetime
    fresh: Destination | ToolError | None
    """Where the draft would go now; None where it is gone."""


def content_gates(session: Session, services: Services, action: OutboundAction) -> list[GateState]:
    """All gates of a draft that was approved, in their order.

    Args:
        session: for reading, or the one that begins its transmission
        services: what the settings and the vault say
        action: what a person approved
    """
    account = None if action.platform_account_id is None else accounts.get_account(session, action.platform_account_id)
    look = _Look(session, services, action, account, session.now(), _fresh(session, services, action))
    return [next(_GATES[gate](look), GateState(gate)) for gate in ORDER]


def _fresh(session: Session, services: Services, action: OutboundAction) -> Destination | ToolError | None:
    item = publishing.get_item(session, action.content_item_id or "")
    if item is None:
        return None
    by_hand = action.transport is Transport.TASK
    try:
        return destination_of(session, services, item, account_id=action.platform_account_id, by_hand=by_hand)
    except ToolError as error:
        return error


def _closed_gate(gate: Gate, detail: str, until: datetime | None = None, *, is_final: bool = False) -> GateState:
    return GateState(gate, passes=False, detail=detail, until=until, is_final=is_final)


def _switch(look: _Look) -> Iterator[GateState]:
    if outbound_switch.read_state(look.session) is not SwitchState.ON:
        yield _closed_gate(Gate.SWITCH, "Sending is stopped; only the person starts it again.")


def _state(look: _Look) -> Iterator[GateState]:
    status = look.action.status
    if status is not ActionStatus.APPROVED:
        yield _closed_gate(Gate.STATE, f"It is {status.label.lower()}.", is_final=status.is_over)
    item = publishing.get_item(look.session, look.action.content_item_id or "")
    if item is None or item.status is not ContentStatus.APPROVED:
        yield _closed_gate(Gate.STATE, "The draft is gone, or was taken back.", is_final=True)


def _suppression(look: _Look) -> Iterator[GateState]:
    if isinstance(look.fresh, ToolError) and not isinstance(look.fresh, NoWay | BadRequest):
        yield _closed_gate(Gate.SUPPRESSION, look.fresh.message)


def _account(look: _Look) -> Iterator[GateState]:
    account = look.account
    if look.action.transport is Transport.TASK:
        return
    if account is None:
        yield _closed_gate(Gate.ACCOUNT, "Its account is gone.")
    elif isinstance(look.fresh, NoWay):
        yield _closed_gate(Gate.ACCOUNT, look.fresh.message)
    elif account.status is not AccountStatus.ACTIVE:
        yield _closed_gate(Gate.ACCOUNT, f"The account is {account.status.label.lower()}.")
    elif account.waits_for_person:
        why = f"onelane accounts resume {account.id} lets it go on"
        yield _closed_gate(Gate.ACCOUNT, f"The account is held ({account.pause_reason}) until a person looks; {why}.")
    elif account.paused_until is not None and account.paused_until > look.now:
        yield _closed_gate(Gate.ACCOUNT, "The account rests, for its platform takes nothing now.", account.paused_until)


def _cap(look: _Look) -> Iterator[GateState]:
    if look.account is None:
        return
    later = look.action.not_before
    if look.action.error_class is ErrorClass.QUOTA and later is not None and later > look.now:
        yield _closed_gate(Gate.CAP, look.action.error or "Its platform takes nothing more for a while.", later)
    at = after_caps(look.now, _sendings(look), pace_limits(look.account), is_first=False)
    if at is None or at > look.now:
        yield _closed_gate(Gate.CAP, "As much as may go out of the account in a day or an hour has gone.", at)


def _spacing(look: _Look) -> Iterator[GateState]:
    if look.account is None:
        return
    at = after_spacing(look.now, _sendings(look), pace_limits(look.account), jitter_seconds=0)
    if at > look.now:
        yield _closed_gate(Gate.SPACING, "The last one of the account went a moment ago.", at)


def _missing_data(look: _Look) -> Iterator[GateState]:
    if isinstance(look.fresh, BadRequest):
        yield _closed_gate(Gate.MISSING_DATA, look.fresh.message)


def _approval(look: _Look) -> Iterator[GateState]:
    """An approval is for what was shown, and for nothing else."""
    says = look.fresh.draft.content_hash if isinstance(look.fresh, Destination) else look.action.content_hash
    if look.action.approved_at is None or not look.action.approved_hash == look.action.content_hash == says:
        yield _closed_gate(Gate.APPROVAL, "It says something else than what was approved.", is_final=True)


def _undo(look: _Look) -> Iterator[GateState]:
    if look.action.approved_at is None or look.action.transport is Transport.TASK:
        return
    until = look.action.approved_at + timedelta(seconds=look.services.workspace.read(look.session).undo_seconds)
    if look.action.status is ActionStatus.APPROVED and until > look.now:
        yield _closed_gate(Gate.UNDO, "Its approval can still be taken back.", until)


def _budget(look: _Look) -> Iterator[GateState]:
    account = look.account
    if account is None or look.action.transport is not Transport.X:
        return
    price = price_of(look.services, account, look.action.body_text or "")
    cap = in_micro_usd(look.services.online.settings.x_monthly_usd)
    spent_micro_usd = spending.spent_by_account(look.session, look.now.strftime("%Y-%m")).get(account.id, 0)
    if price is not None and spent_micro_usd + price.micro_usd > cap:
        yield _closed_gate(
            Gate.BUDGET, "This month's money for X is spent (ONELANE_X_MONTHLY_USD).", _next_month(look.now)
        )


def _next_month(now: datetime) -> datetime:
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def _sendings(look: _Look) -> list[Sending]:
    """What went out of the account in the last day; the draft itself may be among it, and is none of it."""
    account_id = look.action.platform_account_id or ""
    instants = outbound_actions.sent_since(look.session, account_id, look.now - _CAPS_SPAN)
    return [Sending(each) for each in instants]


_GATES = {
    Gate.SWITCH: _switch,
    Gate.STATE: _state,
    Gate.SUPPRESSION: _suppression,
    Gate.ACCOUNT: _account,
    Gate.CAP: _cap,
    Gate.SPACING: _spacing,
    Gate.MISSING_DATA: _missing_data,
    Gate.APPROVAL: _approval,
    Gate.UNDO: _undo,
    Gate.BUDGET: _budget,
}
