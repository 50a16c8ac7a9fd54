"""What a sync of X will cost, by what is known already; nobody is asked for it (docs/platforms.md, "Money")."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from onelane.storage.platforms.spending import in_usd
from onelane.tools.platforms.x.prices import Prices, Resource


@dataclass(frozen=True, slots=True)
class ListToRead:
    """A list that a sync reads.

    Args:
        resource: what is paid for
        items: so many are on it, at least, as far as known
        most_items: at most
        page_size: so many come with one request
    """

    resource: Resource
    items: int
    most_items: int
    page_size: int

    def cut(self, most_requests: int | None) -> "ListToRead":
        """The same where only so many requests may be sent."""
        if most_requests is None:
            return self
        item_limit = most_requests * self.page_size
        return ListToRead(self.resource, min(self.items, item_limit), min(self.most_items, item_limit), self.page_size)

    @property
    def requests(self) -> int:
        """So many requests it takes; a list that may be empty takes one to find out."""
        return max(1, ceil(self.most_items / self.page_size))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sync costs.

    Args:
        items: so many things it reads at most
        requests: so many requests it takes at most
        usd_at_least: where nothing is new since it was last known how much there is
        usd_at_most: where everything is read and paid for
        cap_usd: at most so much is spent in a month
        spent_usd_this_month: so much is spent
        prices_of: the date of the price list
    """

    items: int
    requests: int
    usd_at_least: float
    usd_at_most: float
    cap_usd: float
    spent_usd_this_month: float
    prices_of: str


def estimate(
    lists: Sequence[ListToRead], prices: Prices, *, most_requests: int | None, cap_usd: float, spent_micro_usd: int
) -> Estimate:
    """What it costs to read lists, one after the other.

    Args:
        lists: in the order in which they are read
        prices: X's, for this account
        most_requests: so many requests may be sent over all lists; None for any number
        cap_usd: at most so much is spent in a month
        spent_micro_usd: so much is spent
    """
    request_limit, read = most_requests, list[ListToRead]()
    for planned_list in lists:
        read.append(planned_list.cut(request_limit))
        request_limit = None if request_limit is None else max(0, request_limit - read[-1].requests)
    least_micro_usd, most_micro_usd = (
        sum(count * prices.micro_usd[each.resource] for each, count in counts)
        for counts in ([(each, each.items) for each in read], [(each, each.most_items) for each in read])
    )
    return Estimate(
        items=sum(each.most_items for each in read),
        requests=sum(each.requests for each in read if each.most_items or most_requests is None),
        usd_at_least=in_usd(least_micro_usd),
        usd_at_most=in_usd(most_micro_usd),
        cap_usd=cap_usd,
        spent_usd_this_month=in_usd(spent_micro_usd),
        prices_of=prices.date,
    )
