"""X and LinkedIn in a world: who follows the person and who is connected with them comes and goes."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import get_args

from onelane.server.cli.doubles.linkedin import LinkedIn
from onelane.server.cli.doubles.x import X
from onelane.server.cli.doubles.x_entries import user
from onelane.storage.platforms.accounts import AuthType, Platform, ensure_account
from onelane.storage.platforms.spending import MICRO
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.platforms.x.prices import Resource, x_prices
from onelane.tools.registry.context import Services
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.people.strangers import Stranger, stranger

SCOPES = {
    Platform.X: ("tweet.read", "users.read", "follows.read", "tweet.write"),
    Platform.LINKEDIN: ("r_dma_portability_self_serve", "openid", "profile", "w_member_social"),
}
_PAGE = 5
_FIRST_ID = 2001


@dataclass
class Social:
    """The person's accounts at X and LinkedIn.

    Args:
        chance: draws who comes and goes
        clock: the world's
    """

    chance: Chance
    clock: WorldClock
    linkedin: LinkedIn = field(default_factory=lambda: LinkedIn(page_size=_PAGE))

    def __post_init__(self) -> None:
        self.x = X(page_size=_PAGE, clock=self.clock)
        self._billed_usd = Decimal(0)

    def meet(self, number: int) -> None:
        """Somebody follows the person, and is connected with them."""
        person, key = stranger(self.chance, number), str(_FIRST_ID + number)
        if key not in self.x.people:
            self.x.people[key] = user(key, f"person_{number}", person.name)
            self.x.followers.insert(0, key)
            self.linkedin.connections.append(_connection(person))

    def change(self, chance: Random, people: int) -> None:
        """A day goes by: somebody comes, and sometimes somebody goes, so that lists shrink."""
        self.meet(chance.randrange(people))
        if len(self.x.followers) > 1 and chance.random() < 0.3:
            del self.x.followers[chance.randrange(len(self.x.followers))]
            del self.linkedin.connections[chance.randrange(len(self.linkedin.connections))]

    def billed_since(self) -> Decimal:
        """What X has billed since this was asked the last time, at least."""
        prices = x_prices(is_owned=True).micro_usd
        whole = sum(self.x.billed.get(each, 0) * prices[each] for each in get_args(Resource))
        new, self._billed_usd = Decimal(whole) / MICRO - self._billed_usd, Decimal(whole) / MICRO
        return new


def connect_account(services: Services, platform: Platform, key: str) -> str:
    """Let an account be signed in, with all that it may do; its id."""
    with services.database.write() as session:
        account = ensure_account(
            session, platform=platform, display_name="Ada", auth_type=AuthType.OAUTH, account_key=key
        )
        keep_grant(services.vault, account, Grant("token", scopes=SCOPES[platform]))
        session.add(account)
        return account.id


def _connection(person: Stranger) -> dict[str, str]:
    """A row of the snapshot."""
    return {
        "First Name": person.first,
        "Last Name": person.last,
        "URL": f"https://www.linkedin.com/in/person-{person.number}",
        "Email Address": "",
        "Company": person.company,
        "Position": person.role,
        "Connected On": "15 Oct 2025",
    }
