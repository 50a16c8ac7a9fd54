"""What asking X as one account takes: which words it wants, and what it charges."""

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.online.grants import grant_of
from onelane.tools.platforms.x.ledger import XLedger
from onelane.tools.platforms.x.prices import Prices, x_prices
from onelane.tools.registry.context import Services


class AccountWords:
    """Remembers which words X wants of an account; a `WordMemory`.

    Args:
        database: where it stands
        account: whose
    """

    def __init__(self, database: Database, account: Account) -> None:
        self._database = database
        self._account_id = account.id
        self.wants_old = account.wants_old_words

    def keep_old(self) -> None:
        """See `WordMemory`."""
        self.wants_old = True
        with self._database.write() as session:
            session.sql(sa.update(Account).where(col(Account.id) == self._account_id).values(wants_old_words=True))


def prices_for(services: Services, account: Account) -> Prices:
    """X's prices for an account."""
    grant = grant_of(services.vault, account)
    return x_prices(is_owned=grant is not None and grant.is_owned)


def ledger_for(services: Services, account: Account) -> XLedger:
    """The money of an account."""
    cap_usd = services.online.settings.x_monthly_usd
    return XLedger(services.database, account.id, prices_for(services, account), cap_usd)
