"""Whether an account may send anything now: its caps and its spacing, before single letters are looked at."""

from dataclasses import dataclass
from datetime import datetime

from onelane.storage.platforms.accounts import AccountStatus
from onelane.tools.outreach.planning.facts import AccountFacts
from onelane.tools.outreach.planning.pace import after_caps, after_spacing


@dataclass(frozen=True, slots=True)
class AccountRoom:
    """What an account may send now; each letter is looked at by itself besides.

    Args:
        for_any: anything at all
        for_first_touches: a first message to somebody as well
    """

    for_any: bool
    for_first_touches: bool


def room_of(account: AccountFacts, now: datetime) -> AccountRoom:
    """What an account may send now."""
    rests = account.paused_until is not None and account.paused_until > now
    if account.status is not AccountStatus.ACTIVE or rests or account.waits_for_person:
        return AccountRoom(for_any=False, for_first_touches=False)
    sendings, limits = account.sendings, account.limits
    is_spaced = after_spacing(now, sendings, limits, jitter_seconds=0) <= now
    return AccountRoom(
        for_any=is_spaced and after_caps(now, sendings, limits, is_first=False) == now,
        for_first_touches=is_spaced and after_caps(now, sendings, limits, is_first=True) == now,
    )
