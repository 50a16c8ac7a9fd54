"""Ticks: what the product does again and again, done when its time has come; and when that is next.

The machine sleeps while nothing is due: each jump of the clock is one that a laptop makes that was closed meanwhile.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from onelane.server.engine.scheduler import RecurringJob
from onelane.storage.database.engine import DatabaseUnavailable, Session
from onelane.storage.outreach.outbound import outbound_line
from onelane.storage.platforms import accounts
from onelane.tools.outreach.planning.facts import AccountFacts
from onelane.tools.outreach.planning.pace import after_caps, after_spacing
from onelane.tools.outreach.planning.planner import draw
from onelane.tools.outreach.reading.account_facts import account_facts
from tests.worlds.product import OpenProduct

_ONE_SECOND = timedelta(seconds=1)
_IN_VAIN = timedelta(seconds=5)
"""After a look that let nothing go although caps and spacing are open."""
_LOOKED_AT = 5
LONGEST_SLEEP = timedelta(hours=1)
_GOES_ON = (
    "NOT EXISTS (SELECT 1 FROM workflow_templates AS t WHERE t.id = a.template_id AND t.status = 'paused') "
    "AND NOT EXISTS (SELECT 1 FROM workflow_runs AS r WHERE r.id = a.workflow_run_id AND r.status = 'paused') "
    "AND EXISTS (SELECT 1 FROM outbound_switch WHERE state = 'on')"
)
"""Who holds is looked at again and again; a machine that sleeps meanwhile misses nothing."""
_DUE = sa.text(
    "SELECT min(at) FROM ("
    "SELECT min(CASE WHEN claimed_until > next_step_at THEN claimed_until ELSE next_step_at END) AS at "
    "FROM workflow_enrollments WHERE status IN ('pending', 'active') AND next_step_at IS NOT NULL "
    "UNION ALL SELECT min(next_run_at) FROM scheduled_jobs WHERE enabled "
    "UNION ALL SELECT min(waits_until) FROM workflow_runs WHERE status = 'pending' "
    "UNION ALL SELECT min(not_before) FROM outbound_actions AS a WHERE status = 'approved' AND transport <> 'task' "
    f"AND not_before > :now AND {_GOES_ON}) AS instants"
)
_WAITING = sa.text(
    "SELECT DISTINCT platform_account_id FROM outbound_actions AS a "
    "WHERE status = 'approved' AND transport <> 'task' AND (not_before IS NULL OR not_before <= :now) "
    f"AND {_GOES_ON}"
)


class Ticker:
    """Does what is due.

    Args:
        product: the product
        now: the world's clock
        poll: how often mailboxes are read
    """

    def __init__(self, product: OpenProduct, now: Callable[[], datetime], poll: timedelta) -> None:
        self._product = product
        self._now = now
        self._poll = poll
        self._done_at: dict[str, datetime] = {}

    def tick(self) -> None:
        """Do all that is due at this instant, each thing once."""
        for thing in self._due():
            try:
                thing.do()
            except DatabaseUnavailable:
                # It stays due, as a duty does.
                continue
            self._done_at[thing.name] = self._now()
        self._product.dispatcher.look()

    def next_at(self) -> datetime:
        """When there is something to do again."""
        now = self._now()
        with self._product.onelane.database.read() as session:
            instants = [*self._instants(session, now)]
        return max(now + _ONE_SECOND, min(instants, default=now + LONGEST_SLEEP))

    def _due(self) -> Iterator[RecurringJob]:
        for thing in self._product.onelane.scheduler.jobs:
            at = self._done_at.get(thing.name)
            if at is None or self._now() - at >= timedelta(seconds=thing.every_seconds):
                yield thing

    def _instants(self, session: Session, now: datetime) -> Iterator[datetime]:
        yield now + LONGEST_SLEEP
        first = session.sql(_DUE, {"now": int(now.timestamp())}).scalar_one()
        if first is not None:
            yield datetime.fromtimestamp(first, now.tzinfo)
        read_at = self._done_at.get("read mailboxes")
        if read_at is not None:
            yield read_at + self._poll
        for account_id in session.sql(_WAITING, {"now": int(now.timestamp())}).scalars():
            account = accounts.get_account(session, account_id) if account_id else None
            if account is None or account.status is not accounts.AccountStatus.ACTIVE or account.waits_for_person:
                continue
            facts = account_facts(session, account)
            rests = facts.paused_until is not None and facts.paused_until > now
            yield facts.paused_until if rests and facts.paused_until else _goes_at(session, facts, now)


def _goes_at(session: Session, account: AccountFacts, now: datetime) -> datetime:
    """When the next letter of an account that could go by itself has its place in caps and spacing."""
    instants: list[datetime] = []
    for queued in outbound_line.list_line(session, account.id, limit=_LOOKED_AT):
        if queued.not_before is not None and queued.not_before > now:
            continue
        limits, sendings = account.limits, account.sendings
        jitter = draw(queued.seed, "spacing", queued.step_index, queued.epoch) % (limits.jitter_seconds + 1)
        spaced = after_spacing(now, sendings, limits, jitter_seconds=jitter)
        capped = after_caps(spaced, sendings, limits, is_first=queued.is_first)
        if capped == spaced:
            # Whatever stands behind it in line waits for it.
            return spaced if spaced > now else now + _IN_VAIN
        instants += [] if capped is None else [capped]
    return min(instants, default=now + LONGEST_SLEEP)
