"""An X account that a sync reads as: its client, its money, and who it is (docs/platforms.md, "X")."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Database, Session
from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.formats.records import Owner
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.platforms.x.account_requests import AccountWords, ledger_for
from onelane.tools.platforms.x.client import XClient
from onelane.tools.platforms.x.ledger import XLedger
from onelane.tools.registry.context import Services

_HANDLE = "@"


@dataclass(frozen=True, slots=True)
class XAccount:
    """What a list of an X account needs.

    Args:
        account: the row
        client: asks X
        ledger: pays for it
        database: where what is known stands
    """

    account: Account
    client: XClient
    ledger: XLedger
    database: Database

    @property
    def user_id(self) -> str:
        """X's id of the account."""
        return self.account.account_key

    @property
    def owner(self) -> Owner:
        """Who the account is."""
        return Owner(self.user_id, handle_of(self.account))

    @property
    def counts(self) -> Mapping[str, int]:
        """How much there is of it on X, as far as known."""
        return counts_of(self.account)


def open_x(services: Services, account: Account) -> XAccount:
    """What reads an account's lists; nothing is asked yet."""
    database, settings = services.database, services.online.settings
    client = account_client(services, account, settings.x_api_url)
    words = AccountWords(database, account)
    return XAccount(account, XClient(client, words), ledger_for(services, account), database)


def handle_of(account: Account) -> str | None:
    """An account's handle on X, where its name is one."""
    name = account.display_name
    return name.removeprefix(_HANDLE) if name.startswith(_HANDLE) else None


def counts_of(account: Account) -> Mapping[str, int]:
    """How much there is of an account on its platform, as far as known."""
    counts: dict[str, int] = orjson.loads(account.counts)
    return counts


def keep_count(session: Session, account_id: str, name: str, count: int) -> None:
    """Keep how much there is of something; in the commit of what was counted."""
    old_json = session.sql(sa.select(col(Account.counts)).where(col(Account.id) == account_id)).scalar_one()
    counts_json = orjson.dumps({**orjson.loads(old_json), name: count}, option=orjson.OPT_SORT_KEYS).decode()
    session.sql(sa.update(Account).where(col(Account.id) == account_id).values(counts=counts_json))
