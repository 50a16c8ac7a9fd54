"""What a post costs: X charges for each, and more for one with a link (docs/platforms.md, "Money")."""

from dataclasses import dataclass

from onelane.storage.platforms.accounts import Account, Platform
from onelane.storage.platforms.spending import in_usd
from onelane.tools.platforms.post_texts import has_link
from onelane.tools.platforms.x.account_requests import prices_for
from onelane.tools.platforms.x.prices import Resource
from onelane.tools.registry.context import Services


@dataclass(frozen=True, slots=True)
class PostPrice:
    """What a platform charges for a post.

    Args:
        resource: what the price list calls it
        micro_usd: in millionths of a dollar
    """

    resource: Resource
    micro_usd: int

    @property
    def usd(self) -> float:
        """The same in dollars."""
        return in_usd(self.micro_usd)


def price_of(services: Services, account: Account, text: str) -> PostPrice | None:
    """What a post of an account costs; None where it costs nothing."""
    if account.platform is not Platform.X:
        return None
    resource: Resource = "written_post_with_link" if has_link(text) else "written_post"
    return PostPrice(resource, prices_for(services, account).micro_usd[resource])
