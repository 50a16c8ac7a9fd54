"""The line of an account: what is approved goes one after the other, and takes its place in caps and spacing."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from onelane.storage.outreach.outbound_queue import Queued
from onelane.tools.outreach.planning.facts import AccountFacts
from onelane.tools.outreach.planning.pace import Sending, after_caps, after_spacing, settled
from onelane.tools.outreach.planning.planner import drawn


def behind(account: AccountFacts, line: Iterable[Queued], *, now: datetime, undo_seconds: int) -> AccountFacts:
    """The account as it will be once what stands in line before has gone.

    Args:
        account: as it is now
        line: what goes before, in order
        now: the instant
        undo_seconds: how long an approval can be undone
    """
    sendings = list(account.sendings)
    for each in line:
        at = _goes_at(replace(account, sendings=sendings), each, now, timedelta(seconds=undo_seconds))
        if at is not None:
            insort(sendings, Sending(at, each.is_first, each.template_id), key=lambda sending: sending.at)
    return replace(account, sendings=sendings)


def _goes_at(account: AccountFacts, queued: Queued, now: datetime, undo: timedelta) -> datetime | None:
    limits = account.limits
    jitter = drawn(queued.seed, "spacing", queued.step_index, queued.epoch) % (limits.jitter_seconds + 1)
    asked = [now, *filter(None, [queued.not_before, queued.approved_at and queued.approved_at + undo])]
    return settled(
        max(asked),
        lambda at: after_caps(at, account.sendings, limits, is_first=queued.is_first),
        lambda at: after_spacing(at, account.sendings, limits, jitter_seconds=jitter),
    )
