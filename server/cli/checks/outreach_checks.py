"""What `onelane doctor` finds about sequences: the switch, what waits, the accounts and their mailboxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onelane.server.cli.output import number_of
from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, InboundSource, Platform
from onelane.tools.outreach.mail.account_standing import next_step_of
from onelane.tools.outreach.planning.gates import INBOX_IS_FRESH
from onelane.tools.outreach.stopping.switch import SwitchView, switch_view
from onelane.tools.registry.gate.vault import Vault


class State(StrEnum):
    """The state of a finding."""

    OK = "ok"
    TODO = "todo"
    """Onelane runs, and this comes next."""
    OPTIONAL = "optional"
    """Not there, and Onelane does without."""
    PROBLEM = "problem"
    """Onelane can't run until this is seen to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    name: str
    state: State
    what: str
    next: str | None = None
    """What to type or do about it."""


def outreach_findings(session: Session, vault: Vault) -> Iterator[Finding]:
    """How what goes out stands; nothing where no account sends and nothing waits."""
    sending = [row for row in accounts.list_accounts(session, Platform.GMAIL) if row.transport is not None]
    switch = switch_view(session)
    if sending or switch.state is SwitchState.STOPPED or switch.waiting or switch.uncertain:
        yield _switch(switch)
        yield from _waiting(switch)
    for row in sending:
        yield _account(vault, row)
        if row.inbound is InboundSource.IMAP and row.status is not AccountStatus.NEEDS_REAUTH:
            yield _inbox(row, session.now())


def _switch(switch: SwitchView) -> Finding:
    if switch.state is SwitchState.ON:
        return Finding("outbound", State.OK, "What is approved goes out")
    reason = "" if switch.reason is None else f" ({switch.reason})"
    return Finding("outbound", State.TODO, f"Everything is stopped{reason}; look why, then", "onelane outbound start")


def _waiting(switch: SwitchView) -> Iterator[Finding]:
    if switch.uncertain:
        departure = "it left" if switch.uncertain == 1 else "they left"
        summary = f"{number_of(switch.uncertain, 'message')} of which nobody knows whether {departure}"
        yield Finding("uncertain", State.TODO, summary, "onelane outbound list --status uncertain")
    if switch.waiting:
        wait = "waits" if switch.waiting == 1 else "wait"
        summary = f"{number_of(switch.waiting, 'message')} {wait} for your approval"
        yield Finding("approvals", State.TODO, summary, "onelane outbound approve --all")


def _account(vault: Vault, row: Account) -> Finding:
    step = next_step_of(vault, row)
    if step is None:
        pause = "" if row.paused_until is None else f", held until {row.paused_until:%Y-%m-%d %H:%M} UTC"
        return Finding("account", State.OK, f"{row.display_name} sends{pause}")
    reason = row.status.label.lower() if row.pause_reason is None else f"{row.status.label.lower()}, {row.pause_reason}"
    return Finding("account", State.TODO, f"{row.display_name} sends nothing: {reason}", step)


def _inbox(row: Account, now: datetime) -> Finding:
    read_at = row.inbox_read_at
    if read_at is not None and now - read_at <= INBOX_IS_FRESH:
        return Finding("inbox", State.OK, f"{row.display_name} was read at {read_at:%Y-%m-%d %H:%M} UTC")
    last_reading = "was never read" if read_at is None else f"was last read at {read_at:%Y-%m-%d %H:%M} UTC"
    summary = f"{row.display_name} {last_reading}, so that its follow-ups wait"
    return Finding("inbox", State.TODO, summary, f"onelane sync gmail_metadata --account {row.id}")
