"""What an account pays X to read and post: reserved before a request, booked after it (docs/platforms.md, "Money")."""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from onelane.storage.database.engine import Database, Session
from onelane.storage.platforms import spending
from onelane.storage.platforms.spending import Paid, Reservation, in_usd
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CapReached,
    NothingLeft,
    PlatformFailure,
    UnreadableAnswer,
)
from onelane.tools.platforms.online.http_client import ANSWER_SECONDS
from onelane.tools.platforms.x.prices import Prices, Resource, in_micro_usd

_UNDER_WAY = timedelta(seconds=2 * ANSWER_SECONDS)
"""So long a request may still be answered."""
_SOON = timedelta(seconds=3)


@dataclass
class Purchase:
    """One request that is paid for.

    Args:
        size: for so many things the cap has room
    """

    size: int
    ids: Collection[str] = field(default_factory=list[str])
    """What it has brought; said before the block ends."""
    payment: Paid = field(default_factory=lambda: Paid(0, 0, 0))
    """What it has cost, once the block has ended."""
    untaken_micro_usd: int = 0
    """The same, with what a run has paid for it before a crash."""

    @property
    def usd(self) -> float:
        """What whoever takes in the answer has paid for it, in dollars."""
        return in_usd(self.untaken_micro_usd)


class XLedger:
    """The money of one account.

    Args:
        database: where it is kept
        account_id: whose
        prices: X's, for this account
        cap_usd: at most so much is spent in a month
    """

    def __init__(self, database: Database, account_id: str, prices: Prices, cap_usd: float) -> None:
        self._database = database
        self._account_id = account_id
        self._prices = prices
        self._cap_usd = cap_usd

    @contextmanager
    def buying(
        self, resource: Resource, key: str, *, most: int, fewest: int = 1, for_run: bool = False
    ) -> Generator[Purchase]:
        """Send a request in the block, and say there what it has brought.

        Args:
            resource: what is paid for
            key: which request; sent again, it is the same
            most: so many things are wanted
            fewest: the request can't ask for less
            for_run: whether a run takes in what it brings, and says so with `taking_in`

        Raises:
            CapReached: the cap has no room for it
            AgainAt: other requests under way hold what is left
        """
        reservation = self._reserve(resource, key, most, fewest)
        purchase = Purchase(reservation.count)
        try:
            yield purchase
        except PlatformFailure as failure:
            is_lost = isinstance(failure, AgainNow | UnreadableAnswer) and not isinstance(failure, NothingLeft)
            if is_lost or reservation.was_sent:
                raise  # it may have been paid for; sent again, it is the same
            with self._database.write() as session:
                spending.release(session, reservation)
            raise
        with self._database.write() as session:
            purchase.payment = spending.settle(session, reservation, resource, purchase.ids)
            paid_micro_usd = purchase.payment.micro_usd
            untaken_micro_usd = (
                spending.keep_untaken(session, self._account_id, resource, paid_micro_usd)
                if for_run
                else paid_micro_usd
            )
            purchase.untaken_micro_usd = untaken_micro_usd

    def taking_in(self, resource: Resource) -> Callable[[Session], None]:
        """Says, in the commit that takes in what was bought, that it is taken in."""
        return partial(spending.note_taken, account_id=self._account_id, resource=resource)

    def _reserve(self, resource: Resource, key: str, most: int, fewest: int) -> Reservation:
        price, cap, fewest = self._prices.micro_usd[resource], in_micro_usd(self._cap_usd), min(fewest, most)
        # X bills the request whether or not this machine keeps its power meanwhile.
        with self._database.write(is_durable=True) as session:
            reservation = spending.reserve(
                session, self._account_id, key, price_micro_usd=price, most=most, fewest=fewest, cap_micro_usd=cap
            )
            if reservation is not None:
                return reservation
            now, account_id, least = session.now(), self._account_id, fewest * price
            if spending.waits_for_others(session, account_id, least, cap_micro_usd=cap, since=now - _UNDER_WAY):
                raise AgainAt("Another sync of this account may spend what is left of the month.", at=now + _SOON)
            month = spending.get_spending(session, account_id, now.strftime("%Y-%m"))
            raise CapReached(self._sentence(0 if month is None else month.reserved_micro_usd))

    def _sentence(self, held_micro_usd: int) -> str:
        if self._cap_usd == 0:
            return "Reading X costs money, and ONELANE_X_MONTHLY_USD is 0. Set it to what a month may cost."
        lost_answers = (
            f", ${in_usd(held_micro_usd):,.2f} of it on requests whose answers were lost, which X may have billed"
        )
        return (
            f"This month's ${self._cap_usd:g} for reading X is spent{lost_answers if held_micro_usd else ''}. "
            "The sync goes on next month (UTC), or with a higher ONELANE_X_MONTHLY_USD."
        )
