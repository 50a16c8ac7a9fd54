"""The line of an account: what is approved goes one after the other, and takes its place in caps and spacing."""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from onelane.storage.outreach.outbound.outbound_line import QueuedMessage
from onelane.tools.outreach.planning.facts import AccountFacts
from onelane.tools.outreach.planning.pace import Sending, after_caps, after_spacing, settle
from onelane.tools.outreach.planning.planner import draw


class Line:
    """What is approved of an account, in the order in which it goes.

    Args:
        account: as it is now
        queued: what waits, in order
        now: the instant
        undo_seconds: how long an approval can be undone
    """

    def __init__(
        self, account: AccountFacts, messages: Sequence[QueuedMessage], *, now: datetime, undo_seconds: int
    ) -> None:
        self._places = {each.action_id: place for place, each in enumerate(messages)}
        self._coming = _standings(account, messages, now, timedelta(seconds=undo_seconds))
        self._standing_accounts: list[AccountFacts] = []

    def before(self, action_id: str) -> tuple[int, AccountFacts]:
        """How many go before an action, and the account as it will be then; what is in no line goes last."""
        place = self._places.get(action_id, len(self._places))
        self._standing_accounts += islice(self._coming, max(0, place + 1 - len(self._standing_accounts)))
        return place, self._standing_accounts[place]


def _standings(
    account: AccountFacts, messages: Sequence[QueuedMessage], now: datetime, undo: timedelta
) -> Iterator[AccountFacts]:
    """The account as it is before each goes, and behind the last."""
    sendings = list(account.sendings)
    yield account
    for each in messages:
        at = _goes_at(replace(account, sendings=sendings), each, now, undo)
        if at is not None:
            insort(sendings, Sending(at, each.is_first, each.template_id), key=lambda sending: sending.at)
        yield replace(account, sendings=tuple(sendings))


def _goes_at(account: AccountFacts, message: QueuedMessage, now: datetime, undo: timedelta) -> datetime | None:
    limits = account.limits
    jitter = draw(message.seed, "spacing", message.step_index, message.epoch) % (limits.jitter_seconds + 1)
    earliest_instants = [now, *filter(None, [message.not_before, message.approved_at and message.approved_at + undo])]
    return settle(
        max(earliest_instants),
        lambda at: after_caps(at, account.sendings, limits, is_first=message.is_first),
        lambda at: after_spacing(at, account.sendings, limits, jitter_seconds=jitter),
    )
